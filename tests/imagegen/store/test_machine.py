"""In any order of requests, claims, crashes, late writers, cancels and dates, nothing is lost or counted twice.

The machine plays every arrow of a job's life with two processes, which die and wake up late, and keeps beside the
database what SQL cannot say: what was sent, what was told, who was served when. WANVAS_MACHINE=long plays longer.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, select, text, update
from sqlalchemy.exc import IntegrityError

from imagegen.address import Address
from imagegen.errors import InvariantBroken, Reason, Refused
from imagegen.image_request import ImageLink, ImageRequest
from imagegen.model import Call, Failure, Job, Made, Request, Requester, Scope, StopReason, StoryImage
from imagegen.ownership import LEASE
from imagegen.policy import quota
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import charge_of
from imagegen.states import State, is_allowed
from imagegen.store import (
    admission,
    jobs,
    ledger,
    pauses,
    processes,
    queue,
    queue_positions,
    retention,
    server_settings,
    shares,
    stories,
    tasks,
)
from imagegen.store.admission import SubmissionPlan
from imagegen.store.tables import SCHEMA
from imagegen.store.tables_jobs import jobs as table
from tests.imagegen.store.books import IMAGE, LIMITS, PRICE, Books, empty

pytestmark = pytest.mark.timeout(300)
WORDS, EDITS = ModelQueue("wan2.6-t2i", in_flight=2, per_s=1.0), ModelQueue("wan2.6-image", in_flight=1, per_s=inf)
MODEL_QUEUES = {model_queue.model: model_queue for model_queue in (WORDS, EDITS)}
SERVED_AT_ONCE = 2  # start-time fair queueing lets one start twice, never three times, while another waits
# A day of 25 hours, the end of a month and new days in a zone lie within reach of a few steps.
BEGIN = datetime(2026, 10, 24, 20, tzinfo=UTC)
DAY = 20 * PRICE
SHARE = 10 * PRICE  # the highest that a server gets
INPUTS = 4_000  # micro-dollars for the input images of a request
TAKEN = "reserved + used + reserved_adjustment + used_adjustment"  # of a budget
SPENT = f"SELECT name, subject, \"window\", {TAKEN} FROM counters WHERE name IN ('share', 'budget_month')"  # noqa: S608  # our own terms
LONG = os.environ.get("WANVAS_MACHINE") == "long"
PROFILE = settings(
    max_examples=1500 if LONG else 25,
    stateful_step_count=100 if LONG else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# Whether a known defect is found, and nothing else: no shrinking. Many short hunts, each with a seed of its own, find
# more than a long one, whose later examples resemble its first.
HUNT = settings(PROFILE, max_examples=10, phases=[Phase.generate], database=None)
HUNTS = 30

SENT, ENDS = (State.SUBMITTING, State.SUBMITTED), (State.FAILED, State.CANCELED)


def held(states: Sequence[State], *calls: Call) -> Callable[[Any], bool]:
    """Whether a living process holds such a job: rules that could only do nothing would waste most steps."""
    return lambda life: any(
        job.state in states and job.call in (calls or Call) for mine in life.held.values() for job in mine.values()
    )


def there(**about: Any) -> Callable[[Any], bool]:
    """Whether a row has these values."""
    return lambda life: any(all(getattr(row, k) == v for k, v in about.items()) for row in life.seen.values())


people = st.integers(1, 3)
either = st.sampled_from(["one", "two"])
picks = st.integers(0, 50)


# The database itself records each transition, whichever code writes it.
RECORD_TRANSITIONS = (
    "CREATE TABLE taken (before TEXT, after TEXT, PRIMARY KEY (before, after))",
    """CREATE TRIGGER record_transition AFTER UPDATE OF state ON jobs BEGIN
      INSERT OR IGNORE INTO taken VALUES (OLD.state, NEW.state);
    END""",
)


@cache
def _memory() -> Engine:
    """Return a database in memory. Its transactions begin as those of the product do."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def set_up(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None
        dbapi.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(tx: Connection) -> None:
        tx.exec_driver_sql("BEGIN IMMEDIATE")

    SCHEMA.create_all(engine)
    with engine.begin() as tx:
        for statement in RECORD_TRANSITIONS:
            tx.exec_driver_sql(statement)
    return engine


