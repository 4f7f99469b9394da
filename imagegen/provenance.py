"""Find out where images come from, by what their files say and by what the database knows of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from imagegen.errors import ImageRefused
from imagegen.image_request import ImageLink
from imagegen.imaging.images import ImageReader
from imagegen.imaging.marks import seen_mark
from imagegen.imaging.xmp import SeenMark
from imagegen.model import Job
from imagegen.store import jobs
from imagegen.store.engine import Store

READ_S = 20.0  # for one file: ten of them end before an interaction's token does


@dataclass(frozen=True)
class Origin:
    """What is known of an image: what its file says, and the job that agrees with that.

    *is_read* is False if the file could not be read. *is_posted* is True if the bot itself posted the file as a result.
    """

    seen: SeenMark | None = None
    job: Job | None = None
    is_read: bool = True
    is_posted: bool = False


class Provenance:
    """Reads the metadata of files. No image is decoded."""

    def __init__(self, store: Store, reader: ImageReader | None, clock: Callable[[], datetime]) -> None:
        self._store, self._reader, self._clock = store, reader, clock

    async def origins(self, links: Sequence[ImageLink]) -> list[Origin]:
        """Return the origin of each image, read one after another: memory holds one file."""
        return [await self._origin(link, position) for position, link in enumerate(links, start=1)]

    async def _origin(self, link: ImageLink, position: int) -> Origin:
        if self._reader is None:
            return Origin(is_read=False)
        try:
            async with asyncio.timeout(READ_S):
                seen = await asyncio.to_thread(seen_mark, await self._reader.metadata(link, position))
        except (ImageRefused, TimeoutError):
            return Origin(is_read=False)
        if seen is None or seen.job_id is None:
            return Origin(seen)
        job = await self._store.read(jobs.job, seen.job_id)
        return Origin(seen, job if job is not None and agrees(seen, job, self._clock()) else None)


def agrees(seen: SeenMark, job: Job, now: datetime) -> bool:
    """Return whether a file says the same as the database: the model, whether it is an edit, and when it was made."""
    if seen.made_at is None or not (job.delivered or job.made or job.story_so_far):
        return False
    first, last = job.requested_at - timedelta(seconds=1), job.ended_at or now  # a file names whole seconds
    same = (seen.model, seen.is_edit) == (job.model, job.input_count > 0)
    return same and first <= seen.made_at <= last
