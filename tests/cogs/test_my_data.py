"""/my-data sends a member all stored data about that member, and no other data, in private."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sandbox.people import EPHEMERAL, Json, Person, text_of
from tests.cogs.conftest import Room


async def answer_of(room: Room, person: Person, channel: str) -> Json:
    """Return the bot's answer, a file or a sentence, in a channel or by direct message."""
    async with asyncio.timeout(45):
        while True:
            found = [m for target in (channel, "dm") for m in await room.bot_messages(person, target)]
            for message in found:
                if message["attachments"] or "few minutes ago" in text_of(message) + message["content"]:
                    return message
            await asyncio.sleep(0.02)


async def document(room: Room, message: Json) -> dict[str, Any]:
    (file,) = message["attachments"]
    content: dict[str, Any] = json.loads(await room.control.file(file["id"]))
    return content


async def test_a_member_gets_their_own_requests_and_no_others_in_private(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await room.delivered(ana, channel, "ana's frog")
    await room.delivered(bo, channel, "bo's newt")
    elsewhere = await room.channel()

    await ana.slash(elsewhere, "my-data")
    message = await answer_of(room, ana, elsewhere)

    assert message["flags"] & EPHEMERAL
    assert [request["request"]["prompt"] for request in (await document(room, message))["requests"]] == ["ana's frog"]
    assert await room.bot_messages(bo, elsewhere) == []


async def test_a_second_request_says_when_the_data_is_available_again(room: Room) -> None:
    ana, channel, elsewhere = await room.new_person(), await room.channel(), await room.channel()
    await ana.slash(channel, "my-data")
    await answer_of(room, ana, channel)

    await ana.slash(elsewhere, "my-data")

    assert "<t:" in text_of(await answer_of(room, ana, elsewhere)) + (await answer_of(room, ana, elsewhere))["content"]


async def test_the_data_comes_as_a_direct_message_when_the_private_answer_is_refused(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    room.box.faults.arm("discord_error", times=2, match="PATCH /api/v10/webhooks", code=50027)

    await ana.slash(channel, "my-data")
    message = await answer_of(room, ana, channel)

    assert (await document(room, message))["user_id"] == int(ana.id)
    assert message["id"] in [sent["id"] for sent in await room.bot_messages(ana, "dm")]
