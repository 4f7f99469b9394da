"""The operator pauses the bot, announces and reads the status."""

from __future__ import annotations

import pytest

from imagegen.errors import Reason, Refused
from imagegen.model import Failure
from imagegen.store import admission, jobs, operator_admin
from tests.imagegen.store.books import PRICE, Books


def test_a_paused_bot_takes_nothing_and_sends_nothing_but_finishes_what_was_sent(books: Books) -> None:
    books.submit()
    books.submit(2)
    sent = books.claimed()

    books.run(operator_admin.set_paused, True, now=books.now)

    assert books.claim() is None
    assert {waiting.paused for waiting in books.line()} == {Reason.BOT_PAUSED}
    books.made(sent)
    assert books.claim() is None
    ask = books.ask(3)
    with pytest.raises(Refused) as caught:
        books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    assert caught.value.reason is Reason.BOT_PAUSED


def test_after_a_pause_the_queue_continues(books: Books) -> None:
    books.submit()
    books.run(operator_admin.set_paused, True, now=books.now)

    books.run(operator_admin.set_paused, False, now=books.now)

    assert books.claim() is not None


def test_an_announcement_outlives_a_pause_and_is_taken_away_by_nothing_said(books: Books) -> None:
    books.run(operator_admin.announce, "back at noon", now=books.now)

    assert books.run(operator_admin.set_paused, True, now=books.now).announcement == "back at noon"
    assert books.run(operator_admin.announce, "", now=books.now).announcement == ""


def test_the_status_shows_queue_failures_and_budgets(books: Books) -> None:
    books.submit()
    failure = Failure(Reason.MODERATION, {})
    books.run(jobs.failed, books.claimed(), failure, may_have_been_paid=False, now=books.now)
    books.submit()
    books.claimed()
    books.submit(2)

    status = books.run(operator_admin.status, books.limits, now=books.now)

    assert (status.queued, status.in_flight, status.to_deliver) == (1, 1, 1)
    assert status.failures == {"moderation": 1}
    assert [spent.reserved for spent in status.spending] == [2 * PRICE, 2 * PRICE]
    assert status.paused == ()
