"""Members are served in turn, within each model's limits, and see their true queue position."""

from dataclasses import replace
from datetime import timedelta
from math import inf

from imagegen.errors import Reason
from imagegen.model import Call
from imagegen.policy.model_queue import ModelQueue
from imagegen.store import admission, jobs, pauses, queue
from imagegen.store.queue import Idle
from tests.imagegen.store.books import MODEL_QUEUE, Books


def serve(books: Books) -> int:
    job = books.claimed()
    books.made(job)
    return job.requester.user_id


def test_a_throttled_model_is_free_again_in_time_and_never_sooner(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    books.submit()
    long, short = books.now + timedelta(seconds=5), books.now + timedelta(seconds=1)

    books.run(queue.throttle, MODEL_QUEUE.model, long)
    books.run(queue.throttle, MODEL_QUEUE.model, short)

    assert books.look() == Idle(long)
    books.later(seconds=5)
    assert books.claim() is not None


def test_a_member_who_comes_late_is_served_in_turn(books: Books) -> None:
    books.limit(member_images_per_day=100, person_images_per_day=100, queued_per_member=100)
    for _ in range(9):
        books.submit(1)
    served = [serve(books) for _ in range(3)]
    for user_id, count in ((2, 4), (3, 3)):
        for _ in range(count):
            books.submit(user_id)

    served += [serve(books) for _ in range(10)]

    assert served == [1, 1, 1, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1]


def test_no_more_are_in_flight_than_the_model_allows(books: Books) -> None:
    for _ in range(3):
        books.submit()

    claimed = [books.claim() for _ in range(3)]

    assert [job is not None for job in claimed] == [True, True, False]


def test_a_task_counts_as_in_flight(books: Books) -> None:
    for _ in range(3):
        books.submit(call=Call.TASK)
        if (job := books.claim()) is not None:
            books.run(jobs.submitted, job, "task", "request")

    assert books.claim() is None


def test_requests_are_spaced_by_the_submit_rate_with_room_for_a_slow_one(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=5, per_s=5)]
    books.submit()
    books.submit()
    books.claimed()

    assert books.look() == Idle(books.now + timedelta(seconds=0.24))
    books.later(seconds=0.24)
    books.claimed()


def test_a_rate_a_minute_holds_in_every_minute_over_all_processes(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=50, per_s=2 / 60)]
    for _ in range(9):
        books.submit()

    sent_s = []
    for second in range(201):
        sent_s += [second for owner in ("one", "two") if books.claim(owner) is not None]
        books.later(seconds=1)

    assert sent_s == [0, 31, 62, 93, 124, 155, 186]  # a request may arrive a second early, its successor a second late
    assert all(third - first > 61 for first, third in zip(sent_s, sent_s[2:], strict=False))


def test_a_claim_that_finds_nothing_tells_when_a_job_of_its_kind_is_due(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    delivered_at, sent_at = books.now + timedelta(seconds=20), books.now + timedelta(seconds=9)
    books.run(jobs.deliver_again, books.delivering(), delivered_at)
    books.submit()
    books.run(jobs.again, books.claimed(), sent_at, enhance=None, now=books.now)

    assert books.look() == Idle(sent_at)
    assert books.run(queue.next_to_deliver, "one", now=books.now) == Idle(delivered_at)
    assert books.run(queue.next_to_read, "one", now=books.now) == Idle(None)


def test_an_empty_queue_waits_for_no_request_in_flight(books: Books) -> None:
    books.submit()
    books.claimed()

    assert books.look() == Idle(None, for_room=False)


def test_while_a_model_has_no_room_no_moment_is_told(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=1, per_s=1)]
    books.submit()
    books.submit()
    books.claimed()

    assert books.look() == Idle(None, for_room=True)


def test_a_job_of_a_model_with_room_is_claimed_before_an_older_one_without(books: Books) -> None:
    other = ModelQueue("wan2.6-image", in_flight=1, per_s=inf)
    books.model_queues = [other, ModelQueue(MODEL_QUEUE.model, in_flight=1, per_s=inf)]
    first, _second = books.submit(), books.submit()
    later = books.run(
        admission.accept,
        books.ask(2),
        plan=replace(books.plan(books.ask()), model=other.model),
        limits=books.limits,
        now=books.now,
    ).job

    assert [books.claimed().id, books.claimed().id] == [first.id, later.id]
    assert books.look() == Idle(None, for_room=True)


