"""What may have been paid is never sent again; what passes is tried again; what stays wrong is told."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen import retry
from imagegen.errors import Reason, WanError, WanNotSent, WanRefused, WanUnanswered
from imagegen.retry import MAX_ATTEMPTS, MAX_DELAY_S, Again, Never, Pause
from imagegen.wan.wire import reason_of


def refused(code: str, status: int = 400, **more: float) -> WanRefused:
    return WanRefused(reason_of(code, status), code=code, status=status, request_id="r", **more)  # type: ignore[arg-type]  # floats are seconds


@pytest.mark.parametrize("reason", [Reason.UNANSWERED, Reason.WAN_DOWN])
@given(attempts=st.integers(0, 20))
def test_what_may_have_been_paid_is_never_sent_again(reason: Reason, attempts: int) -> None:
    decision = retry.decide(WanUnanswered(reason), attempts=attempts, rng=Random(1))

    assert isinstance(decision, Never)
    assert decision.may_have_been_paid
    assert decision.failure.reason == Reason.UNANSWERED


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("DataInspectionFailed", 400),
        ("IPInfringementSuspect", 400),
        ("InvalidParameter", 400),
        ("InvalidURL.Timeout", 400),
        ("ModelNotFound", 404),
        ("Model.AccessDenied", 403),
        ("Conflict", 409),
        ("SomethingNew", 418),
    ],
)
def test_what_stays_wrong_is_told_at_once_and_unpaid(code: str, status: int) -> None:
    decision = retry.decide(refused(code, status), attempts=0, rng=Random(1))

    assert isinstance(decision, Never)
    assert not decision.may_have_been_paid
    assert decision.failure.facts["request_id"] == "r"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Throttling", 429),
        ("Throttling.RateQuota", 429),
        ("limit_burst_rate", 429),
        ("Throttling.Concurrency", 429),
        ("InternalError", 500),
        ("ModelServingError", 503),
        ("SystemError", 500),
        ("ModelUnavailable", 503),
    ],
)
def test_what_passes_is_tried_again_until_the_attempts_are_spent(code: str, status: int) -> None:
    decisions = [retry.decide(refused(code, status), attempts=made, rng=Random(1)) for made in range(MAX_ATTEMPTS)]

    assert [type(decision) for decision in decisions] == [Again] * (MAX_ATTEMPTS - 1) + [Never]


@pytest.mark.parametrize("code", ["InvalidApiKey", "Arrearage", "AccessDenied.Unpurchased", "PostpaidBillOverdue"])
def test_trouble_with_key_or_balance_pauses_sending(code: str) -> None:
    assert isinstance(retry.decide(refused(code, 403), attempts=0, rng=Random(1)), Pause)


def test_a_spent_quota_is_waited_for_once() -> None:
    spent = refused("Throttling.AllocationQuota", 429)

    assert retry.decide(spent, attempts=0, rng=Random(1)) == Again(60.0)
    assert isinstance(retry.decide(spent, attempts=1, rng=Random(1)), Never)


def test_a_failed_rewriting_goes_again_without_it() -> None:
    assert retry.decide(refused("RewriteFailed", 500), attempts=0, rng=Random(1)) == Again(0.0, enhance=False)


def test_what_never_left_is_safe_to_send_again() -> None:
    assert isinstance(retry.decide(WanNotSent(Reason.WAN_DOWN), attempts=0, rng=Random(1)), Again)


def test_a_task_that_was_forgotten_keeps_its_money() -> None:
    lost: WanError = WanRefused(Reason.RESULT_LOST, code="UNKNOWN")

    decision = retry.decide(lost, attempts=0, rng=Random(1))

    assert isinstance(decision, Never)
    assert decision.may_have_been_paid


@given(st.integers(0, 3), st.none() | st.floats(1, 300), st.integers())
def test_a_delay_is_never_negative_and_never_past_its_cap(
    attempts: int, retry_after_s: float | None, dice: int
) -> None:
    busy = WanRefused(Reason.BUSY, code="Throttling", retry_after_s=retry_after_s)

    decision = retry.decide(busy, attempts=attempts, rng=Random(dice))

    assert isinstance(decision, Again)
    assert 0 <= decision.delay_s <= MAX_DELAY_S
