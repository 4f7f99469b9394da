"""Where the bot is only somebody's own: it may answer, a few times, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import Refused
from tests.sandbox.conftest import Desk

EPHEMERAL = 1 << 6
ANYWHERE = {"name": "anywhere", "type": 1, "description": "goes with you", "integration_types": [0, 1]}
PING = {"name": "ping", "type": 1, "description": "answers"}


@pytest.fixture
async def guest(desk: Desk) -> Desk:
    """Cleo has installed the bot for herself; *channel* is in a server without it."""
    await desk.register(PING, {**ANYWHERE, "contexts": [0, 1, 2]})
    await desk.control.post("/people/change", person=desk.ana.id, installed=True)
    server = await desk.server("Elsewhere", bot=False)
    await desk.control.post("/members", server=server, person=desk.ana.id)
    desk.channel = await desk.make("/channels", server=server, name="salon")
    return desk


async def used(desk: Desk) -> dict[str, Any]:
    return desk.made(await desk.ana.slash(desk.channel, "anywhere")).payload


async def test_an_install_is_named_as_the_interaction_s_only_owner(guest: Desk) -> None:
    payload = await used(guest)

    assert payload["authorizing_integration_owners"] == {"1": guest.ana.id}
    assert (payload["context"], payload["member"]["user"]["id"]) == (0, guest.ana.id)


async def test_where_both_stand_for_it_both_are_named(guest: Desk) -> None:
    payload = guest.made(await guest.ana.slash("harbour", "anywhere")).payload
    plain = guest.made(await guest.ana.slash("harbour", "ping")).payload

    server = guest.box.world.server_id
    assert payload["authorizing_integration_owners"] == {"0": server, "1": guest.ana.id}
    assert plain["authorizing_integration_owners"] == {"0": server}


async def test_a_guest_has_five_follow_ups(guest: Desk) -> None:
    payload = await used(guest)
    await guest.answer(payload, 4, content="first")

    statuses = [(await guest.call("POST", guest.hook(payload), {"content": str(n)}))[0] for n in range(5)]
    await guest.control.advance(60)  # past what limits the rate of any follow-ups
    sixth = await guest.error("POST", guest.hook(payload), {"content": "6"})

    assert statuses == [200] * 5
    assert sixth == (400, 40094)


async def test_a_guest_reaches_neither_the_channel_nor_its_messages(guest: Desk) -> None:
    payload = await used(guest)
    answer = (await guest.answer(payload, 4, content="here"))[1]["resource"]["message"]["id"]

    assert (await guest.post({"content": "x"}))[1]["code"] == 50001
    assert await guest.error("GET", f"/channels/{guest.channel}/messages/{answer}") == (403, 50001)
    async with guest.events() as events:
        await guest.ana.say(guest.channel, "not for the bot")
        await guest.ana.slash(guest.channel, "anywhere")
        await events.next("INTERACTION_CREATE")
    assert "MESSAGE_CREATE" not in [event["t"] for event in events.seen]


async def test_a_guest_speaks_in_private_to_who_may_not_let_it_speak_aloud(guest: Desk) -> None:
    await guest.control.post("/overwrites", channel=guest.channel, target=guest.ana.id, deny=["USE_EXTERNAL_APPS"])
    payload = await used(guest)

    answer = (await guest.answer(payload, 4, content="aloud"))[1]

    assert answer["resource"]["message"]["flags"] & EPHEMERAL


@pytest.mark.parametrize(("others", "kind"), [(1, 1), (2, 3)])
async def test_between_people_and_in_groups_it_is_there_by_install_alone(guest: Desk, others: int, kind: int) -> None:
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


async def test_who_has_not_installed_it_is_offered_nothing_there(guest: Desk) -> None:
    await guest.control.post("/people/change", person=guest.ana.id, installed=False)

    with pytest.raises(Refused, match="not offered a command"):
        await used(guest)


async def test_contexts_are_obeyed(guest: Desk) -> None:
    await guest.register({**ANYWHERE, "contexts": [1]}, {**PING, "contexts": [0]})

    offered = (await guest.ana.slash("dm", "anywhere")).id

    assert guest.box.world.interactions[offered].payload["context"] == 1
    for channel, command in (("harbour", "anywhere"), ("dm", "ping")):
        with pytest.raises(Refused, match="not offered a command"):
            await guest.ana.slash(channel, command)


async def test_what_hangs_under_a_guest_s_answer_is_on_the_same_person_s_behalf(guest: Desk) -> None:
    bo = await guest.control.person("Friend")
    await guest.control.post("/members", server=guest.box.world.channels[guest.channel].server_id, person=bo.id)
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    answer = (await guest.answer(await used(guest), 4, content="x", components=[row]))[1]["resource"]["message"]

    pressed = guest.made(await bo.press(answer, "Go")).payload

    assert pressed["member"]["user"]["id"] == bo.id
    assert pressed["authorizing_integration_owners"] == {"1": guest.ana.id}


async def test_closed_direct_messages_are_closed_to_the_bot(desk: Desk) -> None:
    await desk.control.post("/people/change", person=desk.ana.id, dm_open=False)
    channel = (await desk.call("POST", "/users/@me/channels", {"recipient_id": desk.ana.id}))[1]["id"]

    assert await desk.error("POST", f"/channels/{channel}/messages", {"content": "x"}) == (403, 50007)


@pytest.mark.parametrize("permission", ["SEND_MESSAGES", "USE_EXTERNAL_APPS"])
async def test_a_guest_of_somebody_who_may_not_speak_there_answers_them_alone(guest: Desk, permission: str) -> None:
    server = next(found for found in guest.box.world.servers.values() if found.name == "Elsewhere")
    await guest.control.post("/overwrites", channel=guest.channel, target=server.id, deny=[permission])

    _, answer = await guest.answer(await used(guest), 4, content="aloud")

    assert answer["resource"]["message"]["flags"] & EPHEMERAL


async def test_an_application_without_user_install_registers_nothing_for_people(desk: Desk) -> None:
    await desk.control.post("/discord/settings", user_install=False)

    status, answer = await desk.register(ANYWHERE)

    assert (status, answer["code"]) == (400, 50035)
    assert "integration_types" in answer["errors"]["0"]
