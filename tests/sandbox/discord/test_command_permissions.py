"""Through a user install alone, the bot may answer interactions a few times, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import Refused
from tests.sandbox.conftest import WireBot

EPHEMERAL = 1 << 6
ANYWHERE = {"name": "anywhere", "type": 1, "description": "goes with you", "integration_types": [0, 1]}
PING = {"name": "ping", "type": 1, "description": "answers"}


@pytest.fixture
async def guest(wire: WireBot) -> WireBot:
    """Cleo has the bot as a user install; *channel* is in a server without the bot."""
    await wire.register(PING, {**ANYWHERE, "contexts": [0, 1, 2]})
    await wire.control.post("/people/change", person=wire.ana.id, installed=True)
    server = await wire.server("Elsewhere", bot=False)
    await wire.control.post("/members", server=server, person=wire.ana.id)
    wire.channel = await wire.make("/channels", server=server, name="salon")
    return wire


async def used(wire: WireBot) -> dict[str, Any]:
    return wire.made(await wire.ana.slash(wire.channel, "anywhere")).payload


async def test_a_user_install_is_the_interactions_only_owner(guest: WireBot) -> None:
    payload = await used(guest)

    assert payload["authorizing_integration_owners"] == {"1": guest.ana.id}
    assert (payload["context"], payload["member"]["user"]["id"]) == (0, guest.ana.id)


async def test_both_installs_are_named_if_both_authorize_the_interaction(guest: WireBot) -> None:
    payload = guest.made(await guest.ana.slash("harbor", "anywhere")).payload
    plain = guest.made(await guest.ana.slash("harbor", "ping")).payload

    server = guest.box.world.server_id
    assert payload["authorizing_integration_owners"] == {"0": server, "1": guest.ana.id}
    assert plain["authorizing_integration_owners"] == {"0": server}


async def test_a_user_install_has_five_follow_ups(guest: WireBot) -> None:
    payload = await used(guest)
    await guest.answer(payload, 4, content="first")

    statuses = [(await guest.call("POST", guest.hook(payload), {"content": str(n)}))[0] for n in range(5)]
    await guest.control.advance(60)  # past every rate limit of follow-ups
    sixth = await guest.error("POST", guest.hook(payload), {"content": "6"})

    assert statuses == [200] * 5
    assert sixth == (400, 40094)


async def test_a_user_install_reaches_neither_the_channel_nor_its_messages(guest: WireBot) -> None:
    payload = await used(guest)
    answer = (await guest.answer(payload, 4, content="here"))[1]["resource"]["message"]["id"]

    assert (await guest.post({"content": "x"}))[1]["code"] == 50001
    assert await guest.error("GET", f"/channels/{guest.channel}/messages/{answer}") == (403, 50001)
    async with guest.events() as events:
        await guest.ana.say(guest.channel, "not for the bot")
        await guest.ana.slash(guest.channel, "anywhere")
        await events.next("INTERACTION_CREATE")
    assert "MESSAGE_CREATE" not in [event["t"] for event in events.seen]


async def test_without_use_external_apps_a_user_install_answers_ephemerally(guest: WireBot) -> None:
    await guest.control.post("/overwrites", channel=guest.channel, target=guest.ana.id, deny=["USE_EXTERNAL_APPS"])
    payload = await used(guest)

    answer = (await guest.answer(payload, 4, content="aloud"))[1]

    assert answer["resource"]["message"]["flags"] & EPHEMERAL


@pytest.mark.parametrize(("others", "kind"), [(1, 1), (2, 3)])
async def test_direct_messages_between_people_and_groups_work_by_user_install(
    guest: WireBot, others: int, kind: int
) -> None:
    people = [(await guest.control.person(f"Friend{n}")).id for n in range(others)]
    guest.channel = await guest.make("/groups", people=[guest.ana.id, *people])

    payload = await used(guest)
    status, _ = await guest.answer(payload, 4, content="hello both")

    assert (payload["context"], payload["channel"]["type"], payload["user"]["id"]) == (2, kind, guest.ana.id)
    assert payload["authorizing_integration_owners"] == {"1": guest.ana.id}
    assert status == 200
    assert (await guest.post({"content": "x"}))[1]["code"] == 50001
    with pytest.raises(Refused):
        await guest.ana.slash(guest.channel, "ping")


async def test_without_an_install_no_command_is_offered_there(guest: WireBot) -> None:
    await guest.control.post("/people/change", person=guest.ana.id, installed=False)

    with pytest.raises(Refused, match="not offered a command"):
        await used(guest)


async def test_a_command_is_offered_only_in_its_contexts(guest: WireBot) -> None:
    await guest.register({**ANYWHERE, "contexts": [1]}, {**PING, "contexts": [0]})

    offered = (await guest.ana.slash("dm", "anywhere")).id

    assert guest.box.world.interactions[offered].payload["context"] == 1
    for channel, command in (("harbor", "anywhere"), ("dm", "ping")):
        with pytest.raises(Refused, match="not offered a command"):
            await guest.ana.slash(channel, command)


async def test_buttons_of_an_answer_have_the_owners_of_the_answer(guest: WireBot) -> None:
    bo = await guest.control.person("Friend")
    await guest.control.post("/members", server=guest.box.world.channels[guest.channel].server_id, person=bo.id)
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    answer = (await guest.answer(await used(guest), 4, content="x", components=[row]))[1]["resource"]["message"]

    pressed = guest.made(await bo.press(answer, "Go")).payload

    assert pressed["member"]["user"]["id"] == bo.id
    assert pressed["authorizing_integration_owners"] == {"1": guest.ana.id}


async def test_a_person_with_closed_direct_messages_refuses_the_bots(wire: WireBot) -> None:
    await wire.control.post("/people/change", person=wire.ana.id, dm_open=False)
    channel = (await wire.call("POST", "/users/@me/channels", {"recipient_id": wire.ana.id}))[1]["id"]

    assert await wire.error("POST", f"/channels/{channel}/messages", {"content": "x"}) == (403, 50007)


@pytest.mark.parametrize("permission", ["SEND_MESSAGES", "USE_EXTERNAL_APPS"])
async def test_a_person_who_may_not_post_gets_ephemeral_answers(guest: WireBot, permission: str) -> None:
    server = next(found for found in guest.box.world.servers.values() if found.name == "Elsewhere")
    await guest.control.post("/overwrites", channel=guest.channel, target=server.id, deny=[permission])

    _, answer = await guest.answer(await used(guest), 4, content="aloud")

    assert answer["resource"]["message"]["flags"] & EPHEMERAL


async def test_an_application_without_user_installs_cannot_register_such_commands(wire: WireBot) -> None:
    await wire.control.post("/discord/settings", user_install=False)

    status, answer = await wire.register(ANYWHERE)

    assert (status, answer["code"]) == (400, 50035)
    assert "integration_types" in answer["errors"]["0"]
