"""No text that people can send keeps the event loop: time grows with its length, never faster, and is small."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cogs.messaging.attachments import _owner_of_avatar
from cogs.text import markdown, substitution
from cogs.ui import limits, story_pages
from tests.timing import SLOWEST_GROWTH, cost_s, grows

MOST_S = 0.02  # at the greatest length there is: ten times what the slowest takes on a quiet machine

Call = Callable[[str], object]


def patched(text: str) -> object:
    """The longest words that are not in the longest prompt."""
    return substitution.Substitution(text[: len(text) // 2] + "b" + text[: len(text) // 2 - 1], "x").applied(
        text.upper()
    )


def mentioned(text: str) -> object:
    return re.sub(r"<@!?123456789012345678>", "", text)


def broken(text: str) -> object:
    return story_pages.break_at(text, limits.CARD_CHARS - story_pages.FOOT_CHARS, True)


MEETS: dict[str, tuple[Call, int]] = {  # what is called, and the characters of the longest text that it meets
    "plain": (markdown.plain, 6000),
    "plain_within": (lambda text: markdown.plain_within(text, 2800), 6000),
    "shortened": (lambda text: markdown.shortened(text, 600), 6000),
    "code": (markdown.code, 6000),
    "uncoded": (markdown.uncoded, 4000),
    "patch_of": (substitution.substitution_of, 4000),
    "applied": (patched, 2100),
    "mention": (mentioned, 4000),
    "harmless": (story_pages.harmless, 16_000),
    "break_at": (broken, 16_000),
    "avatar": (_owner_of_avatar, 4000),
}
HOSTILE = [
    "[", "](", "[[[](", "[a](", "<", "<a:", "<:/", "https://", "https://a ", "https://.", "http", "*", "`", "_", "\\",
    "|", "||", "~", "> ", "# ", "- ", "-", "@", "@everyone", "<@", "<@1", "<@12345678901234567", " ", "\t\n", "\n",
    "\n\n ", "```\n", "\n```", "s/", "s/a/", "\\/", "a\\", "a", "ab", "\u0301\u0316", "İ", "ﬃ", "。", "!)))", ".)",
    "…\"' ", "/avatars/1", "/wanvas-1-", "\N{GRINNING FACE}", "\u200d",
]  # fmt: skip
FRAMED = [
    ("[", "](", "("), ("[" * 2000, "](", ""), ("```\n", "\n``", "`"), ("s/", "a/", "b"), ("\n", " ", "x"),
    ("<", "a", ":/"), ("(", "https://", "."),
]  # fmt: skip


@pytest.mark.parametrize("name", MEETS)
@pytest.mark.parametrize("part", HOSTILE, ids=ascii)
def test_no_text_takes_long(name: str, part: str) -> None:
    call, chars = MEETS[name]
    text = (part * chars)[:chars]

    assert cost_s(lambda: call(text)) < MOST_S
    assert grows(call, text) < SLOWEST_GROWTH


@pytest.mark.parametrize("name", MEETS)
@pytest.mark.parametrize(("begin", "part", "end"), FRAMED)
def test_no_beginning_and_no_end_make_it_slow(name: str, begin: str, part: str, end: str) -> None:
    call, chars = MEETS[name]
    text = (begin + part * chars)[: chars - len(end)] + end

    assert cost_s(lambda: call(text)) < MOST_S
