"""What only the models of Wan 2.7 have: image sets, palettes, boxes, thinking."""

from __future__ import annotations

import base64
import io
import time
from functools import cache
from math import ceil, floor
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.sandbox.wan.house import House, Json, body

PALETTE = [("#C2D1E6", "25.00%"), ("#e63946", "50.00%"), ("#1d3557", "24.99%"), ("#000000", "0.01%")]
SMALL = "768*768"


@cache
def detailed(size: tuple[int, int]) -> bytes:
    """Return a PNG with fine detail, so that no two ways to resize it give the same pixels."""
    out = io.BytesIO()
    Image.effect_mandelbrot(size, (-2.0, -1.5, 1.0, 1.5), 60).convert("RGB").save(out, "PNG")
    return out.getvalue()


def source(size: tuple[int, int]) -> Image.Image:
    return Image.open(io.BytesIO(detailed(size)))


def link(size: tuple[int, int]) -> str:
    return "data:image/png;base64," + base64.b64encode(detailed(size)).decode()


def wan_27(images: tuple[tuple[int, int], ...] = (), **changes: Any) -> Json:
    content: list[Json] = [{"text": "a lighthouse"}, *({"image": link(size)} for size in images)]
    return body(**{"model": "wan2.7-image", "content": content, "size": SMALL, "seed": 7, **changes})


async def drawn(house: House, payload: Json) -> list[Image.Image]:
    status, answer = await house.post(payload)
    assert status == 200, answer
    items = [item for choice in answer["output"]["choices"] for item in choice["message"]["content"]]
    return [(await house.drawn(item["image"])).convert("RGB") for item in items]


def palette(colors: list[tuple[str, str]]) -> list[Json]:
    return [{"hex": color, "ratio": ratio} for color, ratio in colors]


async def test_a_set_is_one_choice_of_several_images(house: House) -> None:
    house.wan.set(set_images=3)

    _, answer = await house.post(wan_27(enable_sequential=True, n=4))

    (choice,) = answer["output"]["choices"]
    assert [set(item) for item in choice["message"]["content"]] == [{"type", "image"}] * 3
    assert (answer["usage"]["image_count"], answer["usage"]["size"]) == (3, SMALL)
    assert house.wan.bill() == {"images": 3, "requests": 1}


async def test_the_seed_decides_how_many_images_a_set_has_and_never_more_than_n(house: House) -> None:
    async def made(seed: int) -> int:
        task_id = await house.task(wan_27(enable_sequential=True, n=6, seed=seed))
        house.wan.settle()
        return house.wan.tasks[task_id].image_count

    counts = [await made(seed) for seed in range(12)]

    assert counts == [await made(seed) for seed in range(12)]
    assert {min(counts), max(counts)} <= {3, 4, 5, 6}
    assert len(set(counts)) > 1


async def test_a_set_from_images_and_as_a_task_has_the_same_shape(house: House) -> None:
    house.wan.set(set_images=2)

    task_id = await house.task(wan_27(((400, 300),), enable_sequential=True, n=4))
    answer = await house.get(f"/tasks/{task_id}")

    (choice,) = answer["output"]["choices"]
    assert (len(choice["message"]["content"]), answer["usage"]["image_count"]) == (2, 2)


async def test_the_images_of_a_set_share_their_colors(house: House) -> None:
    house.wan.set(set_images=3)

    images = await drawn(house, wan_27(enable_sequential=True, n=3))

    corners = [image.getpixel((0, 0)) for image in images]
    assert len(set(corners)) == 1
    assert len({image.tobytes() for image in images}) == 3


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ({"color_palette": palette(PALETTE)}, "color_palette is not supported with enable_sequential"),
        ({"bbox_list": []}, "bbox_list is not supported with enable_sequential"),
        ({"thinking_mode": True}, "thinking_mode needs a request without images and without enable_sequential"),
        ({"size": "4K", "model": "wan2.7-image-pro"}, "Maximum supported size is 2K"),
        ({"n": 13}, "Range of n should be [1, 12]"),
    ],
)
async def test_a_set_refuses_what_a_single_image_takes(house: House, refused: Json, message: str) -> None:
    _, answer = await house.post(wan_27(**{"enable_sequential": True, "n": 4, **refused}))

    assert answer["message"] == message


async def test_thinking_is_refused_with_an_image(house: House) -> None:
    status, _ = await house.post(wan_27(((400, 300),), thinking_mode=True))

    assert status == 400


async def test_an_image_shows_the_palettes_colors_in_their_shares(house: House) -> None:
    (image,) = await drawn(house, wan_27(color_palette=palette(PALETTE)))

    counted = dict((color, count) for count, color in image.getcolors(image.width * image.height) or [])
    shares = [counted.get(rgb(color), 0) / (image.width * image.height) for color, _ in PALETTE[:3]]
    assert shares == pytest.approx([0.25, 0.50, 0.25], abs=0.06)


def rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


