"""Fetch images from Discord's hosts only, with a limit on their size, and decode them in child processes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from types import MappingProxyType
from typing import Self
from urllib.parse import SplitResult, urlsplit

import aiohttp
import structlog

from imagegen import metrics
from imagegen.errors import ImageRefused, Reason
from imagegen.image_request import ImageLink, InputImage
from imagegen.imaging.children import ZYGOTE, Zygote, ZygoteLost, memory_file
from imagegen.model import ResultImage, Shrink
from imagegen.settings import Settings

log = structlog.get_logger(__name__)

MAX_BYTES = 25 * 1024 * 1024
IMAGES_BYTES = 9_200_000  # of all images of a request: with the prompt, they fit as base64 into one of 12 MiB
IMAGE_BYTES = 2_300_000  # of one, even if it is alone
REFERENCE_BYTES = IMAGES_BYTES // 9  # of one that is stored for later: as many as any model takes fit into a request
FETCH_S = 10.0  # without a byte; 25 MB take 40 s at 5 Mbit/s
FETCH_MOST_S = 240.0
DECODE_S = 30.0  # of wall-clock time on a busy machine; a child has 10 s of CPU time (isolation.MAX_CPU_S)
DECODE_MEMORY_BYTES = 512 * 1024 * 1024  # a PNG of 64 megapixels takes 430 MB
CHILDREN = 2
MAX_ANSWER_BYTES = 8 * 1024 * 1024  # an image of 2.3 MB as base64 takes 3.1
METADATA_BYTES = 256 * 1024  # from the first one on, where a PNG and a JPEG have their metadata
HEAD_BYTES = 1024  # the line of JSON before an image
NONE_KEPT: Mapping[int, InputImage] = MappingProxyType({})

# https://discord.com/developers/docs/reference#image-formatting (2026-11-22): uploads, resized media, outside embeds.
_DISCORD = re.compile(r"cdn\.discordapp\.com|media\.discordapp\.net|images-ext-\d+\.discordapp\.net")


@dataclass(frozen=True)
class Hosts:
    """The hosts that images may come from: Discord's, and the sandbox's CDN if its address is set."""

    sandbox_cdn_url: str = ""

    def allow(self, url: str) -> bool:
        """Return whether images may be fetched from *url*."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if self.sandbox_cdn_url and _origin(parts) == _origin(urlsplit(self.sandbox_cdn_url)):
            return True
        is_plain_https = parts.scheme == "https" and port in (None, 443) and not parts.username and not parts.password
        return is_plain_https and bool(_DISCORD.fullmatch(parts.hostname or ""))


def _origin(parts: SplitResult) -> tuple[str, str]:
    """Return scheme and host of a URL."""
    return parts.scheme, parts.netloc


def allowed_hosts(settings: Settings) -> Hosts:
    """Return the hosts that the settings allow."""
    return Hosts(settings.sandbox_cdn_url)


