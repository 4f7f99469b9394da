"""Answer the messages of one person in the order in which they were written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import discord


class MessageOrder:
    """One lock per person. Nothing is kept of a person who has no message waiting."""

    def __init__(self) -> None:
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, user_id: int) -> AsyncIterator[None]:
        """Wait until every earlier message of this person is answered."""
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
    """Remember the messages that became requests, as long as an edit of one could count as a new request."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._ids: dict[int, None] = {}

    def add(self, message_id: int) -> None:
        """Remember a message, and forget those that are too old to be edited into a request."""
        oldest = discord.utils.time_snowflake(discord.utils.snowflake_time(message_id) - self._within)
        self._ids[message_id] = None
        while (first := next(iter(self._ids))) < oldest:
            del self._ids[first]

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._ids
