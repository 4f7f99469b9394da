"""Images come from Discord's hosts only, within limits, and no image is decoded in this process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from imagegen.errors import ImageRefused, Reason
from imagegen.image_request import ImageLink, InputImage
from imagegen.imaging.children import memory_file
from imagegen.imaging.images import METADATA_BYTES, Decoder, Hosts, ImageReader, fetch
from imagegen.model import Call
from imagegen.wan.client import MAX_REQUEST_BYTES
from imagegen.wan.requests import Generation, generation_request
from tests.imagegen.imaging.decoding import normalized
from tests.imagegen.imaging.drawn import encoded, halves

# A PNG of 1.2 MB: four of them fit into a request as they are, nine do not.
NOISE = encoded(Image.frombytes("RGB", (640, 640), os.urandom(3 * 640 * 640)), "PNG")


def slow_image() -> bytes:
    """Return an image that takes a good part of a second to decode."""
    return encoded(halves((3000, 3000)), "BMP")


def children() -> list[int]:
    """Return the decoder processes of this process, not those of other tests' bots."""
    zygotes = [pid for pid in processes_below("self") if b"imagegen.imaging._zygote" in command_line(pid)]
    return [int(child) for zygote in zygotes for child in processes_below(zygote)]


def processes_below(parent: str) -> list[str]:
    """Return the child processes of *parent*."""
    found: list[str] = []
    with suppress(OSError):  # the process may end during the listing
        for task in Path(f"/proc/{parent}/task").iterdir():
            with suppress(OSError):  # and so may a thread
                found += (task / "children").read_text().split()
    return found


def command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # the process has ended
        return b""


async def started() -> int:
    """Return the decoder process, once it runs."""
    async with asyncio.timeout(45):
        while not (found := children()):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.005)
    return found[0]


async def test_a_child_that_takes_too_long_is_killed() -> None:
    with pytest.raises(ImageRefused) as refused:
        await normalized(encoded(halves(), "PNG"), decoder=Decoder(timeout_s=0))

    assert refused.value.reason is Reason.IMAGE_TOO_COMPLEX
    assert children() == []


async def test_a_canceled_decoding_leaves_no_process() -> None:
    task = asyncio.create_task(normalized(slow_image()))
    await started()

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert children() == []


async def test_a_killed_child_fails_only_its_own_image() -> None:
    decoder = Decoder()
    task = asyncio.create_task(normalized(slow_image(), decoder=decoder))
    os.kill(await started(), signal.SIGKILL)

    with pytest.raises(ImageRefused):
        await task
    assert (await normalized(encoded(halves(), "PNG"), decoder=decoder)).width_px == 400


async def test_at_most_two_children_run_at_once() -> None:
    decoder, data = Decoder(), encoded(halves((1000, 1000)), "PNG")
    tasks = [asyncio.create_task(normalized(data, decoder=decoder)) for _ in range(5)]
    most = 0

    while not all(task.done() for task in tasks):
        most = max(most, len(children()))
        await asyncio.sleep(0.005)

    assert most == 2
    assert all(task.result().width_px == 1000 for task in tasks)


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
def test_images_are_fetched_from_discords_hosts_only(url: str, allowed: bool) -> None:
    assert Hosts().allow(url) is allowed


def test_the_sandbox_is_allowed_by_its_whole_origin() -> None:
    hosts = Hosts("http://127.0.0.1:5000")

    assert hosts.allow("http://127.0.0.1:5000/attachments/1/2/a.png")
    assert not hosts.allow("http://127.0.0.1:5001/attachments/1/2/a.png")
    assert not hosts.allow("http://127.0.0.1:5000@example.com/a.png")


SIZES = {"/wide": (500, 300), "/tall": (300, 500), "/tiny": (20, 20)}


@pytest.fixture
async def cdn() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/moved":
            raise web.HTTPFound("/small")
        if request.path == "/gone":
            raise web.HTTPNotFound
        if request.path == "/silent":
            await asyncio.sleep(5)
        if request.path == "/noise":
            return web.Response(body=NOISE)
        if request.path in SIZES:
            return web.Response(body=encoded(halves(SIZES[request.path]), "PNG"))
        size = 60 * 1024 * 1024 if request.path == "/heavy" else 10
        response = web.StreamResponse()
        await response.prepare(request)
        if request.path == "/slow":  # 1.6 s in all
            for _ in range(8):
                await response.write(b"slow")
                await asyncio.sleep(0.2)
            return response
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


async def fetched(session: aiohttp.ClientSession, link: ImageLink, hosts: Hosts, *, timeout_s: float = 1.0) -> bytes:
    with memory_file() as file:
        await fetch(session, link, 3, hosts, file, timeout_s=timeout_s)
        file.seek(0)
        return file.read()


