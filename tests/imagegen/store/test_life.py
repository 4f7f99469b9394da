"""However asks, claims, crashes, adoptions, cancels and late writers interleave, the books are right."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from imagegen.errors import Reason, Refused
from imagegen.model import Call, Failure, Job, State
from imagegen.store import jobs, line
from tests.imagegen.store.books import Books, open_books

FAILURE = Failure(Reason.WAN_DOWN)


class Life(RuleBasedStateMachine):
    """Two processes, three people, one database; a process may die at any moment and write long after."""

    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.books: Books = open_books(Path(self.folder.name))
        self.books.limit(member_pictures_per_day=6, waiting_per_member=3)
        self.remote_ids: set[str] = set()
        self.last: tuple[str, ...] = ("i:0",)

    def teardown(self) -> None:
        self.books.engine.dispose()
        self.folder.cleanup()

    @rule(user_id=st.integers(1, 3), count=st.integers(1, 3), call=st.sampled_from(Call))
    def ask(self, user_id: int, count: int, call: Call) -> None:
        try:
            self.last = (self.books.submit(user_id, count=count, call=call).key,)
        except Refused as refused:
            assert refused.reason in (Reason.MEMBER_EMPTY, Reason.MORE_THAN_LEFT, Reason.TOO_MANY_WAITING)

    @rule(user_id=st.integers(1, 3))
    def the_same_ask_again(self, user_id: int) -> None:
        before = self.books.left(user_id)
        try:
            self.books.submit(user_id, key=self.last[0])
        except Refused:
            return
        if self.last[0] != "i:0":
            assert self.books.left(user_id) == before

    @rule(target=claimed, owner=st.sampled_from(["one", "two"]))
    def claim(self, owner: str) -> Job | None:
        return self.books.claim(owner)

    @rule(job=claimed)
    def task_created(self, job: Job | None) -> None:
        if job and job.call is Call.TASK:
            self.books.run(jobs.submitted, job, f"task-{job.id}-{job.epoch}", "request", now=self.books.now)

    @rule(job=claimed, count=st.integers(0, 3))
    def make(self, job: Job | None, count: int) -> None:
        if job:
            current = self.books.run(jobs.job, job.id)
            if current and current.epoch == job.epoch and current.state in (State.SUBMITTING, State.SUBMITTED):
                self.books.made(current, min(count, job.request.count))

    @rule(job=claimed)
    def a_late_writer(self, job: Job | None) -> None:
        if job:
            self.books.run(jobs.failed, job, FAILURE, may_have_been_paid=False, now=self.books.now)

    @rule(job=claimed)
    def go_again(self, job: Job | None) -> None:
        if job:
            self.books.run(jobs.again, job, self.books.now, enhance=None, now=self.books.now)

    @rule(owner=st.sampled_from(["one", "two"]), shown=st.booleans())
    def deliver(self, owner: str, shown: bool) -> None:
        job = self.books.run(line.next_to_deliver, owner, now=self.books.now)
        if job is None:
            return
        if job.state is not State.MADE:
            self.books.run(jobs.told, job, now=self.books.now)
        elif shown and job.made:
            self.books.run(jobs.done, job, job.made.image_count, 5, now=self.books.now)
        else:
            self.books.run(jobs.undelivered, job, FAILURE, now=self.books.now)

    @rule(job_id=st.integers(1, 9))
    def cancel(self, job_id: int) -> None:
        self.books.run(jobs.cancel, job_id, now=self.books.now)

    @rule(survivor=st.sampled_from(["one", "two"]))
    def crash(self, survivor: str) -> None:
        self.books.later(seconds=1)
        self.books.adopt(survivor)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.books.later(hours=hours)

    @rule(limit=st.integers(1, 8))
    def the_limit_changes(self, limit: int) -> None:
        self.books.limit(member_pictures_per_day=limit)

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.books.broken() == ()

    @invariant()
    def no_more_in_flight_than_allowed(self) -> None:
        live = [waiting for waiting in self.books.line() if waiting.position == 0]
        assert len(live) <= self.books.lanes[0].in_flight


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
