"""Decide what follows an error of Wan's: retry later, pause sending, or give up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from imagegen.errors import Reason, WanError, WanNotSent, WanUnanswered
from imagegen.model import Failure
from imagegen.wan.codes import normalize_code

# Throttles clear within a minute. Seven attempts with full jitter, from 2 s doubling to 60 s, span a minute on average.
# https://help.aliyun.com/zh/model-studio/rate-limit (2026-11-22)
MAX_ATTEMPTS = 7
MAX_JITTER_S = 60.0
MAX_DELAY_S = 300.0  # the longest Retry-After that we obey
PAUSE_S = 600.0
# A throttle concerns the whole account, so every process stops sending to that model: for as long as Wan asks, at most
# the minute in which throttles clear. If Wan names no time, only the retried job's own delay is known: wait briefly.
MODEL_WAIT_S, MAX_MODEL_WAIT_S = 5.0, 60.0
ALLOCATION_WAIT_S = 60.0  # an allocation quota may be per minute, so one retry is worth it and five are not


class Reach(Enum):
    """How much of the sending an error stops."""

    ACCOUNT = auto()  # every call of the account
    MODEL = auto()  # one model, in every call style
    CALL = auto()  # one model in one call style


PAUSES = {
    Reason.KEY_REFUSED: Reach.ACCOUNT,
    Reason.ACCOUNT_OVERDUE: Reach.ACCOUNT,
    Reason.GATEWAY_REFUSED: Reach.ACCOUNT,
    Reason.MODEL_REFUSED: Reach.MODEL,
    Reason.CALL_REFUSED: Reach.CALL,
}
# Wan, or the gateway in front of it, answers no call at all.
REFUSES_EVERY_CALL = (Reason.KEY_REFUSED, Reason.GATEWAY_REFUSED)
# Errors that pause nothing, but that only the operator can fix.
ALERT_REASONS = (Reason.WAN_REJECTED, Reason.WAN_SETUP, Reason.WAN_UNREADABLE)
MIN_ALERT_S = 300.0  # a gateway's refusal for less time than this does not alert the operator
TRANSIENT = (Reason.BUSY, Reason.WAN_DOWN)
# Codes that come after minutes of waiting, or that say a quota is spent: retry once, then give up.
RETRY_ONCE_CODES = (
    "throttling.allocationquota",
    "insufficientquota",
    "internalerror.timeout",
    "requesttimeout",
    "responsetimeout",
)


@dataclass(frozen=True)
class RetryLater:
    """Send the request again after *delay_s*, with *enhance* instead of the request's own value if it is not None.

    No process sends to the request's model for *model_wait_s*.
    """

    delay_s: float
    enhance: bool | None = None
    model_wait_s: float = 0.0


@dataclass(frozen=True)
class PauseSending:
    """Send nothing within *reach*, for any member. Try one job again after *delay_s*."""

    reason: Reason
    delay_s: float
    reach: Reach = Reach.ACCOUNT


@dataclass(frozen=True)
class GiveUp:
    """End the job with *failure*. If Wan may have billed it, the budget stays used."""

    failure: Failure
    may_have_been_paid: bool


def decide(error: WanError, *, attempts: int, rng: Random) -> RetryLater | PauseSending | GiveUp:
    """Return what follows from *error* after *attempts* earlier attempts.

    Never send a request again if it left and Wan did not answer: it may have been paid. A request that Wan answered
    with an error body was not paid, so retry it if the error is transient.
    """
    if isinstance(error, WanUnanswered):
        unread = error.reason is Reason.WAN_UNREADABLE
        return GiveUp(_failure(error, error.reason if unread else Reason.UNANSWERED), may_have_been_paid=True)
    if (pause := shared_pause(error)) is not None and pause.reach is Reach.ACCOUNT:
        return pause
    code = normalize_code(error.code)
    tries = 2 if code in RETRY_ONCE_CODES else MAX_ATTEMPTS
    if (error.reason in TRANSIENT or isinstance(error, WanNotSent)) and attempts + 1 < tries:
        delay_s = ALLOCATION_WAIT_S if code in RETRY_ONCE_CODES else _retry_delay_s(attempts, error.retry_after_s, rng)
        return RetryLater(delay_s, False if code == "rewritefailed" else None, _model_wait_s(error, delay_s))
    # A lost result was generated and paid. For every other reason here, Wan generated no image.
    return GiveUp(_failure(error, error.reason), may_have_been_paid=error.reason is Reason.RESULT_LOST)


def shared_pause(error: WanError) -> PauseSending | None:
    """Return the pause that *error* means for every other job too; None if the error concerns one job only.

    A pause of one model or call style also ends the job that met it, so that its member can choose another model at
    once. An unanswered poll of a task says nothing about other calls, unless the key or this machine was refused.
    """
    if error.reason not in PAUSES or (isinstance(error, WanUnanswered) and error.reason not in REFUSES_EVERY_CALL):
        return None
    asked_s = error.retry_after_s if error.reason is Reason.GATEWAY_REFUSED else None
    return PauseSending(error.reason, asked_s or PAUSE_S, PAUSES[error.reason])


def _retry_delay_s(attempts: int, retry_after_s: float | None, rng: Random) -> float:
    """Return Wan's own Retry-After, else full jitter, so that jobs that failed together do not come back together.

    AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
    """
    if retry_after_s is not None:
        return min(MAX_DELAY_S, retry_after_s)
    return rng.uniform(0.5, min(MAX_JITTER_S, 2.0 ** (attempts + 1)))


def _model_wait_s(error: WanError, delay_s: float) -> float:
    """Return how long every process stops sending to the model: only a throttle concerns other jobs."""
    if error.reason is not Reason.BUSY:
        return 0.0
    # Wan has answered a spent quota with a Retry-After of weeks, so that value is not used.
    has_wait = normalize_code(error.code) not in RETRY_ONCE_CODES and error.retry_after_s is not None
    return min(delay_s, MAX_MODEL_WAIT_S if has_wait else MODEL_WAIT_S)


def _failure(error: WanError, reason: Reason) -> Failure:
    """Return *reason* with the facts of *error* that have a value."""
    return Failure(reason, {name: value for name, value in error.facts.items() if value})
