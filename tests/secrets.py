"""Find secrets in a text that must hold none: in a log, in metrics, in a report."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

from sandbox.run import Sandbox

SHORTEST = 8  # shorter secrets, and shorter rests of them in base64, would be found in innocent text
SIGNED = {"a signature of Wan's": "Signature=", "a signature of Discord's": "&hm=", "a data URI": ";base64,"}


def secrets_of(box: Sandbox) -> dict[str, str]:
    """Return what nobody but the bot may read of a sandbox, by name: token, key, and every interaction's token."""
    tokens = [interaction.token for interaction in box.world.interactions.values()]
    return {
        "the bot's token": box.token,
        "Wan's key": box.key,
        **{f"the token of interaction {number}": token for number, token in enumerate(tokens)},
        **SIGNED,
    }


def leaks(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Return the names of the *secrets* that *text* holds in any spelling, also across lines."""
    squeezed = _squeezed(text)
    return [name for name, secret in secrets.items() if any(spelled in squeezed for spelled in _spelled(secret))]


def _spelled(secret: str) -> Iterator[str]:
    as_json = json.dumps(secret)[1:-1]
    for spelled in (secret, quote(secret, safe=""), quote_plus(secret), as_json, json.dumps(as_json)[1:-1]):
        yield _squeezed(spelled)
    yield from _in_base64(secret.encode())


def _in_base64(secret: bytes) -> Iterator[str]:
    """Yield what stands in the base64 of any text that holds *secret*: it may begin at any of three places."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret).decode().rstrip("=")
        whole = encoded[(before * 8 + 5) // 6 : -1]  # without the letters that depend on what stands around
        if len(whole) >= SHORTEST:
            yield _squeezed(whole)
            yield _squeezed(whole.replace("+", "-").replace("/", "_"))


def _squeezed(text: str) -> str:
    r"""Return *text* in small letters, without spaces, line breaks, and line breaks that JSON writes as \n."""
    return re.sub(r"\\+[nrt]|\s", "", text).casefold()
