"""One after another: what one person writes is answered in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import discord


class MessageOrder:
    """A turn for each person. Nothing is kept of a person who waits for nothing."""

    def __init__(self) -> None:
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, user_id: int) -> AsyncIterator[None]:
        """Wait until everything that this person wrote before is answered."""
        lock, waiting = self._locks.get(user_id, (asyncio.Lock(), 0))
        self._locks[user_id] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(user_id)
            if waiting > 1:
                self._locks[user_id] = lock, waiting - 1


class AcceptedMessages:
    """The messages that were taken as requests, as long as an edit of one could still count."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._ids: dict[int, None] = {}

    def add(self, message_id: int) -> None:
        oldest = discord.utils.time_snowflake(discord.utils.snowflake_time(message_id) - self._within)
        self._ids[message_id] = None
        while (first := next(iter(self._ids))) < oldest:
            del self._ids[first]

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._ids
