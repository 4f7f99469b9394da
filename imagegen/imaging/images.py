"""Images at arm's length: fetched with a cap from Discord's hosts alone, decoded in a child process."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import sys
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import SplitResult, urlsplit

import aiohttp
import structlog

from imagegen.errors import ImageRefused, Reason
from imagegen.model import ImageLink, InputImage, ResultImage, Shrink
from imagegen.settings import Settings

log = structlog.get_logger(__name__)

MAX_BYTES = 25 * 1024 * 1024
FETCH_S = 10.0  # of silence: 25 MB take 40 s at 5 Mbit/s
FETCH_MOST_S = 240.0
DECODE_S = 30.0  # by the clock, on a busy machine; a child has 10 s of the processor (isolation.MAX_CPU_S)
DECODE_MEMORY_BYTES = 512 * 1024 * 1024  # a PNG of 64 megapixels takes 430 MB
CHILDREN = 2
MAX_ANSWER_BYTES = 8 * 1024 * 1024  # an image of 2.3 MB as base64 takes 3.1
PIECE_BYTES = 256 * 1024
HEAD_BYTES = 1024  # the line of JSON before an image
ROOT = str(Path(__file__).parents[2])

# https://discord.com/developers/docs/reference#image-formatting (2026-11-22): uploads, resized media, outside embeds.
_DISCORD = re.compile(r"cdn\.discordapp\.com|media\.discordapp\.net|images-ext-\d+\.discordapp\.net")


@dataclass(frozen=True)
class Hosts:
    """Where images may be fetched from: Discord's hosts, and the sandbox's CDN where its address is set."""

    sandbox_cdn_url: str = ""

    def allow(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if self.sandbox_cdn_url and _origin(parts) == _origin(urlsplit(self.sandbox_cdn_url)):
            return True
        plain = parts.scheme == "https" and port in (None, 443) and not parts.username and not parts.password
        return plain and bool(_DISCORD.fullmatch(parts.hostname or ""))


def _origin(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc


def allowed_hosts(settings: Settings) -> Hosts:
    return Hosts(settings.sandbox_cdn_url)


async def fetch(
    session: aiohttp.ClientSession, link: ImageLink, position: int, hosts: Hosts, *, timeout_s: float = FETCH_S
) -> bytes:
    """The bytes behind *link*, at most 25 MB, as long as some come every *timeout_s*. ImageRefused otherwise.

    Follows no redirect.
    """
    if not hosts.allow(link.url):
        raise ImageRefused(Reason.IMAGE_HOST_REFUSED, position=position)
    too_heavy = ImageRefused(Reason.IMAGE_TOO_HEAVY, position=position, limit_mb=MAX_BYTES // 1024**2)
    if (link.claimed_bytes or 0) > MAX_BYTES:
        raise too_heavy
    data = bytearray()
    try:
        timeout = aiohttp.ClientTimeout(total=FETCH_MOST_S, sock_connect=timeout_s, sock_read=timeout_s)
        async with session.get(link.url, timeout=timeout, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ImageRefused(Reason.IMAGE_UNREACHABLE, position=position)
            async for chunk in answer.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise too_heavy
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ImageRefused(Reason.IMAGE_UNREACHABLE, position=position) from error
    return bytes(data)


class Decoder:
    """Decodes images, each in a child process of its own, at most two at once.

    A fresh child costs 40 ms of start-up, and nothing of one image can reach the next.
    """

    def __init__(self, *, timeout_s: float = DECODE_S, max_memory_bytes: int = DECODE_MEMORY_BYTES) -> None:
        self._slots = asyncio.Semaphore(CHILDREN)
        self._timeout_s, self._max_memory_bytes = timeout_s, max_memory_bytes
        self._folder = tempfile.mkdtemp(prefix="wanvas-")  # empty: a child finds nothing beside it
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    async def normalize(self, data: bytes, position: int) -> InputImage:
        """*data* as Wan takes it. ImageRefused, with *position*, when it is no image or cannot be taken."""
        try:
            return _read_image(await self.run_child("imagegen.imaging._decode", data), position)
        except TimeoutError:
            raise ImageRefused(Reason.IMAGE_TOO_COMPLEX, position=position) from None

    async def shrink(self, image: ResultImage, most_bytes: int) -> ResultImage:
        """*image* as a JPEG of at most *most_bytes*, pixels given up last; untouched where that cannot be done."""
        try:
            return _read_shrunk(
                image,
                await self.run_child(
                    "imagegen.imaging._fit", image.data, str(most_bytes), most_bytes=most_bytes + HEAD_BYTES
                ),
            )
        except TimeoutError:
            return image

    async def tile(self, data: bytes) -> bytes:
        """*data* as a small JPEG; nothing where that cannot be done."""
        with suppress(TimeoutError):
            return await self.run_child("imagegen.imaging._sheet", data, "tile")
        return b""

    async def sheet(self, tiles: Sequence[bytes]) -> bytes:
        """The tiles side by side, numbered, as a JPEG; nothing where that cannot be done."""
        with suppress(TimeoutError):
            sizes = ",".join(str(len(tile)) for tile in tiles)
            return await self.run_child("imagegen.imaging._sheet", b"".join(tiles), sizes)
        return b""

    async def chart(self, days: Sequence[tuple[str, int]]) -> bytes:
        """A bar for each (day, images) as a PNG; nothing where that cannot be done."""
        with suppress(TimeoutError):
            return await self.run_child("imagegen.imaging._chart", json.dumps(days).encode())
        return b""

    async def probe(self) -> None:
        """Log which walls stand around a child on this machine, once, for the operator."""
        walls: dict[str, bool] = {}
        with suppress(TimeoutError, ValueError):
            walls = json.loads(await self.run_child("imagegen.imaging.isolation", b""))
        (log.info if any(walls.values()) else log.warning)("decoder_isolation", **walls)

    async def run_child(self, module: str, data: bytes, *arguments: str, most_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """What that module says of *data*, nothing if that is over *most_bytes*; TimeoutError if it takes too long."""
        async with self._slots:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # its folder is no place to import from
                "-m",
                module,
                str(self._max_memory_bytes),
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=self._folder,
                env={"PYTHONPATH": ROOT},  # none of ours: token and key stand in it
            )
            try:
                async with asyncio.timeout(self._timeout_s):
                    out = await _exchange(child, data, most_bytes)
            finally:
                if child.returncode is None:
                    await _kill(child)
        if child.returncode == -signal.SIGXCPU:
            raise TimeoutError
        return out


async def _exchange(child: asyncio.subprocess.Process, data: bytes, most_bytes: int) -> bytes:
    """Give *data* to the child and return its answer. One that talks without an end is not heard out."""
    stdin, stdout = cast(asyncio.StreamWriter, child.stdin), cast(asyncio.StreamReader, child.stdout)  # both are pipes
    feeding = asyncio.create_task(_feed(stdin, data))
    try:
        heard = bytearray()
        while chunk := await stdout.read(1 << 16):
            heard += chunk
            if len(heard) > most_bytes:
                return b""
        await child.wait()
        return bytes(heard)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _kill(child: asyncio.subprocess.Process) -> None:
    """Kill the child and wait for its end, which asyncio sees only once all that it said is read."""
    with suppress(ProcessLookupError):
        child.kill()
    while await cast(asyncio.StreamReader, child.stdout).read(1 << 16):
        pass
    await child.wait()


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # a child may end before it has read all
        for start in range(0, len(data), PIECE_BYTES):  # all of it at once would be copied into the pipe's buffer
            stream.write(data[start : start + PIECE_BYTES])
            await stream.drain()
    stream.close()


def _read_shrunk(image: ResultImage, answer: bytes) -> ResultImage:
    """What the child answered; nothing, where it could not."""
    head, _, data = answer.partition(b"\n")
    if not data:
        return image
    told = json.loads(head)
    refit = Shrink.REDUCED if told["reduced"] else Shrink.SAVED
    return ResultImage(data, "jpeg", told["width_px"], told["height_px"], refit)


def _read_image(answer: bytes, position: int) -> InputImage:
    """What the child answered. One that crashed on its image says nothing: then the image is to blame."""
    head, _, data_uri = answer.partition(b"\n")
    try:
        told = json.loads(head)
        if reason := told.pop("reason", None):
            raise ImageRefused(Reason(reason), position=position, **told)
        return InputImage(data_uri.decode("ascii"), told["width_px"], told["height_px"], tuple(told["notes"]))
    except (ValueError, KeyError):
        raise ImageRefused(Reason.IMAGE_TRUNCATED, position=position) from None


class ImageReader:
    """Fetches and decodes the images of a request, one after another: each may weigh 25 MB."""

    def __init__(self, session: aiohttp.ClientSession, decoder: Decoder, hosts: Hosts) -> None:
        self._session, self.decoder, self._hosts = session, decoder, hosts

    async def read(self, links: Sequence[ImageLink]) -> tuple[InputImage, ...]:
        """Raises the ImageRefused of the first image that cannot be taken."""
        images = []
        for position, link in enumerate(links, start=1):
            images.append(await self.decoder.normalize(await self._fetched(link, position), position))
        return tuple(images)

    async def sheet(self, links: Sequence[ImageLink | None]) -> bytes:
        """A JPEG with a small tile for each of *links*, numbered from 1; nothing where none could be drawn.

        The tile is empty for None, and for an image that cannot be had.
        """
        return await self.decoder.sheet([await self._tile(link, place) for place, link in enumerate(links, start=1)])

    async def _tile(self, link: ImageLink | None, place: int) -> bytes:
        with suppress(ImageRefused):
            return b"" if link is None else await self.decoder.tile(await self._fetched(link, place))
        return b""

    async def _fetched(self, link: ImageLink, position: int) -> bytes:
        return await fetch(self._session, link, position, self._hosts)
