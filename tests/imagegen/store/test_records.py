"""The boxes of a request are stored and read back, and no stored text becomes boxes that no image has."""

from __future__ import annotations

import json

import pytest

from imagegen.image_request import Box, ImageRequest
from imagegen.store.records import request_from_json, request_to_json

BOXED = ImageRequest("a red roof", boxes=((), (Box(0, 0, 12, 12), Box(25, 25, 100, 100))))
EDGES = {"left": 0, "top": 0, "right": 12, "bottom": 12}


def test_boxes_are_read_as_they_were_stored() -> None:
    assert request_from_json(request_to_json(BOXED)) == BOXED


def test_a_request_of_an_older_version_has_no_boxes() -> None:
    stored = json.loads(request_to_json(BOXED))
    del stored["boxes"]

    assert request_from_json(json.dumps(stored)).boxes == ()


def test_what_a_newer_version_says_of_a_box_is_passed_over() -> None:
    stored = json.loads(request_to_json(BOXED)) | {"boxes": [[EDGES | {"label": "roof"}]]}

    assert request_from_json(json.dumps(stored)).boxes == ((Box(0, 0, 12, 12),),)


@pytest.mark.parametrize(
    "boxes",
    [
        None,
        7,
        [EDGES],
        [[{}]],
        [[[0, 0, 12, 12]]],
        [[EDGES | {"right": 0}]],
        [[EDGES | {"left": -1}]],
        [[EDGES | {"right": 12.5}]],
        [[EDGES | {"right": "12"}]],
        [[EDGES | {"right": True}]],
        [["left"]],
    ],
)
def test_what_is_no_box_makes_the_request_unreadable(boxes: object) -> None:
    stored = json.loads(request_to_json(BOXED)) | {"boxes": boxes}

    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        request_from_json(json.dumps(stored))


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": "2"},
        {"count": True},
        {"seed": 1.5},
        {"prompt": None},
        {"model": 7},
        {"image_set": "no"},
        {"thinking": 1},
        {"palette": [{"hex": "#FFFFFF", "share": "40"}]},
        {"images": [{"url": 1, "filename": "a.png"}]},
    ],
)
def test_a_field_of_another_type_makes_the_request_unreadable(wrong: dict[str, object]) -> None:
    stored = json.loads(request_to_json(BOXED)) | wrong

    with pytest.raises(TypeError):
        request_from_json(json.dumps(stored))
