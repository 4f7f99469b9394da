"""The bytes of a result are in memory once, however often they are sent, and freed when Discord has them."""

from __future__ import annotations

import asyncio
import gc
import io
import weakref
from functools import cache
from typing import Any

import aiohttp
import pytest
from PIL import Image

from cogs.delivery import deliver
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.ui.files import SharedBytes, file_of
from imagegen.errors import DeliverLater
from imagegen.model import Job, ResultImage
from sandbox.people import images_of
from tests.cogs.conftest import Room
from tests.cogs.delivery.test_late_cards import generated_story
from tests.imagegen.imaging.drawn import encoded

pytestmark = pytest.mark.usefixtures("no_cards")


@cache
def large() -> bytes:
    """Return a large file: the same object at each call."""
    return encoded(Image.effect_noise((1000, 1000), 90).convert("RGB"), "PNG")


async def a_large_job(room: Room, prompt: str) -> tuple[Job, str]:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    job = await room.generated_job(prompt)
    hold_large_results(room, job)
    return job, channel


def hold_large_results(room: Room, job: Job) -> None:
    """Let the local Wan serve the large file for every result of *job*."""
    assert job.made is not None
    for link in job.made.links:
        name = link.partition("/results/")[2].partition("?")[0]
        room.box.local_wan.results[name] = large()


def held() -> list[ResultImage | io.BytesIO]:
    """Return every object of this process that holds the pixels of the large result, behind its mark."""
    found = [one for one in gc.get_objects() if isinstance(one, ResultImage | io.BytesIO)]
    return [one for one in found if bytes_of(one).endswith(large()[1000:])]


def bytes_of(holder: ResultImage | io.BytesIO) -> bytes:
    """Return the bytes of *holder*; none of a closed stream."""
    if isinstance(holder, io.BytesIO):
        return b"" if holder.closed else holder.getvalue()
    return holder.data


def test_repeated_uploads_copy_no_bytes() -> None:
    tries = [SharedBytes(large()) for _ in range(3)]

    sizes = [aiohttp.payload.get_payload(stream).size for stream in tries]
    pieces = [stream.read(1 << 16) for stream in tries]

    assert sizes == [len(large())] * 3
    assert pieces == [large()[: 1 << 16]] * 3
    assert all(stream.getvalue() is large() for stream in tries)


@pytest.mark.usefixtures("no_collector")
def test_an_uploaded_file_is_freed_without_the_garbage_collector() -> None:
    file = file_of(large(), "a.png")
    stream = weakref.ref(file.fp)
    file.close()

    del file

    assert stream() is None


@pytest.mark.parametrize(
    ("fault", "more"), [("discord_error", {"code": 50013}), ("server_error_before", {}), ("discord_reset_before", {})]
)
async def test_a_refused_upload_holds_no_bytes_though_its_error_is_kept(
    room: Room, fault: str, more: dict[str, Any]
) -> None:
    channel_id, file = int(room.channel_id(await room.channel())), file_of(large(), "a.png")
    room.box.faults.arm(fault, match="POST /api/v10/channels", **more)

    with pytest.raises((RouteClosed, DeliverLater)) as refused:
        await call_discord(room.bot.get_partial_messageable(channel_id).send, file=file)

    assert refused.value.__traceback__ is not None
    assert file.fp.closed


async def test_a_canceled_upload_holds_no_bytes(room: Room) -> None:
    channel_id, file = int(room.channel_id(await room.channel())), file_of(large(), "a.png")
    room.box.faults.arm("slow_rest", match="POST /api/v10/channels", seconds=30.0)

    call = asyncio.create_task(room.bot.get_partial_messageable(channel_id).send(file=file))
    await asyncio.sleep(0.1)
    call.cancel()
    await asyncio.wait([call])

    assert call.cancelled()
    assert file.fp.closed


async def test_an_uploaded_stream_can_be_read_again() -> None:
    """discord.py repeats a request from the same stream, which aiohttp closes after the first upload."""
    file = file_of(large(), "a.png")
    payload = aiohttp.payload.get_payload(file.fp)
    await payload.close()
    file.fp.close()

    file.reset(seek=True)

    assert file.fp.read() == large()


@pytest.mark.usefixtures("no_collector")
async def test_a_delivered_result_is_freed(room: Room) -> None:
    job, channel = await a_large_job(room, "delivered and gone")

    await room.delivery.deliver(job)

    assert held() == []
    ana = await room.new_person()
    assert sum(len(images_of(message)) for message in await room.bot_messages(ana, channel)) == 1


@pytest.mark.usefixtures("no_collector")
async def test_a_delivered_result_is_freed_before_the_server_log_is_written(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = await a_large_job(room, "freed before the log")
    held_during_log: list[int] = []

    async def log_result(*_: object) -> None:
        held_during_log.append(len(held()))

    monkeypatch.setattr(deliver, "log_result", log_result)

    await room.delivery.deliver(job)

    assert held_during_log == [0]


@pytest.mark.parametrize("fault", ["token_expired", "v2_upload_refused"])
@pytest.mark.usefixtures("no_collector")
async def test_a_result_that_took_several_tries_is_freed(room: Room, fault: str) -> None:
    job, channel = await a_large_job(room, f"several tries {fault}")
    room.box.faults.arm(fault)

    await room.delivery.deliver(job)

    assert held() == []
    ana = await room.new_person()
    assert sum(len(images_of(message)) for message in await room.bot_messages(ana, channel)) == 1


@pytest.mark.usefixtures("no_collector")
async def test_the_images_of_a_delivered_story_are_freed(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "story", prompt="told and gone")
    job = await generated_story(room, "told and gone")
    hold_large_results(room, job)

    await room.delivery.deliver(job)

    assert held() == []
    assert sum(len(images_of(message)) for message in await room.bot_messages(ana, channel)) == 2


@pytest.mark.usefixtures("no_collector")
async def test_a_result_that_waits_for_a_retry_is_freed(room: Room) -> None:
    job, _ = await a_large_job(room, "tried later")
    room.box.faults.arm("server_error_before", match="PATCH")

    with pytest.raises(DeliverLater):
        await room.delivery.deliver(job)

    assert held() == []


@pytest.mark.usefixtures("no_collector")
async def test_during_a_second_try_the_bytes_are_in_memory_once(room: Room) -> None:
    job, _ = await a_large_job(room, "once more")
    room.box.faults.arm("token_expired")
    room.box.faults.arm("slow_rest", match="PATCH /api/v10/channels", seconds=3.0)  # several looks
    streams, copies = [0], [0]

    work = asyncio.create_task(room.delivery.deliver(job))
    while not work.done():
        streams.append(sum(isinstance(one, io.BytesIO) for one in held()))
        copies.append(len({id(bytes_of(one)): one for one in held()}))
        await asyncio.sleep(0.01)
    await work

    assert max(copies) == 1
    assert max(streams) == 1  # the stream of the first try is freed before the second try ends
