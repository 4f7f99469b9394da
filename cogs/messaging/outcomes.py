"""Call Discord once, and turn a refusal into what to do next: another route, another content, or a later try.

discord.py itself repeats a request after a 5xx, and a follow-up that is repeated after a lost answer appears twice. So
``call_discord`` sends a request once; BY_CODE and BY_STATUS say what each refusal leads to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from enum import Enum, auto
from typing import ParamSpec, TypeVar, TypeVarTuple

import aiohttp
import discord
import structlog

from cogs.messaging import rest_metrics
from cogs.messaging.rate_limits import CallHeldBack, RateLimitGate, parsed
from imagegen import ownership
from imagegen.errors import DeliverLater

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = structlog.get_logger(__name__)

LATER_S = 5.0
# The longest silence within one call: between two pieces of the upload, before the answer, or for a rate limit. This is
# no limit of the whole call: over a home uplink of 1 Mbit/s, 20 MB take 160 s.
SILENCE_S = 60.0
WAIT_S = 5.0  # discord.py waits for a 429 up to this time; after a longer one the job waits in the database


class _Watch:
    """The time limit of one call. Each piece that is sent or received restarts the limit."""

    def __init__(self, silence_s: float) -> None:
        self._silence_s, self.limit = silence_s, asyncio.timeout(silence_s)

    def heard(self) -> None:
        with suppress(RuntimeError):  # the limit has expired already
            self.limit.reschedule(asyncio.get_running_loop().time() + self._silence_s)


_watches: ContextVar[tuple[_Watch, ...]] = ContextVar("watches", default=())  # of nested calls, the outer first


class RefusalAction(Enum):
    """What to do after a refusal."""

    NEXT_ROUTE = auto()  # this route is closed
    CHANNEL_CLOSED = auto()  # the channel is gone, or the bot has lost access
    GONE = auto()  # the message was deleted
    OTHER_FORM = auto()  # send the message in another form
    OTHER_TEXT = auto()  # send the message without the prompt
    SMALLER = auto()  # send smaller files
    NO_REPLY = auto()  # send the message, but not as a reply
    LATER = auto()  # send the same later
    TAKEN = auto()  # nothing: Discord has accepted the answer before
    NEVER = auto()  # nothing: Discord no longer accepts an answer


# A code has the same meaning with any status.
# https://discord.com/developers/docs/topics/opcodes-and-status-codes (2026-11-22)
BY_CODE: Mapping[int, RefusalAction] = {
    10003: RefusalAction.CHANNEL_CLOSED,  # unknown channel
    10004: RefusalAction.CHANNEL_CLOSED,  # unknown server
    10008: RefusalAction.GONE,  # the message was deleted
    10013: RefusalAction.NEXT_ROUTE,  # unknown user
    10015: RefusalAction.NEXT_ROUTE,  # unknown webhook: the interaction's token is forgotten
    10062: RefusalAction.NEVER,  # the interaction was not answered in 3 s
    20028: RefusalAction.LATER,  # the channel's write limit
    20029: RefusalAction.LATER,  # the server's write limit
    30046: RefusalAction.NEXT_ROUTE,  # too many edits of a message older than an hour; lasts minutes to hours
    40005: RefusalAction.SMALLER,
    40060: RefusalAction.TAKEN,  # the interaction was acknowledged before
    50001: RefusalAction.CHANNEL_CLOSED,  # the bot cannot see the channel
    50005: RefusalAction.NEXT_ROUTE,  # a message of another author
    50006: RefusalAction.OTHER_FORM,  # empty
    50007: RefusalAction.CHANNEL_CLOSED,  # the person takes no direct messages
    50013: RefusalAction.CHANNEL_CLOSED,  # a permission is missing
    50027: RefusalAction.NEXT_ROUTE,  # the interaction's token has expired
    50035: RefusalAction.OTHER_FORM,  # invalid form, such as an upload in a Components V2 edit
    50083: RefusalAction.NEXT_ROUTE,  # an archived thread; a new message reopens it
    160002: RefusalAction.NO_REPLY,  # no permission to read the history
    160005: RefusalAction.CHANNEL_CLOSED,  # a locked thread
    200000: RefusalAction.OTHER_TEXT,  # AutoMod
}
# For a refusal with no known code. A 401 or 403 without a code concerns our token or comes from Cloudflare: another
# route would get the same.
BY_STATUS: Mapping[int, RefusalAction] = {
    401: RefusalAction.LATER,
    413: RefusalAction.SMALLER,
    429: RefusalAction.LATER,
}


class RouteClosed(Exception):
    """A route is closed: an expired token, a deleted message, a missing permission."""


class ChannelClosed(RouteClosed):
    """The channel is gone, or the bot has lost access: a person decided so, not Discord."""


class MessageGone(ChannelClosed):
    """The message was deleted."""


class CardRefused(RouteClosed):
    """Discord rejects the form of the message."""


class TextRefused(RouteClosed):
    """The server's AutoMod rejects the text."""


