"""Results are private where the managers decided so, from the next request on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from sandbox.people import EPHEMERAL, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.delivery.test_refusals import SEND

pytestmark = pytest.mark.usefixtures("no_cards")


@asynccontextmanager
async def decided(room: Room, channel: str, **settings: Any) -> AsyncIterator[None]:
    """Let the managers of a channel's server decide *settings* for the block."""
    server_id, admin = int(room.box.world.channels[room.channel_id(channel)].server_id or 0), room.service.server_admin
    before = await admin.settings(server_id)
    await admin.change(server_id, lambda known: replace(known, **settings), user_id=1)
    yield
    await admin.change(server_id, lambda _: before, user_id=1)


async def test_a_channel_with_private_results_hides_the_next_result_also_in_its_threads(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = f"thread of {channel}"
    await ana.thread(channel, thread)

    async with decided(room, channel, private_channels=(int(room.channel_id(channel)),)):
        hidden = [await room.delivered(ana, place, f"hidden in {place}") for place in (channel, thread)]
        shown = await room.delivered(ana, channel, "shown", private=False)

    assert [message["flags"] & EPHEMERAL for message in (*hidden, shown)] == [EPHEMERAL, EPHEMERAL, 0]


async def test_where_results_are_private_a_mention_is_answered_by_direct_message(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()

    async with decided(room, channel, private_channels=(int(room.channel_id(channel)),)):
        await ana.say(channel, f"{room.mention} a whispered cove")
        job = await room.generated_job("a whispered cove")
        await room.delivery.deliver(job)

    said, result = await room.bot_messages(ana, "dm")
    assert f"private in <#{room.channel_id(channel)}>" in text_of(said)
    assert images_of(result)
    assert await room.bot_messages(bo, channel) == []


async def test_a_mention_of_a_member_without_direct_messages_is_refused_where_results_are_private(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    room.box.faults.arm("discord_error", match=f"{SEND}/{room.box.world.bot_dm(ana.id).id}", code=50007)

    async with decided(room, channel, private=True):
        await ana.say(channel, f"{room.mention} a whispered cove")
        await ana.see(channel, lambda m: "I can't send you direct messages" in text_of(m), "the refusal")
