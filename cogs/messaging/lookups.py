"""What the bot asks Discord, by its own token, for people who read: members, channels, threads, messages.

The bot's token takes 50 requests a second in all (https://discord.com/developers/docs/topics/rate-limits, 2026-11-22),
and results need most of them. So each answer is kept for KEEP_S and shared by gallery, family and details, identical
questions are asked once, results of one channel are read together, and all readers together get CALLS_PER_S.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from math import ceil
from typing import Any, ParamSpec, TypeVar

import discord

from cogs.messaging import attachments
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.messaging.recent_answers import RecentAnswers
from imagegen.errors import DeliverLater, Reason, Refused
from imagegen.model import ImageLink

P = ParamSpec("P")
T = TypeVar("T")
Images = Mapping[int, tuple[ImageLink, ...]]

KEEP_S = 4.0  # who may see a result is never older than that
MOST = 500  # answers of each kind
CALLS_PER_S, BURST = 15.0, 15  # of all readers together
WAIT_S = 5.0  # the longest wait for a turn; who would wait longer is told
PAGE = 100  # https://discord.com/developers/docs/resources/message#get-channel-messages (2026-11-25)

# The last: a channel of a kind that discord.py does not know, or a thread whose parent it was not told of.
UNSURE = (RouteClosed, DeliverLater, discord.ClientException)


class Lookups:
    """The questions and their recent answers. Each raises one of UNSURE; Refused when too many people read."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s, self._turn_s = clock_s, clock_s()
        self._members: RecentAnswers[discord.Member] = RecentAnswers(KEEP_S, MOST, UNSURE, clock_s)
        self._channels: RecentAnswers[Any] = RecentAnswers(KEEP_S, MOST, UNSURE, clock_s)
        self._in_threads: RecentAnswers[object] = RecentAnswers(KEEP_S, MOST, UNSURE, clock_s)
        self._images: RecentAnswers[Images] = RecentAnswers(KEEP_S, MOST, UNSURE, clock_s)

    async def member(self, server: discord.Guild, user_id: int) -> discord.Member:
        return await self._members.get((server.id, user_id), partial(self._asked, server.fetch_member, user_id))

    async def channel(self, server: discord.Guild, channel_id: int) -> Any:
        """A channel that the gateway did not tell of, such as an archived thread."""
        return await self._channels.get((server.id, channel_id), partial(self._asked, server.fetch_channel, channel_id))

    async def in_thread(self, thread: discord.Thread, user_id: int) -> None:
        """Raises WayClosed for somebody who is not in the thread."""
        await self._in_threads.get((thread.id, user_id), partial(self._asked, thread.fetch_member, user_id))

    async def images(self, bot: discord.Client, channel_id: int, message_ids: Sequence[int]) -> Images:
        """Return the images of messages of one channel, by message; a message that is gone is left out.

        They are read anew, for a kept link would have expired after a day.
        """
        wanted = tuple(sorted(set(message_ids)))
        return await self._images.get((channel_id, wanted), partial(self._read, bot, channel_id, wanted))

    async def _read(self, bot: discord.Client, channel_id: int, wanted: Sequence[int]) -> Images:
        """Messages that lie near each other come with one call, one alone by its id."""
        channel, found, rest = bot.get_partial_messageable(channel_id), dict[int, tuple[ImageLink, ...]](), wanted
        try:
            while rest:
                if len(rest) == 1:
                    page = [await self._asked(channel.fetch_message, rest[0])]
                else:
                    page = await self._asked(_after, channel, rest[0] - 1)
                found |= {message.id: attachments.from_message(message) for message in page if message.id in rest}
                rest = [one for one in rest if one > page[-1].id] if len(page) == PAGE else []
        except RouteClosed:
            pass  # gone, or out of the bot's reach
        return found

    async def _asked(self, call: Callable[P, Awaitable[T]], *args: P.args, **more: P.kwargs) -> T:
        await self._turn()
        return await call_discord(call, *args, **more)

    async def _turn(self) -> None:
        """Wait until the bot's token may be used once more for somebody who reads."""
        now_s = self._clock_s()
        turn_s = max(self._turn_s, now_s - BURST / CALLS_PER_S) + 1 / CALLS_PER_S
        if turn_s - now_s > WAIT_S:
            raise Refused(Reason.READS_TOO_FAST, wait_s=ceil(turn_s - now_s))
        self._turn_s = turn_s
        await asyncio.sleep(max(0.0, turn_s - now_s))


async def _after(channel: discord.PartialMessageable, message_id: int) -> list[discord.Message]:
    """The messages right behind that id, oldest first, in one call."""
    return [message async for message in channel.history(limit=PAGE, after=discord.Object(message_id))]
