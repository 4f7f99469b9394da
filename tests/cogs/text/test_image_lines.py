"""The small lines about the images of a result: each thing is said once, with the images that it is about."""

from __future__ import annotations

import pytest

from cogs.text import image_lines
from cogs.text.i18n import translator_for
from imagegen.image_request import Box, ImageRequest
from imagegen.model import Shrink
from tests.cogs.objects import a_job

CHINESE = translator_for("zh-CN")


@pytest.mark.parametrize(
    ("numbers", "text"), [([3], "3"), ([1, 2], "1–2"), ([1, 2, 3, 5, 8, 9], "1–3, 5, 8–9"), ([], "")]
)
def test_neighboring_numbers_are_one_range(numbers: list[int], text: str) -> None:
    assert image_lines.ranges(numbers) == text


def test_lost_images_are_one_line() -> None:
    assert image_lines.lost([]) == []
    assert image_lines.lost([4]) == ["image 4 couldn't be downloaded, so it didn't use your quota"]
    assert image_lines.lost([1, 2, 3, 4, 5, 6, 8]) == [
        "images 1–6, 8 couldn't be downloaded, so they didn't use your quota"
    ]
    assert image_lines.lost([1, 2, 8], CHINESE) == ["图片 1–2、8 下载失败，未占用额度"]


def test_images_that_were_saved_alike_are_one_line() -> None:
    found = [(1, Shrink.SAVED), (2, None), (3, Shrink.SAVED), (4, Shrink.SAVED), (5, Shrink.REDUCED)]

    assert image_lines.shrunk(found) == [
        "images 1, 3–4 saved as JPEG to fit", "image 5 saved as a smaller JPEG to fit"
    ]  # fmt: skip


def test_the_origin_of_many_input_images_is_said_once() -> None:
    request = ImageRequest("all nine", origins=("replied",) * 6 + ("own",) * 3)

    assert image_lines.inputs(a_job(request=request, input_count=9)) == [
        "from images 1–6: from the replied-to message, images 7–9: from the request's message"
    ]


def test_input_images_of_options_are_named_one_by_one() -> None:
    request = ImageRequest("two", origins=("image2", "image4"))

    assert image_lines.inputs(a_job(request=request, input_count=2)) == ["from image 1: image2, image 2: image4"]


def test_input_images_that_were_changed_alike_are_one_line() -> None:
    notes = (("reduced",), ("first_frame", "reduced", "unknown"), ("reduced",), ())

    assert image_lines.inputs(a_job(input_count=4, input_notes=notes)) == [
        "from 4 input images, in order", "images 1, 3: scaled down", "image 2: first frame only, scaled down"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "note"),
    [("wan2.6-image", True), ("wan2.7-image", False), ("wan9", False)],
)
def test_a_part_that_went_as_words_is_said_under_the_result(model: str, note: bool) -> None:
    request = ImageRequest("a red roof", boxes=((Box(0, 0, 90, 90),),))
    job = a_job(request=request, input_count=1, input_sizes=((400, 300),), model=model)

    lines = image_lines.edited_parts(job)

    said = ["the part was added to the prompt, so something beside it may have changed too"] * note
    assert lines == ["edited part: top left", *said]
