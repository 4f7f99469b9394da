"""People are offered commands as in Discord, in their language, and use them as Discord allows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.people import File, Person, Refused
from tests.sandbox.conftest import WireBot

MANAGE_GUILD = 1 << 5


def option(kind: int, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "description": name, **more}


def command(name: str, *options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "type": 1, "description": name, "options": list(options), **more}


STUDIO = command(
    "studio",
    option(
        2, "limits", name_localizations={"zh-CN": "限额"},
        options=[
            option(1, "set", name_localizations={"zh-CN": "设置"}, options=[
                option(4, "images", required=True, min_value=0, max_value=50, name_localizations={"zh-CN": "张数"}),
                option(8, "role"),
            ]),
            option(1, "show"),
        ],
    ),
    name_localizations={"zh-CN": "画室"}, default_member_permissions=MANAGE_GUILD,
)  # fmt: skip


async def data(wire: WireBot, person: Person, typed: str, **options: Any) -> Any:
    return wire.made(await person.slash(wire.channel, typed, **options)).payload["data"]


async def offered(person: Person, channel: str) -> list[str]:
    state = await person.state()
    names = {found["id"]: found["name"] for found in state["commands"]}
    return [names[found] for found in state["offered"][channel]]


async def test_a_subcommand_of_a_group_arrives_nested(wire: WireBot) -> None:
    await wire.register(STUDIO)
    dora = await wire.control.person("Dora", manager=True)

    found = await data(wire, dora, "studio limits set", images=5)

    (group,) = found["options"]
    (sub,) = group["options"]
    assert (found["name"], group["name"], group["type"], sub["name"], sub["type"]) == ("studio", "limits", 2, "set", 1)
    assert sub["options"] == [{"name": "images", "type": 4, "value": 5}]


@pytest.mark.parametrize("typed", ["studio", "studio limits", "studio limits drop", "studio limits set"])
async def test_an_incomplete_command_is_not_sent(wire: WireBot, typed: str) -> None:
    await wire.register(STUDIO)
    dora = await wire.control.person("Dora", manager=True)

    with pytest.raises(Refused):
        await dora.slash(wire.channel, typed)


async def test_names_are_typed_in_the_persons_language_and_arrive_as_registered(wire: WireBot) -> None:
    await wire.register(STUDIO)
    mei = await wire.control.person("Mei", manager=True, locale="zh-CN")
    dora = await wire.control.person("Dora", manager=True)

    found = await data(wire, mei, "画室 限额 设置", 张数=7)

    assert found["name"] == "studio"
    assert found["options"][0]["options"][0]["options"] == [{"name": "images", "type": 4, "value": 7}]
    with pytest.raises(Refused, match="not offered a command"):
        await dora.slash(wire.channel, "画室 限额 设置", 张数=7)


async def test_a_command_for_managers_is_offered_to_managers_only(wire: WireBot) -> None:
    await wire.register(STUDIO, command("ping"), command("locked", default_member_permissions=0))
    dora = await wire.control.person("Dora", manager=True)
    owner = Person(wire.control, next(iter(wire.box.world.people)), "Ana")

    seen = [await offered(person, wire.channel) for person in (wire.ana, dora, owner)]

    assert seen == [["ping"], ["studio", "ping"], ["studio", "ping", "locked"]]


async def test_managers_can_allow_and_deny_a_command(wire: WireBot) -> None:
    await wire.register(STUDIO, command("ping"))
    role = await wire.make("/roles", name="Painters", permissions=[])
    await wire.control.post("/members", person=wire.ana.id, roles=[role])
    give = {"type": "role", "id": role, "permission": True}
    take = {"type": "channel", "id": wire.channel, "permission": False}

    await wire.control.post("/commands/permissions", command="studio", rules=[give])
    await wire.control.post("/commands/permissions", command="ping", rules=[take])
    allowed = await offered(wire.ana, wire.channel)
    await wire.control.post("/commands/permissions", command="studio", rules=[give, {**give, "type": "user",
                            "id": wire.ana.id, "permission": False}])  # fmt: skip
    denied = await offered(wire.ana, wire.channel)

    assert (allowed, denied) == (["studio"], [])


async def test_without_use_application_commands_none_is_offered(wire: WireBot) -> None:
    everyone = wire.box.world.server_id
    await wire.control.post("/overwrites", channel=wire.channel, target=everyone, deny=["USE_APPLICATION_COMMANDS"])

    assert await offered(wire.ana, wire.channel) == []


async def test_an_age_restricted_command_is_offered_in_age_restricted_channels(wire: WireBot) -> None:
    await wire.register(command("bare", nsfw=True))
    adults = await wire.make("/channels", name="adults", nsfw=True)

    assert (await offered(wire.ana, wire.channel), await offered(wire.ana, adults)) == ([], ["bare"])
    assert wire.made(await wire.ana.slash(adults, "bare")).payload["channel"]["nsfw"] is True


async def test_people_roles_channels_and_files_arrive_resolved(wire: WireBot) -> None:
    await wire.register(command("all", *(option(kind, f"o{kind}") for kind in (6, 7, 8, 9, 10, 11))))
    role = await wire.make("/roles", name="Painters", permissions=[])

    found = await data(
        wire, wire.ana, "all", o6=wire.ana.id, o7=wire.channel, o8=role, o9=role, o10=0.5, o11=File("t.csv", b"a,b\n")
    )

    resolved, values = found["resolved"], {value["name"]: value["value"] for value in found["options"]}
    (attachment,) = resolved["attachments"].values()
    assert values == {
        "o6": wire.ana.id,
        "o7": wire.channel,
        "o8": role,
        "o9": role,
        "o10": 0.5,
        "o11": attachment["id"],
    }
    assert resolved["users"][wire.ana.id]["username"] == "cleo"
    assert "user" not in resolved["members"][wire.ana.id]
    assert resolved["members"][wire.ana.id]["permissions"] != "0"
    assert (resolved["roles"][role]["name"], resolved["channels"][wire.channel]["type"]) == ("Painters", 0)
    assert (attachment["content_type"], attachment["ephemeral"]) == ("text/csv", True)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (option(3, "o", min_length=3), "ab"),
        (option(3, "o", max_length=1), "🙂"),
        (option(3, "o", choices=[{"name": "A", "value": "a"}]), "b"),
        (option(4, "o", max_value=3), 4),
        (option(4, "o"), True),
        (option(4, "o"), 1.5),
        (option(4, "o"), 2**53 + 1),
        (option(6, "o"), "1"),
        (option(7, "o", channel_types=[15]), "harbor"),
        (option(8, "o"), "1"),
        (option(11, "o"), "1"),
    ],
)
async def test_a_value_that_the_clients_form_refuses_is_not_sent(
    wire: WireBot, declared: dict[str, Any], value: Any
) -> None:
    await wire.register(command("one", declared))
    value = wire.channel if value == "harbor" else value

    with pytest.raises(Refused):
        await wire.ana.slash(wire.channel, "one", o=value)


async def test_choices_are_picked_by_their_name_in_the_persons_language(wire: WireBot) -> None:
    choices = [{"name": "Wide", "value": "16:9", "name_localizations": {"zh-CN": "宽"}}]
    await wire.register(command("one", option(3, "shape", choices=choices)))
    mei = await wire.control.person("Mei", locale="zh-CN")

    assert (await data(wire, mei, "one", shape="宽"))["options"][0]["value"] == "16:9"


async def test_an_attached_file_is_only_an_id_while_an_option_is_completed(wire: WireBot) -> None:
    await wire.register(command("find", option(11, "image"), option(3, "words", autocomplete=True)))

    async with wire.events() as events:
        suggestions = asyncio.create_task(
            wire.ana.suggestions(wire.channel, "find", "words", image=File("a.png", b"x"))
        )
        payload = await events.next("INTERACTION_CREATE")
    await wire.answer(payload, 8, choices=[])

    image, focused = payload["data"]["options"]
    assert (image["name"], image["type"], image["value"].isdecimal()) == ("image", 11, True)
    assert focused == {"name": "words", "type": 3, "value": "", "focused": True}
    assert "resolved" not in payload["data"]
    assert await suggestions == []


async def test_the_bot_completes_an_option(wire: WireBot) -> None:
    await wire.register(command("find", option(3, "words", autocomplete=True), option(4, "page")))

    async with wire.events() as events:
        suggestions = asyncio.create_task(wire.ana.suggestions(wire.channel, "find", "words", words="light", page=2))
        payload = await events.next("INTERACTION_CREATE")
    wrong = await wire.answer(payload, 4, content="no")
    right = await wire.answer(payload, 8, choices=[{"name": "lighthouse", "value": "lighthouse"}])

    assert payload["data"]["options"] == [
        {"name": "words", "type": 3, "value": "light", "focused": True},
        {"name": "page", "type": 4, "value": 2},
    ]
    assert (wrong[0], right[0]) == (400, 200)
    assert await suggestions == [{"name": "lighthouse", "value": "lighthouse"}]


@pytest.mark.parametrize(
    "wrong",
    [
        [command("Upper")],
        [command("x", description="y" * 101)],
        [command("x", option(3, "a"), option(3, "b", required=True))],
        [command("x", option(3, "a"), option(3, "a"))],
        [command("x", option(3, "a"), option(1, "b"))],
        [command("x", option(2, "a", options=[option(2, "b")]))],
        [command("x", option(3, "a", autocomplete=True, choices=[{"name": "n", "value": "v"}]))],
        [command("x", option(3, "a", choices=[{"name": str(n), "value": str(n)} for n in range(26)]))],
        [command("x", *(option(3, f"o{n}") for n in range(26)))],
        [command("x"), command("x")],
        [command("x", name_localizations={"zh": "画"})],
        [command("x", name_localizations={"zh-CN": "Draw Me"})],
        [command("x", *(option(3, f"o{n}", choices=[{"name": f"{c}" * 100, "value": f"{c}" * 100} for c in range(9)])
                        for n in range(5)))],
        [{"name": "Edit", "type": 3, "options": [option(3, "a")]}],
    ],
)  # fmt: skip
async def test_a_command_that_discord_does_not_register_is_refused(wire: WireBot, wrong: list[dict[str, Any]]) -> None:
    status, answer = await wire.register(*wrong)

    assert (status, answer["code"]) == (400, 50035)


async def test_a_command_that_keeps_its_name_keeps_its_id(wire: WireBot) -> None:
    before = (await wire.register(command("ping")))[1][0]["id"]

    assert (await wire.register(command("new"), command("ping")))[1][1]["id"] == before


async def test_a_servers_own_command_is_offered_in_that_server_only(wire: WireBot) -> None:
    server = await wire.server("Second")
    attic = await wire.make("/channels", server=server, name="attic")
    await wire.control.post("/members", server=server, person=wire.ana.id)
    where = f"/applications/{wire.box.world.bot_id}/guilds/{server}/commands"
    status, kept = await wire.call("PUT", where, [command("here")])

    used = wire.made(await wire.ana.slash(attic, "here")).payload["data"]

    assert (status, kept[0]["guild_id"], used["guild_id"]) == (200, server, server)
    assert "here" not in await offered(wire.ana, wire.channel)
