"""A recent answer is shared and never too old; a refusal is an answer; few answers are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cogs.messaging.recent_answers import RecentAnswers


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Asked:
    """Returns how often it was called, as soon as its door is open."""

    def __init__(self, clock: Clock, takes_s: float = 0.0, error: Exception | None = None) -> None:
        self.times, self._clock, self._takes_s, self._error = 0, clock, takes_s, error
        self.door = asyncio.Event()
        self.door.set()

    async def __call__(self) -> int:
        self.times += 1
        await self.door.wait()
        self._clock.now_s += self._takes_s
        if self._error is not None:
            raise self._error
        return self.times


async def test_an_answer_is_shared_until_it_is_too_old() -> None:
    clock = Clock()
    recent, asked = RecentAnswers[int](4.0, 10, (), clock), Asked(clock)
    answers = []
    for passed_s in (0.0, 3.9, 0.1):
        clock.now_s += passed_s
        answers.append(await recent.get("q", asked))

    assert answers == [1, 1, 2]


async def test_the_age_of_an_answer_counts_from_the_question() -> None:
    clock = Clock()
    recent, asked = RecentAnswers[int](4.0, 10, (), clock), Asked(clock, takes_s=3.0)
    await recent.get("q", asked)

    clock.now_s += 1.0

    assert await recent.get("q", asked) == 2


async def test_identical_questions_at_the_same_time_are_asked_once() -> None:
    clock = Clock()
    recent, asked = RecentAnswers[int](4.0, 10, (), clock), Asked(clock, takes_s=60.0)
    asked.door.clear()
    waiting = [asyncio.create_task(recent.get("q", asked)) for _ in range(5)]
    await asyncio.sleep(0)

    asked.door.set()

    assert await asyncio.gather(*waiting) == [1] * 5


async def test_a_caller_who_gives_up_takes_the_answer_from_no_other() -> None:
    clock = Clock()
    recent, asked = RecentAnswers[int](4.0, 10, (), clock), Asked(clock)
    asked.door.clear()
    first, second = (asyncio.create_task(recent.get("q", asked)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    asked.door.set()

    assert await second == 2


async def test_a_refusal_is_an_answer_and_another_error_is_not() -> None:
    clock = Clock()
    recent = RecentAnswers[int](4.0, 10, (LookupError,), clock)
    refused, broken = Asked(clock, error=LookupError()), Asked(clock, error=ValueError())

    for asked, error in ((refused, LookupError), (broken, ValueError)):
        for _ in range(2):
            with pytest.raises(error):
                await recent.get(error, asked)

    assert (refused.times, broken.times) == (1, 2)


async def test_the_newest_answers_are_kept() -> None:
    clock = Clock()
    recent = RecentAnswers[int](4.0, 3, (), clock)
    asked: dict[int, Callable[[], Awaitable[int]]] = {number: Asked(clock) for number in range(10)}
    for number in range(10):
        await recent.get(number, asked[number])

    assert len(recent) == 3
    assert await recent.get(9, asked[9]) == 1
    assert await recent.get(0, asked[0]) == 2


async def test_an_answer_that_is_too_old_is_dropped() -> None:
    clock = Clock()
    recent = RecentAnswers[int](4.0, 100, (), clock)
    for number in range(50):
        await recent.get(number, Asked(clock))
    clock.now_s += 4.0
    await recent.get("new", Asked(clock))

    assert len(recent) == 1
