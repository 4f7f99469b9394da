"""The decoder's child converts every image that people post, or refuses it with a reason."""

import base64
import io
import os
from collections.abc import Callable

import pytest
from PIL import Image, TiffImagePlugin

from imagegen.errors import ImageRefused, Reason
from imagegen.image_request import InputImage
from imagegen.imaging.images import IMAGES_BYTES, Decoder
from imagegen.model import Call
from imagegen.wan.client import MAX_REQUEST_BYTES
from imagegen.wan.requests import Generation, generation_request
from tests.imagegen.imaging.bombs import png_bomb
from tests.imagegen.imaging.decoding import normalized
from tests.imagegen.imaging.drawn import encoded, halves


def opened(image: InputImage) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(image.data_uri.partition(",")[2])))


def noise(size: tuple[int, int] = (400, 300)) -> Image.Image:
    return Image.frombytes("RGB", size, os.urandom(3 * size[0] * size[1]))


async def test_a_plain_image_keeps_every_pixel() -> None:
    image = await normalized(encoded(halves(), "PNG"))

    assert (image.width_px, image.height_px, image.notes) == (400, 300, ())
    assert opened(image).tobytes() == halves().tobytes()


def cut(image: Image.Image, kind: str, length: int) -> bytes:
    return encoded(image, kind)[:length]


@pytest.mark.parametrize(
    ("draw", "reason"),
    [
        pytest.param(lambda: b"a text file named .png", Reason.IMAGE_UNREADABLE, id="text"),
        pytest.param(lambda: b"", Reason.IMAGE_UNREADABLE, id="empty"),
        pytest.param(lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", Reason.IMAGE_UNREADABLE, id="postscript"),
        pytest.param(lambda: b"\0\0\0\x18ftypheic" + bytes(64), Reason.IMAGE_HEIC, id="heic"),
        pytest.param(lambda: b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(64), Reason.IMAGE_HEIC, id="other heic"),
        pytest.param(lambda: cut(halves((3000, 2000)), "JPEG", 4000), Reason.IMAGE_TRUNCATED, id="cut jpeg"),
        pytest.param(lambda: cut(noise(), "PNG", 9000), Reason.IMAGE_TRUNCATED, id="cut png"),
        pytest.param(lambda: cut(noise(), "WEBP", 2000), Reason.IMAGE_TRUNCATED, id="cut webp"),
        pytest.param(lambda: encoded(halves((239, 4000)), "PNG"), Reason.IMAGE_TOO_SMALL, id="small"),
        pytest.param(lambda: png_bomb(20_000), Reason.IMAGE_TOO_LARGE, id="bomb"),
    ],
)
async def test_an_unusable_image_is_refused_with_its_reason_and_position(
    draw: Callable[[], bytes], reason: Reason
) -> None:
    with pytest.raises(ImageRefused) as refused:
        await normalized(draw(), 2)

    assert refused.value.reason is reason
    assert refused.value.facts["position"] == 2


async def test_a_refusal_names_the_sides_and_the_limit() -> None:
    with pytest.raises(ImageRefused) as refused:
        await normalized(encoded(halves((400, 100)), "PNG"), 2)

    assert refused.value.facts == {"position": 2, "width_px": 400, "height_px": 100, "limit_px": 240}


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
async def test_an_animation_gives_its_first_frame(kind: str) -> None:
    frames = [halves(left="lime"), halves(left="black")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])

    image = await normalized(data)

    assert image.notes == ("first_frame",)
    red, green, _ = opened(image).getpixel((10, 10))  # type: ignore[misc]  # an RGB pixel
    assert (red < 20, green > 240) == (True, True)


async def test_a_photo_of_two_lenses_is_no_animation() -> None:
    data = encoded(halves(), "MPO", save_all=True, append_images=[halves()])

    assert (await normalized(data)).notes == ()


async def test_transparent_pixels_become_white() -> None:
    image = await normalized(encoded(Image.new("RGBA", (300, 300), (255, 0, 0, 0)), "PNG"))

    assert image.notes == ("flattened",)
    assert opened(image).getpixel((5, 5)) == (255, 255, 255)


async def test_an_opaque_alpha_channel_makes_no_note() -> None:
    image = await normalized(encoded(halves().convert("RGBA"), "PNG"))

    assert image.notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
