"""One word for one thing: the code uses the glossary's words, not those that they replaced."""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The old word -> the word of the glossary.
REPLACED = {
    r"pictures?": "image",
    r"allowances?": "quota",
    r"askers?": "requester",
    r"waiting cards?": "status card",
    r"housekeepers?": "retention",
    r"bells?": "wake-up signal",
    r"lanes?": "model queue",
    r"cancelled|cancelling": "canceled",
    r"behaviours?|colours?": "American spelling",
    r"anew": "again",
    r"whoever|anybody": "name the person",
}
WORDS = re.compile(rf"\b(?:{'|'.join(REPLACED)})\b", re.IGNORECASE)
ASYNCIO = {"cancelled"}  # a method of tasks


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "bot.py", "cogs", "imagegen", "hosting", "sandbox"],  # noqa: S607  # git is installed
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.split() if name.endswith(".py")]


def words_in(source: str) -> list[str]:
    """Return the replaced words in names, docstrings, comments and other strings, with their lines."""
    found: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NAME, tokenize.STRING, tokenize.COMMENT):
            is_name = token.type == tokenize.NAME and token.string not in ASYNCIO
            text = token.string.replace("_", " ") if is_name else token.string
            if is_name or token.type != tokenize.NAME:
                found += [f"line {token.start[0]}: {word}" for word in WORDS.findall(text)]
    return found


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_code_uses_the_words_of_the_glossary(file: Path) -> None:
    assert words_in(file.read_text(encoding="utf-8")) == []


def test_a_replaced_word_is_found_wherever_it_stands() -> None:
    source = 'def picture_of():\n    """Return the allowance."""\n    # the lane\n    return "anew"\n'

    assert words_in(source) == ["line 1: picture", "line 2: allowance", "line 3: lane", "line 4: anew"]
