"""Keep answers of Discord for a few seconds, and ask identical questions at the same time only once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass
class _Answer(Generic[V]):
    """The last answer to one question: a value, or the refusal that was raised."""

    began_s: float = float("-inf")
    ended_s: float = float("-inf")
    value: V | None = None
    refusal: Exception | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class RecentAnswers(Generic[V]):
    """Keeps at most *most* answers, each for at most *keep_s* seconds. An error out of *refusals* is an answer too."""

    def __init__(
        self,
        keep_s: float,
        most: int,
        refusals: tuple[type[Exception], ...] = (),
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep_s, self._most, self._refusals, self._clock_s = keep_s, most, refusals, clock_s
        self._answers: dict[Hashable, _Answer[V]] = {}  # the question asked longest ago first

    def __len__(self) -> int:
        return len(self._answers)

    async def get(self, question: Hashable, ask: Callable[[], Awaitable[V]]) -> V:
        """Return the recent answer, or wait for *ask*. Raises what *ask* raises.

        The age of an answer counts from the time of the question. A caller who waits for an answer gets it, however
        long it takes.
        """
        called_s, answer = self._clock_s(), self._answers.get(question) or self._new(question)
        async with answer.lock:
            if answer.ended_s < called_s and answer.began_s + self._keep_s <= self._clock_s():
                await self._ask(question, answer, ask)
        if answer.refusal is not None:
            raise answer.refusal.with_traceback(None)
        return answer.value  # type: ignore[return-value]  # set unless there is a refusal

    def _new(self, question: Hashable) -> _Answer[V]:
        self._forget()
        return self._answers.setdefault(question, _Answer())

    async def _ask(self, question: Hashable, answer: _Answer[V], ask: Callable[[], Awaitable[V]]) -> None:
        began_s, refusal, value = self._clock_s(), None, None
        try:
            value = await ask()
        except self._refusals as error:
            refusal = error
        answer.began_s, answer.ended_s, answer.value, answer.refusal = began_s, self._clock_s(), value, refusal
        self._answers.pop(question, None)
        self._answers[question] = answer

    def _forget(self) -> None:
        """Drop answers that are too old, and the oldest above the limit. A caller who waits still gets the answer."""
        now_s = self._clock_s()
        old = [q for q, a in self._answers.items() if a.began_s + self._keep_s <= now_s and not a.lock.locked()]
        for question in old:
            del self._answers[question]
        while len(self._answers) >= self._most:
            del self._answers[next(iter(self._answers))]
