"""Judge what Wan generated: files, sizes, the bill, times. Costs nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hosting.verify.items import Outcome, failed, passed, skipped
from hosting.verify.wan_calls import Answer, WanCalls
from hosting.verify.wan_errors import failure
from hosting.verify.wan_links import NO_IMAGE
from imagegen.errors import ImageRefused, WanError
from imagegen.imaging.byte_budget import MAX_RESULT_BYTES
from imagegen.imaging.children import memory_file
from imagegen.wan.results import png_sides
from imagegen.wan.sizes import STEP_PX

RATIO_TOLERANCE = 0.03  # a keyword keeps the ratio of the input image, and sides are rounded
ROOM = 0.5  # of the time that the bot waits; if an answer takes longer today, one may take too long tomorrow
NO_ANSWER = skipped("No earlier item brought an answer.")


@dataclass(frozen=True)
class File:
    """A result that was downloaded and decoded."""

    answer: Answer
    width_px: int
    height_px: int
    size_bytes: int
    download_s: float

    @property
    def size(self) -> str:
        """The size as Wan writes it."""
        return f"{self.width_px}*{self.height_px}"

    @property
    def is_as_requested(self) -> bool:
        """Whether the sides are the requested ones up to rounding, or have the ratio that a keyword keeps."""
        wide, _, high = self.answer.size.partition("*")
        if not high:
            return abs(self.width_px / self.height_px / self.answer.ratio - 1) <= RATIO_TOLERANCE
        return max(abs(self.width_px - int(wide)), abs(self.height_px - int(high))) <= STEP_PX


@dataclass
class Files:
    """The results of *calls*, downloaded and decoded as the bot does it."""

    calls: WanCalls
    files: list[File] = field(default_factory=list)

    async def download(self) -> Outcome:
        """Verify that each link gives a whole image that the isolated decoder reads."""
        wanted = [(answer, link) for answer in self.calls.answers for link in answer.links]
        if not wanted:
            return NO_IMAGE
        failures = [found for answer, link in wanted if (found := await self._failure(answer, link)) is not None]
        if failures:
            return failed(f"{len(failures)} of {len(wanted)} files failed. {failures[0].seen}", **failures[0].facts)
        largest_bytes = max(file.size_bytes for file in self.files)
        slowest_s = max(file.download_s for file in self.files)
        said = f"{len(wanted)} files were downloaded and decoded."
        return passed(said, files=len(wanted), largest_bytes=largest_bytes, slowest_s=slowest_s)

    async def _failure(self, answer: Answer, link: str) -> Outcome | None:
        """Return why one result cannot be used; None after keeping it."""
        try:
            self.files.append(await self._file(answer, link))
        except WanError as error:
            return failure(error)
        except ImageRefused as error:
            return failed(f"The decoder rejects a result of {answer.key}: {error.reason}.", reason=error.reason.value)
        return None

    async def _file(self, answer: Answer, link: str) -> File:
        began_s = time.monotonic()
        data = await self.calls.client.download(link, MAX_RESULT_BYTES)
        download_s = time.monotonic() - began_s
        with memory_file(data) as held:
            image = await self.calls.decoder.normalize(held, 1)
        width_px, height_px = png_sides(data) or (image.width_px, image.height_px)
        return File(answer, width_px, height_px, len(data), download_s)


def sizes(files: Sequence[File]) -> Outcome:
    """Return whether the files have the requested size, and the size that Wan's answer says."""
    if not files:
        return skipped("No file was downloaded.")
    facts = {f"{number}_{file.answer.key}": file.size for number, file in enumerate(files, 1)}
    wrong = [file for file in files if not file.is_as_requested or file.size != file.answer.made.size]
    if not wrong:
        return passed("Each file has the requested size, and the size that Wan's answer says.", **facts)
    said = [
        f"{file.answer.key} requested {file.answer.size}, the answer says {file.answer.made.size or 'nothing'}, "
        f"the file has {file.size}"
        for file in wrong
    ]
    return failed(f"Wrong size: {'; '.join(said)}.", **facts)


def bill(answers: Sequence[Answer]) -> Outcome:
    """Return whether each answer bills the images that it has."""
    if not answers:
        return NO_ANSWER
    billed = sum(answer.made.image_count or 0 for answer in answers)
    facts = {"billed_images": billed, "received_images": sum(len(answer.made.links) for answer in answers)}
    wrong = [answer for answer in answers if answer.made.image_count != len(answer.made.links)]
    if not wrong:
        return passed(f"Each answer bills the images that it has, {billed} in all.", **facts)
    said = [f"{answer.key} {_bill(answer)} and has {len(answer.made.links)}" for answer in wrong]
    return failed(f"{'; '.join(said)}. Compare your bill in Model Studio.", **facts)


def _bill(answer: Answer) -> str:
    return "names no bill" if answer.made.image_count is None else f"bills {answer.made.image_count}"


def times(answers: Sequence[Answer]) -> Outcome:
    """Return whether the answers came well within the time that the bot waits for them."""
    if not answers:
        return NO_ANSWER
    slowest = max((answer.received for answer in answers), key=lambda received: received.took_s / received.limit_s)
    facts = {f"{answer.key}_s": answer.received.took_s for answer in answers}
    said = f"The slowest wait took {slowest.took_s:.1f} s of the {slowest.limit_s:.0f} s that the bot allows."
    if slowest.took_s <= slowest.limit_s * ROOM:
        return passed(said, **facts)
    return failed(f"{said} A later answer is paid and lost: set a larger WAN_ANSWER_S.", **facts)
