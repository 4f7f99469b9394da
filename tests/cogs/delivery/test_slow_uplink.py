"""A slow uplink is no dead one: an upload takes as long as it takes, and ends only when nothing moves any more."""

from __future__ import annotations

import time

import pytest
from PIL import Image

from cogs.delivery.images import card_post
from cogs.interactions import context
from cogs.messaging import outcomes
from cogs.messaging.outcomes import call_discord
from cogs.messaging.routes import Routes
from cogs.ui import cards
from imagegen.errors import DeliverLater
from imagegen.model import Job, ResultImage
from sandbox.people import images_of
from tests.cogs.conftest import Room
from tests.imagegen.imaging.drawn import encoded

SILENCE_S = 2.0  # what is on its way at the end of an upload takes half a second at this pace
PAUSE_S = 0.05
HEAVY = ResultImage(encoded(Image.effect_noise((1600, 1600), 90).convert("RGB"), "PNG"), "png", 1600, 1600)


async def a_job(room: Room, prompt: str) -> tuple[Job, str]:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    return await room.made(prompt), channel


async def uploaded(room: Room, job: Job, way: str = "by_token") -> int:
    ways, upload = Routes(room.bot), cards.upload([HEAVY], None)
    return await call_discord(getattr(ways, way), job, card_post(job, upload, None))


@pytest.mark.parametrize("way", ["by_token", "by_message"])  # discord.py has two clients
async def test_an_upload_that_goes_on_is_waited_for_however_long_it_takes(
    room: Room, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", SILENCE_S)
    job, channel = await a_job(room, f"slowly {way}")
    room.box.faults.arm("slow_reader", match="PATCH", pause_s=PAUSE_S)
    began_s = time.monotonic()

    message_id = await uploaded(room, job, way)

    ana = await room.somebody()
    message = next(one for one in await room.seen(ana, channel) if one["id"] == str(message_id))
    assert len(HEAVY.data) > 4_000_000
    assert time.monotonic() - began_s > 1.5 * SILENCE_S
    assert len(images_of(message)) == 1


async def test_an_upload_of_which_nothing_is_taken_any_more_is_tried_later(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", SILENCE_S)
    job, _ = await a_job(room, "stands still")
    room.box.faults.arm("slow_reader", match="PATCH", pause_s=30.0)
    began_s = time.monotonic()

    with pytest.raises(DeliverLater):
        await uploaded(room, job)

    assert time.monotonic() - began_s < 10


async def test_an_answer_that_never_comes_is_tried_later(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", SILENCE_S)
    job, _ = await a_job(room, "no answer")
    room.box.faults.arm("slow_rest", match="PATCH", seconds=30.0)

    with pytest.raises(DeliverLater):
        await uploaded(room, job)


async def test_no_call_has_a_time_limit_that_twenty_megabytes_over_a_home_uplink_would_pass(room: Room) -> None:
    """160 s at 1 Mbit/s, twice that at half of it; discord.py gives each call 300 s, whole."""
    waits = room.bot.http._HTTPClient__session.timeout  # type: ignore[attr-defined]  # discord.py keeps its session private

    assert waits is context.WAITS
    assert (waits.total or 0) > 10 * 160
    assert waits.sock_read == outcomes.SILENCE_S
