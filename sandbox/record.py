"""Everything that was asked of the sandbox, and what it answered. Tests count here rather than trust the bot."""

from __future__ import annotations

from typing import Any

PARTS = ("discord", "gateway", "cdn", "wan", "outside", "violations")

Entry = dict[str, Any]


class Record:
    """One list an entrance. Whoever writes an entry leaves tokens, keys and picture bytes out of it."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Entry]] = {part: [] for part in PARTS}

    def add(self, part: str, **entry: object) -> Entry:
        """Returns the entry, so that a status known later can be written into it. KeyError for an unknown part."""
        self._parts[part].append(entry)
        return entry

    def part(self, part: str) -> list[Entry]:
        return self._parts[part]

    def as_json(self) -> dict[str, list[Entry]]:
        return self._parts