@pytest.mark.parametrize(
    ("path", "claimed", "reason"),
    [
        ("/heavy", None, Reason.IMAGE_FILE_TOO_LARGE),
        ("/heavy", 10, Reason.IMAGE_FILE_TOO_LARGE),
        ("/small", 60 * 1024 * 1024, Reason.IMAGE_FILE_TOO_LARGE),
        ("/gone", None, Reason.IMAGE_UNREACHABLE),
        ("/moved", None, Reason.IMAGE_UNREACHABLE),
    ],
)
async def test_a_fetch_has_a_size_limit_and_follows_no_redirect(
    cdn: str, path: str, claimed: int | None, reason: Reason
) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ImageRefused) as refused:
            await fetched(session, ImageLink(cdn + path, "a.png", claimed), Hosts(cdn))

    assert refused.value.reason is reason
    assert refused.value.facts["position"] == 3


async def test_a_missing_or_silent_host_is_unreachable(cdn: str) -> None:
    for origin, path in (("http://127.0.0.1:9", "/a.png"), (cdn, "/silent")):
        async with aiohttp.ClientSession() as session:
            with pytest.raises(ImageRefused) as refused:
                await fetched(session, ImageLink(origin + path, "a.png"), Hosts(origin), timeout_s=0.2)

        assert refused.value.reason is Reason.IMAGE_UNREACHABLE


async def test_a_slow_download_continues_as_long_as_bytes_come(cdn: str) -> None:
    async with aiohttp.ClientSession() as session:
        data = await fetched(session, ImageLink(cdn + "/slow", "a.png"), Hosts(cdn), timeout_s=1.0)

    assert data == b"slow" * 8


async def test_a_requests_images_keep_their_order(cdn: str) -> None:
    async with aiohttp.ClientSession() as session:
        links = [ImageLink(cdn + path, "a.png") for path in ("/wide", "/tall")]
        images = await ImageReader(session, Decoder(), Hosts(cdn)).read(links)

    assert [(image.width_px, image.height_px) for image in images] == [(500, 300), (300, 500)]


@pytest.mark.parametrize("count", [4, 10])
async def test_as_many_heavy_images_as_a_model_takes_fit_into_one_request(cdn: str, count: int) -> None:
    async with aiohttp.ClientSession() as session:
        links = [ImageLink(f"{cdn}/noise", "a.png")] * count
        images = await ImageReader(session, Decoder(), Hosts(cdn)).read(links)

    uris = tuple(image.data_uri for image in images)
    wanted = Generation("wan2.7-image", "漢" * 4000, uris, 1, "1K", "漢" * 500, 7, True, False)
    assert generation_request(wanted, Call.SYNC).body_bytes <= MAX_REQUEST_BYTES


async def test_a_stored_image_takes_its_place_among_those_that_are_fetched(cdn: str) -> None:
    stored = InputImage("data:image/png;base64,AAAA", 300, 400, ("reduced",))

    async with aiohttp.ClientSession() as session:
        links = [ImageLink(cdn + "/wide", "a.png"), ImageLink("", "Momo", reference_id=7)]
        images = await ImageReader(session, Decoder(), Hosts(cdn)).read(links, {7: stored})

    assert [(image.width_px, image.height_px) for image in images] == [(500, 300), (300, 400)]
    assert images[1].data_uri == stored.data_uri


async def test_a_stored_image_that_is_gone_is_missed_before_anything_is_fetched() -> None:
    async with aiohttp.ClientSession() as session:
        links = [ImageLink("https://nowhere.example/", "a.png"), ImageLink("", "Momo", reference_id=7)]
        with pytest.raises(ImageRefused) as refused:
            await ImageReader(session, Decoder(), Hosts()).read(links)

    assert (refused.value.reason, refused.value.facts) == (Reason.REFERENCE_GONE, {"name": "Momo"})


async def test_the_position_of_the_bad_image_is_named(cdn: str) -> None:
    async with aiohttp.ClientSession() as session:
        links = [ImageLink(cdn + path, "a.png") for path in ("/wide", "/tiny")]
        with pytest.raises(ImageRefused) as refused:
            await ImageReader(session, Decoder(), Hosts(cdn)).read(links)

    assert (refused.value.reason, refused.value.facts["position"]) == (Reason.IMAGE_TOO_SMALL, 2)


async def test_a_file_below_the_limit_is_fetched_completely(cdn: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert len(await fetched(session, ImageLink(cdn + "/small", "a.png"), Hosts(cdn))) == 10


async def test_of_a_large_file_only_the_part_with_its_metadata_is_fetched(cdn: str) -> None:
    async with aiohttp.ClientSession() as session:
        reader = ImageReader(session, Decoder(), Hosts(cdn))
        head = await reader.metadata(ImageLink(f"{cdn}/noise", "noise.png"), 1)
        whole = await reader.metadata(ImageLink(f"{cdn}/tiny", "tiny.png"), 1)

    assert METADATA_BYTES <= len(head) < len(NOISE) / 2
    assert NOISE.startswith(head)
    assert whole == encoded(halves(SIZES["/tiny"]), "PNG")
