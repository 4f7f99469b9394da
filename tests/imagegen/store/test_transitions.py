"""Each transition settles quota and budget once, and a former owner writes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job
from imagegen.states import State
from imagegen.store import jobs, processes, queue
from tests.imagegen.store.books import IMAGE, PRICE, Books, made

FAILURE = Failure(Reason.MODERATION, {"side": "input"})


def test_a_delivered_image_uses_quota_once_and_budget_once(books: Books) -> None:
    books.submit()

    books.made(books.claimed())
    done = books.run(jobs.done, books.delivering(), 1, 77, now=books.now)

    assert done is not None
    assert (done.state, done.delivered, done.message_id) == (State.DONE, 1, 77)
    assert books.left()["member"] == 9
    assert books.spent() == PRICE
    assert books.broken() == ()


def test_fewer_images_than_asked_are_settled_to_what_came(books: Books) -> None:
    books.submit(count=4)

    books.made(books.claimed(), count=2)
    books.run(jobs.done, books.delivering(), 2, None, now=books.now)

    assert books.left()["member"] == 8
    assert books.spent() == 2 * PRICE


def test_an_answer_that_does_not_tell_its_count_costs_all_that_was_asked_for(books: Books) -> None:
    books.submit(count=3)

    books.run(jobs.generated, books.claimed(), replace(made(), image_count=None), now=books.now)

    assert books.spent() == 3 * PRICE
    assert books.broken() == ()


def test_budget_is_settled_when_generated_and_quota_when_delivered(books: Books) -> None:
    books.submit(count=2)

    books.made(books.claimed(), count=1)

    assert books.spent() == PRICE
    assert books.left()["member"] == 8
    assert books.broken() == ()


@pytest.mark.parametrize(("may_have_been_paid", "spent"), [(False, 0), (True, PRICE)])
def test_a_failure_returns_the_allowance_and_keeps_money_that_may_be_spent(
    books: Books, may_have_been_paid: bool, spent: int
) -> None:
    books.submit()

    failed = books.run(jobs.failed, books.claimed(), FAILURE, may_have_been_paid=may_have_been_paid, now=books.now)

    assert failed is not None
    assert failed.failure == FAILURE
    assert books.left() == {"member": 10, "person": 15, "server": 100, "attempts": 99}
    assert books.spent() == spent
    assert books.broken() == ()


def test_an_undelivered_result_releases_the_quota_and_keeps_the_budget(books: Books) -> None:
    books.submit()
    books.made(books.claimed())

    books.run(jobs.undelivered, books.delivering(), Failure(Reason.UNDELIVERED), now=books.now)

    assert books.left()["member"] == 10
    assert books.spent() == PRICE
    assert books.broken() == ()


def test_canceling_a_waiting_job_releases_everything(books: Books) -> None:
    job = books.submit(count=2)

    cancelled = books.run(jobs.cancel, job.id, now=books.now)

    assert cancelled is not None
    assert cancelled.state is State.CANCELED
    assert books.left()["member"] == 10
    assert books.spent() == 0
    assert books.claim() is None
    assert books.broken() == ()


def test_a_sent_job_cannot_be_canceled(books: Books) -> None:
    job = books.submit()
    books.claimed()

    assert books.run(jobs.cancel, job.id, now=books.now) is None
    assert books.left()["member"] == 9


def test_a_request_whose_images_are_being_downloaded_can_be_canceled(books: Books) -> None:
    job = books.submit(images=1)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)

    assert books.run(jobs.cancel, job.id, now=books.now) is not None
    assert books.run(jobs.read, reading, [IMAGE], now=books.now) is None


def test_a_reservation_is_settled_in_the_window_in_which_it_was_made(books: Books) -> None:
    books.submit(count=2)
    job = books.claimed()

    books.later(days=1)
    books.run(jobs.failed, job, FAILURE, may_have_been_paid=False, now=books.now)

    assert books.left()["member"] == 10
    assert books.broken() == ()


def test_a_task_is_resumed_by_its_id(books: Books) -> None:
    books.submit(call=Call.TASK)
    books.run(jobs.submitted, books.claimed("dead"), "task-1", "request-1")

    books.later(seconds=1)
    adopted = books.adopt("one")

    assert adopted.resumed == 1
    (mine,) = books.run(queue.to_poll, "one")
    assert mine.remote_id == "task-1"
    assert books.claim() is None


def test_a_request_cut_by_a_kill_is_sent_again_once(books: Books) -> None:
    books.submit()
    books.claimed("dead")
    books.later(seconds=1)
    assert books.adopt("second").sent_again == 1
    books.claimed("second")

    books.later(seconds=1)
    adopted = books.adopt("third")

    assert adopted.given_up == 1
    assert books.left()["member"] == 10
    assert books.spent() == 2 * PRICE  # both may have been paid
    assert books.broken() == ()


def killed_in_mid_call(books: Books) -> Job:
    """A job of one image that was adopted, and waits to be sent again."""
    books.submit()
    job = books.claimed("killed")
    books.later(seconds=1)
    assert books.adopt("second").sent_again == 1
    return job


def test_what_a_kill_cut_stays_spent_when_the_job_is_cancelled(books: Books) -> None:
    job = killed_in_mid_call(books)

    books.run(jobs.cancel, job.id, now=books.now)

    assert books.left()["member"] == 10
    assert books.spent() == PRICE
    assert books.broken() == ()


def test_what_a_kill_cut_stays_spent_when_the_second_request_is_refused(books: Books) -> None:
    killed_in_mid_call(books)

    books.run(jobs.failed, books.claimed("second"), FAILURE, may_have_been_paid=False, now=books.now)

    assert books.left()["member"] == 10
    assert books.spent() == PRICE
    assert books.broken() == ()


def test_what_a_kill_cut_is_spent_beside_the_image_that_came(books: Books) -> None:
    killed_in_mid_call(books)

    books.made(books.claimed("second"))

    assert books.spent() == 2 * PRICE
    assert books.broken() == ()


def test_a_request_for_several_images_is_never_sent_again_in_doubt(books: Books) -> None:
    books.submit(count=2)
    books.claimed("dead")
    books.later(seconds=1)

    assert books.adopt("one").given_up == 1


def test_a_dead_process_leaves_reading_and_delivery_to_others(books: Books) -> None:
    books.submit(images=1)
    books.run(queue.next_to_read, "dead", now=books.now)
    books.submit()
    books.made(books.claimed())
    books.delivering("dead")
    books.later(seconds=1)

    assert books.adopt("one").freed == 2
    assert isinstance(books.run(queue.next_to_read, "one", now=books.now), Job)
    assert books.delivering().state is State.GENERATED


def test_a_generated_job_that_is_kept_is_delivered_without_a_second_claim(books: Books) -> None:
    books.submit()
    generating = books.claimed("one")

    kept = books.kept(generating)

    assert (kept.owner, kept.epoch) == ("one", generating.epoch + 1)
    assert not isinstance(books.run(queue.next_to_deliver, "one", now=books.now), Job)
    done = books.run(jobs.done, kept, 1, 5, now=books.now)
    assert done is not None
    assert (done.state, done.owner) == (State.DONE, None)
    assert books.broken() == ()


def test_the_claim_that_generated_a_kept_job_writes_nothing_more(books: Books) -> None:
    books.submit()
    generating = books.claimed("one")
    kept = books.kept(generating)
    former = replace(kept, epoch=generating.epoch)

    assert books.run(jobs.generated, generating, made(), now=books.now, keep=True) is None
    assert books.run(jobs.failed, generating, FAILURE, may_have_been_paid=True, now=books.now) is None
    assert books.run(jobs.done, former, 1, 5, now=books.now) is None
    assert books.run(processes.is_owned, kept)


def test_a_job_that_a_dead_process_kept_is_delivered_by_others(books: Books) -> None:
    books.submit()
    dead = books.kept(books.claimed("dead"))
    books.later(seconds=1)

    assert books.adopt("one").freed == 1

    assert books.run(jobs.done, dead, 1, 5, now=books.now) is None
    assert books.run(jobs.done, books.delivering("one"), 1, 5, now=books.now) is not None
    assert books.broken() == ()


def test_a_living_process_keeps_its_jobs(books: Books) -> None:
    books.submit()
    books.claimed("alive")
    books.run(processes.heartbeat, "alive", now=books.now)

    dead_before = books.now - timedelta(seconds=30)
    adopted = books.run(processes.adopt, "one", dead_before=dead_before, limits=books.limits, now=books.now)

    assert adopted == processes.Adopted()


def test_a_former_owner_writes_nothing(books: Books) -> None:
    books.submit()
    zombie = books.claimed("dead")
    books.later(seconds=1)
    books.adopt("one")
    books.claimed("one")

    assert books.run(jobs.generated, zombie, made(), now=books.now) is None
    assert books.run(jobs.failed, zombie, FAILURE, may_have_been_paid=True, now=books.now) is None
    assert books.spent() == 2 * PRICE  # what it sent before it was taken for dead, and what is sent again
    assert books.broken() == ()


def test_an_end_is_notified_once(books: Books) -> None:
    books.submit()
    books.run(jobs.failed, books.claimed(), FAILURE, may_have_been_paid=False, now=books.now)

    books.run(jobs.notified, books.delivering(), now=books.now)

    assert not isinstance(books.run(queue.next_to_deliver, "one", now=books.now), Job)


def test_a_delivery_put_off_waits_in_its_row(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    books.run(jobs.deliver_again, books.delivering(), books.now + timedelta(seconds=20))

    put_off_until = books.now + timedelta(seconds=20)
    assert books.run(queue.next_to_deliver, "one", now=books.now) == queue.Idle(put_off_until)
    books.later(seconds=20)
    assert books.delivering().state is State.GENERATED


def test_a_job_of_a_model_that_no_process_has_fails_after_ten_minutes(books: Books) -> None:
    job, other = books.submit(), books.submit()
    books.run(lambda tx: tx.exec_driver_sql(f"UPDATE jobs SET model = 'qwen-image-9' WHERE id = {job.id}"))  # noqa: S608  # a number

    early = books.run(queue.expire_unknown, models=[other.model], now=books.now)
    books.later(minutes=10)
    late = [books.run(queue.expire_unknown, models=[other.model], now=books.now) for _ in range(2)]

    assert (early, late) == (0, [1, 0])
    ended, waiting = books.run(jobs.job, job.id), books.run(jobs.job, other.id)
    assert ended is not None
    assert waiting is not None
    assert (ended.failure, waiting.state) == (Failure(Reason.INTERNAL, {"job_id": job.id}), State.QUEUED)
    assert books.left()["member"] == 9


def test_a_job_without_a_later_route_fails_before_its_token_expires(books: Books) -> None:
    job = books.submit(send_before_at=books.now + timedelta(minutes=13))

    books.later(minutes=13)

    assert books.run(queue.expire_unsent, now=books.now) == 1
    ended = books.run(jobs.job, job.id)
    assert ended is not None
    assert ended.failure == Failure(Reason.TOO_LATE)
    assert books.left()["member"] == 10
