"""Pure: this error, this many attempts -> again when, or never, and why; may it have been paid?"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from imagegen.errors import Reason, WanError, WanNotSent, WanUnanswered
from imagegen.model import Failure
from imagegen.wan.codes import plain_code

# Throttles clear within a minute, and with full jitter from 2 s doubling to 60 s seven tries span one on average.
# https://help.aliyun.com/zh/model-studio/rate-limit (2026-11-22)
MAX_ATTEMPTS = 7
MAX_JITTER_S = 60.0
MAX_DELAY_S = 300.0  # the longest wish of a server's that is met
PAUSE_S = 600.0
QUOTA_WAIT_S = 60.0  # an allocation quota may be per minute: worth one wait, not five

PAUSES = (Reason.KEY_REFUSED, Reason.ACCOUNT_OVERDUE)
PASSING = (Reason.BUSY, Reason.WAN_DOWN)
# Each has taken minutes already, or says that a quota is spent: once more, then told.
ONCE_CODES = (
    "throttling.allocationquota",
    "insufficientquota",
    "internalerror.timeout",
    "requesttimeout",
    "responsetimeout",
)


@dataclass(frozen=True)
class Again:
    """Send it again after *delay_s*; *enhance* changes the request where that is what was wrong."""

    delay_s: float
    enhance: bool | None = None


@dataclass(frozen=True)
class Pause:
    """Nothing can be sent for anybody: try one job again after *delay_s*."""

    reason: Reason
    delay_s: float


@dataclass(frozen=True)
class Never:
    failure: Failure
    may_have_been_paid: bool


def decide(error: WanError, *, attempts: int, rng: Random) -> Again | Pause | Never:
    """What follows from *error* after *attempts* earlier ones.

    A request that left and got no answer of Wan's is never sent again: it may have been paid. Wan's own error body
    was not paid, and what may pass is tried again.
    """
    if isinstance(error, WanUnanswered):
        return Never(_failure(error, Reason.UNANSWERED), may_have_been_paid=True)
    if error.reason in PAUSES:
        return Pause(error.reason, PAUSE_S)
    code = plain_code(error.code)
    tries = 2 if code in ONCE_CODES else MAX_ATTEMPTS
    if (error.reason in PASSING or isinstance(error, WanNotSent)) and attempts + 1 < tries:
        delay_s = QUOTA_WAIT_S if code in ONCE_CODES else _delay_s(attempts, error.retry_after_s, rng)
        return Again(delay_s, enhance=False if code == "rewritefailed" else None)
    # A result that is lost was made. What made no picture at all was told so by Wan.
    return Never(_failure(error, error.reason), may_have_been_paid=error.reason is Reason.RESULT_LOST)


def _delay_s(attempts: int, retry_after_s: float | None, rng: Random) -> float:
    """The server's own wish, else full jitter, so that jobs which failed together do not come back together.

    AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
    """
    if retry_after_s is not None:
        return min(MAX_DELAY_S, retry_after_s)
    return rng.uniform(0.5, min(MAX_JITTER_S, 2.0 ** (attempts + 1)))


def _failure(error: WanError, reason: Reason) -> Failure:
    return Failure(reason, {name: value for name, value in error.facts.items() if value})
