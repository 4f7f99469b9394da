"""A slow upload may take any time; only an upload that stands still is given up."""

from __future__ import annotations

import time
from functools import cache

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

pytestmark = pytest.mark.usefixtures("no_cards")

SILENCE_S = 2.0  # at this pace, the rest that is on its way when an upload ends takes half a second
PAUSE_S = 0.05


@cache
def large() -> ResultImage:
    return ResultImage(encoded(Image.effect_noise((1600, 1600), 90).convert("RGB"), "PNG"), "png", 1600, 1600)


async def a_job(room: Room, prompt: str) -> tuple[Job, str]:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    return await room.generated_job(prompt), channel


async def uploaded(room: Room, job: Job, route: str = "by_token") -> int:
    routes, upload = Routes(room.bot), cards.upload([large()], None)
    return await call_discord(getattr(routes, route), job, card_post(job, upload, None))


@pytest.mark.parametrize("route", ["by_token", "by_message"])  # discord.py has two HTTP clients
async def test_an_upload_that_moves_may_take_any_time(room: Room, route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", SILENCE_S)
    job, channel = await a_job(room, f"slowly {route}")
    room.box.faults.arm("slow_reader", match="PATCH", pause_s=PAUSE_S)
    began_s = time.monotonic()

    message_id = await uploaded(room, job, route)

    ana = await room.new_person()
    message = next(one for one in await room.bot_messages(ana, channel) if one["id"] == str(message_id))
    assert len(large().data) > 4_000_000
    assert time.monotonic() - began_s > 1.5 * SILENCE_S
    assert len(images_of(message)) == 1


async def test_an_upload_that_stands_still_is_tried_later(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", SILENCE_S)
    job, _ = await a_job(room, "stands still")
    room.box.faults.arm("slow_reader", match="PATCH", pause_s=30.0)
    began_s = time.monotonic()

    with pytest.raises(DeliverLater):
        await uploaded(room, job)

    assert time.monotonic() - began_s < 10


async def test_a_call_without_an_answer_is_tried_later(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", SILENCE_S)
    job, _ = await a_job(room, "no answer")
    room.box.faults.arm("slow_rest", match="PATCH", seconds=30.0)

    with pytest.raises(DeliverLater):
        await uploaded(room, job)


async def test_no_time_limit_cuts_off_twenty_megabytes_over_a_home_uplink(room: Room) -> None:
    """20 MB take 160 s at 1 Mbit/s, and twice that at half the speed; discord.py's own limit is 300 s a call."""
    waits = room.bot.http._HTTPClient__session.timeout  # type: ignore[attr-defined]  # discord.py keeps its session private

    assert waits is context.WAITS
    assert (waits.total or 0) > 10 * 160
    assert waits.sock_read == outcomes.SILENCE_S
