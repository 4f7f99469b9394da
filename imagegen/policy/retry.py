"""Pure: this error, this many attempts -> again when, or never, and why; may it have been paid?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from imagegen.errors import Reason, WanError, WanNotSent, WanUnanswered
from imagegen.model import Failure
from imagegen.wan.codes import normalize_code

# Throttles clear within a minute, and with full jitter from 2 s doubling to 60 s seven tries span one on average.
# https://help.aliyun.com/zh/model-studio/rate-limit (2026-11-22)
MAX_ATTEMPTS = 7
MAX_JITTER_S = 60.0
MAX_DELAY_S = 300.0  # the longest wish of a server's that is met
PAUSE_S = 600.0
# A throttle is the account's, so whoever sends to that model holds back with the job that met it: as long as it was
# told, up to the minute in which throttles clear, or briefly where only the job's own delay is known.
MODEL_WAIT_S, MAX_MODEL_WAIT_S = 5.0, 60.0
ALLOCATION_WAIT_S = 60.0  # an allocation quota may be per minute: worth one wait, not five


class Reach(Enum):
    """Whose a refusal is."""

    ACCOUNT = auto()  # everything is refused
    MODEL = auto()  # one model, by each call style
    CALL = auto()  # one model by one call style


PAUSES = {
    Reason.KEY_REFUSED: Reach.ACCOUNT,
    Reason.ACCOUNT_OVERDUE: Reach.ACCOUNT,
    Reason.TURNED_AWAY: Reach.ACCOUNT,
    Reason.MODEL_REFUSED: Reach.MODEL,
    Reason.CALL_REFUSED: Reach.CALL,
}
REFUSES_EVERY_CALL = (Reason.KEY_REFUSED, Reason.TURNED_AWAY)  # Wan, or what stands before it, answers no call at all
# What is no pause, and yet only the operator can look into.
ALERT_REASONS = (Reason.WAN_REJECTED, Reason.WAN_SETUP, Reason.WAN_UNREADABLE)
MIN_ALERT_S = 300.0  # to be turned away for less than that is nothing that the operator need hear of
TRANSIENT = (Reason.BUSY, Reason.WAN_DOWN)
# Each has taken minutes already, or says that a quota is spent: once more, then told.
RETRY_ONCE_CODES = (
    "throttling.allocationquota",
    "insufficientquota",
    "internalerror.timeout",
    "requesttimeout",
    "responsetimeout",
)


@dataclass(frozen=True)
class RetryLater:
    """Send it again after *delay_s*; *enhance* changes the request where that is what was wrong.

    Nothing else is sent to its model for *hold_s*, by any process.
    """

    delay_s: float
    enhance: bool | None = None
    model_wait_s: float = 0.0


@dataclass(frozen=True)
class PauseSending:
    """Nothing can be sent within *reach*, whoever asks: try one job again after *delay_s*."""

    reason: Reason
    delay_s: float
    reach: Reach = Reach.ACCOUNT


@dataclass(frozen=True)
class GiveUp:
    failure: Failure
    may_have_been_paid: bool


def decide(error: WanError, *, attempts: int, rng: Random) -> RetryLater | PauseSending | GiveUp:
    """What follows from *error* after *attempts* earlier ones.

    A request that left and got no answer of Wan's is never sent again: it may have been paid. Wan's own error body
    was not paid, and what may pass is tried again.
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
    # A result that is lost was made. What made no image at all was told so by Wan.
    return GiveUp(_failure(error, error.reason), may_have_been_paid=error.reason is Reason.RESULT_LOST)


def shared_pause(error: WanError) -> PauseSending | None:
    """What *error* refuses to every other job too. One model's or call style's refusal ends the job that met it:
    whoever asked can choose another model at once.

    A question after a task that was not answered says nothing of other calls, unless its key or machine was refused.
    """
    if error.reason not in PAUSES or (isinstance(error, WanUnanswered) and error.reason not in REFUSES_EVERY_CALL):
        return None
    told_s = error.retry_after_s if error.reason is Reason.TURNED_AWAY else None
    return PauseSending(error.reason, told_s or PAUSE_S, PAUSES[error.reason])


def _retry_delay_s(attempts: int, retry_after_s: float | None, rng: Random) -> float:
    """The server's own wish, else full jitter, so that jobs which failed together do not come back together.

    AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
    """
    if retry_after_s is not None:
        return min(MAX_DELAY_S, retry_after_s)
    return rng.uniform(0.5, min(MAX_JITTER_S, 2.0 ** (attempts + 1)))


def _model_wait_s(error: WanError, delay_s: float) -> float:
    if error.reason is not Reason.BUSY:
        return 0.0
    # What is told beside a spent quota has been seen to be weeks.
    told = normalize_code(error.code) not in RETRY_ONCE_CODES and error.retry_after_s is not None
    return min(delay_s, MAX_MODEL_WAIT_S if told else MODEL_WAIT_S)


def _failure(error: WanError, reason: Reason) -> Failure:
    return Failure(reason, {name: value for name, value in error.facts.items() if value})
