"""What Discord makes of a call, as we act on it: this way is closed, the form is refused, or it is tried later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import aiohttp
import discord
import structlog

from imagegen.errors import DeliverLater

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

LATER_S = 5.0

# https://discord.com/developers/docs/topics/opcodes-and-status-codes (2026-11-22)
INVALID_FORM = 50035


class WayClosed(Exception):
    """This way does not lead there: a dead token, a message that is gone, no permission, a closed door."""


class CardRefused(WayClosed):
    """Discord does not take the message as it is built."""


async def tried(call: Callable[P, Awaitable[T]], *args: P.args, **more: P.kwargs) -> T:
    """Do it. Raises WayClosed or CardRefused when Discord says no, DeliverLater when it does not answer.

    discord.py has tried a 429 and a 5xx several times by then; a reset connection it has not.
    """
    try:
        return await call(*args, **more)
    except discord.HTTPException as error:
        if error.status >= 500 or error.status == 429:
            raise DeliverLater(LATER_S) from error
        log.info("discord_refused", status=error.status, code=error.code)
        raise (CardRefused if error.code == INVALID_FORM else WayClosed) from error
    except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError is one of them
        raise DeliverLater(LATER_S) from error
