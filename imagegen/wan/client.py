"""Send requests to Wan, with time limits and the key, and return what the answers mean."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from imagegen import metrics, ownership
from imagegen.errors import ImageRefused, Reason, WanLinkLost, WanNotSent, WanUnanswered
from imagegen.model import Call, Made, StoryPart
from imagegen.wan import answers, permissions, requests, stream, tasks
from imagegen.wan.answers import StoryEnd
from imagegen.wan.away import WanAway
from imagegen.wan.hosts import is_loopback
from imagegen.wan.requests import Generation, WireRequest
from imagegen.wan.results import is_complete
from imagegen.wan.stream import StoryStream
from imagegen.wan.tasks import TaskCanceled, TaskCreated, TaskRunning

T = TypeVar("T")
Reader = Callable[[int, Mapping[str, str], bytes], T]

MAX_REQUEST_BYTES = 12 * 1024 * 1024
MAX_ANSWER_BYTES = 1024 * 1024  # answers hold links, never images
MAX_STREAM_BYTES = 16 * 1024 * 1024  # a fragment of a few characters takes about 400 bytes; no story is that long
_RETRYABLE_STATUSES = (408, 425, 429)  # statuses below 500 that are transient
_RESULT_HOST = re.compile(r"[a-z0-9.-]+\.aliyuncs\.com")  # the documents show a dozen hosts, but no complete list


@dataclass(frozen=True)
class Timeouts:
    """Seconds for each kind of wait.

    *answer_timeout_s* is the operator's limit for a synchronous call; None uses the catalogue's. A result that comes
    later may have been paid, and the request is not sent again.

    *silence_s* is the longest pause between two pieces of a stream, which may last minutes: twice the time that one
    image of a story took (127 s for three). *download_s* is the same for a result, and *download_most_s* limits its
    whole download: 50 MB, which a result of 4K may have, take 200 s at 2 Mbit/s.
    """

    connect_s: float = 10.0
    answer_timeout_s: float | None = None
    silence_s: float = 90.0
    task_s: float = 30.0
    download_s: float = 30.0
    download_most_s: float = 240.0


def new_session() -> aiohttp.ClientSession:
    """Return a session for requests to Wan. Each request first checks that this process still owns its job.

    Keep no idle connections: if the other side closed one, a paid request would be lost with it.
    """
    connector = aiohttp.TCPConnector(force_close=True)
    return aiohttp.ClientSession(connector=connector, trace_configs=[ownership.add_to(aiohttp.TraceConfig())])


class WanClient:
    """The endpoint. The caller owns and closes the session. The key goes only to the base URL."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        key: SecretStr,
        timeouts: Timeouts | None = None,
        *,
        workspace: str = "",
    ) -> None:
        """Use *workspace* on a host that several workspaces share."""
        self._session, self._base_url, self._key = session, base_url.rstrip("/"), key
        self._timeouts = timeouts or Timeouts()
        self.away = WanAway()
        self._shared_headers = {"X-DashScope-WorkSpace": workspace} if workspace else {}

    async def generate(self, generation: Generation) -> Made:
        """Generate images in one call. Raise WanNotSent, WanRefused or WanUnanswered."""
        timeout_s = self._timeouts.answer_timeout_s or generation.answer_timeout_s
        return await self._send("sync", _build(generation, Call.SYNC), answers.read_made, timeout_s)

    async def stream(self, generation: Generation) -> AsyncGenerator[StoryPart | StoryEnd]:
        """Yield a story as Wan writes it; the last item is its StoryEnd.

        Raise what generate raises: WanRefused even in the middle, WanUnanswered if the stream was cut before its end. A
        caller that stops early closes the generator (``contextlib.aclosing``) and with it the connection.
        """
        request = _build(generation, Call.STREAM)
        limits = aiohttp.ClientTimeout(
            total=None, sock_connect=self._timeouts.connect_s, sock_read=self._timeouts.silence_s
        )
        with metrics.wan_call("stream"):
            async with self._answer(request, limits) as answer:
                async for part in _read_story(answer):
                    yield part

    async def create_task(self, generation: Generation) -> TaskCreated:
        """Create a task. Raise what generate raises."""
        return await self._send("create", _build(generation, Call.TASK), tasks.read_created, self._timeouts.task_s)

    async def query_task(self, task_id: str, *, story: bool = False) -> TaskRunning | Made:
        """Return a task's status or result.

        Raise WanRefused if the task failed, WanNotSent or WanUnanswered without answer.

        *story*: keep the parts in their order, and accept a result of text alone.
        """
        read = partial(tasks.read_task, story=story)
        return await self._send("query", tasks.query_request(task_id), read, self._timeouts.task_s)

    async def cancel_task(self, task_id: str) -> TaskCanceled:
        """Cancel a task that is PENDING. Raise WanRefused if it is not."""
        return await self._send("cancel", tasks.cancel_request(task_id), tasks.read_canceled, self._timeouts.task_s)

    async def check_key(self) -> None:
        """Raise WanRefused if the key is wrong. This costs nothing."""
        await self._send("check", tasks.key_check_request(), answers.read_answer, self._timeouts.task_s)

    async def permitted_models(self) -> frozenset[str]:
        """Return the models that the key may use. Free. Raise WanError if Wan does not list them."""
        named, permitted = set[str](), set[str]()
        for number in range(1, permissions.MAX_PAGES + 1):
            request = permissions.page_request(number)
            page = await self._send("check", request, permissions.read_page, self._timeouts.task_s)
            named |= page.named
            permitted |= page.permitted
            if len(named) >= page.total or not page.named:
                break
        if len(named) < page.total:  # models that it does not name would seem to be refused
            raise WanUnanswered(Reason.WAN_UNREADABLE, status=200)
        return frozenset(permitted)

    async def rate_limit(self, model: str) -> float | None:
        """Return how many requests a second Wan allows the key to *model*; None if unknown. Free. Raise WanError."""
        request, read = permissions.limits_request(model), partial(permissions.read_limit, model)
        return await self._send("check", request, read, self._timeouts.task_s)

    async def _send(self, kind: str, request: WireRequest, read: Reader[T], timeout_s: float) -> T:
        """Send *request*, count the answer as *kind*, and return what *read* makes of it."""
        limits = aiohttp.ClientTimeout(total=timeout_s, sock_connect=self._timeouts.connect_s)
        with metrics.wan_call(kind):
            async with self._answer(request, limits) as answer:
                return read(answer.status, answer.headers, await _read_capped(answer, MAX_ANSWER_BYTES))

    @asynccontextmanager
    async def _answer(
        self, request: WireRequest, limits: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Yield the start of an answer. Turn a connection error, even during reading, into an error of ours."""
        headers = {**self._shared_headers, **request.headers, "Authorization": f"Bearer {self._key.get_secret_value()}"}
        url, body = self._base_url + request.path, None
        if request.body:
            headers["Content-Length"], body = str(request.body_bytes), _in_turns(request.pieces())
        try:
            async with self._session.request(
                request.method, url, data=body, headers=headers, timeout=limits, allow_redirects=False
            ) as answer:
                if answer.status >= 500:
                    self.away.failed(f"HTTP {answer.status}")
                else:
                    self.away.answered()
                yield answer
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            self.away.failed(type(error).__name__)
            raise WanNotSent(Reason.WAN_DOWN, cause=type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            ownership.raise_if_lost(error)
            self.away.failed(type(error).__name__)
            raise WanUnanswered(Reason.UNANSWERED, cause=type(error).__name__) from error

    async def download(self, link: str, max_bytes: int) -> bytes:
        """Return a result's bytes. The request has no key.

        Raise WanLinkLost if the host is not Wan's or the link is dead for good, WanUnanswered if a later try may
        succeed.
        """
        with metrics.wan_call("download"):
            return await self._download(link, max_bytes)

    async def _download(self, link: str, max_bytes: int) -> bytes:
        if (url := self.fetch_url(link)) is None:
            raise WanLinkLost(Reason.RESULT_LOST, cause="host")
        waits = self._timeouts
        timeout = aiohttp.ClientTimeout(
            total=waits.download_most_s, sock_connect=waits.connect_s, sock_read=waits.download_s
        )
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

    def fetch_url(self, link: str) -> str | None:
        """Return the URL to fetch *link* from; None if the host is not Wan's. The scheme is the endpoint's.

        Wan has sent http:// links beside an https:// endpoint; the same storage answers both.
        """
        try:
            parts = urlsplit(link)
        except ValueError:
            return None
        base = urlsplit(self._base_url)
        if is_loopback(self._base_url):
            is_known = parts.netloc == base.netloc
        else:
            is_known = link.isascii() and bool(_RESULT_HOST.fullmatch(parts.netloc))
        if not is_known or parts.scheme not in ("http", "https"):
            return None
        return f"{base.scheme}://{link.partition('://')[2]}"


def _build(generation: Generation, call: Call) -> WireRequest:
    """Return the request. Raise ImageRefused if it is too large."""
    request = requests.generation_request(generation, call)
    if request.body_bytes > MAX_REQUEST_BYTES:
        raise ImageRefused(Reason.IMAGES_TOO_LARGE_TOGETHER, limit_mb=MAX_REQUEST_BYTES // 1024**2)
    return request


async def _in_turns(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Yield *pieces*, and let other tasks run after each."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)


async def _read_story(answer: aiohttp.ClientResponse) -> AsyncIterator[StoryPart | StoryEnd]:
    """Yield the parts of a streamed answer, each as soon as it is complete."""
    if answer.status != 200 or answer.content_type == "application/json":
        for part in stream.read_unstreamed(answer.status, answer.headers, await _read_capped(answer, MAX_STREAM_BYTES)):
            yield part
        return
    story, size = StoryStream(answer.status, answer.headers), 0
    async for chunk in answer.content.iter_any():
        for part in story.feed(chunk):
            yield part
        size += len(chunk)
        if story.ended or size > MAX_STREAM_BYTES:
            break  # the service decides whether the connection then closes
    for part in story.close():
        yield part


async def _read_capped(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """Return the whole body, at most *max_bytes*. Only while the pieces are joined, memory holds the body twice."""
    pieces, size = [], 0
    async for piece in answer.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise aiohttp.ClientPayloadError(f"more than {max_bytes} bytes")
    return b"".join(pieces)
