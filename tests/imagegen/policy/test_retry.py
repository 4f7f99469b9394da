"""A request that may have been paid is never sent again; transient errors are retried; others end the job."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import Reason, WanError, WanLinkLost, WanNotSent, WanRefused, WanUnanswered
from imagegen.model import Failure
from imagegen.policy import retry
from imagegen.policy.retry import MAX_ATTEMPTS, MAX_DELAY_S, MAX_JITTER_S, GiveUp, PauseSending, Reach, RetryLater
from imagegen.wan.codes import DOCUMENTED, reason_for

# Every code that the vendor documents, in both spellings if there are two, and the decision that follows.
# https://help.aliyun.com/zh/model-studio/error-code (2026-11-22)
TOLD = {
    400: "InvalidParameter InvalidParameter.DataInspection DataInspectionFailed data_inspection_failed "
    "IPInfringementSuspect CustomRoleBlocked FaqRuleBlocked InvalidURL InvalidURL.ConnectionRefused InvalidURL.Timeout "
    "InvalidImage.FileFormat InvalidImageFormat InvalidImageResolution InvalidImage.ImageSize BadRequest.EmptyInput "
    "BadRequest.EmptyParameters BadRequest.EmptyModel BadRequest.IllegalInput BadRequest.InputDownloadFailed "
    "BadRequest.TooLarge UnsupportedOperation",
    403: "AccessDenied AccessDenied.Unpurchased Model.AccessDenied Endpoint.AccessDenied AllocationQuota.FreeTierOnly",
    404: "ModelNotFound model_not_found model_not_supported Model.NotExist NotFound",
    409: "Conflict",
    418: "SomethingNew",
}
PAUSED = {
    400: "Arrearage",
    401: "InvalidApiKey invalid_api_key NOT_AUTHORIZED InvalidToken SomethingNew",
    403: "Workspace.AccessDenied App.AccessDenied",
    404: "WorkSpaceNotFound",
    429: "CommodityNotPurchased PrepaidBillOverdue PostpaidBillOverdue BudgetLimitExceeded",
}
AGAIN = {
    429: "Throttling Throttling.RateQuota LimitRequests limit_requests Throttling.BurstRate limit_burst_rate "
    "Throttling.Concurrency Throttling.ServiceOverloaded Throttling.ResourceExhausted SomethingNew",
    500: "InternalError internal_error InternalError.Algo SystemError ModelServiceFailed InternalError.FileUpload "
    "InternalError.Upload RewriteFailed ModelServingError SomethingNew",
    503: "ModelServingError ModelUnavailable ServiceUnavailable",
    504: "GatewayTimeout",
    200: "InternalError ModelServingError",  # a failed task
}
ONCE = {
    429: "Throttling.AllocationQuota insufficient_quota",
    500: "InternalError.Timeout RequestTimeOut ResponseTimeout",
}


def test_every_documented_code_has_an_expected_decision() -> None:
    judged = {code.replace("_", " ") if code.isupper() else code for table in (TOLD, PAUSED, AGAIN, ONCE)
              for codes in table.values() for code in codes.split()}  # fmt: skip

    assert {code for codes in DOCUMENTED.values() for code in codes} - judged == set()


def each(table: dict[int, str]) -> list[WanRefused]:
    return [refused(code, status) for status, codes in table.items() for code in codes.split()]


def refused(code: str, status: int, retry_after_s: float | None = None) -> WanRefused:
    reason = reason_for(code, status)
    return WanRefused(reason, code=code, status=status, request_id="r", retry_after_s=retry_after_s)


def decide(error: WanError, attempts: int = 0) -> RetryLater | PauseSending | GiveUp:
    return retry.decide(error, attempts=attempts, rng=Random(attempts))


@pytest.mark.parametrize("error", each(TOLD), ids=str)
def test_a_permanent_error_ends_the_job_at_once_and_unpaid(error: WanRefused) -> None:
    decision = decide(error)

    assert isinstance(decision, GiveUp)
    assert not decision.may_have_been_paid
    assert decision.failure.facts["request_id"] == "r"


@pytest.mark.parametrize("error", [error for error in each(TOLD) if error.code != "SomethingNew"], ids=str)
def test_a_failed_task_has_the_same_decisions(error: WanRefused) -> None:
    assert reason_for(error.code, 200) is error.reason


@pytest.mark.parametrize("error", each(PAUSED), ids=str)
def test_a_bad_key_or_balance_pauses_sending_after_any_number_of_attempts(error: WanRefused) -> None:
    assert [decide(error, attempts) for attempts in (0, 50)] == [PauseSending(error.reason, 600.0)] * 2


REACHES = {
    Reach.ACCOUNT: [(401, "InvalidApiKey"), (400, "Arrearage"), (403, "Workspace.AccessDenied"),
                    (429, "PrepaidBillOverdue")],
    Reach.MODEL: [(403, "Model.AccessDenied"), (403, "AccessDenied.Unpurchased"), (404, "ModelNotFound"),
                  (403, "AllocationQuota.FreeTierOnly"), (403, "Endpoint.AccessDenied")],
    Reach.CALL: [(403, "AccessDenied")],
    None: [(400, "InvalidParameter"), (429, "Throttling"), (500, "InternalError"), (400, "DataInspectionFailed")],
}  # fmt: skip


@pytest.mark.parametrize("reach", REACHES, ids=str)
def test_a_refusal_pauses_only_what_it_refuses(reach: Reach | None) -> None:
    for status, code in REACHES[reach]:
        pause = retry.shared_pause(refused(code, status))

        assert (None if pause is None else pause.reach) is reach, code


def test_a_gateways_refusal_pauses_everything_for_as_long_as_it_asks() -> None:
    error = WanRefused(Reason.GATEWAY_REFUSED, status=429, retry_after_s=900.0)

    assert decide(error) == PauseSending(Reason.GATEWAY_REFUSED, 900.0, Reach.ACCOUNT)


def test_an_unreadable_answer_pauses_nothing_and_may_have_been_paid() -> None:
    error = WanUnanswered(Reason.WAN_UNREADABLE, status=404)

    assert retry.shared_pause(error) is None
    assert decide(error) == GiveUp(Failure("wan_unreadable", {"status": 404}), may_have_been_paid=True)


@pytest.mark.parametrize("error", each(AGAIN), ids=str)
def test_a_transient_error_is_retried_until_the_attempts_are_used(error: WanRefused) -> None:
    decisions = [type(decide(error, attempts)) for attempts in range(MAX_ATTEMPTS)]

    assert decisions == [RetryLater] * (MAX_ATTEMPTS - 1) + [GiveUp]


@pytest.mark.parametrize("error", each(ONCE), ids=str)
def test_a_spent_allocation_quota_or_a_timeout_is_retried_once(error: WanRefused) -> None:
    decision = decide(error)

    assert isinstance(decision, RetryLater)
    assert (decision.delay_s, decision.model_wait_s) == (60.0, 5.0 if error.reason is Reason.BUSY else 0.0)
    assert isinstance(decide(error, attempts=1), GiveUp)


@pytest.mark.parametrize("attempts", [0, 3])
def test_a_failed_prompt_rewrite_is_retried_without_enhancing(attempts: int) -> None:
    decision = decide(refused("RewriteFailed", 500), attempts)

    assert isinstance(decision, RetryLater)
    assert decision.enhance is False


@pytest.mark.parametrize("reason", [Reason.UNANSWERED, Reason.WAN_DOWN, Reason.BUSY, Reason.KEY_REFUSED])
@given(attempts=st.integers(0, 20))
def test_a_request_that_may_have_been_paid_is_never_sent_again(reason: Reason, attempts: int) -> None:
    decision = decide(WanUnanswered(reason), attempts)

    assert isinstance(decision, GiveUp)
    assert decision.may_have_been_paid
    assert decision.failure.reason == Reason.UNANSWERED


def test_a_request_that_was_not_sent_is_retried() -> None:
    decisions = [type(decide(WanNotSent(Reason.WAN_DOWN), attempts)) for attempts in range(MAX_ATTEMPTS)]

    assert decisions == [RetryLater] * (MAX_ATTEMPTS - 1) + [GiveUp]


@pytest.mark.parametrize("error", [WanRefused(Reason.RESULT_LOST, code="UNKNOWN"), WanLinkLost(Reason.RESULT_LOST)])
def test_a_lost_result_may_have_been_paid(error: WanError) -> None:
    decision = decide(error)

    assert isinstance(decision, GiveUp)
    assert decision.may_have_been_paid


def test_a_success_without_an_image_was_not_paid() -> None:
    decision = decide(WanRefused(Reason.NO_IMAGE))

    assert isinstance(decision, GiveUp)
    assert not decision.may_have_been_paid


@given(st.integers(0, MAX_ATTEMPTS - 2), st.integers())
def test_a_delay_stays_between_zero_and_its_maximum(attempts: int, dice: int) -> None:
    decision = retry.decide(refused("Throttling", 429), attempts=attempts, rng=Random(dice))

    assert isinstance(decision, RetryLater)
    assert 0 < decision.delay_s <= MAX_JITTER_S


@given(st.integers(0, MAX_ATTEMPTS - 2), st.floats(1, 1e9))
def test_retry_after_is_obeyed_up_to_five_minutes(attempts: int, wish_s: float) -> None:
    decision = decide(refused("Throttling", 429, wish_s), attempts)

    assert decision == RetryLater(min(wish_s, MAX_DELAY_S), model_wait_s=min(wish_s, 60.0))


@given(st.integers(0, MAX_ATTEMPTS - 2), st.integers())
def test_only_a_throttle_stops_the_whole_model_queue(attempts: int, dice: int) -> None:
    def wait_of(code: str, status: int) -> tuple[float, float]:
        decision = retry.decide(refused(code, status), attempts=attempts, rng=Random(dice))
        assert isinstance(decision, RetryLater)
        return decision.model_wait_s, decision.delay_s

    wait_s, delay_s = wait_of("Throttling.RateQuota", 429)

    assert wait_s == min(5.0, delay_s) > 0
    assert wait_of("InternalError", 500)[0] == 0


def test_jobs_that_failed_together_do_not_come_back_together() -> None:
    rng = Random(1)

    delays_s = {retry.decide(refused("Throttling", 429), attempts=4, rng=rng) for _ in range(30)}

    assert len(delays_s) == 30


class Longest(Random):
    """Always returns the highest value of the range."""

    def uniform(self, _a: float, b: float) -> float:
        return b


@pytest.mark.parametrize(("attempts", "longest_s"), [(0, 2.0), (1, 4.0), (2, 8.0), (4, 32.0), (5, MAX_JITTER_S)])
def test_the_longest_delay_doubles_with_each_attempt_up_to_a_maximum(attempts: int, longest_s: float) -> None:
    what = retry.decide(WanNotSent(Reason.WAN_DOWN), attempts=attempts, rng=Longest())

    assert isinstance(what, RetryLater)
    assert what.delay_s == longest_s


@pytest.mark.parametrize("reason", list(retry.PAUSES))
def test_an_unanswered_poll_pauses_sending_only_for_a_bad_key_or_machine(reason: Reason) -> None:
    pauses = retry.shared_pause(WanUnanswered(reason)) is not None

    assert pauses is (reason in (Reason.KEY_REFUSED, Reason.GATEWAY_REFUSED))
