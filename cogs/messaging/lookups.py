"""Look up members, channels, threads and messages by the bot's own token, for people who read results.

The bot's token takes 50 requests a second in all (https://discord.com/developers/docs/topics/rate-limits, 2026-11-22),
and deliveries need most of them. So every answer is kept for KEEP_S and shared by gallery, history and details,
identical lookups are made once, results of one channel are read together, and all readers together get CALLS_PER_S.
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
from imagegen.image_request import ImageLink

P = ParamSpec("P")
T = TypeVar("T")
Images = Mapping[int, tuple[ImageLink, ...]]

KEEP_S = 4.0  # the age of the newest permission change that a reader may miss, in seconds
MAX_ANSWERS = 500  # of each kind
CALLS_PER_S, BURST = 15.0, 15  # of all readers together
WAIT_S = 5.0  # the longest wait for a turn; a longer wait is refused
PAGE = 100  # https://discord.com/developers/docs/resources/message#get-channel-messages (2026-11-25)

# discord.ClientException: a channel of a kind that discord.py does not know, or a thread with an unknown parent.
UNSURE = (RouteClosed, DeliverLater, discord.ClientException)


class Lookups:
    """Lookups with recent answers. Each raises one of UNSURE; Refused if too many people read at once."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s, self._turn_s = clock_s, clock_s()
        self._members: RecentAnswers[discord.Member] = RecentAnswers(KEEP_S, MAX_ANSWERS, UNSURE, clock_s)
        self._channels: RecentAnswers[Any] = RecentAnswers(KEEP_S, MAX_ANSWERS, UNSURE, clock_s)
        self._in_threads: RecentAnswers[object] = RecentAnswers(KEEP_S, MAX_ANSWERS, UNSURE, clock_s)
        self._images: RecentAnswers[Images] = RecentAnswers(KEEP_S, MAX_ANSWERS, UNSURE, clock_s)

    async def member(self, server: discord.Guild, user_id: int) -> discord.Member:
        """Return a member of a server, with the current roles."""
        return await self._members.get((server.id, user_id), partial(self._call, server.fetch_member, user_id))

    async def channel(self, server: discord.Guild, channel_id: int) -> Any:
        """Return a channel that the gateway did not send, such as an archived thread."""
        return await self._channels.get((server.id, channel_id), partial(self._call, server.fetch_channel, channel_id))

    async def in_thread(self, thread: discord.Thread, user_id: int) -> None:
        """Return if the person is in the thread. Raises RouteClosed otherwise."""
        await self._in_threads.get((thread.id, user_id), partial(self._call, thread.fetch_member, user_id))

    async def images(self, bot: discord.Client, channel_id: int, message_ids: Sequence[int]) -> Images:
        """Return the images of messages of one channel, by message id, without messages that are gone.

        Read them from Discord, because a stored link expires after a day.
        """
        wanted = tuple(sorted(set(message_ids)))
        return await self._images.get((channel_id, wanted), partial(self._read, bot, channel_id, wanted))

    async def _read(self, bot: discord.Client, channel_id: int, wanted: Sequence[int]) -> Images:
        """Read messages near each other with one call, and a single message by its id."""
        channel, found, rest = bot.get_partial_messageable(channel_id), dict[int, tuple[ImageLink, ...]](), wanted
        try:
            while rest:
                if len(rest) == 1:
                    page = [await self._call(channel.fetch_message, rest[0])]
                else:
                    page = await self._call(_after, channel, rest[0] - 1)
                found |= {message.id: attachments.from_message(message) for message in page if message.id in rest}
                rest = [one for one in rest if one > page[-1].id] if len(page) == PAGE else []
        except RouteClosed:
            pass  # the channel or message is gone, or the bot has no access
        return found

    async def _call(self, call: Callable[P, Awaitable[T]], *args: P.args, **more: P.kwargs) -> T:
        await self._turn()
        return await call_discord(call, *args, **more)

    async def _turn(self) -> None:
        """Wait until readers may use the bot's token once more. Raises Refused if that takes longer than WAIT_S."""
        now_s = self._clock_s()
        turn_s = max(self._turn_s, now_s - BURST / CALLS_PER_S) + 1 / CALLS_PER_S
        if turn_s - now_s > WAIT_S:
            raise Refused(Reason.READS_TOO_FAST, wait_s=ceil(turn_s - now_s))
        self._turn_s = turn_s
        await asyncio.sleep(max(0.0, turn_s - now_s))


async def _after(channel: discord.PartialMessageable, message_id: int) -> list[discord.Message]:
    """Return the messages that directly follow *message_id*, oldest first, by one call."""
    return [message async for message in channel.history(limit=PAGE, after=discord.Object(message_id))]
