"""An image set arrives in order and whole, over two messages if need be, and no image of it arrives twice."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image

from cogs.delivery import deliver
from cogs.delivery.deliver import Delivery
from cogs.interactions import visibility
from cogs.ui.limits import REQUEST_BYTES
from imagegen.errors import DeliverLater, WanError, WanLinkLost
from imagegen.imaging.byte_budget import max_result_bytes
from imagegen.model import Delivered, Job, Made
from imagegen.store import jobs
from imagegen.worker.delivery import LINK_RETRY_FOR, LINK_RETRY_SHARE
from sandbox.people import Json, Person, components_of, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import calls, received_interaction, serves
from tests.imagegen.imaging.drawn import encoded

pytestmark = pytest.mark.usefixtures("no_cards")


async def generated_set(room: Room, ana: Person, channel: str, prompt: str, images: int, most: int = 12) -> Job:
    """Return an image set of *images*, generated and not yet delivered. All its links lead to the same image."""
    await ana.slash(channel, "imagine", prompt=prompt)
    job = await room.generated_job(prompt)
    made = Made(room.images.links * images, images, room.images.size, "r-1")
    return replace(job, made=made, request=replace(job.request, image_set=True, count=most))


def new_process(room: Room) -> Delivery:
    """Return the delivery of a process that knows nothing of what was delivered before."""
    for message in room.box.world.messages.values():
        message.body.pop("nonce", None)  # Discord enforces it for some minutes only
    return Delivery(room.bot, room.service, room.bot.context.notices, room.bot.gate.away)


def alt_texts(message: Json) -> list[str]:
    galleries = [part for part in components_of(message) if part["type"] == 12]
    return [item["description"] for gallery in galleries for item in gallery["items"]]


def labels(message: Json) -> list[str]:
    return [part["label"] for part in components_of(message) if part["type"] == 2]


def numbered(first: int, last: int, prompt: str) -> list[str]:
    return [f"{number}. {prompt}" for number in range(first, last + 1)]


@pytest.mark.parametrize("images", [1, 5, 10])
async def test_up_to_ten_images_of_a_set_are_one_message(room: Room, images: int) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "a comic", images)

    shown = await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert shown == Delivered(images, int(message["id"]))
    assert alt_texts(message) == numbered(1, images, "a comic")
    assert text_of(message).startswith("a comic\n")
    assert f"{images} of up to 12 images, {images} used" in text_of(message)
    assert "1280 × 1280, seed" in text_of(message)
    assert labels(message)[-1] == "Delete"


async def test_twelve_images_of_a_set_are_two_messages_of_six_in_order(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "twelve", 12)

    shown = await room.delivery.deliver(job)

    first, second = await room.bot_messages(ana, channel)
    assert shown == Delivered(12, int(first["id"]))
    assert alt_texts(first) == numbered(1, 6, "twelve")
    assert alt_texts(second) == numbered(7, 12, "twelve")
    assert [image["url"].split("/")[-1].split("?")[0] for image in images_of(second)] == [
        f"wanvas-{job.id}-{number}.png" for number in range(7, 13)
    ]
    assert labels(first) == [*(f"Edit {number}" for number in range(1, 7)), "Edit image", "Edit a part"]
    assert labels(second)[:6] == [f"Edit {number}" for number in range(7, 13)]
    assert labels(second)[-1] == "Delete"
    assert "used" not in text_of(first)
    assert "12 of up to 12 images, 12 used" in text_of(second)


@pytest.mark.parametrize("fault", ["server_error_before", "server_error_after", "discord_reset_after"])
async def test_a_set_whose_process_died_at_its_second_message_arrives_once(room: Room, fault: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, f"died {fault}", 12)
    room.box.faults.arm(fault, match=f"POST /api/v10/channels/{room.channel_id(channel)}")  # the first is an edit
    with pytest.raises(DeliverLater) as later:
        await room.delivery.deliver(job)

    shown = await new_process(room).deliver(job)

    assert later.value.shown == 6
    assert shown.images == 12
    messages = await room.bot_messages(ana, channel)
    assert [alt_texts(message) for message in messages] == [
        numbered(1, 6, f"died {fault}"), numbered(7, 12, f"died {fault}"),
    ]  # fmt: skip


async def test_a_set_whose_process_died_after_its_last_message_is_uploaded_once(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "not recorded", 11)
    first = await room.delivery.deliver(job)
    files = len(room.box.world.files)

    second = await new_process(room).deliver(job)

    assert second == first
    assert len(room.box.world.files) == files
    assert [len(images_of(message)) for message in await room.bot_messages(ana, channel)] == [6, 5]


async def test_a_complete_set_is_not_delivered_again_by_a_late_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "complete", 12, most=1)
    shown = await room.delivery.deliver(job)
    done = await room.store.write(jobs.done, job, 1, shown.message_id, now=datetime.now(UTC))
    assert done is not None
    assert shown.message_id is not None
    before = len(room.box.record.part("discord"))

    await new_process(room)._late_cards.repair(replace(done, request=job.request, delivered=12), shown.message_id)

    since = room.box.record.part("discord")[before:]
    assert [entry for entry in since if entry["method"] == "PATCH"] == []


async def test_under_each_message_of_a_set_the_interaction_says_who_sees_it(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "seen under both", 12)
    shown = await room.delivery.deliver(job)
    first, second = await room.bot_messages(ana, channel)
    pressed = [await received_interaction(room, bo, channel, message) for message in (first, second)]
    job = replace(job, message_id=shown.message_id)

    async with calls(room) as asked:
        seen = [await visibility.may_see(interaction, job) for interaction in pressed]

    assert seen == [True, True]
    assert asked == []


async def test_an_image_of_a_set_that_cannot_be_downloaded_is_left_out_and_uses_no_quota(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "one is lost", 5)
    room.box.faults.arm("expired_link")

    shown = await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert shown.images == len(images_of(message)) == 4
    assert alt_texts(message) == numbered(2, 5, "one is lost")
    assert "4 of up to 12 images, 4 used" in text_of(message)
    assert "image 1 couldn't be downloaded, so it didn't use your quota" in text_of(message)


async def test_a_message_of_a_set_whose_images_are_all_lost_has_no_buttons(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "the first half is lost", 12)
    room.box.faults.arm("expired_link", times=7)

    shown = await room.delivery.deliver(job)

    first, second = await room.bot_messages(ana, channel)
    assert (shown.images, labels(first)) == (5, [])
    assert alt_texts(second) == numbered(8, 12, "the first half is lost")
    assert "images 1–7 couldn't be downloaded, so they didn't use your quota" in text_of(second)
    assert "request r-1" in text_of(second)


async def test_a_set_with_fewer_images_than_its_most_is_no_fault_and_shows_no_request_id(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "fewer", 3)

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert "3 of up to 12 images, 3 used" in text_of(message)
    assert "request" not in text_of(message)


async def test_a_set_waits_for_an_image_and_is_completed_without_it_before_the_worker_gives_up(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "one stays away", 5)
    room.box.faults.arm("result_down", times=2)
    now, last_tries = datetime.now(UTC), LINK_RETRY_FOR * LINK_RETRY_SHARE / (LINK_RETRY_SHARE + 1)

    with pytest.raises(WanError):
        await room.delivery.deliver(job)
    shown = await room.delivery.deliver(replace(job, generated_at=now - last_tries))

    (message,) = await room.bot_messages(ana, channel)
    assert shown.images == len(images_of(message)) == 4
    assert "image 1 couldn't be downloaded" in text_of(message)


async def test_a_set_without_any_image_is_no_result(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "all are lost", 3)
    room.box.faults.arm("expired_link", times=3)

    with pytest.raises(WanLinkLost):
        await room.delivery.deliver(job)

    assert [images_of(message) for message in await room.bot_messages(ana, channel)] == [[]]


async def test_a_set_whose_second_message_is_refused_says_what_is_missing(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "closed behind", 12)
    await room.deny(channel, "SEND_MESSAGES", "VIEW_CHANNEL")
    room.box.faults.arm("discord_error", match="POST /api/v10/webhooks", code=50027)

    shown = await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert shown.images == len(images_of(message)) == 6
    assert "There's more, but Discord takes no more messages here." in text_of(message)
    assert "6 of up to 12 images, 6 used" in text_of(message)
    assert labels(message)[-1] == "Delete"


async def test_a_set_that_discord_refuses_as_a_card_keeps_its_spoilers_as_files(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "||hidden|| comic", 3)
    room.box.faults.arm("v2_upload_refused", times=2)

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert message["components"] == []
    assert [file["filename"] for file in message["attachments"]] == [
        f"SPOILER_wanvas-{job.id}-{number}.png" for number in (1, 2, 3)
    ]
    assert "||hidden|| comic" in text_of(message)


@pytest.mark.parametrize("hidden", [(), ("READ_MESSAGE_HISTORY",)])
async def test_a_set_requested_by_message_replies_to_the_message_where_discord_allows_it(
    room: Room, hidden: tuple[str, ...]
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    asked = await ana.say(channel, f"{room.mention} by mention, {hidden}")
    job = await room.generated_job(f"by mention, {hidden}")
    made = Made(room.images.links * 12, 12, room.images.size, "r-1")
    await room.deny(channel, *hidden)

    await room.delivery.deliver(replace(job, made=made, request=replace(job.request, image_set=True, count=12)))

    messages = await room.bot_messages(ana, channel)
    replies = [message.get("message_reference", {}).get("message_id") for message in messages]
    assert [len(images_of(message)) for message in messages] == [6, 6]
    assert replies == [None if hidden else asked, None]


async def test_a_set_comes_as_direct_messages_if_the_channel_is_closed(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "elsewhere", 12)
    await room.bot.http.delete_message(int(room.channel_id(channel)), job.address.message_id or 0)
    await room.deny(channel, "SEND_MESSAGES", "VIEW_CHANNEL")

    shown = await room.delivery.deliver(replace(job, address=job.address.without_token()))

    assert shown.images == 12
    assert [len(images_of(message)) for message in await room.bot_messages(ana, "dm")] == [6, 6]


async def test_ten_large_images_of_a_set_fit_into_one_request(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "ten large ones", 10)
    large = encoded(Image.effect_noise((1300, 1300), 90).convert("RGB"), "PNG")

    with serves(room, job, large):
        shown = await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    files = [await room.control.file(image["attachment_id"]) for image in images_of(message)]
    assert 10 * len(large) > REQUEST_BYTES
    assert shown.images == 10
    assert sum(map(len, files)) <= REQUEST_BYTES
    assert {Image.open(io.BytesIO(data)).format for data in files} == {"JPEG", "PNG"}
    assert "saved as JPEG to fit" in text_of(message)


async def test_a_set_counts_as_one_request_and_one_download_in_the_memory_budget(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_set(room, ana, channel, "bounded", 12)
    budget = REQUEST_BYTES + max_result_bytes(job)
    monkeypatch.setattr(deliver, "BYTES_AT_ONCE", budget)
    delivery = new_process(room)
    work, most = asyncio.create_task(delivery.deliver(job)), 0

    while not work.done():
        most = max(most, delivery._bytes.taken_bytes)
        await asyncio.sleep(0.001)

    assert (await work).images == 12
    assert most == budget
