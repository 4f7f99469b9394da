"""One answer for all who ask at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, cast

T = TypeVar("T")


class SharedAnswer(Generic[T]):
    """Calls *ask* at most once at a time, however many callers wait, and keeps the answer for *kept_s* seconds."""

    def __init__(self, ask: Callable[[], Awaitable[T]], kept_s: float = 0.0) -> None:
        self._ask, self._kept_s, self._lock = ask, kept_s, asyncio.Lock()
        self._answer, self._asked_s = cast("T | None", None), float("-inf")

    async def get(self) -> T:
        """Return an answer that was asked for at most *kept_s* seconds before this call."""
        oldest_s = time.monotonic() - self._kept_s
        async with self._lock:
            if self._asked_s < oldest_s:
                asked_s = time.monotonic()
                self._answer, self._asked_s = await self._ask(), asked_s
            return cast(T, self._answer)
