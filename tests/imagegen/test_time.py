"""Every function of the core that reads people's text takes linear time, so that no text blocks a transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from imagegen import logs
from imagegen.errors import Refused
from imagegen.image_request import ImageRequest, PaletteColor, Quality
from imagegen.model_choice import ModelChoice
from imagegen.policy import palette, validation
from imagegen.policy.blocklist import parse_word_list
from imagegen.policy.combining_marks import MAX_MARKS, limit_marks
from imagegen.policy.server_settings import DEFAULT_SETTINGS, validate_settings
from imagegen.reports import RequestLimits
from imagegen.store.records import folded
from imagegen.wan.catalogue import MODELS
from imagegen.wan.lineup import build_lineup
from tests.timing import assert_linear, cost_s

MOST_S = 0.04
LIMITS = RequestLimits(prompt_chars=10**6, negative_chars=10**6, max_images=4, max_count=4, max_seed=100)
EVERY = ModelChoice(build_lineup(tuple(MODELS)), {})

Call = Callable[[str], object]


def validate(text: str) -> object:
    request = ImageRequest(f"x{text}", negative_prompt=text)
    return validation.within_limits(validation.checked(request, 0), 0, LIMITS)


def refused_by_every_model(text: str) -> None:
    """Try a request with parts that no model combines, so that each model is tried, for each pair of parts."""
    palette_ = tuple(PaletteColor("#000000", 1000) for _ in range(10))
    wanted = ImageRequest(f"x{text}", palette=palette_, quality=Quality.FOUR_K, negative_prompt=text, count=12)
    with suppress(Refused):
        EVERY.fitted(replace(wanted, thinking=True), 9)


def read_palette(text: str) -> None:
    """Read a text longer than what is read, and the longest that is."""
    for typed in (text, *(text[at : at + palette.MAX_CHARS] for at in range(0, len(text), palette.MAX_CHARS))):
        with suppress(Refused):
            palette.parse_palette(typed)


READERS: dict[str, tuple[Call, int]] = {
    "redact": (logs.redact, 16_000),
    "folded": (folded, 6000),
    "validation": (validate, 6000),
    "refused_by_every_model": (refused_by_every_model, 4000),
    "without_spoiler_marks": (validation.without_spoiler_marks, 6000),
    "is_spoiler": (lambda text: validation.is_spoiler(ImageRequest(text)), 6000),
    "image_links": (lambda text: list(validation.image_links(text)), 4000),
    "parse_palette": (read_palette, 6000),
    "parse_word_list": (parse_word_list, 6000),
}
HOSTILE = [
    "http://", "http://a", "http://a?", "/webhooks/", "/webhooks/1", "/interactions/1/", "sk-", "sk", "'", "?", " ",
    "\n", "\u0301\u0316", "a\u0316\u0301", "\u0f73", "\u0344", "\u0f71\u0f72\u0f74", "\u1161", "\u0390", "\ufdfa",
    "İ", ",", "1,", ", ", "||", "||a", "|", "||a||", "\0", "\ud800", "\N{GRINNING FACE}", "<", ">", "a",
]  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("part", HOSTILE, ids=ascii)
def test_no_text_is_slow(name: str, part: str) -> None:
    call, chars = READERS[name]
    text = (part * chars)[:chars]

    assert_linear(call, text, MOST_S)


def test_a_long_list_of_words_is_refused_quickly() -> None:
    words = parse_word_list(", ".join(f"a{n} b c d" for n in range(600)))

    def refuse() -> None:
        with pytest.raises(Exception, match="setting_out_of_range"):
            validate_settings(replace(DEFAULT_SETTINGS, blocked_words=words))

    assert cost_s(refuse) < MOST_S


def test_a_letter_keeps_the_combining_marks_of_every_language() -> None:
    assert limit_marks("e\u0301\u0316 \u05d1\u05b0\u05bc") == "e\u0301\u0316 \u05d1\u05b0\u05bc"
    assert limit_marks("a" + "\u0301" * 100 + "b\u0301") == "a" + "\u0301" * MAX_MARKS + "b\u0301"
    assert folded("E\u0301cole") == folded("école")