def in_memory() -> Engine:
    """Return the database in memory, empty. Statements stay compiled from one example to the next."""
    empty(_memory())
    with _memory().begin() as tx:
        tx.exec_driver_sql("DELETE FROM taken")
    return _memory()


class Life(RuleBasedStateMachine):
    """*open_engine* gives an empty database for each example."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        super().__init__()
        self.books = Books(open_engine(), now=BEGIN, model_queues=[WORDS, EDITS])
        self.books.limits = LIMITS
        self.books.limit(zone=ZoneInfo("Europe/Berlin"), member_images_per_day=9, queued_per_member=4)
        self.books.limit(budget_microusd_per_day=DAY, budget_microusd_per_month=3 * DAY)
        self.books.limit(share_microusd_per_month=SHARE)
        self.asks: list[Request] = []
        self.newest_id = 0
        self.held: dict[str, dict[int, Job]] = {"one": {}, "two": {}}
        self.lives = Counter[str]()
        self.late: list[Job] = []  # what processes held that died, or were taken for dead
        self.sent, self.allowed, self.told = Counter[int](), Counter[int](), Counter[int]()
        self.ends: dict[int, tuple[object, ...]] = {}
        self.epochs: dict[int, int] = {}
        # Of each send, what Wan bills for all that is known; and what it billed beyond what was asked for.
        self.bills: dict[int, list[int]] = {}
        self.surplus = 0
        self.last_sent: dict[str, datetime] = {}
        # By pair of people who both wait: starts of the first, less those of the second.
        self.ahead: dict[tuple[int, int], int] = {}
        self.seen: dict[int, Any] = {}

    def teardown(self) -> None:
        self.everything_ends_and_is_told()

    # -- helpers

    def run(self, transaction: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return self.books.run(transaction, *args, now=self.books.now, **more)

    def owner(self, process: str) -> str:
        return f"{process}-{self.lives[process]}"

    def pick(self, pick: int, states: Sequence[State], *calls: Call) -> tuple[str, Job]:
        """One of the jobs that living processes hold."""
        held = [(process, job) for process, mine in self.held.items() for job in mine.values()]
        fits = [(process, job) for process, job in held if job.state in states and job.call in (calls or Call)]
        return fits[pick % len(fits)]

    def after(self, process: str, before: Job, now: Job | None) -> None:
        """What a process holds once it wrote; None when its job was no longer its own."""
        self.held[process].pop(before.id, None)
        if now is not None and now.owner == self.owner(process):
            self.held[process][now.id] = now

    def rows(self) -> dict[int, Any]:
        """Every job as it stands."""
        self.seen = {row.id: row for row in self.books.run(lambda tx: tx.execute(select(table)).all())}
        return self.seen

    # -- asking

    @rule(
        user_id=people,
        count=st.integers(1, 3),
        images=st.integers(0, 1),
        scope=st.sampled_from(["g:7", "g:8", "dm"]),
        call=st.sampled_from(Call),
        late_way=st.booleans(),
        weight=st.sampled_from([100, 50, 250, 33]),
    )
    def ask(
        self, user_id: int, count: int, images: int, scope: str, call: Call, late_way: bool, weight: int = 100
    ) -> None:
        links = tuple(ImageLink(f"https://cdn.discordapp.com/{n}.png", f"{n}.png") for n in range(images))
        request = ImageRequest("a lighthouse", images=links, count=count, seed=5, story=call is Call.STREAM)
        address = Address(token="secret")
        until = None if late_way else self.books.now + timedelta(minutes=13)
        ask = Request(f"i:{len(self.asks)}", Requester(user_id, Scope.parse(scope)), request, address, until)
        self.asks.append(ask)
        try:
            job_id = self.accept(ask, call, weight).job.id
        except Refused as refused:
            assert refused.reason in (
                Reason.MEMBER_QUOTA_USED, Reason.PERSON_QUOTA_USED, Reason.SERVER_QUOTA_USED, Reason.MORE_THAN_LEFT,
                Reason.TOO_MANY_QUEUED, Reason.SENDING_PAUSED, Reason.MODERATION_PAUSE,
                Reason.DAY_BUDGET_USED, Reason.MONTH_BUDGET_USED, Reason.PAID_IMAGES_USED,
                Reason.SERVER_SHARE_USED, Reason.SERVER_NOT_ALLOWED,
                Reason.MORE_UNITS_THAN_LEFT, Reason.LESS_THAN_ONE_LEFT,
            )  # fmt: skip
        else:
            assert job_id > self.newest_id, "an id is never given out again"
            self.newest_id = job_id

    def accept(self, ask: Request, call: Call, weight: int = 100) -> Any:
        images = len(ask.image_request.images)
        plan = SubmissionPlan((EDITS if images else WORDS).model, call, PRICE, images)
        plan = replace(plan, weight=weight, input_price_microusd=images * INPUTS)
        return self.run(admission.accept, ask, plan=plan, limits=self.books.limits)

    @precondition(lambda self: self.asks)
    @rule(pick=picks)
    def the_same_ask_again(self, pick: int) -> None:
        ask = self.asks[pick % len(self.asks)]
        known = [row.id for row in self.rows().values() if row.key == ask.key]
        if known:
            before = self.counters()
            receipt = self.accept(ask, Call.SYNC)
            assert (receipt.job.id, receipt.repeated) == (known[0], True)
            assert self.counters() == before

    def counters(self) -> list[Any]:
        return self.books.run(
            lambda tx: tx.execute(text("SELECT * FROM counters WHERE reserved + used > 0 ORDER BY 1, 2, 3")).all()
        )

    @precondition(lambda self: self.seen)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        self.run(jobs.cancel, list(self.seen)[pick % len(self.seen)])
        self.ahead.clear()

    # -- making

    @precondition(there(state="requested", owner=None))
    @rule(process=either, good=st.booleans())
    def read(self, process: str, good: bool) -> None:
        job = self.run(queue.next_to_read, self.owner(process))
        if not isinstance(job, Job):
            return
        self.held[process][job.id] = job
        if good:
            self.after(process, job, self.run(jobs.read, job, [IMAGE]))

    @precondition(held([State.REQUESTED]))
    @rule(pick=picks)
    def a_image_cannot_be_read(self, pick: int) -> None:
        process, job = self.pick(pick, [State.REQUESTED])
        failure = Failure(Reason.IMAGE_TRUNCATED, {"position": 1})
        self.after(process, job, self.run(jobs.failed, job, failure, may_have_been_paid=False))

    @precondition(there(state="queued"))
    @rule(process=either)
    def claim(self, process: str) -> None:
        waited = self.waiting_for_words()
        job = self.run(queue.claim, self.owner(process), limits=self.books.model_queues)
        if not isinstance(job, Job):
            return
        assert job.remote_id is None, "a task whose id is known is never paid for again"
        assert job.cancel_requested_at is None, "what is to be canceled is never sent again"
        self.sent[job.id] += 1
        assert self.sent[job.id] <= 1 + self.allowed[job.id], "sent once, and again only where it is allowed"
        self.bills.setdefault(job.id, []).append(job.request.count * PRICE + job.input_price_microusd)
        self.check_rate(job)
        self.check_fair(job, waited)
        self.held[process][job.id] = job

    def waiting_for_words(self) -> set[int]:
        due = "SELECT DISTINCT user_id FROM jobs WHERE state = 'queued' AND model = :model AND next_attempt_at <= :now"
        now = (self.books.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        return set(self.books.run(lambda tx: tx.scalars(text(due), {"model": WORDS.model, "now": now}).all()))

    def check_rate(self, job: Job) -> None:
        last = self.last_sent.get(job.model)
        assert last is None or (self.books.now - last).total_seconds() >= 1 / MODEL_QUEUES[job.model].per_s
        self.last_sent[job.model] = self.books.now

    def check_fair(self, job: Job, waited: set[int]) -> None:
        if job.model != WORDS.model:  # images are read in their own time: their line is entered late
            return
        if self.sent[job.id] > 1:
            self.ahead.clear()  # what is sent again keeps its old turn
            return
        for pair in combinations((1, 2, 3), 2):
            if not set(pair) <= waited:
                self.ahead.pop(pair, None)
            elif job.requester.user_id in pair:
                step = 1 if job.requester.user_id == pair[0] else -1
                self.ahead[pair] = self.ahead.get(pair, 0) + step
                assert abs(self.ahead[pair]) <= SERVED_AT_ONCE

    @precondition(held([State.SUBMITTING], Call.TASK))
    @rule(pick=picks)
    def task_created(self, pick: int) -> None:
        process, job = self.pick(pick, [State.SUBMITTING], Call.TASK)
        remote_id = f"task-{job.id}-{self.sent[job.id]}"
        self.after(process, job, self.books.run(jobs.submitted, job, remote_id, "request"))

    @precondition(held(SENT))
    @rule(pick=picks, count=st.integers(0, 4), tells=st.booleans(), more=st.integers(0, 1), keep=st.booleans())
    def made(self, pick: int, count: int, tells: bool, more: int = 0, keep: bool = False) -> None:
        """*more*: Wan makes and bills as many images beyond what was asked for. *keep*: its owner delivers at once."""
        process, job = self.pick(pick, SENT)
        links = tuple(f"https://x.aliyuncs.com/{n}.png" for n in range(min(count, job.request.count + more)))
        told = job.call is Call.STREAM
        cut = StopReason.CANCELED if told and self.books.run(stories.cancel_requested, job.id) else None
        parts = tuple(StoryImage(link) for link in links) if told else ()
        answer = Made(links, len(links) if tells else None, "1280*1280", "request", parts, cut)
        after = self.run(jobs.generated, job, answer, keep=keep)
        assert after is None or (after.owner, after.epoch) == (
            (job.owner, job.epoch + 1) if keep else (None, job.epoch)
        )
        if after is not None and tells:
            assert after.made is not None
            assert len(after.made.links) <= job.request.count
            self.bills[job.id][-1] = len(links) * PRICE + (job.input_price_microusd if links else 0)
            self.surplus += max(0, len(links) - job.request.count) * PRICE
        self.after(process, job, after)

    @precondition(held([State.SUBMITTING], Call.STREAM))
    @rule(pick=picks)
    def a_story_goes_on(self, pick: int) -> None:
        process, job = self.pick(pick, [State.SUBMITTING], Call.STREAM)
        told = (*job.story_so_far, StoryImage("https://x.aliyuncs.com/s.png"))[: job.request.count]
        self.after(process, job, self.books.run(stories.store_parts, job, told))

    @precondition(held([State.SUBMITTING], Call.STREAM))
    @rule(pick=picks, paid=st.booleans())
    def a_story_is_stopped(self, pick: int, paid: bool) -> None:
        process, job = self.pick(pick, [State.SUBMITTING], Call.STREAM)
        self.run(jobs.cancel, job.id)
        if self.books.run(stories.cancel_requested, job.id):
            self.after(process, job, self.unpaid(paid, self.run(jobs.canceled, job, may_have_been_paid=paid)))

    @precondition(held([State.SUBMITTED]))
    @rule(pick=picks)
    def a_task_begins(self, pick: int) -> None:
        process, job = self.pick(pick, [State.SUBMITTED])
        self.after(process, job, self.run(tasks.running, job))

    @precondition(held([State.SUBMITTED]))
    @rule(pick=picks, canceled=st.booleans())
    def a_task_is_to_be_canceled(self, pick: int, canceled: bool) -> None:
        """And Wan does it, or does not answer."""
        process, job = self.pick(pick, [State.SUBMITTED])
        self.run(jobs.cancel, job.id)
        wanted = self.books.run(tasks.wants_cancel, job.id)
        assert not (wanted and self.rows()[job.id].running_at), "what Wan has begun is not canceled"
        if wanted and canceled:
            self.after(process, job, self.unpaid(False, self.run(jobs.canceled, job, may_have_been_paid=False)))

    @precondition(held(SENT))
    @rule(pick=picks, paid=st.booleans(), reason=st.sampled_from([Reason.MODERATION, Reason.UNANSWERED]))
    def failed(self, pick: int, paid: bool, reason: Reason) -> None:
        process, job = self.pick(pick, SENT)
        self.after(
            process, job, self.unpaid(paid, self.run(jobs.failed, job, Failure(reason), may_have_been_paid=paid))
        )

    def unpaid(self, paid: bool, after: Job | None) -> Job | None:
        """Wan itself said that the last send was not paid."""
        if after is not None and not paid:
            self.bills[after.id][-1] = 0
        return after

    @precondition(held(SENT))
    @rule(pick=picks, wait_s=st.integers(0, 90), refused=st.booleans())
    def throttled(self, pick: int, wait_s: int, refused: bool) -> None:
        """Wan said no, so nothing was paid: again later; with the key refused, nobody's."""
        process, job = self.pick(pick, SENT)
        if refused:
            self.run(pauses.pause, Reason.KEY_REFUSED, self.books.now + pauses.PROBE_EVERY)
        at = self.books.now + timedelta(seconds=wait_s)
        again = self.unpaid(False, self.run(jobs.again, job, at, enhance=None))
        self.allowed[job.id] += again is not None
        self.after(process, job, again)
        self.ahead.clear()

    # -- telling

    @precondition(
        lambda self: any(row.notified_at is None and (row.generated_at or row.ended_at) for row in self.seen.values())
    )
    @rule(process=either)
    def take_to_deliver(self, process: str) -> None:
        job = self.run(queue.next_to_deliver, self.owner(process))
        if isinstance(job, Job):
            self.held[process][job.id] = job

    @precondition(held([State.GENERATED]))
    @rule(pick=picks, less=st.integers(0, 1))
    def deliver(self, pick: int, less: int) -> None:
        process, job = self.pick(pick, [State.GENERATED])
        assert job.made is not None
        shown = max(0, len(job.made.links) - less)
        self.tell(process, job, self.run(jobs.done, job, shown, 5))

    @precondition(held(ENDS))
    @rule(pick=picks)
    def tell_the_end(self, pick: int) -> None:
        process, job = self.pick(pick, ENDS)
        self.tell(process, job, self.run(jobs.notified, job))

    def tell(self, process: str, job: Job, written: Job | None) -> None:
        self.told[job.id] += written is not None
        assert self.told[job.id] <= 1
        self.after(process, job, written)

    @precondition(held([State.GENERATED, *ENDS]))
    @rule(pick=picks, wait_s=st.integers(0, 90))
    def deliver_later(self, pick: int, wait_s: int) -> None:
        process, job = self.pick(pick, [State.GENERATED, *ENDS])
        self.after(process, job, self.books.run(jobs.deliver_again, job, self.books.now + timedelta(seconds=wait_s)))

    @precondition(held([State.GENERATED]))
    @rule(pick=picks, closed=st.booleans())
    def cannot_be_delivered(self, pick: int, closed: bool) -> None:
        """Whoever closes the place of a result has used it."""
        process, job = self.pick(pick, [State.GENERATED])
        assert job.made is not None
        counted = len(job.made.links) if closed else 0
        failure = Failure(Reason.CHANNEL_CLOSED if counted else Reason.UNDELIVERED)
        self.after(process, job, self.run(jobs.undelivered, job, failure, used=counted))

    @precondition(held([State.GENERATED, *ENDS]))
    @rule(pick=picks)
    def a_defect_of_ours(self, pick: int) -> None:
        process, job = self.pick(pick, [State.GENERATED, *ENDS])
        after = self.run(jobs.stumbled, job)
        assert after is None or after.defects < jobs.MAX_DEFECTS
        if after is not None and after.notified_at is not None:
            self.tell(process, job, after)
        else:
            self.after(process, job, after)

    # -- processes

    @precondition(lambda self: any(self.held.values()))
    @rule(process=either)
    def crash(self, process: str) -> None:
        self.late += self.held[process].values()
        self.held[process] = {}
        self.lives[process] += 1

    @rule(process=either)
    def heartbeat(self, process: str) -> None:
        self.run(processes.heartbeat, self.owner(process))

    @rule(process=either)
    def adopt(self, process: str) -> None:
        """Dead or only silent, a process whose lease is over has lost its jobs."""
        before = self.rows()
        self.run(processes.heartbeat, self.owner(process))
        self.books.adopt(self.owner(process), self.books.now - LEASE)
        for row in self.rows().values():
            if before[row.id].state == "submitting" and row.state == "queued":
                assert row.count == 1
                assert before[row.id].call != "stream"
                assert (before[row.id].in_doubt, row.in_doubt) == (0, 1), "in doubt it is sent again once"
                self.allowed[row.id] += 1
                self.ahead.clear()
        other = "two" if process == "one" else "one"
        lost = [job for job in self.held[other].values() if self.rows()[job.id].epoch != job.epoch]
        self.late += lost
        for job in lost:
            del self.held[other][job.id]
        self.held[process].update({job.id: job for job in self.books.run(queue.to_poll, self.owner(process))})

    @precondition(lambda self: self.late)
    @rule(pick=picks, what=st.sampled_from(["made", "kept", "failed", "again", "submitted", "read", "done", "told",
                                            "later", "running", "canceled"]))  # fmt: skip
    def somebody_writes_late(self, pick: int, what: str) -> None:
        """Who was taken for dead writes nothing once another took over; until then its job is its own.

        A transition that its job's state does not allow is refused outright.
        """
        job = self.late[pick % len(self.late)]
        row = self.rows().get(job.id)
        if row is not None and (row.owner, row.epoch) == (job.owner, job.epoch):
            return  # nobody has noticed yet: another rule plays whoever is alive
        before, counted = self.rows(), self.counters()
        late: dict[str, Callable[[], Any]] = {
            "made": lambda: self.run(jobs.generated, job, Made(("x",), 1, "", "")),
            "kept": lambda: self.run(jobs.generated, job, Made(("x",), 1, "", ""), keep=True),
            "failed": lambda: self.run(jobs.failed, job, Failure(Reason.BUSY), may_have_been_paid=True),
            "again": lambda: self.run(jobs.again, job, self.books.now, enhance=None),
            "submitted": lambda: self.books.run(jobs.submitted, job, "late", "late"),
            "read": lambda: self.run(jobs.read, job, [IMAGE]),
            "done": lambda: self.run(jobs.done, job, 1, 5),
            "told": lambda: self.run(jobs.notified, job),
            "later": lambda: self.books.run(jobs.deliver_again, job, self.books.now),
            "running": lambda: self.run(tasks.running, job),
            "canceled": lambda: self.run(jobs.canceled, job, may_have_been_paid=True),
        }
        with suppress(InvariantBroken):
            assert late[what]() is None
        assert (self.rows(), self.counters()) == (before, counted)

    # -- time, settings, retention

    @rule(by=st.sampled_from([timedelta(seconds=1), timedelta(seconds=31), timedelta(minutes=14), timedelta(hours=5),
                              timedelta(days=1), timedelta(days=9)]))  # fmt: skip
    def time_passes(self, by: timedelta) -> None:
        self.books.now += by

    @rule(limit=st.integers(1, 9), waiting=st.integers(1, 4))
    def limits_change(self, limit: int, waiting: int) -> None:
        self.books.limit(member_images_per_day=limit, server_images_per_month=3 * limit, queued_per_member=waiting)

    @rule(user_id=people, server_id=st.integers(7, 8))
    def a_member_is_granted_an_image(self, user_id: int, server_id: int) -> None:
        month = quota.month_window(self.books.now, self.books.limits.zone).label
        self.run(server_settings.grant, server_id, user_id, 1, month=month, user_id=9)

    @rule(server_id=st.integers(7, 8), images=st.sampled_from([None, 0, 3, 10]))
    def a_share_changes(self, server_id: int, images: int | None) -> None:
        share = None if images is None else images * PRICE
        self.run(shares.set_share, server_id, share, user_id=9)

    @precondition(there(state="queued"))
    @rule()
    def expire(self) -> None:
        while self.run(queue.expire_unsent):
            self.ahead.clear()

    @precondition(lambda self: any(row.notified_at for row in self.seen.values()))
    @rule()
    def forget(self) -> None:
        day_ago = self.books.now - timedelta(days=1)
        self.run(retention.forget_tokens, limit=9)
        self.books.run(retention.purge_inputs, given_before=day_ago, limit=9)
        before = self.rows()
        self.books.run(retention.purge_jobs, told_before=day_ago, limit=2)
        gone = before.keys() - self.rows().keys()
        assert all(self.told[job_id] == 1 for job_id in gone)
        self.books.run(retention.purge_windows, over_by=day_ago, limit=9)
        self.books.run(retention.purge_turns, limit=9)

    @precondition(there(state="queued"))
    @rule()
    def places_are_the_order_of_claiming(self) -> None:
        """Among those who may be sent now, nothing being in the way but the line itself."""
        due = {
            row.id for row in self.rows().values() if row.state == "queued" and row.next_attempt_at <= self.books.now
        }
        for model_queue in (WORDS, EDITS):
            lines = self.books.run(self.line_of, model_queue)
            places = [waiting.job_id for waiting in lines if waiting.job_id in due]
            assert places == self.claimed_in_order(model_queue, len(places))

    def line_of(self, tx: Connection, model_queue: ModelQueue) -> Any:
        return queue_positions.queue_entries(tx, limits=[model_queue], now=self.books.now)

    def claimed_in_order(self, model_queue: ModelQueue, count: int) -> list[int]:
        """Whom claim would take, one after another; nothing of it is kept."""
        found: list[int] = []

        def all_of_them(tx: Connection) -> None:
            tx.execute(text("DELETE FROM sending_pauses"))
            tx.execute(text("UPDATE model_queues SET free_at = 0"))
            for _ in range(count):
                job = queue.claim(tx, "nobody", limits=[ModelQueue(model_queue.model, 10**6, inf)], now=self.books.now)
                assert isinstance(job, Job)
                found.append(job.id)
            raise _Undo

        with pytest.raises(_Undo):
            self.books.run(all_of_them)
        return found

    # -- what always holds

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.books.broken() == ()

    @invariant()
    def ends_are_final_and_epochs_never_fall(self) -> None:
        for row in self.rows().values():
            assert row.epoch >= self.epochs.get(row.id, 0)
            self.epochs[row.id] = row.epoch
            if row.ended_at is not None:
                end = (row.state, row.delivered, row.failure_reason, row.ended_at)
                assert self.ends.setdefault(row.id, end) == end
            else:
                assert row.id not in self.ends

    @invariant()
    def only_transitions_of_the_table_are_taken(self) -> None:
        if self.books.engine.dialect.name == "sqlite":
            taken = self.books.run(lambda tx: tx.execute(text("SELECT before, after FROM taken")).all())
            assert all(is_allowed(State(row.before), State(row.after)) for row in taken)

    @invariant()
    def no_more_are_in_flight_than_a_model_allows(self) -> None:
        live = Counter(row.model for row in self.rows().values() if row.state in ("submitting", "submitted"))
        assert all(count <= MODEL_QUEUES[model].in_flight for model, count in live.items())

    @invariant()
    def no_allowance_is_passed_that_was_not_lowered(self) -> None:
        people = """
            SELECT * FROM counters WHERE name IN ('member', 'person') AND (reserved + used) * 100
              + reserved_adjustment + used_adjustment > CASE name WHEN 'member' THEN 900 ELSE 1500 END"""
        assert self.books.run(lambda tx: tx.execute(text(people)).all()) == []

    @invariant()
    def all_that_may_have_been_paid_is_counted(self) -> None:
        counted = """
            SELECT h.job_id, SUM(COALESCE(x.amount + x.adjustment, h.amount + h.adjustment))
            FROM ledger h LEFT JOIN ledger x ON x.job_id = h.job_id
              AND x.name = h.name AND x.send = h.send AND x.entry <> 'reserve'
            WHERE h.name = 'budget_day' AND h.entry = 'reserve' GROUP BY h.job_id"""
        for job_id, amount in self.books.run(lambda tx: tx.execute(text(counted)).all()):
            assert sum(self.bills.get(job_id, [])) <= amount

    @invariant()
    def no_ceiling_is_passed_but_by_what_wan_bills_beyond_what_was_asked_for(self) -> None:
        over = f"SELECT {TAKEN} FROM counters WHERE name = :name"  # noqa: S608  # our own words
        for name, ceiling in (("budget_day", DAY), ("budget_month", 3 * DAY)):
            amounts = self.books.run(lambda tx, name=name: tx.scalars(text(over), {"name": name}).all())
            assert all(amount <= ceiling + self.surplus for amount in amounts)

    @invariant()
    def no_servers_share_is_passed_and_all_shares_are_the_budget(self) -> None:
        amounts = self.books.run(lambda tx: tx.execute(text(SPENT)).all())
        month = quota.month_window(self.books.now, self.books.limits.zone).label
        total = Counter[str]()
        for name, subject, window, amount in amounts:
            assert subject in ("dm", "bot") or amount <= SHARE + self.surplus
            total[name] += amount if window == month else 0
        assert total["share"] == total["budget_month"]

    def everything_ends_and_is_told(self) -> None:
        """All processes die; one starts, and after a while nothing is left that has not ended and been told."""
        self.crash("one")
        self.crash("two")
        for _ in range(400):
            self.books.now += timedelta(minutes=1)
            self.adopt("one")
            self.read("one", True)
            self.claim("one")
            for possible, step in self.what_ends():
                if possible(self):
                    step()
            if all(row.notified_at is not None for row in self.rows().values()):
                break
        rows = self.rows()
        assert all(row.notified_at is not None for row in rows.values()), "everything ends and is told"
        assert all(self.told[job_id] == 1 for job_id in rows)
        self.the_books_are_right()

    def what_ends(self) -> list[tuple[Callable[[Any], bool], Callable[[], object]]]:
        return [
            (held([State.SUBMITTING], Call.TASK), lambda: self.task_created(0)),
            (held(SENT), lambda: self.made(0, 3, True)),
            (lambda _: True, lambda: self.take_to_deliver("one")),
            (held([State.GENERATED]), lambda: self.deliver(0, 0)),
            (held(ENDS), lambda: self.tell_the_end(0)),
        ]


