"""What is asked once more knows what it goes on from; what cannot be made is refused before anything is held."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from imagegen.asks import changed, checked, repeated
from imagegen.errors import Reason, Refused
from imagegen.model import Asker, AskLimits, Call, ImageRequest, Job, PictureLink, Quality, Shape, State

LIMITS = AskLimits(prompt_chars=20, negative_chars=5, max_pictures=4, max_count=4, max_seed=9)


@pytest.mark.parametrize(
    ("request_", "pictures", "reason"),
    [
        (ImageRequest(""), 0, Reason.PROMPT_EMPTY),
        (ImageRequest(" \n\t"), 0, Reason.PROMPT_EMPTY),
        (ImageRequest("\u200b\u200f\u200d"), 0, Reason.PROMPT_EMPTY),
        (ImageRequest("x" * 21), 0, Reason.PROMPT_TOO_LONG),
        (ImageRequest("灯" * 21), 0, Reason.PROMPT_TOO_LONG),
        (ImageRequest("x", negative_prompt="y" * 6), 0, Reason.NEGATIVE_TOO_LONG),
        (ImageRequest("x", negative_prompt=" \n"), 5, Reason.TOO_MANY_PICTURES),
        (ImageRequest("x"), 5, Reason.TOO_MANY_PICTURES),
        (ImageRequest("x", count=0), 0, Reason.COUNT_OUT_OF_RANGE),
        (ImageRequest("x", count=5), 0, Reason.COUNT_OUT_OF_RANGE),
        (ImageRequest("x", seed=-1), 0, Reason.SEED_OUT_OF_RANGE),
        (ImageRequest("x", seed=10), 0, Reason.SEED_OUT_OF_RANGE),
        (ImageRequest("x", shape=Shape.SAME), 0, Reason.SHAPE_NEEDS_PICTURE),
    ],
)
def test_what_the_model_would_cut_or_reject_is_refused_by_name(
    request_: ImageRequest, pictures: int, reason: Reason
) -> None:
    with pytest.raises(Refused) as refused:
        checked(request_, pictures, LIMITS)

    assert refused.value.reason is reason


def test_a_refusal_names_the_limit_and_what_was_given() -> None:
    with pytest.raises(Refused) as refused:
        checked(ImageRequest("x" * 33), 0, LIMITS)

    assert refused.value.facts == {"length": 33, "limit": 20}


@pytest.mark.parametrize(("pictures", "shape"), [(0, Shape.SQUARE), (1, Shape.SAME), (4, Shape.SAME)])
def test_an_edit_keeps_its_shape_and_words_alone_make_a_square(pictures: int, shape: Shape) -> None:
    assert checked(ImageRequest("x"), pictures, LIMITS).shape is shape


def test_words_at_the_limit_are_taken_whole_and_trimmed() -> None:
    request = checked(ImageRequest("  " + "x" * 20 + "\n", negative_prompt=" grey "), 0, LIMITS)

    assert request.prompt == "x" * 20
    assert request.negative_prompt == "grey"


def test_words_to_avoid_are_refused_where_the_model_reads_none() -> None:
    limits = AskLimits(20, 0, 4, 4, 9, model="wan2.7-image")

    with pytest.raises(Refused) as refused:
        checked(ImageRequest("x", negative_prompt="grey"), 0, limits)

    assert (refused.value.reason, refused.value.facts) == (Reason.MODEL_TAKES_NO_NEGATIVE, {"model": "wan2.7-image"})


SOURCE = Job(
    42, "i:1", State.DONE, Asker(5, "g:1"),
    ImageRequest("a lighthouse", shape=Shape.WIDE, count=2, seed=7, parent_id=3), {}, "wan2.6-t2i", Call.SYNC,
    pictures_given=0, attempts=0, epoch=0, asked_at=datetime(2026, 11, 24, tzinfo=UTC),
)  # fmt: skip


def test_what_is_repeated_has_a_seed_of_its_own_and_goes_on_from_its_source() -> None:
    assert repeated(SOURCE) == replace(SOURCE.request, seed=None, parent_id=SOURCE.id)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "by night"},
        {"count": 1},
        {"shape": Shape.TALL},
        {"quality": Quality.HIGH},
        {"negative_prompt": "fog"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_keeps_the_seed_so_that_nothing_else_changes(change: dict[str, object]) -> None:
    wanted = replace(SOURCE.request, **change)  # type: ignore[arg-type]  # each by its name

    assert changed(SOURCE, wanted) == replace(wanted, seed=7, parent_id=SOURCE.id)


def test_a_change_that_changes_nothing_is_another_picture_of_the_same() -> None:
    assert changed(SOURCE, SOURCE.request) == repeated(SOURCE)


def test_a_change_brings_no_seed_parent_or_pictures_of_its_own() -> None:
    forged = replace(SOURCE.request, seed=1, parent_id=99, pictures=(PictureLink("https://x", "x"),))

    assert changed(SOURCE, forged) == repeated(SOURCE)
