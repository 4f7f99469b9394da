"""The input images of a request: decode them, or fetch them from the sandbox's own hosts."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from PIL import Image

from sandbox.wan.errors import documented, invalid
from sandbox.wan.models.records import Inputs
from sandbox.wan.requests import InputImage

MAX_DATA_URI_CHARS = 10_485_760
MAX_SIDE_PX = 10_000  # of a model that documents no limit
FETCH_TIMEOUT_S = 5.0
_SIZE = "the size of input image is too small or too large."
_DATA_URI = re.compile(r"data:image/(png|jpe?g|bmp|webp|tiff|gif);base64,", re.IGNORECASE)


@dataclass(frozen=True)
class ImageReader:
    """Reads input images, as far as the model takes them (*inputs*).

    *alpha*: whether a transparent image is refused or flattened. Wan's documents exclude such images and say no more.
    """

    hosts: Collection[str]
    resolves_oss: bool
    inputs: Inputs
    alpha: str

    async def read(self, link: str) -> InputImage:
        """Return the image of a data URI or a link. Refusal if Wan would not take the image."""
        if link.startswith("data:"):
            return await asyncio.to_thread(self._decode, self._from_data_uri(link))
        if link.startswith("oss://"):
            raise self._oss_error()
        return await asyncio.to_thread(self._decode, await self._fetch(link))

    def _oss_error(self) -> Exception:
        if not self.resolves_oss:  # the client forgot the header
            return documented("InvalidParameter.DataInspection")
        return documented("InvalidURL", "the sandbox has no temporary uploads, so oss:// leads nowhere")

    async def _fetch(self, link: str) -> bytes:
        if not self._is_sandbox_host(link):
            raise documented("InvalidURL")
        timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(link, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise invalid("download image failed")
                return await answer.read()
        except TimeoutError:
            raise documented("InvalidURL.Timeout") from None
        except aiohttp.ClientError:
            raise documented("InvalidURL.ConnectionRefused") from None

    def _is_sandbox_host(self, link: str) -> bool:
        try:
            parts = urlsplit(link)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.netloc in self.hosts

    def _from_data_uri(self, link: str) -> bytes:
        if len(link) > MAX_DATA_URI_CHARS:
            raise invalid(f"Exceeded limit on max bytes per data-uri item : {MAX_DATA_URI_CHARS}")
        head = _DATA_URI.match(link)
        if not head or head[1].upper().replace("JPG", "JPEG") not in self.inputs.formats:
            raise invalid("image format error")
        try:
            return base64.b64decode(link[head.end() :], validate=True)
        except binascii.Error:
            raise invalid("image format error") from None

    def _decode(self, data: bytes) -> InputImage:
        try:
            with Image.open(io.BytesIO(data), formats=self.inputs.formats) as image:
                (width, height), is_transparent = image.size, image.has_transparency_data
                self._check_size(len(data), width, height)
                image.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise invalid(_SIZE) from None
        except (OSError, SyntaxError, ValueError) as error:
            raise invalid("Invalid image format or corrupted file") from error
        widest = self.inputs.aspect
        if widest and not 1 / widest <= width / height <= widest:
            raise invalid("the aspect ratio of input image is out of range")
        if is_transparent and not self.inputs.alpha and self.alpha == "refuse":
            raise invalid("image format error")
        return InputImage(data, width, height)

    def _check_size(self, size: int, width: int, height: int) -> None:
        least, most = self.inputs.side_px or (1, MAX_SIDE_PX)
        if size > self.inputs.max_bytes or min(width, height) < least or max(width, height) > most:
            raise invalid(_SIZE)


def fingerprint(data: bytes) -> list[int]:
    """Return 64 gray values, 0 to 255, by which a test recognizes an image after re-encoding."""
    with Image.open(io.BytesIO(data)) as image:
        return list(image.convert("RGB").convert("L").resize((8, 8), Image.Resampling.BOX).tobytes())


def image_entry(image: InputImage) -> dict[str, Any]:
    """Return what the record keeps of an image: no bytes."""
    return {
        "sha256": hashlib.sha256(image.data).hexdigest(),
        "width": image.width,
        "height": image.height,
        "bytes": len(image.data),
        "fingerprint": fingerprint(image.data),
    }
