"""Read the JSON of a record that another version of this code may have written. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def read_fields(text: str, read: Callable[[str, Any], object]) -> tuple[dict[str, Any], dict[str, object]]:
    """Return the fields of a JSON object that *read* takes, as it returns them, and the others as they are stored.

    *read* raises KeyError, TypeError or ValueError for a field of another version. A text that is no object has none.
    """
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError):
        stored = {}
    known: dict[str, Any] = {}
    unknown: dict[str, object] = {}
    for name, value in stored.items() if isinstance(stored, dict) else ():
        try:
            known[name] = read(name, value)
        except (KeyError, TypeError, ValueError):
            unknown[name] = value
    return known, unknown
