"""The page gets each message once: later states carry only what changed, and older ones when they are wanted."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import Refused
from tests.sandbox.conftest import WireBot


async def page(wire: WireBot, **about: Any) -> Any:
    query = {"person": wire.ana.id, "shown": wire.channel, **{name: str(value) for name, value in about.items()}}
    return await wire.control.get("/state", **query)


async def changes(wire: WireBot, before: Any) -> list[str]:
    """Return the ids of the messages that a page gets which has those of the state *before*."""
    known = f"{before['run']}-{before['revision']}"
    found = await page(wire, since=before["order"][0], known=known)
    return [message["id"] for message in found["messages"]]


async def test_a_page_gets_only_what_changed(wire: WireBot) -> None:
    ids = [await wire.ana.say(wire.channel, str(number)) for number in range(4)]
    before = await page(wire)

    await wire.ana.edit(ids[1], "changed")
    new = await wire.ana.say(wire.channel, "new")

    assert await changes(wire, before) == [ids[1], new]
    assert (await page(wire))["order"] == [*ids, new]


async def test_a_reply_changes_with_the_message_that_it_shows(wire: WireBot) -> None:
    original = await wire.ana.say(wire.channel, "original")
    reply = await wire.ana.say(wire.channel, "reply", reply_to=original)
    first = await page(wire)

    await wire.ana.edit(original, "changed")
    edited = await changes(wire, first)
    second = await page(wire)
    await wire.control.post("/act/delete", person=wire.ana.id, message=original)

    assert edited == [original, reply]
    assert await changes(wire, second) == [reply]


async def test_a_page_of_another_run_or_channel_gets_everything(wire: WireBot) -> None:
    ids = [await wire.ana.say(wire.channel, str(number)) for number in range(2)]
    state = await page(wire)

    other_run = await page(wire, since=ids[0], known=f"another-{state['revision']}")
    gone = await page(wire, shown="nowhere", since=ids[0], known=f"{state['run']}-{state['revision']}")

    assert [message["id"] for message in other_run["messages"]] == ids
    assert [message["id"] for message in gone["messages"]] == ids


async def test_a_page_keeps_what_it_has_and_reaches_a_message_far_back(wire: WireBot) -> None:
    ids = [await wire.ana.say(wire.channel, str(number)) for number in range(40)]

    kept = await page(wire, last=2, since=ids[30])
    jumped = await page(wire, last=2, target=ids[30])
    missing = await page(wire, last=2, target="1")

    assert kept["order"] == ids[30:]
    assert jumped["order"] == ids[5:]
    assert missing["order"] == ids[-2:]
    assert missing["older"]


async def test_mentions_of_a_person_and_their_roles_are_named(wire: WireBot) -> None:
    bo = await wire.control.person("Mo", manager=True)
    server = next(iter(wire.box.world.servers.values()))
    managers = next(role.id for role in server.roles.values() if role.name == "Managers")
    named = [await wire.ana.say(wire.channel, text) for text in (f"<@{bo.id}>", "nobody", f"<@&{managers}>")]

    found = await wire.control.get("/state", person=bo.id, shown=wire.channel)

    assert found["pings"] == {wire.channel: [named[0], named[2]]}


async def test_a_private_message_is_not_forwarded(wire: WireBot) -> None:
    sent = await wire.ana.slash(wire.channel, "ping")
    await wire.answer(wire.box.world.interactions[sent.id].payload, 4, content="private", flags=64)
    private = (await page(wire))["order"][-1]

    with pytest.raises(Refused, match="cannot be forwarded"):
        await wire.ana.say(wire.channel, "", forward=private)
