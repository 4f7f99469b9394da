"""Pure: this error, this many attempts -> again when, or never, and why; may it have been paid?"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from imagegen.errors import Reason, WanError, WanNotSent, WanUnanswered
from imagegen.model import Failure

# Throttles clear within a minute and full jitter doubles from 2 s, so five tries span about a minute on average.
# https://help.aliyun.com/zh/model-studio/rate-limit (2026-11-22)
MAX_ATTEMPTS = 5
MAX_DELAY_S = 60.0
PAUSE_S = 600.0
QUOTA_WAIT_S = 60.0  # an allocation quota may be per minute: worth one wait, not five

PAUSES = (Reason.KEY_REFUSED, Reason.ACCOUNT_OVERDUE)
PASSING = (Reason.BUSY, Reason.WAN_DOWN)
ONCE_CODES = ("throttling.allocationquota", "insufficientquota", "internalerror.timeout", "requesttimeout")


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
    plain = error.code.lower().replace("_", "")
    if plain == "rewritefailed" and attempts == 0:
        return Again(0.0, enhance=False)
    tries = 2 if plain in ONCE_CODES else MAX_ATTEMPTS
    if (error.reason in PASSING or isinstance(error, WanNotSent)) and attempts + 1 < tries:
        return Again(QUOTA_WAIT_S if tries == 2 else _delay_s(attempts, error.retry_after_s, rng))
    # A lost task may have been made, and what made no picture at all was told so by Wan.
    return Never(_failure(error, error.reason), may_have_been_paid=error.reason is Reason.RESULT_LOST)


def _delay_s(attempts: int, retry_after_s: float | None, rng: Random) -> float:
    """The server's own wish, else full jitter, so that jobs which failed together do not come back together.

    AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
    """
    if retry_after_s is not None:
        return min(MAX_DELAY_S, retry_after_s)
    return min(MAX_DELAY_S, rng.uniform(0.5, 2.0 ** (attempts + 1)))


def _failure(error: WanError, reason: Reason) -> Failure:
    return Failure(reason, {name: value for name, value in error.facts.items() if value})