class FilesTooLarge(RouteClosed):
    """A file is over the channel's limit, or all files together are over the limit of a request."""


class ReplyRefused(RouteClosed):
    """Discord rejects the message as a reply, but not the message."""


# Another route would get the same refusal: send other content instead.
CONTENT_REFUSED = (CardRefused, FilesTooLarge, TextRefused)

_RAISED: Mapping[RefusalAction, type[RouteClosed]] = {
    RefusalAction.CHANNEL_CLOSED: ChannelClosed,
    RefusalAction.GONE: MessageGone,
    RefusalAction.OTHER_FORM: CardRefused,
    RefusalAction.OTHER_TEXT: TextRefused,
    RefusalAction.SMALLER: FilesTooLarge,
    RefusalAction.NO_REPLY: ReplyRefused,
}


class _Answered(Exception):
    """A refusal that must not reach discord.py, which would repeat the request."""

    def __init__(self, status: int, code: int, retry_after_s: float) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.retry_after_s = status, code, retry_after_s


def refusal_action(status: int, code: int) -> RefusalAction:
    """Return what to do after an answer with this HTTP status and this code of Discord's (0: none)."""
    if status >= 500 or (status == 403 and not code):
        return RefusalAction.LATER
    return BY_CODE.get(code) or BY_STATUS.get(status, RefusalAction.NEXT_ROUTE)


def action_of(error: discord.HTTPException) -> RefusalAction:
    """Return what to do after a refusal that discord.py raised."""
    return refusal_action(error.status, error.code)


async def call_discord(call: Callable[P, Awaitable[T]], *args: P.args, **more: P.kwargs) -> T:
    """Make one call to Discord, without a second try.

    Raises RouteClosed, or one of its kinds, if Discord refuses; DeliverLater if Discord does not answer, or refuses for
    now; OwnershipLost, before anything is sent, if another process owns the job by now (imagegen/ownership.py).

    After DeliverLater the call may have succeeded: look for its message before sending a new one.
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


async def first_open(
    routes: Iterable[Callable[[*Ts], Awaitable[T]]], *args: *Ts, stop_at: tuple[type[RouteClosed], ...] = ()
) -> T:
    """Call the routes with *args* until one is open, and return what that route returns.

    Raises a refusal out of *stop_at* at once. If every route is closed, raises ChannelClosed if one of them found
    the channel closed, else RouteClosed. Raises DeliverLater and OwnershipLost as ``call_discord`` does.
    """
    last = RouteClosed()
    for route in routes:
        try:
            return await call_discord(route, *args)
        except stop_at:
            raise
        except RouteClosed as closed:
            log.info("route_closed", route=getattr(route, "__name__", ""), why=type(closed).__name__)
            last = closed if isinstance(closed, ChannelClosed) else last
    raise last


def _meaning(status: int, code: int, retry_after_s: float) -> DeliverLater | RouteClosed:
    action = refusal_action(status, code)
    log.info("discord_refused", status=status, code=code, then=action.name)
    return DeliverLater(retry_after_s) if action is RefusalAction.LATER else _RAISED.get(action, RouteClosed)()


def one_try(gate: RateLimitGate) -> aiohttp.TraceConfig:
    """Return the ``http_trace`` of a client whose calls ``call_discord`` makes.

    Every request passes *gate*, restarts the time limit of its call, and checks who owns its job.
    """
    trace = ownership.add_to(aiohttp.TraceConfig())
    rest_metrics.count(trace)
    gate.watch(trace)
    trace.on_request_start.append(_heard)
    trace.on_request_chunk_sent.append(_heard)
    trace.on_request_end.append(_heard)
    trace.on_request_end.append(_hide_from_discord_py)
    return trace


async def _heard(_session: object, _context: object, _what: object) -> None:
    """Restart the time limits of the current call and of the calls around it."""
    for watch in _watches.get():
        watch.heard()


async def _hide_from_discord_py(_session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
    """Raise for an answer after which discord.py would repeat the request or sleep for long."""
    response = ended.response
    if not _watches.get() or (response.status != 429 and response.status < 500):
        return
    body = parsed(await response.read())
    code, wait_s = int(body.get("code") or 0), float(body.get("retry_after") or LATER_S)
    # Do not let discord.py wait for a global limit: it would hold every other call until this one succeeds.
    if response.status >= 500 or body.get("global") or wait_s > WAIT_S or not body:
        raise _Answered(response.status, code, wait_s)
