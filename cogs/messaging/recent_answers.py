"""Answers of Discord, kept for a few seconds; identical questions at the same time are asked once."""

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
    """At most *most* answers, each at most *keep_s* seconds old. A refusal out of *refusals* is an answer too."""

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

        The age counts from the moment at which Discord was asked. An answer that comes while somebody waits for it is
        theirs, however long it took.
        """
        came_s, answer = self._clock_s(), self._answers.get(question) or self._new(question)
        async with answer.lock:
            if answer.ended_s < came_s and answer.began_s + self._keep_s <= self._clock_s():
                await self._ask(question, answer, ask)
        if answer.refusal is not None:
            raise answer.refusal.with_traceback(None)
        return answer.value  # type: ignore[return-value]  # set wherever there is no refusal

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
        """Drop what is too old, and the oldest beyond the limit. Who waits for a dropped answer still gets it."""
        now_s = self._clock_s()
        old = [q for q, a in self._answers.items() if a.began_s + self._keep_s <= now_s and not a.lock.locked()]
        for question in old:
            del self._answers[question]
        while len(self._answers) >= self._most:
            del self._answers[next(iter(self._answers))]
