"""What status cards and delivery need: the queue as members see it, jobs, results, and the messages that show them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from imagegen.deadline import read_in_time
from imagegen.errors import WanError
from imagegen.image_request import ImageLink
from imagegen.imaging import fitting, marks
from imagegen.imaging.byte_budget import MAX_RESULT_BYTES
from imagegen.imaging.images import Decoder, ImageReader
from imagegen.model import AiMark, Job, ResultImage
from imagegen.ownership import StillOwned
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import ServerSettings
from imagegen.reports import QueueEntry, Quotas
from imagegen.store import admission, jobs, queue_positions, stories
from imagegen.store.engine import Store
from imagegen.wan.client import WanClient
from imagegen.wan.results import image_kind
from imagegen.worker import membership

MAX_ID = 2**63 - 1  # the largest that a database stores; an id from a forged button or form may be larger


class Display:
    """Reads what people are shown, and records which messages show it. Safe to call from many tasks of one loop."""

    def __init__(
        self,
        store: Store,
        wan: WanClient,
        decoder: Decoder,
        reader: ImageReader | None,
        *,
        limits: Limits,
        model_queues: Sequence[ModelQueue],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._wan, self._decoder, self._reader = store, wan, decoder, reader
        self._limits, self._model_queues, self._clock = limits, model_queues, clock

    async def queue_entries(self) -> tuple[QueueEntry, ...]:
        """Return the queue position of every job that is neither made nor ended, with an estimate."""
        return await read_in_time(
            self._store, queue_positions.queue_entries, limits=self._model_queues, now=self._clock()
        )

    def is_display_owner(self, entry: QueueEntry) -> bool:
        """Return whether this process maintains the status card of *entry*: of several processes, one does."""
        return entry.display_owner in (None, self._store.owner)

    async def check_display_owner(self, job_id: int) -> StillOwned:
        """Return if this process maintains the card of a job that has not ended. Raises OwnershipLost otherwise."""
        return await membership.check_display_owner(self._store, job_id)

    async def job(self, job_id: int) -> Job | None:
        """Return a job, or None where no such job is kept."""
        return None if job_id > MAX_ID else await read_in_time(self._store, jobs.job, job_id)

    async def job_of_message(self, message_id: int) -> Job | None:
        """Return the job whose status card, result or story is in that message."""
        return None if message_id > MAX_ID else await read_in_time(self._store, jobs.job_by_message, message_id)

    async def delivery_facts(self, job: Job, roles: tuple[int, ...] = ()) -> tuple[ServerSettings, Quotas]:
        """Return the settings of the job's server and the quotas of the requester, who has *roles* now.

        The quotas say what the open job reserves of each.
        """
        requester = replace(job.requester, roles=roles)
        return await read_in_time(
            self._store, admission.delivery_facts, job, requester, self._limits, now=self._clock()
        )

    async def set_message(self, job_id: int, message_id: int) -> None:
        """Record which message shows a job, so that the message can be edited after the job's token has expired."""
        await self._store.write(jobs.set_message, job_id, message_id)

    async def continue_in(self, job_id: int, position: int, message_id: int) -> None:
        """Record in which message a story or an image set continues; *position* 2 is its second message."""
        await self._store.write(stories.continue_in, job_id, position, message_id)

    async def further_messages(self, job_id: int) -> tuple[int, ...]:
        """Return the ids of the messages in which a story or an image set continues, in order."""
        return await read_in_time(self._store, stories.messages_of, job_id)

    async def result(self, job: Job, link: str) -> ResultImage:
        """Download one result of *job*, and mark it as AI-generated. Raises WanLinkLost or another WanError."""
        mark = AiMark(job.model, job.generated_at or self._clock(), job.id, job.input_count > 0)
        data = await self._wan.download(link, MAX_RESULT_BYTES)
        return _result_image(await asyncio.to_thread(marks.marked, data, mark), job, mark)  # it copies megabytes

    async def results(self, job: Job) -> tuple[ResultImage, ...]:
        """Download the results of *job*, each with its mark. Raises WanLinkLost or another WanError."""
        if job.made is None:
            return ()
        try:
            async with asyncio.TaskGroup() as group:
                downloads = [group.create_task(self.result(job, link)) for link in job.made.links]
        except* WanError as errors:
            raise _first(errors) from None
        return tuple(download.result() for download in downloads)

    async def results_within(self, job: Job, together_bytes: int) -> tuple[ResultImage, ...]:
        """Download the results one after another, and fit them into *together_bytes* as they come.

        So memory holds no more than that and one download. Raises as ``results`` does.
        """
        images: tuple[ResultImage, ...] = ()
        for link in () if job.made is None else job.made.links:
            image = await self.result(job, link)
            images = await self.fitted((*images, image), file_bytes=together_bytes, together_bytes=together_bytes)
        return images

    async def posted(self, links: Sequence[ImageLink], *, together_bytes: int) -> tuple[ResultImage, ...]:
        """Download images that Discord shows, one after another, and fit them into *together_bytes* as they come.

        Leave out an image that cannot be downloaded. The images are not decoded, unless one is to be saved smaller.
        """
        images: tuple[ResultImage, ...] = ()
        for link in links:
            data = b"" if self._reader is None else await self._reader.bytes_of(link)
            if kind := image_kind(data):
                images = (*images, ResultImage(data, kind, 0, 0))
                images = await self.fitted(images, file_bytes=together_bytes, together_bytes=together_bytes)
        return images

    async def sheet(self, links: Sequence[ImageLink | None]) -> bytes:
        """Return images as one contact sheet, a JPEG, with an empty tile for None; empty where none can be read."""
        return b"" if self._reader is None else await self._reader.sheet(links)

    async def fitted(
        self, images: Sequence[ResultImage], *, file_bytes: int, together_bytes: int
    ) -> tuple[ResultImage, ...]:
        """Return *images* shrunk to these limits: untouched if within them, or if shrinking does not help."""
        shrink = self._shrunk
        return await fitting.fit_uploads(images, file_bytes=file_bytes, together_bytes=together_bytes, shrink=shrink)

    async def _shrunk(self, image: ResultImage, most_bytes: int) -> ResultImage:
        """Return *image* in at most *most_bytes*, with the same marks: those of Wan too."""
        packet = marks.packet_for_copy(image.data, image.mark)
        small = await self._decoder.shrink(image, most_bytes - len(packet) - marks.SEGMENT_BYTES)
        return image if small is image else replace(small, data=marks.with_packet(small.data, packet), mark=image.mark)


def _first(errors: ExceptionGroup[WanError]) -> WanError:
    """Return one of several errors: each means that not all the images can be delivered."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


def _result_image(data: bytes, job: Job, mark: AiMark) -> ResultImage:
    width, _, height = ("" if job.made is None else job.made.size).partition("*")
    return ResultImage(data, image_kind(data) or "png", int(width or 0), int(height or 0), mark=mark)