def test_a_job_that_is_tried_again_is_at_the_head_when_its_time_comes(books: Books) -> None:
    first = books.submit()
    books.submit()
    books.run(jobs.again, books.claimed(), books.now + timedelta(seconds=9), enhance=False, now=books.now)

    other = books.claimed()
    books.later(seconds=9)
    again = books.claimed()

    assert other.id != first.id
    assert (again.id, again.attempts, again.request.enhance) == (first.id, 1, False)


def test_while_sending_is_paused_one_job_probes_every_ten_minutes(books: Books) -> None:
    books.submit()
    books.submit()
    assert books.run(pauses.pause, Reason.KEY_REFUSED, books.now + timedelta(minutes=10), now=books.now)
    assert not books.run(pauses.pause, Reason.KEY_REFUSED, books.now + timedelta(minutes=10), now=books.now)
    assert books.claim() is None

    books.later(minutes=10)

    assert books.claim() is not None
    assert books.claim() is None


def test_an_image_ends_the_pause(books: Books) -> None:
    books.submit()
    books.submit()
    books.run(pauses.pause, Reason.KEY_REFUSED, books.now, now=books.now)

    books.made(books.claimed())

    assert books.claim() is not None


def test_queue_positions_are_the_order_of_service(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=1, per_s=inf)]
    first, second, others = (books.submit(user_id).id for user_id in (1, 1, 2))
    books.claimed()

    places = [(waiting.job_id, waiting.position) for waiting in books.line()]

    assert places == [(first, 0), (others, 1), (second, 2)]


def test_an_estimate_is_made_of_what_recent_images_took(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=1, per_s=inf)]
    for _ in range(3):
        books.submit()
        job = books.claimed()
        books.later(seconds=20)
        books.made(job)
    books.submit()
    books.submit()
    books.claimed()
    books.later(seconds=5)

    assert [waiting.eta_s for waiting in books.line()] == [15, 40]


def test_without_recent_images_there_is_no_estimate(books: Books) -> None:
    books.submit()

    assert [waiting.eta_s for waiting in books.line()] == [None]


def test_the_estimate_counts_the_jobs_in_flight_of_its_model(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=2, per_s=inf)]
    books.submit()
    job = books.claimed()
    books.later(seconds=20)
    books.made(job)
    for _ in range(3):
        books.submit()

    idle = [waiting.eta_s for waiting in books.line()]
    books.claimed()
    books.claimed()
    busy = [waiting.eta_s for waiting in books.line()]

    assert idle == [20, 20, 30]  # 1, 1 and 1.5 rounds of 20 s
    assert busy == [20, 20, 30]


def test_an_estimate_is_never_faster_than_the_submit_rate(books: Books) -> None:
    books.submit()
    job = books.claimed()
    books.later(seconds=1)
    books.made(job)
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=50, per_s=0.5)]
    for _ in range(8):
        books.submit()

    assert [waiting.eta_s for waiting in books.line()][-1] == 16


def test_an_estimate_counts_how_long_a_rate_a_minute_holds_a_request_back(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=5, per_s=2 / 60)]
    books.submit()
    job = books.claimed()
    books.later(seconds=20)
    books.made(job)
    for _ in range(3):
        books.submit()
    books.later(seconds=11)
    books.claimed()
    books.later(seconds=1)

    assert [(waiting.position, waiting.eta_s) for waiting in books.line()] == [(0, 19), (1, 50), (2, 81)]
    books.later(seconds=30)
    books.claimed()  # as the estimate said: 20 s before its images


def test_a_job_that_waits_for_its_time_moves_no_other_back(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=1, per_s=inf)]
    later, other = books.submit().id, books.submit(2).id
    books.run(jobs.again, books.claimed(), books.now + timedelta(seconds=9), enhance=None, now=books.now)

    now = {waiting.job_id: waiting.position for waiting in books.line()}
    books.later(seconds=9)
    then = {waiting.job_id: waiting.position for waiting in books.line()}

    assert now == {later: 1, other: 1}
    assert then == {later: 1, other: 2}
