"""A repeat or an edit names its source; an impossible request is refused before it reserves quota."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.address import Address
from imagegen.errors import Reason, Refused
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest, Quality
from imagegen.model import Call, Job, Requester, Scope
from imagegen.policy.validation import (
    checked,
    clean_text,
    edit_request,
    image_links,
    is_spoiler,
    repeat_request,
    within_limits,
    without_spoiler_marks,
)
from imagegen.reports import RequestLimits
from imagegen.states import State

LIMITS = RequestLimits(prompt_chars=20, negative_chars=5, max_images=4, max_count=4, max_seed=9)


def validated(request: ImageRequest, images: int, limits: RequestLimits) -> ImageRequest:
    return within_limits(checked(request, images), images, limits)


@pytest.mark.parametrize(
    ("request_", "images", "reason"),
    [
        (ImageRequest(""), 0, Reason.PROMPT_EMPTY),
        (ImageRequest(" \n\t"), 0, Reason.PROMPT_EMPTY),
        (ImageRequest("\u200b\u200f\u200d"), 0, Reason.PROMPT_EMPTY),
        (ImageRequest("\0\ud800 \udc00"), 0, Reason.PROMPT_EMPTY),
        (ImageRequest("|| ||"), 0, Reason.PROMPT_EMPTY),
        (ImageRequest("x" * 21), 0, Reason.PROMPT_TOO_LONG),
        (ImageRequest("灯" * 21), 0, Reason.PROMPT_TOO_LONG),
        (ImageRequest("x", negative_prompt="y" * 6), 0, Reason.NEGATIVE_PROMPT_TOO_LONG),
        (ImageRequest("x", negative_prompt=" \n"), 5, Reason.TOO_MANY_IMAGES),
        (ImageRequest("x"), 5, Reason.TOO_MANY_IMAGES),
        (ImageRequest("x", count=0), 0, Reason.COUNT_OUT_OF_RANGE),
        (ImageRequest("x", count=5), 0, Reason.COUNT_OUT_OF_RANGE),
        (ImageRequest("x", seed=-1), 0, Reason.SEED_OUT_OF_RANGE),
        (ImageRequest("x", seed=10), 0, Reason.SEED_OUT_OF_RANGE),
        (ImageRequest("x", aspect_ratio=AspectRatio.SAME), 0, Reason.ASPECT_RATIO_NEEDS_IMAGE),
    ],
)
def test_a_request_that_the_model_would_cut_or_reject_is_refused(
    request_: ImageRequest, images: int, reason: Reason
) -> None:
    with pytest.raises(Refused) as refused:
        validated(request_, images, LIMITS)

    assert refused.value.reason is reason


def test_a_refusal_names_the_limit_and_the_value() -> None:
    with pytest.raises(Refused) as refused:
        validated(ImageRequest("x" * 33), 0, LIMITS)

    assert refused.value.facts == {"length": 33, "limit": 20, "model": LIMITS.model}


@pytest.mark.parametrize(("images", "shape"), [(0, AspectRatio.SQUARE), (1, AspectRatio.SAME), (4, AspectRatio.SAME)])
def test_an_edit_keeps_the_aspect_ratio_and_a_prompt_alone_makes_a_square(images: int, shape: AspectRatio) -> None:
    assert validated(ImageRequest("x"), images, LIMITS).aspect_ratio is shape


def test_a_prompt_at_the_limit_is_accepted_and_trimmed() -> None:
    request = validated(ImageRequest("  " + "x" * 20 + "\n", negative_prompt=" gray "), 0, LIMITS)

    assert request.prompt == "x" * 20
    assert request.negative_prompt == "gray"


def test_a_negative_prompt_is_refused_if_the_model_takes_none() -> None:
    limits = RequestLimits(20, 0, 4, 4, 9, model="wan2.7-image")

    with pytest.raises(Refused) as refused:
        validated(ImageRequest("x", negative_prompt="gray"), 0, limits)

    assert (refused.value.reason, refused.value.facts) == (
        Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT,
        {"model": "wan2.7-image"},
    )


SOURCE = Job(
    42, "i:1", State.DONE, Requester(5, Scope(1)),
    ImageRequest("a lighthouse", aspect_ratio=AspectRatio.WIDE, count=2, seed=7, parent_id=3), Address(), "wan2.6-t2i",
    Call.SYNC, input_count=0, attempts=0, epoch=0, requested_at=datetime(2026, 11, 24, tzinfo=UTC),
)  # fmt: skip


def test_a_repeat_has_a_new_seed_and_names_its_source() -> None:
    assert repeat_request(SOURCE) == replace(SOURCE.request, seed=None, parent_id=SOURCE.id)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "by night"},
        {"count": 1},
        {"aspect_ratio": AspectRatio.TALL},
        {"quality": Quality.HIGH},
        {"negative_prompt": "fog"},
        {"model": "wan2.7-image"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_edit_keeps_the_seed_so_that_nothing_else_changes(change: dict[str, object]) -> None:
    wanted = replace(SOURCE.request, **change)  # type: ignore[arg-type]  # each by its name

    assert edit_request(SOURCE, wanted) == replace(wanted, seed=7, parent_id=SOURCE.id)


def test_an_edit_that_changes_nothing_is_a_repeat() -> None:
    assert edit_request(SOURCE, SOURCE.request) == repeat_request(SOURCE)


def test_naming_the_model_that_generated_it_is_no_edit() -> None:
    assert edit_request(SOURCE, replace(SOURCE.request, model=SOURCE.model)) == repeat_request(SOURCE)


def test_an_edit_takes_no_seed_parent_or_images_from_the_form() -> None:
    forged = replace(SOURCE.request, seed=1, parent_id=99, images=(ImageLink("https://x", "x"),))

    assert edit_request(SOURCE, forged) == repeat_request(SOURCE)


A_FILE = ImageLink("https://cdn.discordapp.com/a.png", "a.png", 5)


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (replace(A_FILE, claimed_type="video/mp4"), Reason.FILE_NOT_AN_IMAGE),
        (replace(A_FILE, claimed_type="audio/ogg"), Reason.FILE_NOT_AN_IMAGE),
        (replace(A_FILE, claimed_bytes=0), Reason.FILE_EMPTY),
    ],
)
def test_a_file_that_is_known_to_be_no_image_is_refused_with_its_position(link: ImageLink, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        validated(ImageRequest("x", images=(A_FILE, link)), 2, LIMITS)

    assert (refused.value.reason, refused.value.facts) == (reason, {"position": 2})


@pytest.mark.parametrize("claimed", ["image/png", "text/plain", "application/octet-stream", "", "application/pdf"])
def test_a_file_of_unknown_kind_is_left_to_the_decoder(claimed: str) -> None:
    link = replace(A_FILE, claimed_type=claimed)

    assert validated(ImageRequest("x", images=(link,)), 1, LIMITS).images == (link,)


@pytest.mark.parametrize(
    ("words", "links"),
    [
        ("see https://example.org/a.PNG?w=1, please", ["https://example.org/a.PNG?w=1"]),
        ("(http://example.org/a.jpeg)", ["http://example.org/a.jpeg"]),
        ("https://cdn.discordapp.com/attachments/1/2/IMG", ["https://cdn.discordapp.com/attachments/1/2/IMG"]),
        ("https://www.tenor.com/view/cat-1", ["https://www.tenor.com/view/cat-1"]),
        ("a poster that says https://example.org", []),
        ("https://[broken/a.png a.png", []),
    ],
)
def test_a_link_that_looks_like_an_image_is_found_in_a_prompt(words: str, links: list[str]) -> None:
    assert list(image_links(words)) == links


def test_a_prompt_with_a_link_to_an_image_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        validated(ImageRequest("like http://a.b/c.png"), 0, replace(LIMITS, prompt_chars=100))

    assert refused.value.reason is Reason.PROMPT_HAS_IMAGE_LINK


@given(st.text(st.characters(codec=None, categories=["Cs", "Lu", "So"], include_characters="\0")))
def test_clean_text_can_be_stored_and_loses_nothing_else(typed: str) -> None:
    kept = clean_text(typed)

    assert "\0" not in kept.encode().decode()
    assert clean_text(kept) == kept
    assert [sign for sign in typed if "A" <= sign <= "Z"] == [sign for sign in kept if "A" <= sign <= "Z"]


@pytest.mark.parametrize("hostile", ["a\0b", "a\ud83db"])
def test_every_text_of_a_request_is_cleaned(hostile: str) -> None:
    link = ImageLink(f"https://cdn.discordapp.com/{hostile}", hostile)

    request = validated(ImageRequest(hostile, negative_prompt=hostile, images=(link,)), 1, LIMITS)

    assert (request.prompt, request.negative_prompt, request.images[0].filename) == ("ab", "ab", "ab")


@pytest.mark.parametrize(
    ("typed", "heard", "hides"),
    [
        ("||the butler did it||, as a poster", "the butler did it, as a poster", True),
        ("a ||b|| c ||d||", "a b c d", True),
        ("a || b", "a || b", False),
        ("||||", "||||", False),
    ],
)
def test_a_model_reads_a_spoiler_without_marks_and_the_result_is_a_spoiler(typed: str, heard: str, hides: bool) -> None:
    assert without_spoiler_marks(typed) == heard
    assert is_spoiler(ImageRequest(typed)) is hides


def test_a_request_with_a_spoiler_image_stays_a_spoiler_after_an_edit() -> None:
    request = validated(ImageRequest("x", images=(A_FILE, replace(A_FILE, spoiler=True))), 2, LIMITS)
    source = replace(SOURCE, request=request)

    assert request.spoiler
    assert repeat_request(source).spoiler
    assert edit_request(source, replace(request, prompt="y")).spoiler
