"""What arrives over the gateway, handed to the check that waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import discord

T = TypeVar("T")
MAX_KEPT = 200  # messages and edits that a later look-up by id finds


class Arrivals(Generic[T]):
    """Things of one kind. Each goes to the first waiter that wants it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[T], bool], asyncio.Future[T]]] = []

    def arrive(self, thing: T) -> bool:
        """Hand *thing* to a waiter. Return False if no waiter wants it."""
        for wanted, future in self._waiting:
            if not future.done() and wanted(thing):
                future.set_result(thing)
                return True
        return False

    async def next(self, wanted: Callable[[T], bool]) -> T:
        """Return the next arrival for which *wanted* holds."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        waiter = (wanted, future)
        self._waiting.append(waiter)
        try:
            return await future
        finally:
            self._waiting.remove(waiter)


class Messages(Arrivals[discord.Message]):
    """Messages, or edits of messages. The newest of each message can be looked up for a while."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[int, discord.Message] = {}

    def arrive(self, thing: discord.Message) -> bool:
        """Keep *thing*, and hand it to a waiter."""
        self._kept[thing.id] = thing
        if len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        return super().arrive(thing)

    async def by_id(self, message_id: int) -> discord.Message:
        """Return what arrived of a message, or wait for it."""
        return self._kept.get(message_id) or await self.next(lambda message: message.id == message_id)


def custom_id_of(interaction: discord.Interaction[Any]) -> str:
    """Return the custom id of a component or form; empty for a command."""
    data: Any = interaction.data or {}
    return str(data.get("custom_id") or "")


class Inbox:
    """Everything that one gateway session receives, as far as checks look at it."""

    def __init__(self) -> None:
        self.interactions: Arrivals[discord.Interaction] = Arrivals()
        self.messages, self.edits = Messages(), Messages()
