"""What Discord makes of a call, as we act on it: this way is closed, another form is taken, or it is tried later.

discord.py sends a request again by itself after a 5xx, and a follow-up sent again after a lost answer stands there
twice. So whatever ``tried`` calls is sent once; what becomes of it then is read from BY_CODE and BY_STATUS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from enum import Enum, auto
from typing import ParamSpec, TypeVar

import aiohttp
import discord
import structlog

from cogs.messaging.rate_limits import CallHeldBack, RateLimitGate, parsed
from imagegen import ownership
from imagegen.errors import DeliverLater

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

LATER_S = 5.0
# In one call: between two pieces of its upload, until its answer, or for a rate limit. Not the whole call: over a home
# uplink of 1 Mbit/s, 20 MB take 160 s.
SILENCE_S = 60.0
WAIT_S = 5.0  # a 429 is waited for that long, in the order of its bucket; a longer one waits in its row


class _Watch:
    """The time that one call is given, which begins anew with each piece of it that is sent or answered."""

    def __init__(self, silence_s: float) -> None:
        self._silence_s, self.limit = silence_s, asyncio.timeout(silence_s)

    def heard(self) -> None:
        with suppress(RuntimeError):  # it is over already
            self.limit.reschedule(asyncio.get_running_loop().time() + self._silence_s)


_watches: ContextVar[tuple[_Watch, ...]] = ContextVar("watches", default=())  # of calls within calls, the outer first


class RefusalAction(Enum):
    """What a refusal leads to."""

    NEXT_WAY = auto()  # this way is closed
    PLACE_CLOSED = auto()  # so is the place itself: it is gone, or the bot was shut out of it
    GONE = auto()  # the message is not there any more
    OTHER_FORM = auto()  # the message is not taken as it is built
    OTHER_WORDS = auto()  # the words are not taken here
    SMALLER = auto()  # the files are too heavy
    NO_REPLY = auto()  # it is taken, but not as a reply
    LATER = auto()  # it is not taken now
    TAKEN = auto()  # it was taken before
    NEVER = auto()  # there is nobody left to answer


# A code means the same under any status.
# https://discord.com/developers/docs/topics/opcodes-and-status-codes (2026-11-22)
BY_CODE: Mapping[int, RefusalAction] = {
    10003: RefusalAction.PLACE_CLOSED,  # unknown channel
    10004: RefusalAction.PLACE_CLOSED,  # unknown server
    10008: RefusalAction.GONE,  # the message was deleted
    10013: RefusalAction.NEXT_WAY,  # unknown user
    10015: RefusalAction.NEXT_WAY,  # unknown webhook: the interaction's token is forgotten
    10062: RefusalAction.NEVER,  # the interaction was not answered in 3 s
    20028: RefusalAction.LATER,  # the channel's write limit
    20029: RefusalAction.LATER,  # the server's write limit
    30046: RefusalAction.NEXT_WAY,  # a message older than an hour was edited too often: minutes to hours
    40005: RefusalAction.SMALLER,
    40060: RefusalAction.TAKEN,  # the interaction was acknowledged before
    50001: RefusalAction.PLACE_CLOSED,  # the channel cannot be seen
    50005: RefusalAction.NEXT_WAY,  # somebody else's message
    50006: RefusalAction.OTHER_FORM,  # empty
    50007: RefusalAction.PLACE_CLOSED,  # takes no direct messages
    50013: RefusalAction.PLACE_CLOSED,  # a permission is missing
    50027: RefusalAction.NEXT_WAY,  # the interaction's token is dead
    50035: RefusalAction.OTHER_FORM,  # a form that does not fit, upload in a Components V2 edit among them
    50083: RefusalAction.NEXT_WAY,  # an archived thread: a new message opens it again
    160002: RefusalAction.NO_REPLY,  # no permission to read the history
    160005: RefusalAction.PLACE_CLOSED,  # a locked thread
    200000: RefusalAction.OTHER_WORDS,  # AutoMod
}
# Where no code is known. A bare 401 or 403 is our own token's or Cloudflare's: nothing that another way would mend.
BY_STATUS: Mapping[int, RefusalAction] = {
    401: RefusalAction.LATER,
    413: RefusalAction.SMALLER,
    429: RefusalAction.LATER,
}


class RouteClosed(Exception):
    """This way does not lead there: a dead token, a message that is gone, no permission, a closed door."""


class PlaceClosed(RouteClosed):
    """The place is gone, or was closed to the bot: that is a person's doing, not Discord's."""


class MessageGone(PlaceClosed):
    """The message was deleted."""


class CardRefused(RouteClosed):
    """Discord does not take the message as it is built."""


class WordsRefused(RouteClosed):
    """The server's AutoMod does not let the words through."""


