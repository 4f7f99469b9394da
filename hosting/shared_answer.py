"""One answer for all who ask at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, Self, TypeVar, cast

T = TypeVar("T")


class SharedAnswer(Generic[T]):
    """Calls *ask* at most once at a time, however many callers wait, and keeps the answer for *kept_s* seconds.

    A caller that is canceled does not cancel the question: else callers who hang up would make the bot ask again.
    """

    def __init__(self, ask: Callable[[], Awaitable[T]], kept_s: float = 0.0) -> None:
        self._ask, self._kept_s, self._asking = ask, kept_s, cast("asyncio.Task[None] | None", None)
        self._answer, self._asked_s = cast("T | None", None), float("-inf")

    async def get(self) -> T:
        """Return an answer that was asked for at most *kept_s* seconds before this call."""
        oldest_s = time.monotonic() - self._kept_s
        while self._asked_s < oldest_s:
            self._asking = self._asking or asyncio.create_task(self._ask_now())
            await asyncio.shield(self._asking)
        return cast(T, self._answer)

    async def _ask_now(self) -> None:
        asked_s = time.monotonic()
        try:
            self._answer, self._asked_s = await self._ask(), asked_s
        finally:
            self._asking = None

    async def __aenter__(self) -> Self:
        """Return the answerer, which asks nothing yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel a question that is still unanswered."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])
