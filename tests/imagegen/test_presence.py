"""A process takes over only from those of whom it can know that they are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from imagegen.bell import Bell
from imagegen.presence import Presence
from imagegen.store import jobs, line, positions
from imagegen.store.engine import Store, open_store
from tests.imagegen.store.books import LANE, NOON, Books
from tests.postgres import Cluster

LEASE = timedelta(seconds=30)


class Shared:
    """One process, its store, and a clock that stands still until moved."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.asks = store, NOON, Books(engine=None)  # type: ignore[arg-type]  # only its asks
        self.presence = Presence(store, Bell(), LEASE, lambda: self.now)

    async def asked_at(self, home: str) -> None:
        ask = self.asks.ask()
        plan = replace(self.asks.plan(ask), home=home)
        await self.store.write(jobs.accept, ask, plan=plan, limits=self.asks.limits, now=NOON)

    async def seen(self, owner: str, at: datetime) -> None:
        await self.store.write(line.heartbeat, owner, now=at)

    async def homes(self) -> list[str | None]:
        return [waiting.home for waiting in await self.store.read(positions.line, limits=[LANE], now=self.now)]

    async def live(self, seconds: int) -> None:
        """Go on, seen every five seconds."""
        for _ in range(0, seconds, 5):
            self.now += timedelta(seconds=5)
            await self.presence.keep()


@pytest.fixture
async def shared(postgresql: Cluster) -> AsyncIterator[Shared]:
    store = await open_store(postgresql.database())
    yield Shared(store)
    await store.close()


async def test_a_dead_one_is_taken_over_when_its_lease_is_over(shared: Shared) -> None:
    await shared.presence.begin(lambda: False)
    await shared.seen("other", NOON)
    await shared.asked_at("other")

    await shared.live(30)
    assert await shared.homes() == ["other"]
    await shared.live(5)

    assert await shared.homes() == [shared.store.owner]


async def test_whoever_has_just_begun_takes_nothing_over(shared: Shared) -> None:
    await shared.seen("other", NOON - timedelta(minutes=5))
    await shared.asked_at("other")

    await shared.presence.begin(lambda: False)
    await shared.live(25)
    assert await shared.homes() == ["other"]
    await shared.live(5)

    assert await shared.homes() == [shared.store.owner]


async def test_after_a_database_was_away_nobody_is_taken_for_dead_at_once(shared: Shared) -> None:
    await shared.presence.begin(lambda: False)
    await shared.seen("other", NOON)
    await shared.asked_at("other")
    await shared.live(30)
    shared.now += timedelta(minutes=5)

    await shared.presence.keep()
    assert await shared.homes() == ["other"]
    await shared.seen("other", shared.now)
    await shared.live(30)

    assert await shared.homes() == ["other"]


async def test_whoever_slept_claims_nothing_before_it_is_seen_again(shared: Shared) -> None:
    await shared.presence.begin(lambda: False)
    assert not shared.presence.may_seem_dead()

    shared.now += timedelta(seconds=16)
    assert shared.presence.may_seem_dead()
    await shared.presence.keep()

    assert not shared.presence.may_seem_dead()


async def test_on_sqlite_everything_is_taken_over_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = await open_store(f"sqlite:///{tmp_path_factory.mktemp('alone')}/wanvas.db")
    alone = Shared(store)
    await alone.seen("before the restart", NOON)
    await alone.asked_at("before the restart")

    await alone.presence.begin(lambda: False)

    assert await alone.homes() == [store.owner]
    await store.close()
