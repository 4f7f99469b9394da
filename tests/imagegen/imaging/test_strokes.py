"""Strokes on a copy are found in pixels of the original, whatever a phone did to the copy; and nothing else is."""

from __future__ import annotations

import base64
import io
import json
import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.image_request import Box, InputImage
from imagegen.imaging import _decode, _strokes, parts
from imagegen.imaging.images import Decoder
from sandbox.wan.draw import draw
from tests.imagegen.imaging.decoding import normalized
from tests.imagegen.imaging.drawn import encoded

Share = tuple[float, float, float, float]  # of the width and height: left, top, right, bottom
ONE: Share = (0.2, 0.3, 0.45, 0.6)
RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)
NEAR = 0.025  # of a side


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@cache
def scene() -> Image.Image:
    """Return an image with large plain areas."""
    return soft(5, (800, 450))


def soft(seed: int, size: tuple[int, int]) -> Image.Image:
    """Return an image with soft edges and a line of sharp letters."""
    small = opened(draw("", seed, size[0] // 4, size[1] // 4))
    image = small.resize(size, Image.Resampling.BICUBIC)
    words = "a lighthouse at night, and the lamps of the village below it"
    ImageDraw.Draw(image).text((20, size[1] - 20), words, WHITE, stroke_width=2, stroke_fill=BLACK)
    return image


@cache
def photo(seed: int = 3, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return an image that is full of detail."""
    rng = random.Random(seed)
    colors = Image.frombytes("RGB", (24, 16), rng.randbytes(24 * 16 * 3)).resize(size, Image.Resampling.BICUBIC)
    grain = Image.frombytes("L", (160, 120), rng.randbytes(160 * 120)).resize(size, Image.Resampling.BICUBIC)
    return Image.blend(colors, Image.merge("RGB", [grain] * 3), 0.15)


IMAGES = pytest.mark.parametrize("image", [scene(), photo()], ids=["scene", "photo"])


def circled(image: Image.Image, *areas: Share, color: tuple[int, int, int] = RED, width: int = 8) -> Image.Image:
    copy = image.copy()
    for area in areas:
        ImageDraw.Draw(copy).ellipse(on(image, area), None, color, width)
    return copy


def filled(image: Image.Image, area: Share) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).rectangle(on(image, area), RED)
    return copy


def on(image: Image.Image, area: Share) -> Share:
    left, top, right, bottom = area
    return left * image.width, top * image.height, right * image.width, bottom * image.height


def saved(image: Image.Image, *, scale: float = 0.6, quality: int = 70, cut: Share = (0, 0, 0, 0)) -> bytes:
    """Return *image* as a phone saves it."""
    left, top, right, bottom = cut
    image = image.crop(on(image, (left, top, 1 - right, 1 - bottom)))
    size = round(image.width * scale), round(image.height * scale)
    return encoded(image.resize(size, Image.Resampling.LANCZOS), "JPEG", quality=quality)


def compared(original: Image.Image, copy: bytes) -> dict[str, Any]:
    """Return what a child answers."""
    one = FILES.get(id(original)) or encoded(original, "PNG", compress_level=1)
    answer: dict[str, Any] = json.loads(_strokes.strokes(one + copy, len(one)))
    return answer


FILES = {id(image): encoded(image, "PNG", compress_level=1) for image in (scene(), photo())}


def decoded(data: bytes) -> bytes:
    """Return *data* as the bot compares it."""
    return base64.b64decode(_decode.normalize(data).data_uri.partition(b",")[2])


def found(original: Image.Image, copy: bytes) -> list[Share]:
    """Return the boxes that are found, as shares of the original's sides."""
    width, height = original.size
    boxes = compared(original, copy)["boxes"]
    return [(left / width, top / height, right / width, bottom / height) for left, top, right, bottom in boxes]


def near(boxes: Sequence[Share], wanted: Sequence[Share]) -> bool:
    pairs = zip(sorted(boxes), sorted(wanted), strict=True)
    return all(abs(a - b) <= NEAR for one, other in pairs for a, b in zip(one, other, strict=True))


@IMAGES
@pytest.mark.parametrize("color", [RED, WHITE, BLACK])
def test_a_circle_of_any_color_is_found(image: Image.Image, color: tuple[int, int, int]) -> None:
    boxes = found(image, saved(circled(image, ONE, color=color)))

    assert near(boxes, [ONE])


@IMAGES
@pytest.mark.parametrize(
    "changes",
    [
        {"scale": 0.35, "quality": 35},
        {"scale": 1.7, "quality": 90},
        {"scale": 1.0, "cut": (0.04, 0.02, 0.01, 0.03)},
        {"scale": 0.5, "cut": (0.0, 0.12, 0.0, 0.0)},
    ],
    ids=["small and noisy", "enlarged", "cut off", "another aspect ratio"],
)
def test_a_circle_is_found_on_a_changed_copy(image: Image.Image, changes: dict[str, object]) -> None:
    boxes = found(image, saved(circled(image, ONE), **changes))  # type: ignore[arg-type]  # options of saved()

    assert near(boxes, [ONE])


@IMAGES
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scale": 0.4, "quality": 30},
        {"scale": 1.7, "quality": 90},
        {"cut": (0.1, 0.08, 0.02, 0.05)},
    ],
    ids=["saved again", "small and noisy", "enlarged", "cut off"],
)
def test_a_copy_without_strokes_has_none(image: Image.Image, changes: dict[str, object]) -> None:
    assert found(image, saved(image, **changes)) == []  # type: ignore[arg-type]  # options of saved()


@IMAGES
def test_each_scribble_has_a_box(image: Image.Image) -> None:
    areas: list[Share] = [(0.1, 0.1, 0.2, 0.25), (0.7, 0.6, 0.9, 0.9), (0.6, 0.05, 0.7, 0.2)]

    assert near(found(image, saved(circled(image, *areas[:2]))), areas[:2])
    assert near(found(image, saved(circled(image, *areas))), areas)


@IMAGES
def test_a_dot_and_a_thin_line_are_found(image: Image.Image) -> None:
    dot: Share = (0.5, 0.5, 0.512, 0.516)

    assert near(found(image, saved(filled(image, dot))), [dot])
    assert near(found(image, saved(circled(image, ONE, width=4))), [ONE])


@IMAGES
def test_a_third_of_an_image_may_be_painted_over(image: Image.Image) -> None:
    third: Share = (0.1, 0.1, 0.7, 0.7)

    assert near(found(image, saved(filled(image, third))), [third])


@pytest.mark.parametrize("factor", [0.9, 1.03, 1.1])
def test_a_copy_that_is_a_little_lighter_or_darker_shows_only_its_strokes(factor: float) -> None:
    image, tone = scene(), ImageEnhance.Brightness

    assert found(image, saved(tone(image).enhance(factor))) == []
    assert near(found(image, saved(tone(circled(image, ONE)).enhance(factor))), [ONE])


OTHERS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "painted": lambda image: filled(image, (0, 0, 1, 1)),
    "photo": lambda _: photo(8, (600, 600)),
    "photo of the same size": lambda image: photo(9, image.size),
    "alike": lambda image: soft(6, image.size),
    "mirrored": ImageOps.mirror,
    "turned": lambda image: image.rotate(90, expand=True),
    "black": lambda image: Image.new("RGB", image.size),
    "dark": lambda image: ImageEnhance.Brightness(image).enhance(0.5),
}


