"""The driver serves the floor and the real bot, and says when it was too slow itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from benchmarks import images
from benchmarks.bots import FLOOR, OURS, Subject, running
from benchmarks.driver import Driver, driver


@pytest.fixture
async def local() -> AsyncIterator[Driver]:
    async with driver() as found:
        found.delay_s = 0.05
        yield found


@pytest.mark.parametrize("subject", [FLOOR, OURS], ids=lambda subject: subject.name)
async def test_each_request_is_acknowledged_and_shown_with_its_image(local: Driver, subject: Subject) -> None:
    async with running(local, subject):
        volley = await local.volley(3)

    assert all(shot.sent_s < shot.acknowledged_s < shot.done_s for shot in volley.shots)
    assert all(shot.took_s > local.delay_s for shot in volley.shots)
    assert volley.ack_cpu_s > 0
    assert local.unknown == []


@pytest.mark.parametrize("subject", [FLOOR, OURS], ids=lambda subject: subject.name)
async def test_an_edit_gets_the_photo_and_is_shown(local: Driver, subject: Subject) -> None:
    async with running(local, subject):
        volley = await local.volley(1, photos=True)

    assert volley.took_s > local.delay_s
    assert local.unknown == []


async def test_the_shipped_pace_lets_five_begin_in_a_second(local: Driver) -> None:
    async with running(local, FLOOR, lift=False):
        volley = await local.volley(6)

    assert volley.took_s > 1


async def test_the_real_bots_transactions_are_counted_and_the_floor_has_none(local: Driver) -> None:
    found = {}
    for subject in (FLOOR, OURS):
        async with running(local, subject, watch=True) as bot:
            await bot.counts()
            await local.volley(1)
            found[subject.name] = await bot.counts()

    assert found["floor"]["statements"] == found["floor"]["transactions"] == 0
    assert found["ours"]["statements"] > found["ours"]["transactions"] > 0
    assert found["floor"]["stall_ms"] > 0


async def test_a_driver_that_never_idles_is_named_as_the_bottleneck(local: Driver) -> None:
    async def compute() -> None:
        while True:
            until_s = time.perf_counter() + 0.02
            while time.perf_counter() < until_s:
                pass
            await asyncio.sleep(0)

    async with running(local, FLOOR):
        await local.volley(1)
        idle = list(local.bottlenecks)
        task = asyncio.create_task(compute())
        await local.volley(2)
        task.cancel()

    assert idle == []
    assert [name.partition(",")[0] for name in local.bottlenecks] == ["2 at once"]


def test_the_images_have_the_sizes_that_the_figures_name() -> None:
    assert 1.5e6 < len(images.result()) < 2.5e6
    assert 7.5e6 < len(images.photo()) < 8.5e6


def test_no_two_photos_are_equal() -> None:
    photo = images.photo()

    assert images.numbered(photo, 1) != images.numbered(photo, 2)
