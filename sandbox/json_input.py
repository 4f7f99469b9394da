"""Read JSON that a person, a bot or a test sent. No I/O."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


def load(raw: bytes | str) -> Any:
    """Return the value of a JSON text. ValueError for what is none, NaN and infinity included, and for deep nesting.

    Half of a surrogate pair, which no file can hold, is replaced as browsers do it:
    https://infra.spec.whatwg.org/#javascript-string-convert (2026-11-29)
    """
    text = raw.decode() if isinstance(raw, bytes) else raw
    if "\\ud" in text.lower():
        loaded = json.dumps(_load(text), ensure_ascii=False)
        text = loaded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _load(text)


def _load(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    if not math.isfinite(found := float(text)):
        raise ValueError("a number is too large")
    return found
