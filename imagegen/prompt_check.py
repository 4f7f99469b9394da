"""Judges what people write by the blocked words of their server, outside of any transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from imagegen.errors import StoreUnavailable
from imagegen.model import ImageRequest, Scope
from imagegen.policy.blocklist import contains_blocked
from imagegen.policy.validation import without_spoiler_marks

T = TypeVar("T")

JUDGE_S = 2.0  # the longest prompt takes milliseconds: this passes only where the machine stands still
TIMES = 5  # managers change words seldom; so many times while one request is accepted, never
SERVERS_KEPT = 1000


@dataclass(frozen=True)
class Verdict:
    """Whether a request holds one of *words*: it says nothing where other words hold."""

    words: tuple[str, ...] = ()
    holds: bool = False


class WordsChanged(Exception):
    """The server's blocked words are *words*, not those by which the request was judged."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        super().__init__("the blocked words are others than those of the verdict")


class PromptCheck:
    """Keeps a thread for it, and the words last seen of each server: a transaction says when they are others."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="judge")
        self._known: dict[Scope, tuple[str, ...]] = {}

    async def judged(self, scope: Scope, request: ImageRequest, transact: Callable[[Verdict], Awaitable[T]]) -> T:
        """Return what *transact* answers to a verdict by the words that hold when it runs.

        StoreUnavailable when the words change faster than they are judged, or the time for that is over.
        """
        words = self._known.get(scope, ())
        for _ in range(TIMES):
            verdict = await self._verdict(request, words)
            try:
                return await transact(verdict)
            except WordsChanged as changed:
                words = changed.words
                self._remember(scope, words)
        raise StoreUnavailable("the server's blocked words changed each time")

    async def _verdict(self, request: ImageRequest, words: tuple[str, ...]) -> Verdict:
        if not words:
            return Verdict()
        judging = asyncio.get_running_loop().run_in_executor(self._threads, verdict_on, request, words)
        try:
            async with asyncio.timeout(JUDGE_S):
                return await judging
        except TimeoutError:
            raise StoreUnavailable(f"the prompt was not judged within {JUDGE_S} s") from None

    def _remember(self, scope: Scope, words: tuple[str, ...]) -> None:
        self._known.pop(scope, None)
        if words:
            self._known[scope] = words
        if len(self._known) > SERVERS_KEPT:
            del self._known[next(iter(self._known))]


def verdict_on(request: ImageRequest, words: tuple[str, ...]) -> Verdict:
    """Judge all that somebody wrote, each text by itself: what is to be avoided is sent too."""
    return Verdict(
        words,
        any(contains_blocked(without_spoiler_marks(text), words) for text in (request.prompt, request.negative_prompt)),
    )
