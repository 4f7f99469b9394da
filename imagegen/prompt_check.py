"""Check prompts for the blocked words of their server, outside of any transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from imagegen.errors import StoreUnavailable
from imagegen.image_request import ImageRequest
from imagegen.model import Scope
from imagegen.policy.blocklist import contains_blocked
from imagegen.policy.validation import without_spoiler_marks

T = TypeVar("T")

CHECK_S = 2.0  # the longest prompt takes milliseconds: only a stalled machine needs longer
MAX_TRIES = 5  # managers rarely change the blocked words, and never so often while one request is accepted
SERVERS_KEPT = 1000


@dataclass(frozen=True)
class Verdict:
    """Whether a request contains one of *words*. Void if the server's blocked words have changed since."""

    words: tuple[str, ...] = ()
    holds: bool = False


class WordsChanged(Exception):
    """The server's blocked words are now *words*, not those of the verdict."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        super().__init__("the blocked words have changed since the verdict")


class PromptCheck:
    """Checks prompts in a thread. Remembers each server's blocked words; a transaction says when they have changed."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="prompt-check")
        self._known: dict[Scope, tuple[str, ...]] = {}

    async def judged(self, scope: Scope, request: ImageRequest, transact: Callable[[Verdict], Awaitable[T]]) -> T:
        """Run *transact* with a verdict on *request*, as ``judged_together`` does."""
        return await self.judged_together(scope, [request], lambda verdicts: transact(verdicts[0]))

    async def judged_together(
        self, scope: Scope, requests: Sequence[ImageRequest], transact: Callable[[Sequence[Verdict]], Awaitable[T]]
    ) -> T:
        """Run *transact* with verdicts on *requests* by the server's present blocked words, and return its result.

        Raises StoreUnavailable if the words change each time, or if the check takes longer than CHECK_S.
        """
        words = self._known.get(scope, ())
        for _ in range(MAX_TRIES):
            verdicts = await self._verdicts(requests, words)
            try:
                return await transact(verdicts)
            except WordsChanged as changed:
                words = changed.words
                self._remember(scope, words)
        raise StoreUnavailable("the server's blocked words changed each time")

    async def _verdicts(self, requests: Sequence[ImageRequest], words: tuple[str, ...]) -> Sequence[Verdict]:
        if not words:
            return [Verdict()] * len(requests)
        checking = asyncio.get_running_loop().run_in_executor(self._threads, _verdicts_on, requests, words)
        try:
            async with asyncio.timeout(CHECK_S):
                return await checking
        except TimeoutError:
            raise StoreUnavailable(f"the prompt was not checked within {CHECK_S} s") from None

    def _remember(self, scope: Scope, words: tuple[str, ...]) -> None:
        self._known.pop(scope, None)
        if words:
            self._known[scope] = words
        if len(self._known) > SERVERS_KEPT:
            del self._known[next(iter(self._known))]


def _verdicts_on(requests: Sequence[ImageRequest], words: tuple[str, ...]) -> Sequence[Verdict]:
    return [verdict_on(request, words) for request in requests]


def verdict_on(request: ImageRequest, words: tuple[str, ...]) -> Verdict:
    """Check the prompt and the negative prompt, each by itself: both are sent."""
    return Verdict(
        words,
        any(
            contains_blocked(without_spoiler_marks(text), words)
            for text in (request.whole_prompt, request.whole_negative_prompt)
        ),
    )