class TooHeavy(RouteClosed):
    """A file is over this place's limit, or all of them over the request's."""


class ReplyRefused(RouteClosed):
    """It may be said there, but not as a reply."""


_RAISED: Mapping[RefusalAction, type[RouteClosed]] = {
    RefusalAction.PLACE_CLOSED: PlaceClosed,
    RefusalAction.GONE: MessageGone,
    RefusalAction.OTHER_FORM: CardRefused,
    RefusalAction.OTHER_WORDS: WordsRefused,
    RefusalAction.SMALLER: TooHeavy,
    RefusalAction.NO_REPLY: ReplyRefused,
}


class _Answered(Exception):
    """An answer that discord.py is not to see, for it would send the request again."""

    def __init__(self, status: int, code: int, retry_after_s: float) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.retry_after_s = status, code, retry_after_s


def refusal_action(status: int, code: int) -> RefusalAction:
    """What an answer leads to."""
    if status >= 500 or (status == 403 and not code):
        return RefusalAction.LATER
    return BY_CODE.get(code) or BY_STATUS.get(status, RefusalAction.NEXT_WAY)


def action_of(error: discord.HTTPException) -> RefusalAction:
    return refusal_action(error.status, error.code)


async def call_discord(call: Callable[P, Awaitable[T]], *args: P.args, **more: P.kwargs) -> T:
    """Do it once. Raises a WayClosed when Discord says no, DeliverLater when it does not answer or not yet.

    OwnershipLost, before anything was sent, where the job is another process's by now (imagegen/ownership.py).

    After DeliverLater it may have been done all the same: whoever makes something new looks for it first.
    """
    watch = _Watch(SILENCE_S)
    before = _watches.set((*_watches.get(), watch))
    try:
        async with watch.limit:
            return await call(*args, **more)
    except discord.HTTPException as error:
        raise _meaning(error.status, error.code, LATER_S) from error
    except _Answered as answer:
        raise _meaning(answer.status, answer.code, answer.retry_after_s) from answer
    except CallHeldBack as held:
        raise DeliverLater(held.wait_s) from held
    except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError is one of them
        ownership.raise_if_lost(error)
        raise DeliverLater(LATER_S) from error
    finally:
        _watches.reset(before)


def _meaning(status: int, code: int, retry_after_s: float) -> DeliverLater | RouteClosed:
    what = refusal_action(status, code)
    log.info("discord_refused", status=status, code=code, then=what.name)
    return DeliverLater(retry_after_s) if what is RefusalAction.LATER else _RAISED.get(what, RouteClosed)()


def one_try(gate: RateLimitGate) -> aiohttp.TraceConfig:
    """What a client's ``http_trace`` must be, for ``tried`` to keep its word.

    Every call passes *gate*, and each request asks whose its job is.
    """
    trace = ownership.add_to(aiohttp.TraceConfig())
    gate.watch(trace)
    trace.on_request_start.append(_heard)
    trace.on_request_chunk_sent.append(_heard)
    trace.on_request_end.append(_heard)
    trace.on_request_end.append(_take_away)
    return trace


async def _heard(_session: object, _context: object, _what: object) -> None:
    """Something of a call has moved: whoever waits for it, waits on."""
    for watch in _watches.get():
        watch.heard()


async def _take_away(_session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
    """Keep from discord.py what it would answer by sending again, or by sleeping for long."""
    response = ended.response
    if not _watches.get() or (response.status != 429 and response.status < 500):
        return
    told = parsed(await response.read())
    code, wait_s = int(told.get("code") or 0), float(told.get("retry_after") or LATER_S)
    # A global limit is not waited for in here: discord.py would hold every other call until this one ends well.
    if response.status >= 500 or told.get("global") or wait_s > WAIT_S or not told:
        raise _Answered(response.status, code, wait_s)