class _Undo(Exception):
    """Roll back."""


def play(open_engine: Callable[[], Engine], profile: settings) -> None:
    run_state_machine_as_test(lambda: Life(open_engine), settings=profile)  # type: ignore[arg-type]  # makes one


def hunt(first_seed: int) -> None:
    """Play short hunts with one seed after another. AssertionError or IntegrityError at the first defect."""
    for number in range(first_seed, first_seed + HUNTS):
        run_state_machine_as_test(seed(number)(lambda: Life(in_memory)), settings=HUNT)  # type: ignore[arg-type]  # makes one


def test_nothing_is_lost_or_counted_twice_in_any_order_of_events() -> None:
    play(in_memory, PROFILE)


def test_the_same_holds_on_postgresql(emptied: Engine) -> None:
    def open_engine() -> Engine:
        empty(emptied)
        return emptied

    play(open_engine, settings(PROFILE, max_examples=100 if LONG else 5))


def test_an_old_id_never_names_a_new_job() -> None:
    """As the machine found it where SQLite counted on from the newest row that was left."""
    life = Life(in_memory)
    life.ask(user_id=1, count=1, images=0, scope="dm", call=Call.SYNC, late_way=True)
    life.rows()
    life.cancel(0)
    life.take_to_deliver("one")
    life.tell_the_end(0)
    life.time_passes(timedelta(days=9))
    life.forget()
    assert life.rows() == {}

    life.ask(user_id=2, count=1, images=0, scope="dm", call=Call.SYNC, late_way=True)

    assert list(life.rows()) == [2]
    life.teardown()


