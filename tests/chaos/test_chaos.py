"""Books that would not notice are no books: four deliberate bugs, each must be caught, and nothing without it.

The kills themselves are no tests of pytest's: `make chaos` prints its points and its books, in CI too.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.chaos.books import AGAIN, FENCE, FORMER_SENT, FORMER_SHOWN, LOST
from tests.chaos.bots import until
from tests.chaos.points import BETWEEN, CALL, CLAIMED, DELIVERING, Point
from tests.chaos.run import Run, running
from tests.postgres import Cluster

SEED = 7
NONE = ""


async def entries(run: Run, url: str) -> set[str]:
    """The kinds of entries that are not as promised, when everything has ended."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    await run.drain(engine)
    await run.compare(engine)
    engine.dispose()
    return {kind for kind, _ in run.report.found}


@pytest.mark.parametrize(("bug", "caught"), [("settled_before_shown", {LOST}), (NONE, set())])
async def test_the_comparison_finds_quota_settled_before_delivery(bug: str, caught: set[str], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    async with running(tmp_path, SEED, "sqlite", url, 1, CHAOS_BUG=bug) as run:
        assert await run.kill_at(Point("done"), 0)

        found = await entries(run, url)

    assert found & {LOST} == caught


@pytest.mark.parametrize(("bug", "caught"), [("sent_again_after_a_timeout", {AGAIN}), (NONE, set())])
async def test_the_comparison_finds_a_resend_after_a_timeout(bug: str, caught: set[str], tmp_path: Path) -> None:
    url, rng = f"sqlite:///{tmp_path}/wanvas.db", random.Random(SEED)
    async with running(tmp_path, SEED, "sqlite", url, 1, CHAOS_BUG=bug) as run:
        await run.control.arm("wan_disconnect")
        await run.crowd.words(await run.crowd.a_member(rng), rng)
        await until(lambda: bool(run.trigger.sent), 10)

        found = await entries(run, url)

    assert found >= caught  # what was sent twice was billed twice as well
    assert bool(found) == bool(caught)


@pytest.mark.parametrize(("bug", "caught"), [("no_epoch_check", {FENCE}), (NONE, set())])
async def test_the_comparison_finds_a_missing_epoch_check(
    bug: str, caught: set[str], postgresql: Cluster, tmp_path: Path
) -> None:
    url = postgresql.database()
    async with running(tmp_path, SEED, "postgresql", url, 2, CHAOS_BUG=bug) as run:
        run.box.set_delay(3.0)  # whoever adopts it still waits for Wan when the former owner wakes
        assert await run.sleep_at(Point(CALL, BETWEEN), 0, sleep_s=4.5)

        found = await entries(run, url)

    assert found & {FENCE} == caught


@pytest.mark.parametrize(("bug", "caught"), [("no_ownership_check", {FORMER_SENT}), (NONE, set())])
async def test_a_former_owner_that_wakes_before_the_first_byte_sends_nothing(
    bug: str, caught: set[str], postgresql: Cluster, tmp_path: Path
) -> None:
    url = postgresql.database()
    async with running(tmp_path, SEED, "postgresql", url, 2, CHAOS_BUG=bug) as run:
        assert await run.sleep_at(CLAIMED, 0)

        found = await entries(run, url)

    assert found & {FORMER_SENT} == caught
    assert bool(found) == bool(caught)


@pytest.mark.parametrize(("bug", "caught"), [("no_ownership_check", {FORMER_SHOWN}), (NONE, set())])
async def test_a_former_owner_that_wakes_before_delivery_delivers_nothing(
    bug: str, caught: set[str], postgresql: Cluster, tmp_path: Path
) -> None:
    url = postgresql.database()
    async with running(tmp_path, SEED, "postgresql", url, 2, CHAOS_BUG=bug) as run:
        assert await run.sleep_at(Point(DELIVERING), 0)

        found = await entries(run, url)

    assert found & {FORMER_SHOWN} == caught
    assert bool(found) == bool(caught)


async def test_a_single_process_that_slept_continues_its_jobs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    async with running(tmp_path, SEED, "sqlite", url, 1) as run:
        for number, point in enumerate([CLAIMED, Point(DELIVERING)]):
            assert await run.sleep_at(point, number)

        assert await entries(run, url) == set()
