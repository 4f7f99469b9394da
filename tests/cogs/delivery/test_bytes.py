"""The bytes of a result stand in memory once, however often they are sent, and are gone as soon as Discord has them."""

from __future__ import annotations

import asyncio
import gc
import io
import weakref
from collections.abc import Iterator

import aiohttp
import pytest
from PIL import Image

from cogs.ui.files import SharedBytes, file_of
from imagegen.errors import DeliverLater
from imagegen.model import Job, ResultImage
from sandbox.people import images_of
from tests.cogs.conftest import Room
from tests.imagegen.imaging.drawn import encoded

HEAVY = encoded(Image.effect_noise((1000, 1000), 90).convert("RGB"), "PNG")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """No garbage collector, which would come along much later in a bot that runs."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def a_heavy_job(room: Room, prompt: str) -> tuple[Job, str]:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    job = await room.made(prompt)
    assert job.made is not None
    results = room.box.local_wan.results
    for link in job.made.links:
        name = link.partition("/results/")[2].partition("?")[0]
        results[name] = HEAVY
    return job, channel


def held() -> list[ResultImage | io.BytesIO]:
    """Everything in this process that holds the bytes of the heavy result."""
    found = [one for one in gc.get_objects() if isinstance(one, ResultImage | io.BytesIO)]
    return [one for one in found if bytes_of(one) == HEAVY]


def bytes_of(holder: ResultImage | io.BytesIO) -> bytes:
    return holder.getvalue() if isinstance(holder, io.BytesIO) else holder.data


def test_what_is_sent_again_and_again_is_no_copy() -> None:
    tries = [SharedBytes(HEAVY) for _ in range(3)]

    sizes = [aiohttp.payload.get_payload(stream).size for stream in tries]
    pieces = [stream.read(1 << 16) for stream in tries]

    assert sizes == [len(HEAVY)] * 3
    assert pieces == [HEAVY[: 1 << 16]] * 3
    assert all(stream.getvalue() is HEAVY for stream in tries)


@pytest.mark.usefixtures("no_collector")
def test_a_file_that_was_sent_is_freed_without_the_collector() -> None:
    file = file_of(HEAVY, "a.png")
    stream = weakref.ref(file.fp)
    file.close()

    del file

    assert stream() is None


async def test_a_file_can_be_read_again_after_it_was_closed() -> None:
    """discord.py sends a request again from the same stream, and aiohttp closes what it has sent."""
    file = file_of(HEAVY, "a.png")
    payload = aiohttp.payload.get_payload(file.fp)
    await payload.close()
    file.fp.close()

    file.reset(seek=True)

    assert file.fp.read() == HEAVY


@pytest.mark.usefixtures("no_collector")
async def test_nothing_of_a_result_is_held_once_it_is_delivered(room: Room) -> None:
    job, channel = await a_heavy_job(room, "delivered and gone")

    await room.delivery.deliver(job)

    assert held() == []
    ana = await room.somebody()
    assert sum(len(images_of(message)) for message in await room.seen(ana, channel)) == 1


@pytest.mark.parametrize("fault", ["token_expired", "v2_upload_refused"])
@pytest.mark.usefixtures("no_collector")
async def test_nothing_is_held_of_a_result_that_took_several_tries(room: Room, fault: str) -> None:
    job, channel = await a_heavy_job(room, f"several tries {fault}")
    room.box.faults.arm(fault)

    await room.delivery.deliver(job)

    assert held() == []
    ana = await room.somebody()
    assert sum(len(images_of(message)) for message in await room.seen(ana, channel)) == 1


@pytest.mark.usefixtures("no_collector")
async def test_nothing_is_held_of_a_result_that_is_tried_later(room: Room) -> None:
    job, _ = await a_heavy_job(room, "tried later")
    room.box.faults.arm("server_error_before", match="PATCH")

    with pytest.raises(DeliverLater):
        await room.delivery.deliver(job)

    assert held() == []


@pytest.mark.usefixtures("no_collector")
async def test_while_it_is_sent_once_more_its_bytes_stand_in_memory_once(room: Room) -> None:
    job, _ = await a_heavy_job(room, "once more")
    room.box.faults.arm("token_expired")
    room.box.faults.arm("slow_rest", match="PATCH /channels", seconds=0.3)
    streams, copies = [0], [0]

    work = asyncio.create_task(room.delivery.deliver(job))
    while not work.done():
        streams.append(sum(isinstance(one, io.BytesIO) for one in held()))
        copies.append(len({id(bytes_of(one)): one for one in held()}))
        await asyncio.sleep(0.01)
    await work

    assert max(copies) == 1
    assert max(streams) == 1  # that of the first try is gone while the second goes on
