"""Only what Wan refuses is paused, and no job waits for a pause longer than minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from imagegen.errors import Reason, Refused
from imagegen.model import Call, Job
from imagegen.states import State
from imagegen.store import jobs, pauses, queue
from tests.imagegen.store.books import MODEL_QUEUE, Books

MODEL = MODEL_QUEUE.model


def paused(books: Books, minutes: float = 10, reason: Reason = Reason.MODEL_REFUSED, **where: Any) -> bool:
    until = books.now + timedelta(minutes=minutes)
    return books.run(pauses.pause, reason, until, **where, now=books.now)


def in_force(books: Books) -> list[tuple[str, str]]:
    found = pauses.in_force(books.run(pauses.found), books.now)
    return [(pause.model, pause.call) for pause in found]


def test_a_pause_of_one_call_style_lets_the_other_go_on(books: Books) -> None:
    books.submit(call=Call.TASK)
    sync = books.submit(2)
    paused(books, model=MODEL, call="task")

    first, then = books.claim(), books.claim()

    assert (first and first.id, then) == (sync.id, None)


def test_a_job_behind_a_pause_waits_for_the_answer_that_ends_the_pause(books: Books) -> None:
    books.submit()
    paused(books, model=MODEL)

    assert books.look() == queue.Idle(None, for_room=True)


def test_a_pause_of_one_model_is_no_other_models(books: Books) -> None:
    job = books.submit()
    paused(books, model="wan2.6-image")

    assert books.claimed().id == job.id


def test_each_pause_probes_for_itself(books: Books) -> None:
    for user_id in range(3):
        books.submit(user_id, call=Call.TASK)
    paused(books, model=MODEL, call="task")
    paused(books, 30, model=MODEL, call="sync")
    books.later(minutes=10)

    probe, more = books.claim(), books.claim()

    assert probe is not None
    assert more is None
    assert in_force(books) == [(MODEL, "sync"), (MODEL, "task")]


def test_an_image_lifts_the_pauses_that_its_sending_disproves(books: Books) -> None:
    books.submit()
    for model, call in (("*", "*"), (MODEL, "*"), (MODEL, "sync"), (MODEL, "task")):
        paused(books, 0, model=model, call=call)
    paused(books, 0, model="wan2.6-image")

    books.made(books.claimed())

    found = books.run(pauses.found)
    assert [(pause.model, pause.call) for pause in found] == [("wan2.6-image", "*"), (MODEL, "task")]


def test_an_image_that_was_sent_before_a_pause_does_not_lift_it(books: Books) -> None:
    books.submit()
    job = books.claimed()
    books.later(seconds=5)
    paused(books, model=MODEL)

    books.made(job)

    assert in_force(books) == [(MODEL, "*")]


@pytest.mark.parametrize(
    ("reason", "where", "ends"),
    [
        (Reason.KEY_REFUSED, {}, True),
        (Reason.GATEWAY_REFUSED, {}, True),
        (Reason.ACCOUNT_OVERDUE, {}, False),
        (Reason.MODEL_REFUSED, {"model": MODEL}, False),
    ],
)
def test_a_task_that_wan_took_ends_only_what_would_have_turned_it_away(
    books: Books, reason: Reason, where: dict[str, Any], ends: bool
) -> None:
    books.submit(call=Call.TASK)
    paused(books, reason=reason, **where)
    books.later(minutes=10)

    books.run(jobs.submitted, books.claimed(), "task-1", "request-1")

    assert (books.run(pauses.found) == ()) is ends


def test_a_task_that_was_sent_before_a_pause_does_not_end_it(books: Books) -> None:
    books.submit(call=Call.TASK)
    job = books.claimed()
    books.later(seconds=1)
    paused(books, reason=Reason.GATEWAY_REFUSED)

    books.run(jobs.submitted, job, "task-1", "request-1")

    gate = books.run(pauses.gate)
    assert gate is not None
    assert gate.reason == Reason.GATEWAY_REFUSED


def test_the_operator_hears_of_a_pause_once_and_of_another_code_again(books: Books) -> None:
    told = [paused(books, model=MODEL, code=code) for code in ("A", "A", "B", "B")]

    assert told == [True, False, True, False]


def test_a_pause_that_is_over_lets_an_ask_in_which_may_be_the_probe(books: Books) -> None:
    paused(books, 10)
    with pytest.raises(Refused):
        books.submit()
    books.later(minutes=10)

    books.submit()

    assert books.claim() is not None


def test_a_short_pause_refuses_no_request(books: Books) -> None:
    paused(books, 1, Reason.GATEWAY_REFUSED)

    books.submit()

    assert books.claim() is None


def test_a_pause_far_ahead_was_written_by_another_clock_and_holds_nobody(books: Books) -> None:
    paused(books, 60 * 24)

    books.submit()

    assert books.claim() is not None


def waiting_for(books: Books, **where: Any) -> Job:
    job = books.submit(call=Call.TASK)
    paused(books, 10, model=MODEL, code="Model.AccessDenied", **where)
    return job


def test_who_waits_for_a_pause_is_told_within_minutes_and_has_everything_back(books: Books) -> None:
    job = waiting_for(books)
    books.later(minutes=11)
    early = books.run(queue.expire_paused, now=books.now)
    books.later(minutes=1)

    assert (early, books.run(queue.expire_paused, now=books.now)) == (0, 1)
    after = books.run(jobs.job, job.id)
    assert after is not None
    assert after.failure is not None
    assert (after.state, after.failure.reason) == (State.FAILED, Reason.MODEL_REFUSED)
    assert after.failure.facts == {"model": MODEL, "code": "Model.AccessDenied"}
    assert books.left()["member"] == 10
    assert books.spent() == 0
    assert books.run(queue.expire_paused, now=books.now) == 0


def test_who_had_waited_long_before_a_pause_began_is_not_given_up_for_it(books: Books) -> None:
    books.submit()
    books.later(minutes=60)
    paused(books)

    assert books.run(queue.expire_paused, now=books.now) == 0


def test_who_can_be_served_is_not_given_up_for_anothers_pause(books: Books) -> None:
    books.submit()
    paused(books, model=MODEL, call="task")
    paused(books, model="wan2.6-image")
    books.later(minutes=30)

    assert books.run(queue.expire_paused, now=books.now) == 0


def test_a_card_says_which_model_is_paused_only_where_it_is(books: Books) -> None:
    task, sync = books.submit(call=Call.TASK), books.submit(2)
    paused(books, model=MODEL, call="task")

    said = {waiting.job_id: (waiting.paused, waiting.paused_model) for waiting in books.line()}

    assert said == {task.id: ("model_refused", MODEL), sync.id: (None, "")}


def test_what_waits_for_a_refused_call_style_is_sent_by_the_other(books: Books) -> None:
    task, sync = books.submit(call=Call.TASK), books.submit(2)
    paused(books, model=MODEL, call="task")

    assert books.run(pauses.send_by, MODEL, Call.TASK, Call.SYNC, now=books.now)

    assert [books.claimed().id for _ in range(2)] == [task.id, sync.id]


def test_nothing_is_sent_by_a_call_style_that_is_refused_too(books: Books) -> None:
    books.submit(call=Call.TASK)
    for call in ("task", "sync"):
        paused(books, model=MODEL, call=call)

    assert not books.run(pauses.send_by, MODEL, Call.TASK, Call.SYNC, now=books.now)
    assert books.claim() is None
