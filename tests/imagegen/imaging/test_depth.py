"""Deep, floating-point and unusual pixels look as in a viewer."""

from __future__ import annotations

import math
import struct

import pytest
from PIL import Image

from tests.imagegen.imaging.drawn import encoded
from tests.imagegen.imaging.files import chunk, differs, png, ramp, taken

GRAY = ramp().convert("L")


def scaled(mode: str, factor: float, offset: float = 0) -> Image.Image:
    image = Image.new(mode, GRAY.size)
    values = [value * factor + offset for value in GRAY.tobytes()]
    image.putdata(values if mode == "F" else [round(value) for value in values])
    return image


@pytest.mark.parametrize(
    ("mode", "factor"),
    [
        pytest.param("F", 1 / 255, id="light from 0 to 1"),
        pytest.param("F", 1.0, id="light from 0 to 255"),
        pytest.param("F", 257.0, id="light from 0 to 65535"),
        pytest.param("F", 3.7 / 255, id="light brighter than 1"),
        pytest.param("F", 1e-6, id="hardly any light"),
        pytest.param("F", 1e9, id="light without a measure"),
        pytest.param("I;16", 257, id="16 bits"),
        pytest.param("I;16", 16.06, id="12 bits in 16"),
        pytest.param("I;16", 4.01, id="10 bits in 16"),
        pytest.param("I", 8421504, id="32 bits"),
        pytest.param("I", 1, id="8 bits in 32"),
        pytest.param("I", 257, id="16 bits in 32"),
    ],
)
def test_a_deep_tiff_is_scaled_by_its_range(mode: str, factor: float) -> None:
    image, notes = taken(encoded(scaled(mode, factor), "TIFF"))

    assert differs(image, GRAY) < 2
    assert notes == ("converted",)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_negative_values_are_the_darkest(mode: str) -> None:
    image, _ = taken(encoded(scaled(mode, 10, -1000), "TIFF"))

    assert differs(image, GRAY) < 2


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_few_invalid_values_do_not_darken_the_rest(odd: float) -> None:
    image = scaled("F", 1 / 255)
    image.paste(odd, (0, 0, 3, 3))

    assert differs(taken(encoded(image, "TIFF"))[0], GRAY) < 2


@pytest.mark.parametrize("mode", ["F", "I", "I;16"])
def test_an_empty_deep_image_is_black(mode: str) -> None:
    assert differs(taken(encoded(Image.new(mode, (300, 300)), "TIFF"))[0], Image.new("RGB", (300, 300))) == 0


def test_a_dark_png_of_sixteen_bits_stays_dark() -> None:
    image, _ = taken(encoded(scaled("I;16", 25.7), "PNG"))

    assert differs(image, GRAY.point([round(value / 10) for value in range(256)])) < 1


@pytest.mark.parametrize(("depth", "shade"), [(16, b"\xc8\xc8"), (8, b"\xc8")])
def test_a_transparent_shade_of_gray_becomes_white(depth: int, shade: bytes) -> None:
    row = b"\0" + bytes(len(shade)) * 200 + shade * 200

    image, notes = taken(png((400, 300), depth, 0, row * 300, chunk(b"tRNS", b"\0\0")))

    assert image.getpixel((50, 50)) == (255, 255, 255)
    assert image.getpixel((350, 50)) == (200, 200, 200)
    assert "flattened" in notes


def test_a_shade_next_to_the_transparent_one_stays() -> None:
    row = b"\0" + struct.pack(">H", 1) * 400

    image, notes = taken(png((400, 300), 16, 0, row * 300, chunk(b"tRNS", b"\0\0")))

    assert image.getpixel((50, 50)) == (0, 0, 0)
    assert "flattened" not in notes


@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_color_becomes_white(depth: int) -> None:
    red, blue = (b"\xff\0\0", b"\0\0\xff") if depth == 8 else (b"\xff\xff\0\0\0\0", b"\0\0\0\0\xff\xff")
    clear = struct.pack(">3H", 255 if depth == 8 else 65535, 0, 0)

    image, _ = taken(png((400, 300), depth, 2, (b"\0" + red * 200 + blue * 200) * 300, chunk(b"tRNS", clear)))

    assert image.getpixel((50, 50)) == (255, 255, 255)
    assert image.getpixel((350, 50)) == (0, 0, 255)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("P", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("RGBA", "GIF"), ("RGBA", "WEBP"), ("LA", "TIFF"), ("RGBA", "TIFF")],
)
def test_transparency_becomes_white_in_every_mode(mode: str, kind: str) -> None:
    half = Image.new("RGBA", (400, 300), (200, 200, 200, 255))
    half.paste((0, 0, 0, 0), (0, 0, 200, 300))
    half = half.quantize(16) if mode == "P" else half.convert(mode)

    image, notes = taken(encoded(half, kind, **({"lossless": True} if kind == "WEBP" else {})))

    assert image.getpixel((50, 50)) == (255, 255, 255)
    assert differs(image.crop((250, 0, 400, 300)), Image.new("RGB", (150, 300), (200, 200, 200))) < 2
    assert notes == ("flattened",)


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("TIFF", {"compression": "group4"}), ("BMP", {}), ("GIF", {})]
)
def test_black_and_white_stay_black_and_white(kind: str, options: dict[str, object]) -> None:
    bits = GRAY.convert("1")

    image, notes = taken(encoded(bits, kind, **options))

    assert differs(image, bits) == 0
    assert notes == ()
