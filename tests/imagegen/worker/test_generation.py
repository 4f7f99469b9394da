"""An edit of a part is sent as boxes to a model that takes them, and as words to any other."""

from __future__ import annotations

import json

from imagegen.image_request import Box, ImageRequest, InputImage
from imagegen.model import Call
from imagegen.wan.requests import Generation, generation_request
from imagegen.worker.generation import generation_for

BOXED, PLAIN = "wan2.7-image", "wan2.6-image"
IMAGE = InputImage("data:image/png;base64,AAAA", 800, 600)
ROOF = Box(100, 60, 400, 300)


def asked(request: ImageRequest, model: str, images: int = 1) -> Generation:
    return generation_for(request, model, [IMAGE] * images, watermark=False)


def test_a_model_with_boxes_gets_a_list_for_each_image() -> None:
    request = ImageRequest("a red roof", boxes=((), (ROOF, Box(500, 0, 600, 60))))

    sent = asked(request, BOXED, images=3)

    body = json.loads("".join(generation_request(sent, Call.SYNC).body))
    assert body["parameters"]["bbox_list"] == [[], [[100, 60, 400, 300], [500, 0, 600, 60]], []]
    assert sent.prompt == "a red roof\nChange only what is inside the 2 boxes of image 2."


def test_a_model_without_boxes_gets_words() -> None:
    sent = asked(ImageRequest("a red roof", boxes=((ROOF,),)), PLAIN)

    assert sent.boxes == ()
    assert sent.prompt == (
        "a red roof\nChange only the upper left part (12% to 50% of the width from the left, 10% to 50% of the height"
        " from the top) of the image. Keep everything else exactly as it is."
    )


def test_a_box_never_leaves_the_image_that_is_sent() -> None:
    request = ImageRequest("a red roof", boxes=((Box(0, 0, 9000, 9000), Box(5000, 5000, 9000, 9000)), (ROOF,)))

    sent = asked(request, BOXED)

    assert sent.boxes == (((0, 0, 799, 599), (798, 598, 799, 599)),)


def test_without_boxes_nothing_is_added() -> None:
    for model in (BOXED, PLAIN):
        sent = asked(ImageRequest("a red roof", boxes=((),)), model)

        assert (sent.prompt, sent.boxes) == ("a red roof", ())
