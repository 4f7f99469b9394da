"""Collect all stored data of one person, as files for that person."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from imagegen.store import member_data
from imagegen.store.engine import Store
from imagegen.store.member_data import StoredImage

PAGE = 200  # requests per read; other reads run in between
NAME = "my-data.json"


@dataclass(frozen=True)
class Room:
    """What one message may carry: the number of files, and their bytes each and together."""

    files: int
    file_bytes: int
    together_bytes: int


@dataclass(frozen=True)
class File:
    """One file to send."""

    name: str
    data: bytes = field(repr=False)


async def collected(store: Store, user_id: int, room: Room, *, now: datetime) -> tuple[File, ...]:
    """Return the document, and as many input images as *room* allows, newest first.

    The document lists every stored image, and whether the image is attached. A document that is too large is
    compressed. If it is still too large, the oldest requests are left out, and the document says how many.
    """
    kept = await store.read(member_data.stored_images, user_id)
    images = await store.read(member_data.bytes_of, _fitting(kept, room))
    about: dict[str, Any] = {"user_id": user_id, "collected_at": now, **await store.read(member_data.person, user_id)}
    about["kept_input_images"] = [
        {"name": image.name, "bytes": image.size, "attached": image.name in {one.name for one in images}}
        for image in kept
    ]
    requests: list[dict[str, Any]] = []
    while page := await store.read(member_data.requests_of, user_id, after=_last(requests), limit=PAGE):
        requests += page
    document = await asyncio.to_thread(_document, about, requests, room.file_bytes)
    return document, *await asyncio.to_thread(_decoded, images)


def _last(requests: Sequence[Mapping[str, Any]]) -> int:
    return int(requests[-1]["id"]) if requests else 0


def _fitting(kept: Sequence[StoredImage], room: Room) -> tuple[StoredImage, ...]:
    """Return as many images as fit, if the document takes the whole size of one file."""
    left, taken = room.together_bytes - room.file_bytes, list[StoredImage]()
    for image in kept:
        if len(taken) < room.files - 1 and image.size <= min(left, room.file_bytes):
            taken.append(image)
            left -= image.size
    return tuple(taken)


def _document(about: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], most_bytes: int) -> File:
    """Return the document; leave out the oldest half of the requests until the rest fits."""
    left_out = 0
    while True:
        whole = {**about, "requests_left_out": left_out, "requests": requests[left_out:]}
        data = json.dumps(whole, ensure_ascii=False, indent=1, default=_to_json).encode("utf-8", "replace")
        if len(data) <= most_bytes:
            return File(NAME, data)
        packed = gzip.compress(data)
        if len(packed) <= most_bytes or left_out >= len(requests):
            return File(f"{NAME}.gz", packed)
        left_out += (len(requests) - left_out + 1) // 2


def _to_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _decoded(images: Sequence[StoredImage]) -> tuple[File, ...]:
    files = []
    for image in images:
        head, _, data = image.data_uri.partition(",")
        kind = head.partition("/")[2].partition(";")[0] or "bin"
        files.append(File(f"{image.name}.{kind}", base64.b64decode(data)))
    return tuple(files)
