"""Read JSON that a person, a bot or a test sent, and write what a file can hold. No I/O."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


def load(raw: bytes | str) -> Any:
    """Return the value of a JSON text. ValueError for what is none, NaN and infinity included, and for deep nesting."""
    try:
        return json.loads(raw, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def storable(value: Any) -> bytes:
    """Return a value as JSON. Half of a surrogate pair, which no file can hold, is replaced as browsers do it.

    https://infra.spec.whatwg.org/#javascript-string-convert (2026-11-29)
    """
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    if not math.isfinite(found := float(text)):
        raise ValueError("a number is too large")
    return found
