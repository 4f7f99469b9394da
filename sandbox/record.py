"""The record: every request to the sandbox and its answer. Tests count here instead of trusting the bot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PARTS = ("discord", "gateway", "cdn", "wan", "outside", "violations")
MAX_ENTRIES = 10_000  # of each part; an entry with a card's components takes about 10 KB of memory

Entry = dict[str, Any]


class Record:
    """The newest entries of each part. Entries never hold tokens, keys or the bytes of images.

    *max_entries* bounds each part. *on_drop* is called with the part and the entry that had to go.
    """

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self.max_entries = max_entries
        self.on_drop: list[Callable[[str, Entry], None]] = []
        self._parts: dict[str, list[Entry]] = {part: [] for part in PARTS}
        self._dropped = dict.fromkeys(PARTS, 0)

    def add(self, part: str, **entry: object) -> Entry:
        """Append an entry and return it, so that the caller can add what it learns later.

        The oldest entry goes if there are too many. KeyError for an unknown part.
        """
        entries = self._parts[part]
        entries.append(entry)
        if len(entries) > self.max_entries:
            self._drop(part, entries.pop(0))
        return entry

    def _drop(self, part: str, entry: Entry) -> None:
        self._dropped[part] += 1
        for listener in self.on_drop:
            listener(part, entry)

    def part(self, part: str) -> list[Entry]:
        """Return the entries of one part, oldest first."""
        return self._parts[part]

    def tail(self, part: str, after: int, last: int) -> list[Entry]:
        """Return copies of the newest entries, at most *last*, whose *number* is above *after*, oldest first.

        The first entry of a part since the start has number 1. KeyError for an unknown part.
        """
        entries, first = self._parts[part], self._dropped[part] + 1
        begin = max(0, after + 1 - first, len(entries) - last)
        return [{"number": first + at, **entries[at]} for at in range(begin, len(entries))]

    def as_json(self) -> dict[str, list[Entry]]:
        """Return all parts, as ``GET /record`` answers."""
        return self._parts
