"""A process adopts jobs only from processes that it can know to be dead."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from imagegen.errors import OwnershipLost, Reason
from imagegen.model import Job
from imagegen.store import admission, pauses, processes, queue, queue_positions, time_bounds
from imagegen.store.engine import Store, open_store
from imagegen.wakeup import WakeSignal
from imagegen.worker.membership import Membership
from tests.imagegen.store.books import LIMITS, MODEL_QUEUE, NOON, Books
from tests.postgres import Cluster

LEASE, MARGIN = timedelta(seconds=30), timedelta(seconds=5)


class Shared:
    """One process, its store, and two clocks that stand still until moved. *set_s*: by what one was set."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.asks = store, NOON, Books(engine=None)  # type: ignore[arg-type]  # only its asks
        self.set_s = 0.0
        self.membership = Membership(
            store, WakeSignal(), LEASE, LIMITS, lambda: self.now, margin=MARGIN, clock_s=self._clock_s
        )

    def _clock_s(self) -> float:
        return (self.now - NOON).total_seconds() - self.set_s

    def set_clock(self, by: timedelta) -> None:
        """Set the wall clock; the other one does not notice."""
        self.now += by
        self.set_s += by.total_seconds()

    async def asked_at(self, home: str) -> None:
        request = self.asks.ask()
        plan = replace(self.asks.plan(request), display_owner=home)
        await self.store.write(admission.accept, request, plan=plan, limits=self.asks.limits, now=NOON)

    async def seen(self, owner: str, at: datetime) -> None:
        await self.store.write(processes.heartbeat, owner, now=at)

    async def claimed(self) -> Job:
        await self.asked_at(self.store.owner)
        job = await self.store.write(queue.claim, self.store.owner, limits=[MODEL_QUEUE], now=self.now)
        assert isinstance(job, Job)
        return job

    async def homes(self) -> list[str | None]:
        return [
            waiting.display_owner
            for waiting in await self.store.read(queue_positions.queue_entries, limits=[MODEL_QUEUE], now=self.now)
        ]

    async def live(self, seconds: int) -> None:
        """Go on, seen every five seconds."""
        for _ in range(0, seconds, 5):
            self.now += timedelta(seconds=5)
            await self.membership.heartbeat()


@pytest.fixture
async def shared(postgresql: Cluster) -> AsyncIterator[Shared]:
    store = await open_store(postgresql.database())
    yield Shared(store)
    await store.close()


async def test_the_jobs_of_a_dead_process_are_adopted_after_its_lease_and_the_margin(shared: Shared) -> None:
    await shared.membership.start(lambda: False)
    await shared.seen("other", NOON)
    await shared.asked_at("other")

    await shared.live(35)
    assert await shared.homes() == ["other"]
    await shared.live(5)

    assert await shared.homes() == [shared.store.owner]


async def test_a_process_that_has_just_started_adopts_nothing(shared: Shared) -> None:
    await shared.seen("other", NOON - timedelta(minutes=5))
    await shared.asked_at("other")

    await shared.membership.start(lambda: False)
    await shared.live(25)
    assert await shared.homes() == ["other"]
    await shared.live(5)

    assert await shared.homes() == [shared.store.owner]


async def test_after_a_database_outage_no_process_counts_as_dead_at_once(shared: Shared) -> None:
    await shared.membership.start(lambda: False)
    await shared.seen("other", NOON)
    await shared.asked_at("other")
    await shared.live(30)
    shared.now += timedelta(minutes=5)

    await shared.membership.heartbeat()
    assert await shared.homes() == ["other"]
    await shared.seen("other", shared.now)
    await shared.live(35)

    assert await shared.homes() == ["other"]


