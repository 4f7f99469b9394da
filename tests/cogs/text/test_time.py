"""No text of a member blocks the event loop: the time is short and grows linearly with the length of the text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cogs.messaging.attachments import _owner_of_avatar
from cogs.text import markdown, substitution
from cogs.ui import limits, story_pages
from tests.timing import assert_linear, cost_s

MOST_S = 0.02  # at the greatest length: ten times the time of the slowest function on an idle machine

Call = Callable[[str], object]


def substitute(text: str) -> object:
    """Search the longest prompt for the longest text that the prompt does not contain."""
    return substitution.Substitution(text[: len(text) // 2] + "b" + text[: len(text) // 2 - 1], "x").applied(
        text.upper()
    )


def remove_mentions(text: str) -> object:
    return re.sub(r"<@!?123456789012345678>", "", text)


def break_text(text: str) -> object:
    return story_pages.break_at(text, limits.CARD_CHARS - story_pages.FOOT_CHARS, True)


FUNCTIONS: dict[str, tuple[Call, int]] = {  # each function, with the length of the longest text that it gets
    "plain": (markdown.plain, 6000),
    "plain_within": (lambda text: markdown.plain_within(text, 2800), 6000),
    "shortened": (lambda text: markdown.shortened(text, 600), 6000),
    "code": (markdown.code, 6000),
    "uncoded": (markdown.uncoded, 4000),
    "substitution_of": (substitution.substitution_of, 4000),
    "applied": (substitute, 2100),
    "mention": (remove_mentions, 4000),
    "harmless": (story_pages.harmless, 16_000),
    "break_at": (break_text, 16_000),
    "avatar": (_owner_of_avatar, 4000),
}
HOSTILE = [
    "[", "](", "[[[](", "[a](", "<", "<a:", "<:/", "https://", "https://a ", "https://.", "http", "*", "`", "_", "\\",
    "|", "||", "~", "> ", "# ", "- ", "-", "@", "@everyone", "<@", "<@1", "<@12345678901234567", " ", "\t\n", "\n",
    "\n\n ", "```\n", "\n```", "s/", "s/a/", "\\/", "a\\", "a", "ab", "\u0301\u0316", "İ", "ﬃ", "。", "!)))", ".)",
    "…\"' ", "/avatars/1", "/wanvas-1-", "\N{GRINNING FACE}", "\u200d",
]  # fmt: skip
HOSTILE_WITH_ENDS = [
    ("[", "](", "("), ("[" * 2000, "](", ""), ("```\n", "\n``", "`"), ("s/", "a/", "b"), ("\n", " ", "x"),
    ("<", "a", ":/"), ("(", "https://", "."),
]  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("part", HOSTILE, ids=ascii)
def test_a_hostile_text_takes_linear_time(name: str, part: str) -> None:
    call, chars = FUNCTIONS[name]
    text = (part * chars)[:chars]

    assert_linear(call, text, MOST_S)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("begin", "part", "end"), HOSTILE_WITH_ENDS)
def test_a_hostile_text_with_a_beginning_and_end_takes_linear_time(name: str, begin: str, part: str, end: str) -> None:
    call, chars = FUNCTIONS[name]
    text = (begin + part * chars)[: chars - len(end)] + end

    assert cost_s(lambda: call(text)) < MOST_S
