"""Every picture that people post is put right or refused in words, and none is decoded in this process."""

import asyncio
import base64
import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from imagegen.errors import PictureRefused, Reason
from imagegen.model import Picture, PictureLink
from imagegen.pictures import Decoder, Hosts, fetch


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture.data_uri.partition(",")[2])))


def halves(size: tuple[int, int] = (400, 300), left: str = "red", right: str = "blue") -> Image.Image:
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int) -> bytes:
    """A well-formed one-bit PNG of side * side pixels in a few hundred kilobytes."""
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def refusal(data: bytes) -> PictureRefused:
    with pytest.raises(PictureRefused) as refused:
        await Decoder().normalise(data, 2)
    return refused.value


async def test_a_plain_picture_is_taken_pixel_for_pixel() -> None:
    picture = await Decoder().normalise(encoded(halves(), "PNG"), 1)

    assert (picture.width_px, picture.height_px, picture.notes) == (400, 300, ())
    assert opened(picture).tobytes() == halves().tobytes()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"this is a text file named .png", Reason.PICTURE_NOT_A_PICTURE),
        (b"", Reason.PICTURE_NOT_A_PICTURE),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 500 500\n", Reason.PICTURE_NOT_A_PICTURE),
        (b"\0\0\0\x18ftypheic" + bytes(64), Reason.PICTURE_HEIC),
        (encoded(halves((3000, 2000)), "JPEG")[:4000], Reason.PICTURE_TRUNCATED),
        (encoded(Image.effect_noise((400, 300), 90), "PNG")[:9000], Reason.PICTURE_TRUNCATED),
        (encoded(halves((239, 4000)), "PNG"), Reason.PICTURE_TOO_SMALL),
        (png_bomb(20_000), Reason.PICTURE_TOO_LARGE),
    ],
    ids=["text", "empty", "postscript", "heic", "cut jpeg", "cut png", "small", "bomb"],
)
async def test_what_cannot_be_taken_is_refused_by_name_and_position(data: bytes, reason: Reason) -> None:
    refused = await refusal(data)

    assert refused.reason is reason
    assert refused.facts["position"] == 2


async def test_a_refusal_names_the_sides_and_the_limit() -> None:
    refused = await refusal(encoded(halves((400, 100)), "PNG"))

    assert refused.facts == {"position": 2, "width_px": 400, "height_px": 100, "limit_px": 240}


async def test_of_an_animation_the_first_frame_is_taken() -> None:
    frames = [halves(left="lime"), halves(left="black")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    picture = await Decoder().normalise(data, 1)

    assert picture.notes == ("first_frame",)
    assert opened(picture).getpixel((10, 10)) == (0, 255, 0)


async def test_what_is_transparent_becomes_white() -> None:
    picture = await Decoder().normalise(encoded(Image.new("RGBA", (300, 300), (255, 0, 0, 0)), "PNG"), 1)

    assert picture.notes == ("flattened",)
    assert opened(picture).getpixel((5, 5)) == (255, 255, 255)


async def test_a_turned_photograph_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = await Decoder().normalise(encoded(halves((400, 300)), "JPEG", exif=exif, quality=95), 1)

    assert (picture.width_px, picture.height_px) == (300, 400)
    assert picture.notes == ("turned",)
    red, _, blue = opened(picture).getpixel((150, 30))  # type: ignore[misc]  # an RGB pixel
    assert red > 200 > blue


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "TIFF"), ("CMYK", "JPEG"), ("RGB", "BMP"), ("RGB", "WEBP"), ("RGB", "AVIF"), ("P", "PNG")],
)
async def test_other_formats_and_colours_are_put_right(mode: str, kind: str) -> None:
    picture = await Decoder().normalise(encoded(halves().convert(mode), kind), 1)

    image = opened(picture)
    assert (image.mode, image.size) == ("RGB", (400, 300))
    red, _, blue = image.getpixel((20, 20))  # type: ignore[misc]  # an RGB pixel
    assert red > 150 > blue


async def test_sixteen_bits_keep_their_greys() -> None:
    picture = await Decoder().normalise(encoded(Image.new("I;16", (300, 300), 128 * 256), "PNG"), 1)

    assert opened(picture).getpixel((5, 5)) == (128, 128, 128)


