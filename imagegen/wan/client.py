"""Sends what wire.py built: time limits, the key, and nothing else."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from imagegen import ownership
from imagegen.errors import ImageRefused, Reason, WanLinkLost, WanNotSent, WanUnanswered
from imagegen.model import Call, Made, StoryPart
from imagegen.wan import stream, tasks, wire
from imagegen.wan.hosts import is_loopback
from imagegen.wan.results import is_complete
from imagegen.wan.stream import StoryStream
from imagegen.wan.tasks import TaskCanceled, TaskCreated, TaskPage, TaskRunning
from imagegen.wan.wire import Generation, StoryEnd, WireRequest

T = TypeVar("T")
Reader = Callable[[int, Mapping[str, str], bytes], T]

MAX_REQUEST_BYTES = 12 * 1024 * 1024
MAX_ANSWER_BYTES = 1024 * 1024  # answers hold links, never images
MAX_STREAM_BYTES = 16 * 1024 * 1024  # some 400 bytes a fragment of a few characters: more than any story
_RETRYABLE_STATUSES = (408, 425, 429)  # of the statuses that are not a server's own trouble, those that pass
_RESULT_HOST = re.compile(r"[a-z0-9.-]+\.aliyuncs\.com")  # the documents show a dozen of them, and no complete list


@dataclass(frozen=True)
class Timeouts:
    """Seconds for each kind of wait.

    *answer_s*: of a synchronous call, where the operator wishes; None leaves it to the catalogue. What has not come by
    then may have been paid, and is not sent again.
    *silence_s*: between two pieces of a stream, which may go on for minutes: twice the time that one of a story's
    images was seen to take (127 s for three).
    """

    connect_s: float = 10.0
    answer_timeout_s: float | None = None
    silence_s: float = 90.0
    task_s: float = 30.0
    download_s: float = 60.0


def new_session() -> aiohttp.ClientSession:
    """A session to reach Wan by; its requests ask whose their job is.

    A connection that the other side closed while it lay idle would take a paid request with it: none lies idle.
    """
    connector = aiohttp.TCPConnector(force_close=True)
    return aiohttp.ClientSession(connector=connector, trace_configs=[ownership.add_to(aiohttp.TraceConfig())])


class WanClient:
    """The endpoint, through a session that somebody else owns and closes. The key goes nowhere but to its base URL."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        key: SecretStr,
        timeouts: Timeouts | None = None,
        *,
        workspace: str = "",
    ) -> None:
        """*workspace*: the one to call on a host that several share."""
        self._session, self._base_url, self._key = session, base_url.rstrip("/"), key
        self._timeouts = timeouts or Timeouts()
        self._shared_headers = {"X-DashScope-WorkSpace": workspace} if workspace else {}

    async def generate(self, asked: Generation) -> Made:
        """Make images in one call. Raises WanNotSent, WanRefused or WanUnanswered."""
        answer_s = self._timeouts.answer_timeout_s or asked.answer_timeout_s
        return await self._send(await self._built(asked, Call.SYNC), wire.read_made, answer_s)

    async def stream(self, asked: Generation) -> AsyncGenerator[StoryPart | StoryEnd]:
        """Tell a story as it is made; the last thing that comes is its StoryEnd.

        Raises as generate does: WanRefused also in the middle, WanUnanswered also where it was cut before its end.
        Whoever stops early closes it (``contextlib.aclosing``), and with it the connection.
        """
        request = await self._built(asked, Call.STREAM)
        waits = aiohttp.ClientTimeout(
            total=None, sock_connect=self._timeouts.connect_s, sock_read=self._timeouts.silence_s
        )
        async with self._answer(request, waits) as answer:
            async for told in _read_story(answer):
                yield told

    async def create_task(self, asked: Generation) -> TaskCreated:
        """Begin a task. Raises as generate does."""
        return await self._send(await self._built(asked, Call.TASK), tasks.read_created, self._timeouts.task_s)

    async def query_task(self, task_id: str, *, story: bool = False) -> TaskRunning | Made:
        """How a task stands. WanRefused when it failed; WanNotSent or WanUnanswered when nobody told.

        *story*: the parts are kept in their order, and words alone are no failure.
        """
        return await self._send(
            tasks.query_request(task_id), partial(tasks.read_task, story=story), self._timeouts.task_s
        )

    async def cancel_task(self, task_id: str) -> TaskCanceled:
        """Stop a task that is PENDING; WanRefused when it is not."""
        return await self._send(tasks.cancel_request(task_id), tasks.read_canceled, self._timeouts.task_s)

    async def tasks(self, page: int = 1, size: int = 10) -> TaskPage:
        """The account's tasks of the last 24 h. Raises WanRefused, WanNotSent or WanUnanswered."""
        return await self._send(tasks.list_request(page, size), tasks.read_task_page, self._timeouts.task_s)

    async def check_key(self) -> None:
        """Raise WanRefused when the key is wrong. Costs nothing."""
        await self.tasks(size=1)

    @staticmethod
    async def _built(asked: Generation, call: Call) -> WireRequest:
        request = await asyncio.to_thread(wire.generation_request, asked, call)  # up to 12 MB of JSON
        if len(request.body) > MAX_REQUEST_BYTES:
            raise ImageRefused(Reason.IMAGES_TOO_HEAVY_TOGETHER, limit_mb=MAX_REQUEST_BYTES // 1024**2)
        return request

    async def _send(self, request: WireRequest, read: Reader[T], answer_s: float) -> T:
        waits = aiohttp.ClientTimeout(total=answer_s, sock_connect=self._timeouts.connect_s)
        async with self._answer(request, waits) as answer:
            return read(answer.status, answer.headers, await _read_capped(answer, MAX_ANSWER_BYTES))

    @asynccontextmanager
    async def _answer(
        self, request: WireRequest, waits: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The beginning of an answer. What happens to the connection while it is read is told as an error of ours."""
        headers = {**self._shared_headers, **request.headers, "Authorization": f"Bearer {self._key.get_secret_value()}"}
        url = self._base_url + request.path
        body = io.BytesIO(request.body) if request.body else None  # sent in pieces: bytes would go in one, 45 ms long
        try:
            async with self._session.request(
                request.method, url, data=body, headers=headers, timeout=waits, allow_redirects=False
            ) as answer:
                yield answer
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise WanNotSent(Reason.WAN_DOWN, cause=type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            ownership.raise_if_lost(error)
            raise WanUnanswered(Reason.UNANSWERED, cause=type(error).__name__) from error

    async def download(self, link: str, max_bytes: int) -> bytes:
        """A result's bytes, without the key. WanLinkLost when its host is not Wan's or the link is dead for good;
        WanUnanswered when it may come later.
        """
        if (url := self._fetched_from(link)) is None:
            raise WanLinkLost(Reason.RESULT_LOST, cause="host")
        timeout = aiohttp.ClientTimeout(total=self._timeouts.download_s, sock_connect=self._timeouts.connect_s)
        try:
            async with self._session.get(url, timeout=timeout, allow_redirects=False) as answer:
                if answer.status != 200:
                    kind = (
                        WanLinkLost
                        if 300 <= answer.status < 500 and answer.status not in _RETRYABLE_STATUSES
                        else WanUnanswered
                    )
                    raise kind(Reason.RESULT_LOST, status=answer.status)
                data = await _read_capped(answer, max_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise WanUnanswered(Reason.RESULT_LOST, cause=type(error).__name__) from error
        if not is_complete(data):
            raise WanUnanswered(Reason.RESULT_LOST, cause="truncated")
        return data

    def _fetched_from(self, link: str) -> str | None:
        """The address to fetch *link* from: Wan's own host, by the scheme of the endpoint; None for any other.

        Links with http:// have been seen beside an https:// endpoint; the same store answers both.
        """
        try:
            parts = urlsplit(link)
        except ValueError:
            return None
        base = urlsplit(self._base_url)
        if is_loopback(self._base_url):
            known = parts.netloc == base.netloc
        else:
            known = link.isascii() and bool(_RESULT_HOST.fullmatch(parts.netloc))
        if not known or parts.scheme not in ("http", "https"):
            return None
        return f"{base.scheme}://{link.partition('://')[2]}"


async def _read_story(answer: aiohttp.ClientResponse) -> AsyncIterator[StoryPart | StoryEnd]:
    """The parts of a streamed answer, each as soon as it is whole."""
    if answer.status != 200 or answer.content_type == "application/json":
        for told in stream.read_unstreamed(answer.status, answer.headers, await _read_capped(answer, MAX_STREAM_BYTES)):
            yield told
        return
    story, size = StoryStream(answer.status, answer.headers), 0
    async for chunk in answer.content.iter_any():
        for told in story.feed(chunk):
            yield told
        size += len(chunk)
        if story.ended or size > MAX_STREAM_BYTES:
            break  # whether the connection is closed then is the service's affair
    for told in story.close():
        yield told


async def _read_capped(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The whole body, counted while it is read, and held once: ``getvalue`` copies nothing."""
    data = io.BytesIO()
    async for chunk in answer.content.iter_chunked(1 << 16):
        data.write(chunk)
        if data.tell() > max_bytes:
            raise aiohttp.ClientPayloadError(f"more than {max_bytes} bytes")
    return data.getvalue()
