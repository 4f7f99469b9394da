"""People are offered the commands that they would be, in their language, and type them as Discord lets them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.people import File, Person, Refused
from tests.sandbox.conftest import Desk

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
                option(4, "pictures", required=True, min_value=0, max_value=50, name_localizations={"zh-CN": "张数"}),
                option(8, "role"),
            ]),
            option(1, "show"),
        ],
    ),
    name_localizations={"zh-CN": "画室"}, default_member_permissions=MANAGE_GUILD,
)  # fmt: skip


async def data(desk: Desk, person: Person, typed: str, **options: Any) -> Any:
    return desk.made(await person.slash(desk.channel, typed, **options)).payload["data"]


async def offered(person: Person, channel: str) -> list[str]:
    state = await person.state()
    names = {found["id"]: found["name"] for found in state["commands"]}
    return [names[found] for found in state["offered"][channel]]


async def test_a_subcommand_of_a_group_comes_nested(desk: Desk) -> None:
    await desk.register(STUDIO)
    dora = await desk.control.person("Dora", manager=True)

    found = await data(desk, dora, "studio limits set", pictures=5)

    (group,) = found["options"]
    (sub,) = group["options"]
    assert (found["name"], group["name"], group["type"], sub["name"], sub["type"]) == ("studio", "limits", 2, "set", 1)
    assert sub["options"] == [{"name": "pictures", "type": 4, "value": 5}]


@pytest.mark.parametrize("typed", ["studio", "studio limits", "studio limits drop", "studio limits set"])
async def test_half_a_command_is_not_sent(desk: Desk, typed: str) -> None:
    await desk.register(STUDIO)
    dora = await desk.control.person("Dora", manager=True)

    with pytest.raises(Refused):
        await dora.slash(desk.channel, typed)


async def test_names_are_typed_in_the_person_s_language_and_come_as_registered(desk: Desk) -> None:
    await desk.register(STUDIO)
    mei = await desk.control.person("Mei", manager=True, locale="zh-CN")
    dora = await desk.control.person("Dora", manager=True)

    found = await data(desk, mei, "画室 限额 设置", 张数=7)

    assert found["name"] == "studio"
    assert found["options"][0]["options"][0]["options"] == [{"name": "pictures", "type": 4, "value": 7}]
    with pytest.raises(Refused, match="not offered a command"):
        await dora.slash(desk.channel, "画室 限额 设置", 张数=7)


async def test_a_managers_command_is_offered_to_managers(desk: Desk) -> None:
    await desk.register(STUDIO, command("ping"), command("locked", default_member_permissions=0))
    dora = await desk.control.person("Dora", manager=True)
    owner = Person(desk.control, next(iter(desk.box.world.people)), "Ana")

    seen = [await offered(person, desk.channel) for person in (desk.ana, dora, owner)]

    assert seen == [["ping"], ["studio", "ping"], ["studio", "ping", "locked"]]


async def test_managers_may_give_and_take_a_command_in_discord(desk: Desk) -> None:
    await desk.register(STUDIO, command("ping"))
    role = await desk.make("/roles", name="Painters", permissions=[])
    await desk.control.post("/members", person=desk.ana.id, roles=[role])
    give = {"type": "role", "id": role, "permission": True}
    take = {"type": "channel", "id": desk.channel, "permission": False}

    await desk.control.post("/commands/permissions", command="studio", rules=[give])
    await desk.control.post("/commands/permissions", command="ping", rules=[take])
    given = await offered(desk.ana, desk.channel)
    await desk.control.post("/commands/permissions", command="studio", rules=[give, {**give, "type": "user",
                            "id": desk.ana.id, "permission": False}])  # fmt: skip
    taken = await offered(desk.ana, desk.channel)

    assert (given, taken) == (["studio"], [])


async def test_where_application_commands_are_denied_none_is_offered(desk: Desk) -> None:
    everyone = desk.box.world.server_id
    await desk.control.post("/overwrites", channel=desk.channel, target=everyone, deny=["USE_APPLICATION_COMMANDS"])

    assert await offered(desk.ana, desk.channel) == []


async def test_an_age_restricted_command_is_offered_in_age_restricted_channels(desk: Desk) -> None:
    await desk.register(command("bare", nsfw=True))
    adults = await desk.make("/channels", name="adults", nsfw=True)

    assert (await offered(desk.ana, desk.channel), await offered(desk.ana, adults)) == ([], ["bare"])
    assert desk.made(await desk.ana.slash(adults, "bare")).payload["channel"]["nsfw"] is True


async def test_people_roles_channels_and_files_come_resolved(desk: Desk) -> None:
    await desk.register(command("all", *(option(kind, f"o{kind}") for kind in (6, 7, 8, 9, 10, 11))))
    role = await desk.make("/roles", name="Painters", permissions=[])

    found = await data(
        desk, desk.ana, "all", o6=desk.ana.id, o7=desk.channel, o8=role, o9=role, o10=0.5, o11=File("t.csv", b"a,b\n")
    )

    resolved, values = found["resolved"], {value["name"]: value["value"] for value in found["options"]}
    (attachment,) = resolved["attachments"].values()
    assert values == {
        "o6": desk.ana.id,
        "o7": desk.channel,
        "o8": role,
        "o9": role,
        "o10": 0.5,
        "o11": attachment["id"],
    }
    assert resolved["users"][desk.ana.id]["username"] == "cleo"
    assert "user" not in resolved["members"][desk.ana.id]
    assert resolved["members"][desk.ana.id]["permissions"] != "0"
    assert (resolved["roles"][role]["name"], resolved["channels"][desk.channel]["type"]) == ("Painters", 0)
    assert (attachment["content_type"], attachment["ephemeral"]) == ("text/csv", True)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (option(3, "o", min_length=3), "ab"),
        (option(3, "o", choices=[{"name": "A", "value": "a"}]), "b"),
        (option(4, "o", max_value=3), 4),
        (option(4, "o"), True),
        (option(4, "o"), 1.5),
        (option(4, "o"), 2**53 + 1),
        (option(6, "o"), "1"),
        (option(7, "o", channel_types=[15]), "harbour"),
        (option(8, "o"), "1"),
        (option(11, "o"), "1"),
    ],
)
async def test_a_value_that_the_form_would_refuse_is_not_sent(desk: Desk, declared: dict[str, Any], value: Any) -> None:
    await desk.register(command("one", declared))
    value = desk.channel if value == "harbour" else value

    with pytest.raises(Refused):
        await desk.ana.slash(desk.channel, "one", o=value)


async def test_choices_are_chosen_by_their_name_in_the_person_s_language(desk: Desk) -> None:
    choices = [{"name": "Wide", "value": "16:9", "name_localizations": {"zh-CN": "宽"}}]
    await desk.register(command("one", option(3, "shape", choices=choices)))
    mei = await desk.control.person("Mei", locale="zh-CN")

    assert (await data(desk, mei, "one", shape="宽"))["options"][0]["value"] == "16:9"


async def test_an_option_is_completed_by_the_bot(desk: Desk) -> None:
    await desk.register(command("find", option(3, "words", autocomplete=True), option(4, "page")))

    async with desk.events() as events:
        suggestions = asyncio.create_task(desk.ana.suggestions(desk.channel, "find", "words", words="light", page=2))
        payload = await events.next("INTERACTION_CREATE")
    wrong = await desk.answer(payload, 4, content="no")
    right = await desk.answer(payload, 8, choices=[{"name": "lighthouse", "value": "lighthouse"}])

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
async def test_a_command_that_discord_would_not_register_is_refused(desk: Desk, wrong: list[dict[str, Any]]) -> None:
    status, answer = await desk.register(*wrong)

    assert (status, answer["code"]) == (400, 50035)


async def test_a_command_that_keeps_its_name_keeps_its_id(desk: Desk) -> None:
    before = (await desk.register(command("ping")))[1][0]["id"]

    assert (await desk.register(command("new"), command("ping")))[1][1]["id"] == before


async def test_a_server_s_own_command_is_offered_there_alone(desk: Desk) -> None:
    server = await desk.server("Second")
    attic = await desk.make("/channels", server=server, name="attic")
    await desk.control.post("/members", server=server, person=desk.ana.id)
    where = f"/applications/{desk.box.world.bot_id}/guilds/{server}/commands"
    status, kept = await desk.call("PUT", where, [command("here")])

    used = desk.made(await desk.ana.slash(attic, "here")).payload["data"]

    assert (status, kept[0]["guild_id"], used["guild_id"]) == (200, server, server)
    assert "here" not in await offered(desk.ana, desk.channel)
