"""Processes that share PostgreSQL: whatever they do at once, the invariants hold and none waits for ever."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import Connection, func, insert, select, text

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink
from imagegen.model import Call, Failure, Job
from imagegen.policy.characters import Character
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.server_settings import ServerSettings
from imagegen.reports import Draft, OperatorNotice, Submission
from imagegen.states import State
from imagegen.store import (
    admission,
    drafts,
    input_bytes,
    jobs,
    operator_admin,
    pauses,
    processes,
    queue,
    reference_removal,
    references,
    retention,
    server_settings,
)
from imagegen.store import characters as character_store
from imagegen.store.announcements import notice_of
from imagegen.store.audit import audit
from imagegen.store.engine import Store, open_store
from imagegen.store.queue import Idle
from imagegen.store.references import Keeper
from imagegen.store.tables_jobs import IN_FLIGHT
from imagegen.store.tables_jobs import jobs as table
from imagegen.store.tables_members import characters
from tests.imagegen.store.books import IMAGE, LIMITS, MODEL_QUEUE, NOON, Books, made
from tests.postgres import Cluster

WEIGHTS = (100, 50, 250, 33)  # of requests, in turn
MODEL_QUEUES = [ModelQueue(MODEL_QUEUE.model, in_flight=3, per_s=1e9)]


@dataclass
class Rivals:
    """Two processes' stores on one database, and somebody who asks."""

    stores: list[Store]
    asks: Books

    async def submit(self, process: int, user_id: int = 1, **more: object) -> Submission:
        ask = self.asks.ask(user_id, **more)  # type: ignore[arg-type]  # a test's keyword arguments
        plan = self.asks.plan(ask, weight=WEIGHTS[self.asks.asked % len(WEIGHTS)])
        store = self.stores[process % len(self.stores)]
        return await store.write(admission.accept, ask, plan=plan, limits=self.asks.limits, now=NOON)


@pytest.fixture
async def rivals(postgresql: Cluster) -> AsyncIterator[Rivals]:
    url = postgresql.database()
    stores = [await open_store(url), await open_store(url)]
    yield Rivals(stores, Books(engine=None))  # type: ignore[arg-type]  # only its asks are used
    for store in stores:
        await store.close()


async def test_the_same_key_at_once_is_one_job_for_everybody(rivals: Rivals) -> None:
    receipts = await asyncio.gather(*(rivals.submit(n, key="i:same") for n in range(8)))

    assert len({receipt.job.id for receipt in receipts}) == 1
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert await rivals.stores[0].read(audit) == ()


async def test_a_draft_that_is_started_twice_at_once_becomes_its_jobs_once(rivals: Rivals) -> None:
    asks = [rivals.asks.ask(key=f"d:1:{number}") for number in (1, 2, 3)]
    draft = Draft(0, 1, tuple(ask.image_request for ask in asks), (0, 0, 0))
    draft = replace(draft, id=await rivals.stores[0].write(drafts.keep, draft, now=NOON))
    plans = [rivals.asks.plan(ask) for ask in asks]

    started = await asyncio.gather(
        *(
            rivals.stores[n % 2].write(drafts.start, draft, asks, plans=plans, limits=rivals.asks.limits, now=NOON)
            for n in range(6)
        )
    )

    ids = {tuple(one.job.id for one in submissions or ()) for submissions in started}
    assert len(ids) == 1
    assert len(ids.pop()) == 3
    assert await rivals.stores[0].read(audit) == ()


async def test_rivals_never_pass_the_limit_of_waiting_jobs(rivals: Rivals) -> None:
    rivals.asks.limit(queued_per_member=3, queued_max=5)

    told = await asyncio.gather(*(rivals.submit(n, user_id=1 + n % 4) for n in range(24)), return_exceptions=True)

    taken = [receipt.job for receipt in told if isinstance(receipt, Submission)]
    assert len(taken) == 5
    assert {refused.reason for refused in told if isinstance(refused, Refused)} <= {
        Reason.QUEUE_FULL,
        Reason.TOO_MANY_QUEUED,
    }


