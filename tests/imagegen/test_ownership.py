"""A process sends nothing for a job that another process has adopted: it checks before the first byte."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, text

from imagegen import ownership
from imagegen.errors import OwnershipLost
from imagegen.model import Call, Job
from imagegen.ownership import StillOwned
from imagegen.states import State
from imagegen.store import queue
from imagegen.store.engine import open_store
from imagegen.wan.client import Timeouts, WanClient, new_session
from imagegen.worker import membership
from imagegen.worker.membership import Membership
from tests.imagegen.store.books import LIMITS
from tests.imagegen.worker.test_generate import Shop
from tests.postgres import Cluster
from tests.sandbox.wan.conftest import house as house  # noqa: PLC0414  # a fixture
from tests.sandbox.wan.house import KEY, House

LEASE, MARGIN = timedelta(seconds=30), timedelta(seconds=5)


@dataclass
class Process:
    """One of several on one database, at work on one job at a time."""

    shop: Shop
    membership: Membership

    @property
    def owner(self) -> str:
        return self.shop.store.owner

    async def claim(self) -> Job:
        limits = self.shop.service.model_queues
        job = await self.shop.store.write(queue.claim, self.owner, limits=limits, now=self.shop.now)
        assert isinstance(job, Job)
        return job

    async def make(self, job: Job) -> None:
        with ownership.checked_by(lambda: self.membership.check(job)):
            await self.shop.runner.generate(job)

    async def live(self, seconds: int) -> None:
        for _ in range(0, seconds, 5):
            self.shop.later(seconds=5)
            await self.membership.heartbeat()


async def process_on(stack: AsyncExitStack, house: House, url: str) -> Process:
    """Its session to Wan is the product's."""
    session = await stack.enter_async_context(new_session())
    client = WanClient(session, house.base_url, SecretStr(KEY), Timeouts(answer_timeout_s=5.0, connect_s=5.0))
    store = await open_store(url)
    stack.push_async_callback(store.close)
    shop = Shop(House(house.base_url, client, session, house.clock, house.faults, house.record, house.app), store)

    def clock_s() -> float:
        return shop.now.timestamp()

    membership = Membership(
        store, shop.service.wake_signal, LEASE, LIMITS, lambda: shop.now, margin=MARGIN, clock_s=clock_s
    )
    await membership.start(lambda: False)
    return Process(shop, membership)


@pytest.fixture
async def two(house: House, postgresql: Cluster) -> AsyncIterator[tuple[Process, Process]]:
    url = postgresql.database()
    async with AsyncExitStack() as stack:
        yield await process_on(stack, house, url), await process_on(stack, house, url)


def sent(house: House) -> int:
    return len([entry for entry in house.record.part("wan") if "body" in entry])


@pytest.mark.parametrize("story", [False, True])
async def test_a_process_that_slept_past_its_lease_before_sending_sends_nothing(
    two: tuple[Process, Process], house: House, *, story: bool
) -> None:
    sleeper, rival = two
    await sleeper.shop.submit(story=story, count=1)
    slept = await sleeper.claim()
    await rival.live(60)
    if not story:  # a story is never sent again: it failed, and its money is kept
        await rival.make(await rival.claim())
    before = sent(house)

    sleeper.shop.now = rival.shop.now
    await sleeper.membership.heartbeat()  # awake, and seen again
    with pytest.raises(OwnershipLost):
        await sleeper.make(slept)

    assert sent(house) == before == (0 if story else 1)
    found = await sleeper.shop.look(slept)
    assert found.state is (State.FAILED if story else State.GENERATED)


@pytest.mark.parametrize(("story", "count"), [(True, 1), (False, 1), (False, 2)])
async def test_a_process_that_sleeps_between_the_check_and_the_first_byte_sends_nothing(
    two: tuple[Process, Process], house: House, *, story: bool, count: int
) -> None:
    sleeper, _ = two
    await sleeper.shop.submit(story=story, count=count)
    job = await sleeper.claim()

    async def asleep_behind() -> StillOwned:
        still = await sleeper.membership.check(job)
        sleeper.shop.later(seconds=40)
        return still

    with ownership.checked_by(asleep_behind), pytest.raises(OwnershipLost):
        await sleeper.shop.runner.generate(job)

    assert sent(house) == 0


async def test_a_former_owner_creates_no_task(two: tuple[Process, Process], house: House) -> None:
    sleeper, rival = two
    await sleeper.shop.submit(count=2)
    slept = await sleeper.claim()
    assert slept.call is Call.TASK
    await rival.live(60)

    sleeper.shop.now = rival.shop.now
    await sleeper.membership.heartbeat()
    with pytest.raises(OwnershipLost):
        await sleeper.make(slept)

    assert sent(house) == 0


async def test_a_process_near_the_end_of_its_lease_sends_nothing_even_without_an_adoption(
    two: tuple[Process, Process], house: House
) -> None:
    sleeper, _ = two
    await sleeper.shop.submit()
    job = await sleeper.claim()

    sleeper.shop.now += LEASE - MARGIN
    with pytest.raises(OwnershipLost):
        await sleeper.make(job)
    await sleeper.membership.heartbeat()
    await sleeper.make(job)

    assert sent(house) == 1


def lock_jobs(tx: Connection, seconds: float) -> None:
    tx.execute(text("LOCK TABLE jobs"))
    time.sleep(seconds)


async def test_an_ownership_answer_that_comes_late_edits_no_card(
    two: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who slept over the answer may have lost the card since, whatever it says."""
    monkeypatch.setattr(membership, "MARGIN", timedelta(seconds=0.2))
    sleeper, rival = two
    job = await sleeper.shop.submit()
    await sleeper.shop.service.display.check_display_owner(job.id)

    slow = asyncio.create_task(rival.shop.store.write(lock_jobs, 0.5))
    await asyncio.sleep(0.1)
    with pytest.raises(OwnershipLost):
        await sleeper.shop.service.display.check_display_owner(job.id)

    await slow


async def test_a_process_with_an_exclusive_database_checks_nothing(house: House, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        alone = await process_on(stack, house, f"sqlite:///{tmp_path}/alone.db")
        await alone.shop.submit()
        job = await alone.claim()

        alone.shop.later(hours=2)
        await alone.make(job)

        assert (await alone.shop.look(job)).state is State.GENERATED


async def test_the_check_runs_on_an_open_connection_before_the_first_byte() -> None:
    seen: list[str] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append("connected")
        seen.append(f"{len(await reader.read())} bytes")
        writer.close()

    async def never() -> StillOwned:
        while not seen:  # noqa: ASYNC110  # the other side rings no bell
            await asyncio.sleep(0)
        raise OwnershipLost("another process has it")

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, new_session() as session:
        with ownership.checked_by(never), pytest.raises(OwnershipLost):
            await session.post(url, data=b"paid for")
        async with asyncio.timeout(45):
            while len(seen) < 2:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.01)

    assert seen == ["connected", "0 bytes"]


async def test_reading_checks_nothing(house: House) -> None:
    async def never() -> StillOwned:
        raise OwnershipLost("another process has it")

    async with new_session() as session:
        with ownership.checked_by(never):
            async with session.get(f"{house.base_url}/tasks/none") as answer:
                assert answer.status
