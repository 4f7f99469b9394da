"""Remember whose last request was refused: their next request is probably refused too."""

from __future__ import annotations

import time
from collections.abc import Callable

from imagegen.model import Requester, Scope

KEEP_S = 600.0
MOST = 1000


class RecentRefusals:
    """The members whose last request was refused, for KEEP_S. The oldest make room; a restart forgets all."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._until_s: dict[tuple[int, Scope], float] = {}  # the oldest first

    def __len__(self) -> int:
        return len(self._until_s)

    def __contains__(self, requester: Requester) -> bool:
        return self._until_s.get(_key(requester), 0.0) > self._clock_s()

    def add(self, requester: Requester) -> None:
        """Remember that a request of this member was refused."""
        self.discard(requester)
        self._until_s[_key(requester)] = self._clock_s() + KEEP_S
        if len(self._until_s) > MOST:
            del self._until_s[next(iter(self._until_s))]

    def discard(self, requester: Requester) -> None:
        """Forget this member: a request of theirs was not refused."""
        self._until_s.pop(_key(requester), None)


def _key(requester: Requester) -> tuple[int, Scope]:
    return requester.user_id, requester.scope
