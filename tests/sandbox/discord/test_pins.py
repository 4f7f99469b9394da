"""The bot pins messages, as far as it may, and the channel says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import WireBot

GUILDS, DIRECT_MESSAGES = 1 << 0, 1 << 12


async def pins(wire: WireBot, method: str, rest: str = "", channel: str = "") -> Any:
    """Make a call of the pins, and return the status and the answer."""
    return await wire.call(method, f"/channels/{channel or wire.channel}/messages/pins{rest}")


async def pinned(wire: WireBot) -> list[str]:
    """Return the pinned messages, the newest pin first."""
    _, answer = await pins(wire, "GET")
    return [item["message"]["id"] for item in answer["items"]]


async def test_a_message_is_pinned_once_and_the_channel_says_so(wire: WireBot) -> None:
    first, second = [await wire.ana.say(wire.channel, text) for text in ("first", "second")]

    async with wire.events() as events:
        for message in (first, second, first):
            status, _ = await pins(wire, "PUT", f"/{message}")
            await wire.control.advance(1)
        update = await events.next("MESSAGE_UPDATE")
        told = await events.next("CHANNEL_PINS_UPDATE")
        note = await events.next("MESSAGE_CREATE")

    server = wire.box.world.server_id
    assert (status, update["id"], update["pinned"]) == (204, first, True)
    assert (told["guild_id"], bool(told["last_pin_timestamp"])) == (server, True)
    about = {"type": 0, "message_id": first, "channel_id": wire.channel, "guild_id": server}
    assert (note["type"], note["message_reference"]) == (6, about)
    assert await pinned(wire) == [second, first]
    assert [message["type"] for message in await wire.ana.messages(wire.channel)] == [0, 0, 6, 6]


async def test_pins_are_listed_in_pages_and_taken_back(wire: WireBot) -> None:
    messages = [await wire.ana.say(wire.channel, text) for text in "abc"]
    for message in messages:
        await pins(wire, "PUT", f"/{message}")
        await wire.control.advance(1)

    _, first = await pins(wire, "GET", "?limit=2")
    _, rest = await pins(wire, "GET", f"?limit=2&before={first['items'][1]['pinned_at'].replace('+', '%2B')}")
    await pins(wire, "DELETE", f"/{messages[1]}")

    assert [first["has_more"], rest["has_more"]] == [True, False]
    assert [item["message"]["id"] for item in rest["items"]] == [messages[0]]
    assert await pinned(wire) == [messages[2], messages[0]]


async def test_pinning_needs_its_permission_and_has_a_limit(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "x")
    direct = await wire.ana.say("dm", "x")
    await wire.control.post("/permissions", channel=wire.channel, deny=["PIN_MESSAGES"])
    refused = await pins(wire, "PUT", f"/{message}")
    await wire.control.post("/permissions", channel=wire.channel, deny=[])
    for number in range(250):
        wire.box.world.messages[await wire.ana.say(wire.channel, str(number))].body.update(pinned=True, _pinned_at="")

    full = await pins(wire, "PUT", f"/{message}")
    in_private, _ = await pins(wire, "PUT", f"/{direct}", wire.box.world.messages[direct].channel_id)
    wrong = await pins(wire, "GET", "?limit=51")

    assert (refused[0], refused[1]["code"]) == (403, 50013)
    assert (full[0], full[1]["code"], in_private, wrong[0]) == (400, 30003, 204, 400)


@pytest.mark.parametrize(("intents", "told"), [(GUILDS, 0), (GUILDS | DIRECT_MESSAGES, 1)])
async def test_a_pin_in_direct_messages_comes_only_with_their_intent(wire: WireBot, intents: int, told: int) -> None:
    direct = await wire.ana.say("dm", "x")
    async with wire.events(intents) as events:
        await pins(wire, "PUT", f"/{direct}", wire.box.world.messages[direct].channel_id)
        await wire.control.post("/channels", name="the-end")
        await events.next("CHANNEL_CREATE")

    assert [event["t"] for event in events.seen].count("CHANNEL_PINS_UPDATE") == told