async def test_a_side_of_nine_thousand_is_reduced() -> None:
    picture = await Decoder().normalise(encoded(halves((9000, 3000)), "JPEG"), 1)

    assert (picture.width_px, picture.height_px) == (2048, 683)
    assert "reduced" in picture.notes


async def test_a_very_long_picture_stays_within_what_the_service_takes() -> None:
    picture = await Decoder().normalise(encoded(halves((7000, 250)), "PNG"), 1)

    assert picture.height_px == 240
    assert picture.width_px <= 8000


async def test_a_heavy_picture_becomes_light_enough() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((2048, 2048), 120) for _ in range(3)])

    picture = await Decoder().normalise(encoded(noise, "PNG", compress_level=1), 1)

    assert len(base64.b64decode(picture.data_uri.partition(",")[2])) <= 3 * 1024**2


async def test_a_child_that_takes_too_long_is_killed() -> None:
    with pytest.raises(PictureRefused):
        await Decoder(timeout_s=0.01).normalise(encoded(halves(), "PNG"), 1)

    assert children() == []


async def test_a_cancelled_decoding_leaves_no_process_behind() -> None:
    task = asyncio.create_task(Decoder().normalise(encoded(halves((5000, 5000)), "PNG"), 1))
    await asyncio.sleep(0.05)

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert children() == []


def children() -> list[str]:
    """The children of this process that decode pictures."""
    found = [child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()]
    return [child for child in found if b"_decode" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/a.png?ex=1", True),
        ("https://media.discordapp.net/attachments/1/2/a.png", True),
        ("https://images-ext-1.discordapp.net/external/x/https/example.com/a.png", True),
        ("http://cdn.discordapp.com/a.png", False),
        ("https://cdn.discordapp.com.example.com/a.png", False),
        ("https://example.com/cdn.discordapp.com", False),
        ("https://user@cdn.discordapp.com/a.png", False),
        ("https://cdn.discordapp.com:8443/a.png", False),
        ("https://cdn.discordapp.com@169.254.169.254/a.png", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("http://127.0.0.1:5000/a.png", False),
        ("file:///etc/passwd", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_discords_hosts_are_fetched_from(url: str, allowed: bool) -> None:
    assert Hosts().allow(url) is allowed


def test_the_sandbox_is_allowed_by_its_whole_origin() -> None:
    hosts = Hosts("http://127.0.0.1:5000")

    assert hosts.allow("http://127.0.0.1:5000/attachments/1/2/a.png")
    assert not hosts.allow("http://127.0.0.1:5001/attachments/1/2/a.png")
    assert not hosts.allow("http://127.0.0.1:5000@example.com/a.png")


@pytest.fixture
async def cdn() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/moved":
            raise web.HTTPFound("/small")
        if request.path == "/gone":
            raise web.HTTPNotFound
        size = 60 * 1024 * 1024 if request.path == "/heavy" else 10
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(0, size, 1 << 20):
            await response.write(bytes(min(size, 1 << 20)))
        return response

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "claimed", "reason"),
    [
        ("/heavy", None, Reason.PICTURE_TOO_HEAVY),
        ("/heavy", 10, Reason.PICTURE_TOO_HEAVY),
        ("/small", 60 * 1024 * 1024, Reason.PICTURE_TOO_HEAVY),
        ("/gone", None, Reason.PICTURE_UNREACHABLE),
        ("/moved", None, Reason.PICTURE_UNREACHABLE),
    ],
)
async def test_a_fetch_is_capped_and_follows_nothing(cdn: str, path: str, claimed: int | None, reason: Reason) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(PictureRefused) as refused:
            await fetch(session, PictureLink(cdn + path, "a.png", claimed), 3, Hosts(cdn))

    assert refused.value.reason is reason
    assert refused.value.facts["position"] == 3


async def test_what_is_small_enough_is_fetched_whole(cdn: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert len(await fetch(session, PictureLink(cdn + "/small", "a.png"), 1, Hosts(cdn))) == 10
