"""Share the images of private results: each at most once, in the channel where the result was requested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from imagegen.deadline import read_in_time
from imagegen.errors import DeliverLater
from imagegen.image_request import ImageLink
from imagegen.imaging.images import ImageReader
from imagegen.model import Job, Requester, ResultImage
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import ServerSettings
from imagegen.reports import SharedImage
from imagegen.store import shared_results
from imagegen.store.engine import Store
from imagegen.wan.results import image_kind

LATER_S = 5.0


class Sharing:
    """What is recorded of shared images. The caller sends and finds their messages."""

    def __init__(self, store: Store, reader: ImageReader | None, limits: Limits, clock: Callable[[], datetime]) -> None:
        self._store, self._reader, self._limits, self._clock = store, reader, limits, clock

    async def begin(self, job: Job, number: int, requester: Requester) -> tuple[SharedImage, ServerSettings]:
        """Record that an image is about to be shared in the channel of *requester*, who requested it.

        Return what is known of it by now, and the settings of the server. Raises Refused if the server's managers or
        the operator do not allow *requester* to use the bot there.
        """
        now = self._clock()
        return await self._store.write(shared_results.begin, job.id, number, requester, self._limits, now=now)

    async def try_again(self, shared: SharedImage) -> SharedImage:
        """Record another try, after one that left no message. Raises DeliverLater if a third one was first."""
        again = await self._store.write(shared_results.try_again, shared, now=self._clock())
        if again is None:
            raise DeliverLater(LATER_S)
        return again

    async def recorded(self, shared: SharedImage, message_id: int) -> None:
        """Record which message shows a shared image."""
        await self._store.write(shared_results.recorded, shared, message_id)

    async def given_up(self, shared: SharedImage) -> None:
        """Let an image be shared again, unless an earlier try may have sent its message: the next try looks for it."""
        if shared.is_new:
            await self._store.write(shared_results.given_up, shared)

    async def of_job(self, job_id: int) -> tuple[SharedImage, ...]:
        """Return the shared images of a result, in the order in which they were shared."""
        return await read_in_time(self._store, shared_results.of_job, job_id)

    async def as_seen(self, job: Job) -> Job:
        """Return a private result as everybody sees the image that was shared last; *job* if none was."""
        if not job.request.private:
            return job
        shown = [shared for shared in await self.of_job(job.id) if shared.message_id is not None]
        return shared_results.as_shared(job, shown[-1]) if shown else job

    def as_seen_in(self, job: Job, channel_id: int, message_id: int) -> Job:
        """Return a private result as everybody sees it in a message that shares an image of it, recorded or not."""
        return shared_results.as_shared(job, SharedImage(job.id, 0, channel_id, message_id, self._clock()))

    async def image(self, link: ImageLink, job: Job) -> ResultImage | None:
        """Return the file behind a link of Discord's, untouched; None if it cannot be fetched or is no image."""
        data = b"" if self._reader is None else await self._reader.bytes_of(link)
        width, _, height = (job.made.size if job.made is not None else "").partition("*")
        kind = image_kind(data)
        return ResultImage(data, kind, int(width or 0), int(height or 0)) if kind else None
