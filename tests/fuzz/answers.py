"""Change, cut and mix answers of the Wan endpoint, and read them.

Promise: for any bytes and status, the reader returns a record that every database accepts, or raises an error of ours
whose facts are safe to log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from imagegen.errors import WanError
from imagegen.model import Made, StoryPart, StoryText
from imagegen.policy import retry
from imagegen.wan import answers, results, stream, tasks
from imagegen.wan.answers import StoryEnd
from imagegen.wan.tasks import TaskCanceled, TaskCreated, TaskRunning
from tests.fuzz.decoder import damaged

SAMPLES = Path(__file__).parents[1] / "samples"
STATUSES = (200, 200, 200, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504)
ODD: tuple[Any, ...] = (None, "", 0, -1, 10**30, 1e300, True, [], {}, "\ud800", "\0", "٣", "a" * 300, [[]], {"code": 7})
WORDS = (
    b'"code":"",', b'"code":null,', b'"output":', b'"usage":{"image_count":1e9}', b"data:", b"\n\n", b"\r",
    b"event:error\n", b":HTTP_STATUS/429\n", b"{" * 50, b"[" * 3000, b"\\ud83d", b"\xff\xfe", b"1" * 5000, b"NaN",
    b"Infinity",
    b'"choices":[]',
)  # fmt: skip
WORD = re.compile(r"[!-~ ]{0,64}")

Read = Callable[[int, Mapping[str, str], bytes], object]
READERS: dict[str, Read] = {
    "made": answers.read_made,
    "whole story": lambda status, headers, raw: list(stream.read_unstreamed(status, headers, raw)),
    "task": tasks.read_task,
    "story task": lambda status, headers, raw: tasks.read_task(status, headers, raw, story=True),
    "created": tasks.read_created,
    "cancel": tasks.read_canceled,
    "list": answers.read_answer,
    "error": answers.error_from,
}


def target(random: Random) -> str:
    """Read one random answer with one reader, and return the outcome."""
    status, headers = random.choice(STATUSES), _headers(random)
    raw = _answer(random)
    if random.random() < 0.15:
        results.is_complete(raw)
        return f"whole: {results.image_kind(raw) or 'no image'}"
    name = random.choice([*READERS, "stream"])
    try:
        found = _streamed(status, headers, raw, random) if name == "stream" else READERS[name](status, headers, raw)
    except WanError as error:
        found = error
    _check(found)
    return f"{name}: {type(found).__name__}"


def _streamed(status: int, headers: Mapping[str, str], raw: bytes, random: Random) -> list[StoryPart | StoryEnd]:
    story, parts, at = stream.StoryStream(status, headers), list[StoryPart | StoryEnd](), 0
    while at < len(raw):
        step = random.choice((1, 7, 100, 4096))
        parts += story.feed(raw[at : at + step])
        at += step
    return parts + list(story.close())


@cache
def samples() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(SAMPLES.rglob("body")))


def _answer(random: Random) -> bytes:
    raw = random.choice(samples())
    how = random.random()
    if how < 0.1:
        return random.randbytes(random.randrange(400))
    if how < 0.55:
        return _changed(raw, random)
    data = bytearray(raw)
    for _ in range(random.randrange(3)):
        at = random.randrange(len(data) + 1)
        data[at:at] = random.choice(WORDS)
    return damaged(data, random)


def _changed(raw: bytes, random: Random) -> bytes:
    """The same JSON with some of its values of another kind, deeper, or gone."""
    try:
        whole = json.loads(raw)
    except ValueError:
        return raw
    return json.dumps(_other(whole, random)).encode()


def _other(value: Any, random: Random) -> Any:
    """Return the same JSON with some values changed in type, nested deeper, or removed."""
    if random.random() < 0.08:
        return random.choice(ODD) if random.random() < 0.9 else _deep(random.randrange(700))
    if isinstance(value, dict):
        return {key: _other(inner, random) for key, inner in value.items() if random.random() > 0.03}
    if isinstance(value, list):
        return [_other(inner, random) for inner in value for _ in range(random.choice((1, 1, 1, 0, 3)))]
    return value


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def _headers(random: Random) -> dict[str, str]:
    wishes = ("", "0", "7", "-1", "nan", "inf", "1e400", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 400)
    return {"Retry-After": random.choice(wishes), "x-request-id": random.choice(("", "r-1", "\ud800", "x" * 80))}


def _check(found: object) -> None:
    """Raise AssertionError if a record or an error could not be stored, logged or handled."""
    if isinstance(found, WanError):
        assert WORD.fullmatch(found.code), "a code that cannot be logged"
        assert WORD.fullmatch(found.request_id), "an id that cannot be logged"
        assert found.retry_after_s is None or 1 <= found.retry_after_s <= 3600, "a wait out of its bounds"
        str(found).encode()
        assert retry.decide(found, attempts=0, rng=Random(1)) is not None
    elif isinstance(found, list):
        for part in found:
            _check(part)
    elif isinstance(found, Made):
        assert found.links or found.parts, "a success without a result"
        _billed(found.image_count)
        for part in found.parts:
            _check(part)
    elif isinstance(found, StoryEnd):
        _billed(found.image_count)
    elif isinstance(found, StoryText):
        found.text.encode()
    elif isinstance(found, TaskCreated):
        assert tasks.query_request(found.task_id).path.startswith("/tasks/"), "a task that cannot be polled"
    else:
        assert isinstance(found, TaskRunning | TaskCanceled | StoryPart | dict), f"a {type(found).__name__}"


def _billed(image_count: int | None) -> None:
    assert image_count is None or 0 <= image_count <= answers.MAX_BILLED_IMAGES, (
        "an image count that fits into no column"
    )