async def test_rivals_with_mixed_weights_never_pass_a_nested_quota(rivals: Rivals) -> None:
    rivals.asks.limit(member_images_per_day=5, person_images_per_day=20, server_images_per_month=16, queued_max=900)
    await rivals.stores[0].write(server_settings.grant, 7, 1, 2, month="2026-11", user_id=9, now=NOON)

    told = await asyncio.gather(*(rivals.submit(n, user_id=1 + n % 3) for n in range(60)), return_exceptions=True)

    taken = [receipt.job for receipt in told if isinstance(receipt, Submission)]
    units = Counter[int]()
    for job in taken:
        units[job.requester.user_id] += job.weight
    assert len(taken) + sum(isinstance(refused, Refused) for refused in told) == 60
    assert 1600 - max(WEIGHTS) < sum(units.values()) <= 1600
    assert units[1] <= 700
    assert max(units[2], units[3]) <= 500
    assert await rivals.stores[0].read(audit) == ()


async def test_a_removed_reference_image_leaves_no_copy_in_a_request_that_is_read_at_once(rivals: Rivals) -> None:
    keeper, job = await rivals.stores[0].write(_reading_with_character)
    copied, may_end = threading.Event(), threading.Event()

    def read(tx: Connection) -> None:
        jobs.read(tx, job, [IMAGE], now=NOON)
        copied.set()
        assert may_end.wait(30)

    reading = asyncio.create_task(rivals.stores[0].write(read))
    await asyncio.to_thread(copied.wait, 30)
    removing = asyncio.create_task(rivals.stores[1].write(reference_removal.remove, keeper, "Momo", now=NOON))
    while not removing.done() and not await rivals.stores[1].read(_somebody_waits):
        pass
    may_end.set()
    await asyncio.gather(reading, removing)

    assert removing.result() == 1
    assert await rivals.stores[0].read(input_bytes.stored, job.id) == ()


async def test_rivals_never_pass_the_limit_of_characters(rivals: Rivals) -> None:
    def add(number: int) -> Awaitable[Character]:
        transaction = partial(character_store.add, person_id=None, most=2, limits=LIMITS, now=NOON)
        return rivals.stores[number % 2].write(transaction, 1, f"cat {number}", [IMAGE])

    told = await asyncio.gather(*(add(number) for number in range(6)), return_exceptions=True)

    assert sum(isinstance(each, Character) for each in told) == 2
    assert {each.reason for each in told if isinstance(each, Refused)} == {Reason.TOO_MANY_CHARACTERS}


def _reading_with_character(tx: Connection) -> tuple[Keeper, Job]:
    """A character with one image, and a request with it whose images are being read."""
    row = {"user_id": 1, "name": "Momo", "name_folded": "momo", "consent": "unneeded", "at": NOON}
    keeper = Keeper(character_id=tx.execute(insert(characters).returning(characters.c.id), row).scalar_one())
    references.put(tx, keeper, [IMAGE], limits=LIMITS, now=NOON)
    asks = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used
    link = ImageLink("", "Momo", reference_id=references.ids_of(tx, keeper)[0])
    ask = asks.ask()
    ask = replace(ask, image_request=replace(ask.image_request, images=(link,)))
    admission.accept(tx, ask, plan=asks.plan(ask), limits=LIMITS, now=NOON)
    job = queue.next_to_read(tx, "one", now=NOON)
    assert isinstance(job, Job)
    return keeper, job


