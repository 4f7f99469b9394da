"""Results are private where the managers decided so, from the next request on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.people import EPHEMERAL
from tests.cogs.conftest import Room

pytestmark = pytest.mark.usefixtures("no_cards")


async def test_a_channel_with_private_results_hides_the_next_result_also_in_its_threads(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = f"thread of {channel}"
    await ana.thread(channel, thread)
    here = room.box.world.channels[room.channel_id(channel)]
    server_id, private_channels = int(here.server_id or 0), (int(here.id),)

    await room.service.server_admin.change(
        server_id, lambda before: replace(before, private_channels=private_channels), user_id=1
    )
    hidden = [await room.delivered(ana, place, f"hidden in {place}") for place in (channel, thread)]
    shown = await room.delivered(ana, channel, "shown", private=False)
    await room.service.server_admin.change(server_id, lambda before: replace(before, private_channels=()), user_id=1)

    assert [message["flags"] & EPHEMERAL for message in (*hidden, shown)] == [EPHEMERAL, EPHEMERAL, 0]
