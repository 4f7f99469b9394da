"""The budget is never exceeded, in any order of tasks, and every task gets its turn."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.address import Address
from imagegen.image_request import ImageRequest
from imagegen.imaging.byte_budget import HEAD_BYTES, MAX_RESULT_BYTES, ByteBudget, total_result_bytes
from imagegen.model import DIRECT, Call, Job, Made, Requester
from imagegen.states import State

SIZES = st.lists(st.integers(1, 150), max_size=30)


async def settled() -> None:
    """Return once every task that can continue has continued."""
    for _ in range(10):
        await asyncio.sleep(0)


@given(SIZES, st.integers(0, 2**32))
def test_the_budget_is_never_exceeded_and_every_task_is_served(sizes: list[int], seed: int) -> None:
    budget, rng, served = ByteBudget(100), Random(seed), list[int]()

    async def hold(size: int) -> None:
        async with budget.share(size) as share:
            assert budget.taken_bytes <= max(100, size)
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)
            share.resize(rng.randrange(size + 1))
            await asyncio.sleep(0)
            served.append(size)

    async def all_of_them() -> None:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            for size in sizes:
                group.create_task(hold(size))

    asyncio.run(all_of_them())

    assert sorted(served) == sorted(sizes)
    assert budget.taken_bytes == 0


async def test_small_shares_do_not_overtake_a_large_one() -> None:
    budget, order = ByteBudget(100), list[int]()

    async def hold(size: int) -> None:
        async with budget.share(size):
            order.append(size)

    async with budget.share(60):
        tasks = [asyncio.create_task(hold(size)) for size in (90, 10, 20)]
        await settled()
        assert order == []
        assert not budget.has_room(1)
    await asyncio.gather(*tasks)

    assert order == [90, 10, 20]


async def test_a_share_larger_than_the_budget_is_held_alone() -> None:
    budget = ByteBudget(100)
    async with asyncio.timeout(5), budget.share(500) as share:
        assert not budget.has_room(1)
        share.resize(40)
        assert budget.has_room(60)


async def test_shrinking_a_share_starts_the_next_task_at_once() -> None:
    budget, came = ByteBudget(100), asyncio.Event()

    async def hold() -> None:
        async with budget.share(70):
            came.set()

    async with budget.share(80) as share:
        waiting = asyncio.create_task(hold())
        await settled()
        assert not came.is_set()
        share.resize(30)
        await settled()
        assert came.is_set()
    await waiting


@pytest.mark.parametrize("cancelled_after_its_turn", [False, True])
async def test_a_canceled_task_holds_nothing_and_blocks_no_other(
    cancelled_after_its_turn: bool,
) -> None:
    budget = ByteBudget(100)

    async def hold(size: int) -> None:
        async with budget.share(size):
            await asyncio.sleep(0)

    async with budget.share(60):
        first, second = (asyncio.create_task(hold(size)) for size in (90, 40))
        await settled()
        if not cancelled_after_its_turn:
            first.cancel()
            await settled()
            assert second.done()
    if cancelled_after_its_turn:
        first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)

    assert first.cancelled()
    assert second.exception() is None
    assert budget.taken_bytes == 0


def a_job(size: str, *, links: int = 4, **more: Any) -> Job:
    made = Made(("https://x.aliyuncs.com/0.png",) * links, links, size, "r")
    fields: dict[str, Any] = {
        "id": 1, "key": "i:1", "state": State.GENERATED, "requester": Requester(1, DIRECT),
        "request": ImageRequest("x", count=links),
        "address": Address(), "model": "wan2.6-t2i", "call": Call.SYNC, "input_count": 0, "attempts": 0, "epoch": 0,
        "requested_at": datetime(2026, 11, 25, tzinfo=UTC), "made": made,
    }  # fmt: skip
    return Job(**{**fields, **more})


@pytest.mark.parametrize(("size", "pixels"), [("2048*2048", 2048 * 2048), ("", 1280 * 1280), ("1K", 1280 * 1280)])
def test_a_result_counts_by_its_pixels_before_the_download(size: str, pixels: int) -> None:
    assert total_result_bytes(a_job(size)) == 4 * (5 * pixels + HEAD_BYTES)


@pytest.mark.parametrize(("size", "model"), [("99999*99999", "wan2.6-t2i"), ("", "no longer offered")])
def test_an_unknown_result_counts_as_the_largest_download(size: str, model: str) -> None:
    assert total_result_bytes(a_job(size, model=model)) == 4 * MAX_RESULT_BYTES


def test_a_job_without_results_counts_as_zero_bytes() -> None:
    assert total_result_bytes(a_job("", made=None)) == 0
