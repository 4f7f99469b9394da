"""What an edit of a part needs besides the request: a grid to choose from, the boxes of strokes, the image before."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from imagegen.deadline import read_in_time
from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.image_request import Box, ImageLink, InputImage
from imagegen.imaging import parts as drawing
from imagegen.imaging.images import ImageReader
from imagegen.model import Job
from imagegen.policy import parts
from imagegen.store import input_bytes, server_settings
from imagegen.store.engine import Store

COPY = 2  # the position of a copy with strokes, which is read after its image


@dataclass(frozen=True)
class GridImage:
    """A JPEG of an image with numbered cells. The sides are those of the image as it would be sent."""

    data: bytes = field(repr=False)
    width_px: int
    height_px: int


class PartEditing:
    """Reads and draws the images of edits. Safe to call from many tasks of one event loop."""

    def __init__(self, store: Store, reader: ImageReader | None) -> None:
        self._store, self._optional_reader = store, reader

    async def grid(self, link: ImageLink) -> GridImage:
        """Return the image behind *link* with a numbered grid. Raises ImageRefused."""
        (image,) = await self._reader.read([link])
        cells = parts.grid_for(image.width_px, image.height_px).cells
        drawn = await drawing.numbered(self._reader.decoder, image, cells)
        return GridImage(drawn, image.width_px, image.height_px)

    async def boxes_on(self, link: ImageLink, copy: ImageLink) -> tuple[Box, ...]:
        """Return at most two boxes around the strokes that *copy* has over the image behind *link*.

        Raises ImageRefused, with the fact *copy* if it is about the copy; Refused NO_STROKES and
        STROKES_ON_OTHER_IMAGE.
        """
        image, scribbled = await self._read_with_copy(link, copy)
        found = await drawing.strokes(self._reader.decoder, image, scribbled)
        return parts.joined([parts.not_tiny(box, image.width_px, image.height_px) for box in found])

    async def _read_with_copy(self, link: ImageLink, copy: ImageLink) -> tuple[InputImage, ...]:
        try:
            return await self._reader.read([link, copy])
        except ImageRefused as error:
            if error.facts.get("position") != COPY:
                raise
            raise ImageRefused(error.reason, **error.facts, copy=COPY) from None

    async def before(self, job: Job, viewer_id: int) -> bytes:
        """Return a JPEG of the image that a part of was edited, with its boxes framed, for a person to see.

        Raises Refused BEFORE_GONE if the image is no longer kept or the job has no boxes, EDITS_NOT_ALLOWED if
        its owner lets only the requester see it, INPUTS_PRIVATE if the job is private and another person's;
        ImageRefused.
        """
        images = await read_in_time(self._store, images_for, job, viewer_id)
        boxes = next(((at, some) for at, some in enumerate(job.request.boxes) if some), None)
        if boxes is None or len(images) != job.input_count or boxes[0] >= len(images):
            raise Refused(Reason.BEFORE_GONE)
        image = images[boxes[0]]
        inside = [parts.within(box, image.width_px, image.height_px) for box in boxes[1]]
        return await drawing.outlined(self._reader.decoder, image, inside)

    @property
    def _reader(self) -> ImageReader:
        if self._optional_reader is None:
            raise ImageRefused(Reason.IMAGE_UNREACHABLE, position=1)
        return self._optional_reader


def images_for(tx: Connection, job: Job, viewer_id: int) -> tuple[InputImage, ...]:
    """Return the stored images of *job*. Others than its requester see them as long as they may edit them."""
    if viewer_id != job.requester.user_id:
        if job.request.private:
            raise Refused(Reason.INPUTS_PRIVATE)
        server_settings.check_consent(tx, viewer_id, [source.owners for source in input_bytes.sources_of(tx, job.id)])
    return input_bytes.stored(tx, job.id)