@IMAGES
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_image_is_told_apart(image: Image.Image, other: Callable[[Image.Image], Image.Image]) -> None:
    assert compared(image, saved(other(image))) == {"other": True}


def test_a_copy_turned_by_its_metadata_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a viewer turns it by 90°
    turned = circled(scene(), ONE).transpose(Image.Transpose.ROTATE_90)

    assert near(found(scene(), decoded(encoded(turned, "JPEG", exif=exif.tobytes()))), [ONE])


@cache
def drawing(kind: str) -> Image.Image:
    """Return black lines or a page of text on white."""
    rng, image = random.Random(2), Image.new("RGB", (1000, 800), "white")
    pen = ImageDraw.Draw(image)
    for row in range(40):
        if kind == "lines":
            pen.line([(rng.randrange(1000), rng.randrange(800)) for _ in range(4)], "black", 2)
        else:
            pen.text((20, 20 * row), "The quick brown fox jumps over the lazy dog. " * 3, "black")
    return image


@pytest.mark.parametrize("kind", ["lines", "text"])
@pytest.mark.parametrize("changes", [{"scale": 0.4, "quality": 30}, {"scale": 1.3, "quality": 90}])
def test_fine_lines_and_text_are_no_strokes(kind: str, changes: dict[str, object]) -> None:
    image = drawing(kind)

    circle = found(image, saved(circled(image, ONE, width=10), **changes))  # type: ignore[arg-type]  # options of saved()

    assert found(image, saved(image, **changes)) == []  # type: ignore[arg-type]  # options of saved()
    assert near([around(circle)], [ONE])


def around(boxes: Sequence[Share]) -> Share:
    """Return the box around several: lines that cross a circle divide it."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def test_a_huge_copy_is_found_like_any_other() -> None:
    assert near(found(scene(), decoded(saved(circled(scene(), ONE), scale=6, quality=60))), [ONE])


def test_a_plain_image_shows_its_strokes() -> None:
    plain = Image.new("RGB", (900, 600), "white")

    assert near(found(plain, saved(circled(plain, ONE))), [ONE])


async def test_a_child_finds_strokes_or_says_why_there_are_none() -> None:
    async with Decoder() as decoder:
        image = await normalized(encoded(scene(), "PNG"), decoder=decoder)
        circle, other = [
            await normalized(saved(copy, scale=0.7), decoder=decoder) for copy in (circled(scene(), ONE), photo())
        ]
        reasons = []

        (box,) = await parts.strokes(decoder, image, circle)
        for copy in (image, other):
            with pytest.raises(Refused) as refused:
                await parts.strokes(decoder, image, copy)
            reasons.append(refused.value.reason)

    assert near([(box.left / 800, box.top / 450, box.right / 800, box.bottom / 450)], [ONE])
    assert reasons == [Reason.NO_STROKES, Reason.STROKES_ON_OTHER_IMAGE]


async def test_images_that_cannot_be_compared_in_time_are_refused() -> None:
    image = InputImage("data:image/png;base64,", 1, 1)

    with pytest.raises(ImageRefused) as refused:
        await parts.strokes(Decoder(timeout_s=0), image, image)

    assert refused.value.reason is Reason.IMAGE_TOO_COMPLEX


def test_a_copy_of_dots_everywhere_has_at_most_fifty_strokes_in_the_original() -> None:
    original, copy = Image.new("RGB", (2048, 2048), "white"), Image.new("RGB", (2048, 2048), "white")
    for place in range(20 * 20):
        left, top = place % 20 * 100 + 20, place // 20 * 100 + 20
        copy.paste("black", (left, top, left + 40, top + 40))
    first = encoded(original, "PNG")

    answer = json.loads(_strokes.strokes(first + encoded(copy, "PNG"), len(first)))

    assert len(answer["boxes"]) == _strokes.MAX_STROKES
    assert all(Box(*edges).right <= 2048 for edges in answer["boxes"])