async def fetch(
    session: aiohttp.ClientSession,
    link: ImageLink,
    position: int,
    hosts: Hosts,
    file: FileIO,
    *,
    timeout_s: float = FETCH_S,
    is_enough: Callable[[FileIO], bool] = lambda _: False,
) -> None:
    """Write the bytes behind *link* into *file*, at most 25 MB, until they are enough. Follow no redirect.

    Raise ImageRefused if the host is not allowed, or if no byte comes for *timeout_s*.
    """
    if not hosts.allow(link.url):
        raise ImageRefused(Reason.IMAGE_HOST_REFUSED, position=position)
    too_heavy = ImageRefused(Reason.IMAGE_FILE_TOO_LARGE, position=position, limit_mb=MAX_BYTES // 1024**2)
    if (link.claimed_bytes or 0) > MAX_BYTES:
        raise too_heavy
    try:
        timeout = aiohttp.ClientTimeout(total=FETCH_MOST_S, sock_connect=timeout_s, sock_read=timeout_s)
        async with session.get(link.url, timeout=timeout, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ImageRefused(Reason.IMAGE_UNREACHABLE, position=position)
            async for chunk in answer.content.iter_chunked(1 << 16):
                file.write(chunk)
                if file.tell() > MAX_BYTES:
                    raise too_heavy
                if is_enough(file):
                    return
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ImageRefused(Reason.IMAGE_UNREACHABLE, position=position) from error


class Decoder:
    """Decodes images, each in a child process of its own, at most two at once.

    A zygote (_zygote.py) forks the children, which takes a tenth of a new Python. One image cannot affect the next.
    ``async with`` starts the zygote at once and ends it; otherwise the first image starts it.
    """

    def __init__(
        self, *, timeout_s: float = DECODE_S, max_memory_bytes: int = DECODE_MEMORY_BYTES, program: str = ZYGOTE
    ) -> None:
        self._slots = asyncio.Semaphore(CHILDREN)
        self._timeout_s, self._max_memory_bytes, self._program = timeout_s, max_memory_bytes, program
        self._zygote: Zygote | None = None
        self._folder = tempfile.mkdtemp(prefix="wanvas-")  # empty: a child finds no other file here
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        self._probe = asyncio.create_task(self.probe())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._probe.cancel()
        await asyncio.wait([self._probe])
        self._close(self._zygote)

    async def normalize(self, file: FileIO, position: int, most_bytes: int = IMAGE_BYTES) -> InputImage:
        """Return *file* in Wan's format, in at most *most_bytes* before base64.

        Raise ImageRefused, with *position*, if it is no image or cannot be used.
        """
        try:
            answer = await self.run_child("decode", file, most_bytes)
        except TimeoutError:
            raise ImageRefused(Reason.IMAGE_TOO_COMPLEX, position=position) from None
        return await asyncio.to_thread(_read_image, answer, position)  # it copies megabytes

    async def shrink(self, image: ResultImage, most_bytes: int) -> ResultImage:
        """Return *image* as a JPEG of at most *most_bytes*; unchanged if that is impossible.

        Reduce pixels only at last.
        """
        with suppress(TimeoutError), memory_file(image.data) as file:
            answer = await self.run_child("shrink", file, most_bytes, most_bytes=most_bytes + HEAD_BYTES)
            return _read_shrunk(image, answer)
        return image

    async def page(self, file: FileIO, most_bytes: int) -> ResultImage | None:
        """Return the image in *file* as an RGB JPEG of at most *most_bytes*; None if that is impossible."""
        with suppress(TimeoutError):
            answer = await self.run_child("shrink", file, most_bytes, most_bytes=most_bytes + HEAD_BYTES)
            none = ResultImage(b"", "", 0, 0)
            return found if (found := _read_shrunk(none, answer)) is not none else None
        return None

    async def tile(self, file: FileIO) -> bytes:
        """Return the image in *file* as a small JPEG; nothing if that is impossible."""
        with suppress(TimeoutError):
            return await self.run_child("tile", file)
        return b""

    async def sheet(self, tiles: Sequence[bytes]) -> bytes:
        """Return the tiles side by side, numbered, as a JPEG; nothing if that is impossible."""
        with suppress(TimeoutError), memory_file(b"".join(tiles)) as file:
            return await self.run_child("sheet", file, *map(len, tiles))
        return b""

    async def probe(self) -> None:
        """Log once, for the operator, which protections isolate a child on this machine."""
        protections: dict[str, bool] = {}
        with suppress(TimeoutError, ValueError, ZygoteLost), memory_file() as file:
            protections = json.loads(await self.run_child("protections", file))
        (log.info if any(protections.values()) else log.warning)("decoder_isolation", **protections)

    async def run_child(
        self, task: str, file: FileIO, *arguments: int | str, most_bytes: int = MAX_ANSWER_BYTES
    ) -> bytes:
        """Return what *task* answers to *file*; nothing if the child crashes or the answer is over *most_bytes*.

        TimeoutError if it is too slow. ZygoteLost if the zygote ends twice: the image is not to blame then.
        """
        async with self._slots, asyncio.timeout(self._timeout_s):
            try:
                return await self._answer(task, file, arguments, most_bytes)
            except ZygoteLost:
                metrics.DECODER_ENDS.labels(task=task, result="lost").inc()
                log.warning("decoder_lost", task=task)
                return await self._answer(task, file, arguments, most_bytes)

    async def _answer(self, task: str, file: FileIO, arguments: Sequence[int | str], most_bytes: int) -> bytes:
        """Return the answer of one child; nothing if the child failed. TimeoutError if it used too much CPU time."""
        zygote = self._zygote = self._zygote or Zygote(self._program, self._max_memory_bytes, self._folder)
        with memory_file() as answer:
            try:
                with metrics.DECODERS.track_inprogress(), metrics.DECODER_S.labels(task=task).time():
                    code = await zygote.run(file, answer, task, arguments, most_bytes)
            except ZygoteLost:
                self._close(zygote)
                raise
            except asyncio.CancelledError:
                metrics.DECODER_ENDS.labels(task=task, result="killed").inc()
                raise
            metrics.DECODER_ENDS.labels(task=task, result=_end(code)).inc()
            if code == -signal.SIGXCPU:
                raise TimeoutError
            if code or answer.seek(0, os.SEEK_END) > most_bytes:
                return b""
            answer.seek(0)
            return answer.read()  # without a size, which would reserve as many bytes

    def _close(self, zygote: Zygote | None) -> None:
        """Close *zygote*. The next image starts another one."""
        if zygote is not None:
            zygote.close()
            self._zygote = None if self._zygote is zygote else self._zygote


def _end(code: int) -> str:
    """Return how a child ended, for a metric: *code* is its exit code, or the negative number of a signal."""
    return "ok" if code == 0 else "cpu_time" if code == -signal.SIGXCPU else "crashed" if code < 0 else "failed"


def _read_shrunk(image: ResultImage, answer: bytes) -> ResultImage:
    """Return the image of the child's answer; *image* unchanged if the answer is empty."""
    head, _, data = answer.partition(b"\n")
    if not data:
        return image
    facts = json.loads(head)
    shrink_kind = Shrink.REDUCED if facts["reduced"] else Shrink.SAVED
    return ResultImage(data, "jpeg", facts["width_px"], facts["height_px"], shrink_kind)


def _read_image(answer: bytes, position: int) -> InputImage:
    """Return the image of the child's answer. A child that crashed answers nothing: then blame its image."""
    end = answer.find(b"\n") + 1
    try:
        facts = json.loads(answer[: end or None])
        if reason := facts.pop("reason", None):
            raise ImageRefused(Reason(reason), position=position, **facts)
        data_uri = str(memoryview(answer)[end:], "ascii")
        return InputImage(data_uri, facts["width_px"], facts["height_px"], tuple(facts["notes"]))
    except (ValueError, KeyError):
        raise ImageRefused(Reason.IMAGE_TRUNCATED, position=position) from None


def _has_metadata(file: FileIO) -> bool:
    """Return whether a file that arrives has its metadata by now. A WEBP has it behind the pixels."""
    return file.tell() >= METADATA_BYTES and os.pread(file.fileno(), 4, 0) != b"RIFF"


class ImageReader:
    """Fetches and decodes the images of a request one after another, because each may have 25 MB."""

    def __init__(self, session: aiohttp.ClientSession, decoder: Decoder, hosts: Hosts) -> None:
        self._session, self.decoder, self._hosts = session, decoder, hosts

    async def read(
        self, links: Sequence[ImageLink], kept: Mapping[int, InputImage] = NONE_KEPT, *, most_bytes: int = IMAGE_BYTES
    ) -> tuple[InputImage, ...]:
        """Return the images behind *links*. Raise the ImageRefused of the first image that cannot be used.

        *kept* has the reference images that links name, by id: REFERENCE_GONE if one is not there. *most_bytes* limits
        each image that is fetched.
        """
        most_bytes = min(most_bytes, IMAGES_BYTES // max(1, len(links)))
        for link in links:
            if link.reference_id is not None and link.reference_id not in kept:
                raise ImageRefused(Reason.REFERENCE_GONE, name=link.filename)
        return tuple([await self._read(link, at, kept, most_bytes) for at, link in enumerate(links, start=1)])

    async def _read(
        self, link: ImageLink, position: int, kept: Mapping[int, InputImage], most_bytes: int
    ) -> InputImage:
        if link.reference_id is not None:  # what was changed in it was said when it was stored
            return replace(kept[link.reference_id], notes=())
        with memory_file() as file:
            await fetch(self._session, link, position, self._hosts, file)
            return await self.decoder.normalize(file, position, most_bytes)

    async def metadata(self, link: ImageLink, position: int) -> bytes:
        """Return as much of the image behind *link* as has its metadata. Raise ImageRefused as ``fetch`` does."""
        with memory_file() as file:
            await fetch(self._session, link, position, self._hosts, file, is_enough=_has_metadata)
            return os.pread(file.fileno(), file.tell(), 0)

    async def bytes_of(self, link: ImageLink) -> bytes:
        """Return the bytes behind *link*, as they are; nothing if they cannot be fetched."""
        with suppress(ImageRefused), memory_file() as file:
            await fetch(self._session, link, 1, self._hosts, file)
            file.seek(0)
            return file.read()
        return b""

    async def download(self, link: ImageLink, file: FileIO) -> None:
        """Write the bytes behind *link* into *file*. Raises ImageRefused."""
        await fetch(self._session, link, 1, self._hosts, file)

    async def sheet(self, links: Sequence[ImageLink | None]) -> bytes:
        """Return a JPEG with a small numbered tile for each of *links*; nothing if none can be drawn.

        The tile is empty for None and for an image that cannot be fetched.
        """
        return await self.decoder.sheet(
            [await self._tile(link, position) for position, link in enumerate(links, start=1)]
        )

    async def _tile(self, link: ImageLink | None, position: int) -> bytes:
        """Return the tile of *link*; nothing if it cannot be fetched."""
        with suppress(ImageRefused), memory_file() as file:
            if link is not None:
                await fetch(self._session, link, position, self._hosts, file)
                return await self.decoder.tile(file)
        return b""
