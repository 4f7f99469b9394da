"""Read a streamed story: bytes to frames, frames to texts, images and an end. No I/O.

Document: help.aliyun.com/zh/model-studio/wan-image-generation-api-reference (2026-11-22). Frames are those of
https://html.spec.whatwg.org/multipage/server-sent-events.html, with the status in a comment (``:HTTP_STATUS/200``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from imagegen.errors import Reason, WanUnanswered
from imagegen.model import StoryPart, StoryText
from imagegen.wan import answers
from imagegen.wan.answers import StoryEnd

MAX_FRAME_BYTES = 256 * 1024  # frames so far had under 1 KB; the longest part is a link

_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a CR at the very end may be half of a CRLF
_STATUS = re.compile(rb":\s?HTTP_STATUS/(\d{3})")


@dataclass(frozen=True)
class Frame:
    """One event of a stream. *status* comes from the comment; None if there is none."""

    event: str
    status: int | None
    data: bytes = field(repr=False)


class FrameSplitter:
    """Splits bytes into frames. A chunk may end anywhere: in a line end, in a character, between two lines."""

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max_bytes = max_frame_bytes
        self._rest, self._searched = bytearray(), 0
        self._lines: list[bytes] = []
        self._lines_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Yield the frames that *chunk* completes. Raise WanUnanswered for a frame that is longer than any of Wan's."""
        self._rest += chunk
        taken = 0
        for end in _LINE_END.finditer(self._rest, self._searched):
            yield from self._line(bytes(self._rest[taken : end.start()]))
            taken = end.end()
        del self._rest[:taken]
        self._searched = max(0, len(self._rest) - 1)  # search only new bytes next time, and a last CR again
        if len(self._rest) + self._lines_bytes > self._max_bytes:
            raise WanUnanswered(Reason.UNANSWERED, cause="endless frame")

    def close(self) -> Iterator[Frame]:
        """Yield the frame whose empty line never came.

        A frame that was cut in the middle is no JSON, so its reader ignores it.
        """
        yield from self._line(bytes(self._rest.removesuffix(b"\r")))
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[Frame]:
        """Collect *line*; an empty line completes the frame."""
        if line:
            self._lines.append(line)
            self._lines_bytes += len(line) + 1
        elif self._lines:
            lines, self._lines, self._lines_bytes = self._lines, [], 0
            yield _frame(lines)


def _frame(lines: list[bytes]) -> Frame:
    """Return the frame of *lines*."""
    fields: dict[bytes, list[bytes]] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        fields.setdefault(name, []).append(value.removeprefix(b" "))  # Wan writes no space after the colon
    statuses = [int(found[1]) for line in lines if (found := _STATUS.fullmatch(line))]
    event = fields.get(b"event", [b"message"])[-1].decode(errors="replace")
    return Frame(event, statuses[-1] if statuses else None, b"\n".join(fields.get(b"data", [])))


class StoryStream:
    """Reads one streamed answer. *ended* is set once the answer says so; what follows is not read."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self.ended = False
        self._status, self._splitter = status, FrameSplitter()
        self._request_id = answers.request_id_of({"request_id": headers.get("x-request-id")})
        self._usage: dict[str, Any] = {}
        self._half = ""  # the first half of a character that two frames share: JSON escapes it as a pair

    def feed(self, chunk: bytes) -> Iterator[StoryPart | StoryEnd]:
        """Yield what *chunk* completes. Raise WanRefused or WanUnanswered if a frame is an error, even under 200."""
        for frame in self._splitter.feed(chunk):
            yield from self._read(frame)

    def close(self) -> Iterator[StoryPart | StoryEnd]:
        """Yield what was left at the end of the connection. Raise WanUnanswered if the story did not end before."""
        for frame in self._splitter.close():
            yield from self._read(frame)
        if not self.ended:
            raise WanUnanswered(Reason.UNANSWERED, request_id=self._request_id, cause="cut")

    def _read(self, frame: Frame) -> Iterator[StoryPart | StoryEnd]:
        """Yield what *frame* adds.

        ``stop`` ends a story, not ``finished``: in one documented sample, every frame is finished.
        """
        if self.ended:
            return
        answer, status = answers.parse_json(frame.data) or {}, frame.status or self._status
        output = answers.as_object(answer.get("output"))
        if frame.event == "error" or status >= 400 or answers.is_error(answer):
            raise answers.error_from(status, {"x-request-id": self._request_id}, frame.data)
        self._request_id = answers.request_id_of(answer) or self._request_id
        self._usage.update(answers.as_object(answer.get("usage")))  # cumulative, so the last value counts
        yield from (part for found in answers.parts_in(output) if (part := self._whole(found)) is not None)
        if any(
            answers.as_object(choice).get("finish_reason") == "stop"
            for choice in answers.as_list(output.get("choices"))
        ):
            self.ended = True
            yield StoryEnd(answers.billed_count(self._usage), answers.image_size(self._usage), self._request_id)

    def _whole(self, part: StoryPart) -> StoryPart | None:
        """Return *part* with a leftover half character joined to its text; None if nothing is left to show."""
        if not isinstance(part, StoryText):
            return part
        text, self._half = self._half + part.text, ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        text = answers.replace_half_characters(text)
        return StoryText(text) if text else None


def read_unstreamed(status: int, headers: Mapping[str, str], raw: bytes) -> Iterator[StoryPart | StoryEnd]:
    """Yield what an answer labeled JSON contains: an error, a whole story, or frames under the wrong label.

    Raise what StoryStream raises.
    """
    if status == 200 and not raw.lstrip().startswith(b"{"):
        story = StoryStream(status, headers)
        yield from story.feed(raw)
        yield from story.close()
        return
    made = answers.read_made(status, headers, raw, story=True)
    yield from made.parts
    yield StoryEnd(made.image_count, made.size, made.request_id)