def _without_epoch(tx: Connection, job: Job, to: State, **changes: object) -> Job | None:
    tx.execute(update(table).where(table.c.id == job.id).values(state=to.value, **changes))
    return jobs.job(tx, job.id)


def _counters_stay(tx: Connection, job_id: int, rows: Any, used: Any, now: datetime) -> None:
    if rows:
        ledger._write(tx, job_id, now, [("settle", row, row.send, used[row.name] or (row.amount, 0)) for row in rows])


def _free_of_charge(tx: Connection, orphan: Job, limits: Any, now: datetime) -> None:
    """Sent again after a kill, and nothing held for it."""


_MADE = jobs.generated


def _settled_when_made(tx: Connection, job: Job, made: Made, *, now: datetime, keep: bool = False) -> Job | None:
    after = _MADE(tx, job, made, now=now, keep=keep)
    if after is not None:
        ledger.settle(tx, job.id, now, delivered=charge_of(job, len(made.links)))
    return after


@pytest.mark.parametrize(
    ("where", "name", "mutant", "first_seed"),
    [
        (jobs, "transition", _without_epoch, 22),
        (ledger, "_settle", _counters_stay, 3),
        (jobs, "generated", _settled_when_made, 5),
    ],
    ids=[
        "nobody looks at owner and epoch",
        "counters are not moved",
        "settled before it is shown",
    ],
)
def test_the_machine_finds_a_known_defect(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, mutant: Callable[..., Any], first_seed: int
) -> None:
    """*first_seed* finds the defect in a second, as long as the machine is not changed; later seeds find it too."""
    monkeypatch.setattr(where, name, mutant)
    monkeypatch.setattr(Life, "teardown", lambda _: None)

    with pytest.raises((AssertionError, IntegrityError)):
        hunt(first_seed)


def test_the_machine_finds_a_request_sent_again_without_a_reservation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Played by hand: a death over a request for one image, and its second send, come by seldom in so few examples."""
    monkeypatch.setattr(processes, "reserve_again", _free_of_charge)
    life = Life(in_memory)
    life.ask(user_id=1, count=1, images=0, scope="dm", call=Call.SYNC, late_way=True)
    life.rows()
    life.claim("one")
    life.crash("one")
    life.time_passes(timedelta(seconds=31))

    life.adopt("two")
    life.claim("two")

    with pytest.raises(AssertionError):
        life.all_that_may_have_been_paid_is_counted()
