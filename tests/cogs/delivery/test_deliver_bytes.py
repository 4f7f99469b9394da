"""However many results are delivered at once, their bytes stay within a budget, and every result arrives."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from cogs.delivery import deliver, images
from cogs.delivery.deliver import Delivery
from cogs.ui.limits import FILE_BYTES, REQUEST_BYTES
from imagegen.errors import DeliverLater, WanError
from imagegen.imaging.byte_budget import max_result_bytes, total_result_bytes
from imagegen.model import Job, ResultImage
from sandbox.people import images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import serves
from tests.imagegen.imaging.drawn import encoded

pytestmark = pytest.mark.usefixtures("no_cards")


async def jobs_of(room: Room, channel: str, number: int) -> list[Job]:
    ana, made = await room.new_person(), []
    for n in range(number):
        await ana.slash(channel, "imagine", prompt=f"{channel} {n}")
        made.append(await room.generated_job(f"{channel} {n}"))
    return made


def delivery_with(room: Room, most_bytes: int, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    monkeypatch.setattr(deliver, "BYTES_AT_ONCE", most_bytes)
    return Delivery(room.bot, room.service, room.bot.context.notices, room.bot.gate.away)


async def most_held(delivery: Delivery, work: asyncio.Future[Any]) -> int:
    """Return the most bytes that deliveries held at any time before *work* was done."""
    most = 0
    while not work.done():
        most = max(most, delivery._bytes.taken_bytes)
        await asyncio.sleep(0.001)
    return most


async def test_ten_results_at_once_stay_within_the_budget_and_all_arrive(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, ana = await room.channel(), await room.new_person()
    made = await jobs_of(room, channel, 10)
    budget = 2 * total_result_bytes(made[0])
    delivery = delivery_with(room, budget, monkeypatch)
    room.box.faults.arm("slow_rest", times=10, match="PATCH", seconds=0.05)

    work = asyncio.gather(*(delivery.deliver(job) for job in made))
    most = await most_held(delivery, work)

    assert total_result_bytes(made[0]) <= most <= budget
    assert delivery._bytes.taken_bytes == 0
    assert sum(len(images_of(message)) for message in await room.bot_messages(ana, channel)) == 10


def test_a_shrunk_copy_counts_beside_its_image_and_an_untouched_image_counts_once() -> None:
    large, small = ResultImage(bytes(900), "png", 9, 9), ResultImage(bytes(500), "png", 9, 9)
    smaller = ResultImage(bytes(100), "jpeg", 9, 9)

    assert images.held_bytes((large, small)) == 1400
    assert images.held_bytes((large, small, smaller, small)) == 1500


async def test_a_result_larger_than_the_whole_budget_arrives(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    channel, ana = await room.channel(), await room.new_person()
    made = await jobs_of(room, channel, 3)
    delivery = delivery_with(room, 1, monkeypatch)

    await asyncio.gather(*(delivery.deliver(job) for job in made))

    assert sum(len(images_of(message)) for message in await room.bot_messages(ana, channel)) == 3


async def test_a_failed_download_or_delivery_returns_its_bytes(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = await room.channel()
    lost, unsent = await jobs_of(room, channel, 2)
    delivery = delivery_with(room, 10**9, monkeypatch)
    room.box.faults.arm("expired_link")
    with pytest.raises(WanError):
        await delivery.deliver(lost)
    room.box.faults.arm("server_error_before", match="PATCH")
    with pytest.raises(DeliverLater):
        await delivery.deliver(unsent)

    assert delivery._bytes.taken_bytes == 0


async def test_images_of_4k_arrive_in_their_size_and_in_the_memory_of_a_request_and_one_download(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, ana = await room.channel(), await room.new_person()
    (job,) = await jobs_of(room, channel, 1)
    assert job.made is not None
    job = replace(job, made=replace(job.made, links=job.made.links * 2, size="4096*4096"))
    delivery = delivery_with(room, deliver.BYTES_AT_ONCE, monkeypatch)
    large = encoded(Image.linear_gradient("L").resize((4096, 4096)).convert("RGB"), "PNG", compress_level=0)

    with serves(room, job, large):
        work = asyncio.ensure_future(delivery.deliver(job))
        most = await most_held(delivery, work)

    (message,) = await room.bot_messages(ana, channel)
    files = [await room.control.file(image["attachment_id"]) for image in images_of(message)]
    assert total_result_bytes(job) > 2 * len(large) > REQUEST_BYTES + max_result_bytes(job) >= most
    assert [Image.open(io.BytesIO(data)).size for data in files] == [(4096, 4096)] * 2
    assert max(map(len, files)) <= FILE_BYTES
    assert "4096 × 4096" in text_of(message)
    assert "images 1–2 saved as JPEG to fit" in text_of(message)
