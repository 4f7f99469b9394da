"""The search for secrets finds each spelling, or the tests that find none have shown nothing."""

import base64
import json
from urllib.parse import quote

import pytest

from tests.secrets import leaks

SECRET = "a grey heron/at 7"
TEXTS = {
    "plain": f"why={SECRET}!",
    "percent": f"GET /?q={quote(SECRET, safe='')}",
    "json": json.dumps({"why": json.dumps({"prompt": SECRET})}),
    "large letters": SECRET.upper(),
    "two lines": SECRET.replace("heron", "he\nron"),
    "two lines in JSON": json.dumps(SECRET.replace("heron", "he\nron")),
    **{f"base64 after {n}": base64.b64encode(b"x" * n + SECRET.encode() + b"yy").decode() for n in range(4)},
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_a_secret_is_found_in_each_spelling(text: str) -> None:
    assert leaks(text, {"the prompt": SECRET, "another": "a white stork/at 8"}) == ["the prompt"]
