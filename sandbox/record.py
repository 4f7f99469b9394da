"""The record: every request to the sandbox and its answer. Tests count here instead of trusting the bot."""

from __future__ import annotations

from typing import Any

PARTS = ("discord", "gateway", "cdn", "wan", "outside", "violations")

Entry = dict[str, Any]


class Record:
    """One list of entries for each part. Entries never hold tokens, keys or the bytes of images."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Entry]] = {part: [] for part in PARTS}

    def add(self, part: str, **entry: object) -> Entry:
        """Append an entry and return it, so that the caller can add what it learns later.

        KeyError for an unknown part.
        """
        self._parts[part].append(entry)
        return entry

    def part(self, part: str) -> list[Entry]:
        """Return the entries of one part, oldest first."""
        return self._parts[part]

    def as_json(self) -> dict[str, list[Entry]]:
        """Return all parts, as ``GET /record`` answers."""
        return self._parts
