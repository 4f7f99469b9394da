"""/my-data goes to whoever asks, and to nobody else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sandbox.people import EPHEMERAL, Json, Person, text_of
from tests.cogs.conftest import Room


async def answered(room: Room, person: Person, channel: str) -> Json:
    """The answer of the bot, with a file or a sentence."""
    async with asyncio.timeout(45):
        while True:
            found = [m for where in (channel, "dm") for m in await room.bot_messages(person, where)]
            for message in found:
                if message["attachments"] or "few minutes ago" in text_of(message) + message["content"]:
                    return message
            await asyncio.sleep(0.02)


async def document(room: Room, message: Json) -> dict[str, Any]:
    (file,) = message["attachments"]
    told: dict[str, Any] = json.loads(await room.control.file(file["id"]))
    return told


async def test_a_person_gets_all_that_is_kept_of_them_in_private(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await room.delivered(ana, channel, "ana's frog")
    await room.delivered(bo, channel, "bo's newt")
    elsewhere = await room.channel()

    await ana.slash(elsewhere, "my-data")
    message = await answered(room, ana, elsewhere)

    assert message["flags"] & EPHEMERAL
    assert [request["request"]["prompt"] for request in (await document(room, message))["requests"]] == ["ana's frog"]
    assert await room.bot_messages(bo, elsewhere) == []


async def test_a_second_time_is_told_when_it_comes_again(room: Room) -> None:
    ana, channel, elsewhere = await room.new_person(), await room.channel(), await room.channel()
    await ana.slash(channel, "my-data")
    await answered(room, ana, channel)

    await ana.slash(elsewhere, "my-data")

    assert "<t:" in text_of(await answered(room, ana, elsewhere)) + (await answered(room, ana, elsewhere))["content"]


async def test_where_the_private_answer_is_closed_it_comes_as_a_direct_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    room.box.faults.arm("discord_error", times=2, match="PATCH /api/v10/webhooks", code=50027)

    await ana.slash(channel, "my-data")
    message = await answered(room, ana, channel)

    assert (await document(room, message))["user_id"] == int(ana.id)
    assert message["id"] in [there["id"] for there in await room.bot_messages(ana, "dm")]