async def test_a_rotated_photo_becomes_upright(kind: str) -> None:
    image = await normalized(encoded(halves(), kind, exif=exif()))

    assert (image.width_px, image.height_px) == (300, 400)
    assert image.notes == ("turned",)
    red, _, blue = opened(image).getpixel((150, 30))  # type: ignore[misc]  # an RGB pixel
    assert red > 200 > blue


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_the_location_of_a_photo_is_not_sent(kind: str) -> None:
    image = await normalized(encoded(halves(), kind, exif=exif(), comment="my garden"))

    sent = base64.b64decode(image.data_uri.partition(",")[2])
    assert b"my garden" not in sent
    assert not opened(image).getexif()


def exif() -> Image.Exif:
    """Return EXIF with a rotation and a location."""
    written = Image.Exif()
    written[0x0112] = 6
    written[0x010E] = "my garden"
    written.get_ifd(0x8825)[1] = "N"
    return written


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("CMYK", "TIFF"),
        ("CMYK", "JPEG"),
        ("RGB", "BMP"),
        ("RGB", "WEBP"),
        ("RGB", "AVIF"),
        ("P", "PNG"),
        ("LAB", "TIFF"),
    ],
)
async def test_other_formats_and_color_modes_are_converted(mode: str, kind: str) -> None:
    image = await normalized(encoded(halves().convert(mode), kind))

    pixels = opened(image)
    assert (pixels.mode, pixels.size) == ("RGB", (400, 300))
    red, _, blue = pixels.getpixel((20, 20))  # type: ignore[misc]  # an RGB pixel
    assert red > 150 > blue


async def test_sixteen_bits_keep_their_gray_levels() -> None:
    image = await normalized(encoded(Image.new("I;16", (300, 300), 128 * 256), "PNG"))

    assert opened(image).getpixel((5, 5)) == (128, 128, 128)


async def test_a_side_of_nine_thousand_is_reduced() -> None:
    image = await normalized(encoded(halves((9000, 3000)), "JPEG"))

    assert (image.width_px, image.height_px) == (2048, 683)
    assert "reduced" in image.notes


@pytest.mark.parametrize(
    ("size", "fitted"), [((9000, 300), (7200, 240)), ((250, 7000), (240, 6720)), ((20_000, 240), (8000, 240))]
)
async def test_a_very_long_image_stays_within_the_services_limits(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    image = await normalized(encoded(halves(size), "PNG"))

    assert (image.width_px, image.height_px) == fitted
    assert opened(image).size == fitted


async def test_every_image_that_the_header_check_accepts_fits_into_memory() -> None:
    heaviest = encoded(Image.new("RGBA", (8000, 8000)), "PNG", compress_level=1)

    image = await normalized(heaviest)

    assert (image.width_px, image.height_px) == (2048, 2048)


async def test_an_image_that_needs_too_much_memory_is_refused_as_too_complex() -> None:
    with pytest.raises(ImageRefused) as refused:
        await normalized(encoded(halves((4000, 4000)), "PNG"), decoder=Decoder(max_memory_bytes=96 * 1024 * 1024))

    assert refused.value.reason is Reason.IMAGE_TOO_COMPLEX


@pytest.mark.parametrize("kind", ["TIFF", "CMYK JPEG"])
async def test_a_complete_image_that_needs_too_much_memory_is_not_called_truncated(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TiffImagePlugin, "STRIP_SIZE", 2**31 - 1)  # the whole image in one piece
    if kind == "TIFF":
        data = encoded(Image.new("RGBA", (8000, 8000)), "TIFF", compression="tiff_lzw")
    else:
        data = encoded(Image.new("CMYK", (8000, 8000)), "JPEG", progressive=True)

    with pytest.raises(ImageRefused) as refused:
        await normalized(data)

    assert refused.value.reason in (Reason.IMAGE_TOO_COMPLEX, Reason.IMAGE_TOO_LARGE)


@pytest.mark.parametrize(("count", "side_px"), [(4, 2048), (10, 1536)])
async def test_several_of_the_heaviest_images_fit_into_one_request(count: int, side_px: int) -> None:
    image = await normalized(encoded(noise((2048, 2048)), "BMP"), most_bytes=IMAGES_BYTES // count)

    asked = Generation("wan2.7-image", "漢" * 4000, (image.data_uri,) * count, 1, "1K", "漢" * 500, 7, True, False)
    assert len(image.data_uri) > 700_000
    assert (image.width_px, image.notes == ("reduced",)) == (side_px, count > 4)
    assert generation_request(asked, Call.SYNC).body_bytes <= MAX_REQUEST_BYTES