@pytest.mark.parametrize(
    "colors",
    [
        PALETTE[:2],
        [("#000000", "10.00%")] * 11,
        [("#000000", "33.33%")] * 3,
        [("#000", "25.00%"), *PALETTE[1:]],
        [("#C2D1E6", "25%"), *PALETTE[1:]],
        [("#C2D1E6", "25.000%"), *PALETTE[1:]],
    ],
)
async def test_a_palette_has_three_to_ten_colors_of_a_hundred_percent(house: House, colors: Any) -> None:
    status, answer = await house.post(wan_27(color_palette=palette(colors)))

    assert (status, answer["code"]) == (400, "InvalidParameter")


def outside(image: Image.Image, boxes: list[tuple[int, int, int, int]]) -> bytes:
    """Return the pixels of an image with its boxes blackened."""
    copy = image.copy()
    for box in boxes:
        copy.paste((0, 0, 0), box)
    return copy.tobytes()


def has_changed(image: Image.Image, before: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Return whether an image visibly differs inside a box."""
    difference = ImageChops.difference(image.crop(box), before.crop(box)).convert("L")
    return sum(difference.tobytes()) / (difference.width * difference.height) > 8


async def test_an_edit_with_boxes_changes_no_pixel_outside_them(house: House) -> None:
    size, boxes = (800, 750), [(10, 20, 300, 200), (400, 500, 800, 750)]

    (image,) = await drawn(house, wan_27((size,), size="800*750", bbox_list=[[list(box) for box in boxes]]))

    assert image.size == size
    assert outside(image, boxes) == outside(source(size), boxes)
    assert all(has_changed(image, source(size), box) for box in boxes)


async def test_the_boxes_of_a_scaled_edit_are_scaled_with_the_image(house: House) -> None:
    size, box = (640, 480), (64, 64, 256, 201)

    (image,) = await drawn(house, wan_27((size,), size="1K", bbox_list=[[list(box)]]))

    across, down = image.width / size[0], image.height / size[1]
    scaled = (floor(box[0] * across), floor(box[1] * down), ceil(box[2] * across), ceil(box[3] * down))
    resized = source(size).resize(image.size, Image.Resampling.LANCZOS)
    assert (image.width * image.height) == pytest.approx(1024 * 1024, rel=0.02)
    assert outside(image, [scaled]) == outside(resized, [scaled])
    assert has_changed(image, resized, scaled)


async def test_the_last_image_with_a_box_is_the_one_that_changes(house: House) -> None:
    sizes = ((800, 800), (780, 780), (400, 300))

    (image,) = await drawn(house, wan_27(sizes, size="780*780", bbox_list=[[[0, 0, 9, 9]], [[5, 5, 99, 99]], []]))

    assert outside(image, [(5, 5, 99, 99)]) == outside(source((780, 780)), [(5, 5, 99, 99)])


async def test_an_edit_without_any_box_is_a_plain_edit(house: House) -> None:
    (plain,) = await drawn(house, wan_27(((400, 300),)))

    (without_boxes,) = await drawn(house, wan_27(((400, 300),), bbox_list=[[]]))

    assert plain.tobytes() == without_boxes.tobytes()


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([[[0, 0, 10, 10]]], "bbox_list should have 2 lists, one for each image"),
        ({}, "bbox_list should have 2 lists, one for each image"),
        ([[], [[0, 0, 10, 10]] * 3], "bbox_list should have at most 2 boxes for each image"),
        ([[], [0, 10]], "a box of bbox_list should be four integers [x1, y1, x2, y2]"),
        ([[], [[0, 0, 10]]], "a box of bbox_list should be four integers [x1, y1, x2, y2]"),
        ([[], [[0, 0, 10, 10.5]]], "a box of bbox_list should be four integers [x1, y1, x2, y2]"),
        ([[], [[0, 0, True, 10]]], "a box of bbox_list should be four integers [x1, y1, x2, y2]"),
        ([[], [[10, 0, 10, 10]]], "a box of bbox_list should have x1 < x2 and y1 < y2"),
        ([[], [[0, 9, 10, 8]]], "a box of bbox_list should have x1 < x2 and y1 < y2"),
        ([[], [[-1, 0, 10, 10]]], "a box of bbox_list lies outside its image of 400*300"),
        ([[], [[0, 0, 10, 301]]], "a box of bbox_list lies outside its image of 400*300"),
    ],
)
async def test_wrong_boxes_are_refused_by_what_is_wrong(house: House, boxes: Any, message: str) -> None:
    status, answer = await house.post(wan_27(((500, 400), (400, 300)), bbox_list=boxes))

    assert (status, answer["message"]) == (400, message)
    assert house.wan.bill()["images"] == 0


async def test_thinking_takes_twice_as_long(house: House) -> None:
    house.wan.set(delay_s=0.2)
    began_s = time.monotonic()

    await house.post(wan_27(thinking_mode=True))

    assert time.monotonic() - began_s > 0.4


async def test_a_task_that_thinks_ends_later(house: House) -> None:
    house.wan.set(delay_s=60)
    plain, thinks = [house.wan.tasks[await house.task(wan_27(thinking_mode=on))] for on in (False, True)]

    assert (thinks.ready_at - thinks.starts_at).total_seconds() == 120
    assert (plain.ready_at - plain.starts_at).total_seconds() == 60