async def test_a_process_that_slept_claims_nothing_before_its_next_heartbeat(shared: Shared) -> None:
    await shared.membership.start(lambda: False)
    assert not shared.membership.may_seem_dead()

    shared.now += timedelta(seconds=16)
    assert shared.membership.may_seem_dead()
    await shared.membership.heartbeat()

    assert not shared.membership.may_seem_dead()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_changed_clock_makes_no_process_seem_dead_and_is_logged(
    shared: Shared, hours: int, capsys: pytest.CaptureFixture[str]
) -> None:
    await shared.membership.start(lambda: False)
    await shared.live(40)
    await shared.seen("other", shared.now)
    await shared.asked_at("other")

    shared.set_clock(timedelta(hours=hours))
    await shared.live(5)
    await shared.seen("other", shared.now)
    await shared.live(30)

    assert await shared.homes() == ["other"]
    assert f"ahead_s={hours * 3600.0}" in re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out)


async def test_a_clock_that_was_set_back_does_not_delay_an_adoption_for_long(shared: Shared) -> None:
    await shared.membership.start(lambda: False)
    await shared.seen("other", shared.now)
    await shared.asked_at("other")

    shared.set_clock(timedelta(hours=-1))
    await shared.store.write(time_bounds.bring_back, now=shared.now)
    await shared.live(45)

    assert await shared.homes() == [shared.store.owner]


async def test_a_pause_is_tested_at_once_when_the_clock_was_set_back(shared: Shared) -> None:
    await shared.membership.start(lambda: False)
    await shared.asked_at(shared.store.owner)
    until = shared.now + timedelta(minutes=10)
    await shared.store.write(pauses.pause, Reason.KEY_REFUSED, until, now=shared.now)
    await shared.live(5)

    shared.set_clock(timedelta(hours=-1))
    await shared.live(5)

    assert isinstance(
        await shared.store.write(queue.claim, shared.store.owner, limits=[MODEL_QUEUE], now=shared.now), Job
    )


async def test_a_process_without_a_recent_heartbeat_is_not_sure_of_its_jobs(shared: Shared) -> None:
    await shared.membership.start(lambda: False)
    job = await shared.claimed()
    await shared.membership.check(job)

    shared.now += LEASE - MARGIN
    with pytest.raises(OwnershipLost):
        await shared.membership.check(job)
    await shared.membership.heartbeat()

    await shared.membership.check(job)


async def test_a_process_stops_work_on_a_job_that_another_has_adopted(shared: Shared) -> None:
    await shared.membership.start(lambda: False)
    job = await shared.claimed()
    shared.now += timedelta(minutes=1)
    await shared.store.write(processes.adopt, "other", dead_before=shared.now - LEASE, limits=LIMITS, now=shared.now)
    await shared.membership.heartbeat()

    with pytest.raises(OwnershipLost):
        await shared.membership.check(job)


async def test_an_ownership_answer_from_before_a_sleep_is_void(shared: Shared) -> None:
    """Asked before the sleep, adopted during it, and seen again by the time the answer is looked at."""
    await shared.membership.start(lambda: False)
    job = await shared.claimed()
    write = shared.store.write_within

    async def slept(*args: Any, **more: Any) -> Any:
        answer = await write(*args, **more)
        shared.now += timedelta(minutes=1)
        await shared.membership.heartbeat()
        return answer

    shared.store.write_within = slept  # type: ignore[method-assign]  # SIGSTOP, where only a debugger could put it
    with pytest.raises(OwnershipLost):
        await shared.membership.check(job)


async def test_on_sqlite_every_job_is_adopted_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = await open_store(f"sqlite:///{tmp_path_factory.mktemp('alone')}/wanvas.db")
    alone = Shared(store)
    await alone.seen("before the restart", NOON)
    await alone.asked_at("before the restart")

    await alone.membership.start(lambda: False)

    assert await alone.homes() == [store.owner]
    await store.close()


async def test_the_check_waits_for_an_adoption_that_is_under_way(shared: Shared) -> None:
    """It began while this process slept, waited for a lock, and is committed when this process is seen again."""
    await shared.membership.start(lambda: False)
    job = await shared.claimed()

    with shared.store._engine.begin() as others:
        processes.adopt(others, "other", dead_before=NOON + LEASE, limits=LIMITS, now=NOON + LEASE)
        checking = asyncio.create_task(shared.membership.check(job))
        await asyncio.sleep(0.3)
        waits = not checking.done()

    with pytest.raises(OwnershipLost):
        await checking
    assert waits
