"""Names of characters are found in prompts where people mean them, and nowhere else."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from imagegen.errors import Reason, Refused
from imagegen.image_request import AspectRatio, Box, ImageLink, ImageRequest
from imagegen.policy.characters import (
    Character,
    clean_name,
    fold,
    kept_inputs,
    numbered,
    uses,
    with_changed_characters,
    with_characters,
)

MOMO = Character(1, 7, "Momo", None, True, (11, 12))
TARO = Character(2, 7, "Taro", None, True, (13,))
PHOTO = ImageLink("https://cdn.discordapp.com/a.png", "a.png")


def found(text: str, *names: str) -> list[str]:
    return [text[use.start : use.end] for use in uses(text, {fold(name) for name in names})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Momo rides a tram", ["@Momo"]),
        ("(@momo), @MOMO's hat", ["@momo", "@MOMO"]),
        ("mail me at cat@momo.com", []),
        ("<@Momo> and <@!1> and <@&2>", []),
        ("@Momotaro, @Momo_x and @@Momo", []),
        ("Momo without a sign", []),
        ("＠Momo", []),
        ("让@Momo骑车", ["@Momo"]),
        ("@Mo\u0301mo", []),
        ("@", []),
    ],
)
def test_a_name_is_used_where_a_word_begins_and_ends(text: str, expected: list[str]) -> None:
    assert found(text, "Momo") == expected


def test_the_longest_name_wins() -> None:
    assert found("@Momo Jr. and @Momo", "Momo", "Momo Jr") == ["@Momo Jr", "@Momo"]
    assert found("画@小黑猫在睡觉", "小黑", "小黑猫") == ["@小黑猫"]


@pytest.mark.parametrize("typed", ["Momo", " @Momo ", "小黑", "Jean-Luc", "O'Malley", "R2 D2", "Zoë", "مومو"])
def test_names_of_any_script_are_allowed(typed: str) -> None:
    assert clean_name(typed) == typed.strip().removeprefix("@")


@pytest.mark.parametrize(
    "typed",
    [
        "everyone", "@here", "ｅｖｅｒｙｏｎｅ", "<@1>", "<@&1>", "123456789012345678", "", "@", "a" * 33, "**bold**",
        "_x_", "a`b", "x\ny|z", "a@b", "a\u200bb", "\u202emo", "[a](b)", "#channel", "-",
    ],
)  # fmt: skip
def test_a_name_that_looks_like_a_mention_or_like_markdown_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_name(typed)

    assert refused.value.reason is Reason.CHARACTER_NAME


def test_names_are_found_in_linear_time() -> None:
    names, hostile = {"a" * 32, "b"}, ("@" + "a" * 31 + "\u0300") * 120 + "@a" * 1000

    began = time.process_time()
    assert list(uses(hostile, names)) == []

    assert time.process_time() - began < 1.0


def test_images_of_characters_follow_those_of_the_request() -> None:
    request = ImageRequest("@taro meets @Momo and @Taro", images=(PHOTO,), origins=("image1",))

    after = with_characters(request, request.prompt, [MOMO, TARO])

    assert [link.reference_id for link in after.images] == [None, 13, 11, 12]
    assert after.origins == ("image1", "@Taro", "@Momo", "@Momo")
    assert after.aspect_ratio is None
    assert numbered(after.prompt, after.origins) == "taro (image 2) meets Momo (images 3 and 4) and Taro"


def test_a_character_alone_does_not_decide_the_aspect_ratio() -> None:
    assert with_characters(ImageRequest("@Momo"), "@Momo", [MOMO]).aspect_ratio is AspectRatio.SQUARE


def test_a_name_that_is_nobodys_stays_text() -> None:
    request = ImageRequest("@Bo and @Momo.")

    assert with_characters(request, request.prompt, [TARO]) == request
    assert numbered(request.prompt, ("image1",)) == request.prompt


def test_a_character_that_waits_for_consent_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        with_characters(ImageRequest("@Momo"), "@Momo", [replace(MOMO, is_allowed=False)])

    assert (refused.value.reason, refused.value.facts) == (Reason.CHARACTER_WAITS, {"name": "Momo"})


@pytest.mark.parametrize(
    ("prompt", "kept", "added", "origins"),
    [
        ("@Momo runs", (1, 2, 3), [], ("image1", "@Momo", "@Momo")),
        ("a cat runs", (1,), [], ("image1",)),
        ("@Taro runs", (1,), [13], ("image1", "@Taro")),
        ("@Momo and @Taro", (1, 2, 3), [13], ("image1", "@Momo", "@Momo", "@Taro")),
    ],
)
def test_a_changed_prompt_keeps_adds_and_drops_characters(
    prompt: str, kept: tuple[int, ...], added: list[int], origins: tuple[str, ...]
) -> None:
    source = ImageRequest("@Momo sleeps", origins=("image1", "@Momo", "@Momo"))

    after = with_changed_characters(replace(source, prompt=prompt), prompt, [TARO], source, 3)

    assert kept_inputs(source, 3, after) == kept
    assert [link.reference_id for link in after.images] == added
    assert after.origins == origins


def test_an_edited_part_keeps_its_images() -> None:
    source = ImageRequest("@Momo", origins=("@Momo",), boxes=((Box(0, 0, 1, 1),),))

    after = with_changed_characters(replace(source, prompt="a hat"), "a hat", [], source, 1)

    assert kept_inputs(source, 1, after) == (1,)