def _somebody_waits(tx: Connection) -> bool:
    return bool(tx.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def test_of_several_processes_one_alarms(rivals: Rivals) -> None:
    until = NOON + timedelta(minutes=10)

    first = await asyncio.gather(
        *(store.write(pauses.pause, Reason.KEY_REFUSED, until, now=NOON) for store in rivals.stores * 4)
    )

    assert sum(first) == 1


async def test_the_invariants_hold_whatever_processes_do_at_once(rivals: Rivals, postgresql: Cluster) -> None:
    rng, deadlocks = Random(4), postgresql.logged("deadlock detected")
    rivals.asks.limit(member_images_per_day=40, person_images_per_day=60, server_images_per_month=150)

    await asyncio.gather(*(_live(rivals, n, Random(rng.random())) for n in range(8)))

    assert await rivals.stores[0].read(audit) == ()
    assert postgresql.logged("deadlock detected") == deadlocks
    states = await rivals.stores[0].read(lambda tx: set(tx.scalars(select(table.c.state))))
    assert {State.DONE, State.FAILED, State.CANCELED} <= states


async def _live(rivals: Rivals, number: int, rng: Random) -> None:
    """One line of work of one process, in no order: what it holds, it may have lost to an adopter meanwhile."""
    store, owner = rivals.stores[number % 2], f"owner-{number}"
    for turn in range(40):
        held: Job | Idle | None = None
        match rng.randrange(6):
            case 0 | 1:
                await _ask(rivals, number, rng, f"i:{rng.randrange(40)}-{turn}")
            case 2:
                await store.write(jobs.cancel, rng.randrange(1, 200), now=NOON)
                await store.write(jobs.set_message, rng.randrange(1, 200), 5)
            case 3:
                held = await store.write(_claim, owner)
            case 4:
                held = await store.write(queue.next_to_read, owner, now=NOON)
            case 5:
                held = await store.write(queue.next_to_deliver, owner, now=NOON)
        if isinstance(held, Job) and rng.random() < 0.9:
            await _go_on(store, held, rng)
        if turn % 15 == 0:
            await _keep_house(store, owner)


async def _ask(rivals: Rivals, number: int, rng: Random, key: str) -> None:
    try:
        await rivals.submit(number, rng.randrange(1, 6), key=key, count=rng.randrange(1, 3), images=rng.randrange(2))
    except Refused:
        return


def _claim(tx: Connection, owner: str) -> Job | Idle:
    job = queue.claim(tx, owner, limits=MODEL_QUEUES, now=NOON)
    live = tx.scalar(select(func.count()).select_from(table).where(IN_FLIGHT))
    assert (live or 0) <= MODEL_QUEUES[0].in_flight
    return job


async def _go_on(store: Store, job: Job, rng: Random) -> None:
    lost = rng.random() < 0.2
    match job.state:
        case State.REQUESTED:
            await store.write(jobs.read, job, [IMAGE], now=NOON)
        case State.SUBMITTING if job.call is Call.SYNC and lost:
            await store.write(jobs.failed, job, Failure(Reason.WAN_DOWN), may_have_been_paid=lost, now=NOON)
        case State.SUBMITTING if rng.random() < 0.2:
            await store.write(jobs.again, job, NOON, enhance=None, now=NOON)
        case State.SUBMITTING:
            keep = rng.random() < 0.5
            after = await store.write(jobs.generated, job, made(job.request.count), now=NOON, keep=keep)
            if after is not None and after.owner is not None:
                await _go_on(store, after, rng)
        case State.GENERATED if lost:
            await store.write(jobs.undelivered, job, Failure(Reason.UNDELIVERED), now=NOON)
        case State.GENERATED:
            await store.write(jobs.done, job, job.request.count, 5, now=NOON)
        case _:
            await store.write(jobs.notified, job, now=NOON)


async def _keep_house(store: Store, owner: str) -> None:
    """Everybody else is taken for dead, so that zombies write beside their adopters."""
    await store.write(processes.heartbeat, owner, now=NOON)
    for _ in range(3):
        await store.write(processes.adopt, owner, dead_before=NOON + timedelta(seconds=1), limits=LIMITS, now=NOON)
    await store.write(queue.expire_unsent, now=NOON)
    await store.write(retention.forget_tokens, now=NOON + timedelta(hours=1), limit=50)


async def test_managers_who_change_something_at_once_all_do(rivals: Rivals) -> None:
    def add(word: str) -> Callable[[ServerSettings], ServerSettings]:
        return lambda place: replace(place, blocked_words=(*place.blocked_words, word))

    words = [f"word{number}" for number in range(16)]
    changes = (
        store.write(server_settings.change_settings, 7, add(word), user_id=int(word[4:]), now=NOON)
        for word, store in zip(words, rivals.stores * 8, strict=True)
    )
    made = await asyncio.gather(*changes)

    after = await rivals.stores[0].read(server_settings.settings_of, 7)
    assert sorted(after.blocked_words) == sorted(words)
    for number, (change,) in enumerate(made):
        before, later = json.loads(change.before), json.loads(change.after)
        assert (change.user_id, later) == (number, [*before, f"word{number}"])


async def test_operators_who_change_something_at_once_all_do(rivals: Rivals) -> None:
    one, other = rivals.stores

    for number in range(10):
        await asyncio.gather(
            one.write(operator_admin.set_paused, number % 2 == 0, now=NOON),
            other.write(operator_admin.announce, f"words {number}", now=NOON),
        )

        assert await one.read(notice_of) == OperatorNotice(number % 2 == 0, f"words {number}")


async def test_a_member_who_is_blocked_by_two_managers_at_once_is_one_change(rivals: Rivals) -> None:
    made = await asyncio.gather(
        *(store.write(server_settings.set_blocked, 7, 1, True, user_id=5, now=NOON) for store in rivals.stores * 4)
    )

    assert sum(change is not None for change in made) == 1
    assert len(await rivals.stores[0].read(server_settings.changes_of, 7, limit=10)) == 1
