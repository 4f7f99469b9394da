"""Take secrets out of what the panel shows: a program's log may hold what the record never does. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# An interaction's token stands in the path: https://discord.com/developers/docs/interactions/receiving-and-responding
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s'\"?]+")
_QUERY = re.compile(r"(https?://[^\s'\"?<>]+\?)[^\s'\"<>]+")  # signed links carry their signature in the query
_SECRET = re.compile(r"\b(?:sk|sandbox)-[\w-]{16,}|\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}")  # keys, a bot's token
_SHORTEST = 16  # characters: every secret is longer
_DATA = re.compile(r"\bdata:[\w/.+-]+;base64,[\w+/=-]+")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return *text* without these *secrets*, and without tokens, keys, files and the queries of links."""
    if len(text) < _SHORTEST:
        return text
    for secret in secrets:
        text = text.replace(secret, "…")
    return _SECRET.sub("…", _DATA.sub("data:…", _QUERY.sub(r"\1…", _TOKEN.sub(r"\1…", text))))


def redact_json(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return a JSON value with each text in it redacted."""
    if isinstance(value, dict):
        return {name: redact_json(inner, secrets) for name, inner in value.items()}
    if isinstance(value, list):
        return [redact_json(inner, secrets) for inner in value]
    return redact(value, secrets) if isinstance(value, str) else value
