"""A result reaches the requester once, by the first open route, and no stale status card stays."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from cogs.delivery.deliver import Delivery
from cogs.delivery.images import card_post
from cogs.interactions.operators import Operators
from cogs.messaging.notices import Notices
from cogs.messaging.routes import Routes
from cogs.ui import cards
from cogs.ui.limits import FILE_BYTES, REQUEST_BYTES
from imagegen import ownership
from imagegen.errors import DeliverLater, OwnershipLost, Reason, Undeliverable
from imagegen.imaging.marks import seen_mark
from imagegen.imaging.xmp import WORDS, SeenMark
from imagegen.model import Failure, Job, Requester, ResultImage
from imagegen.ownership import StillOwned
from imagegen.reports import Alert
from imagegen.states import State
from imagegen.store import jobs, processes, queue
from imagegen.store.processes import Adopted
from sandbox.people import EPHEMERAL, LOADING, Person, button_id, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.delivery.test_bytes import hold_large_results
from tests.cogs.reading import card_id
from tests.imagegen.imaging.drawn import encoded
from tests.imagegen.imaging.marking import chunks
from tests.imagegen.store.books import LIMITS

pytestmark = pytest.mark.usefixtures("no_cards")


async def generated_job(room: Room, ana: Person, channel: str, prompt: str) -> Job:
    await ana.slash(channel, "imagine", prompt=prompt)
    return await room.generated_job(prompt)


def mark_of(job: Job) -> SeenMark:
    """Return what a delivered file of *job* says of itself."""
    assert job.generated_at is not None
    return SeenMark(WORDS, job.model, job.generated_at.replace(microsecond=0), job.id)


async def claimed_by(room: Room, owner: str, job: Job) -> Job:
    """Return *job* as the process *owner* claims it for delivery, after that process took over every display."""
    now = datetime.now(UTC)
    await room.store.write(processes.take_over_display, owner, dead_before=now + timedelta(minutes=1))
    while True:
        claimed = await room.store.write(queue.next_to_deliver, owner, now=datetime.now(UTC))
        assert isinstance(claimed, Job)
        if claimed.id == job.id:
            return claimed


async def fault_begun(room: Room) -> None:
    """Return when the local Discord has begun the armed fault."""
    async with asyncio.timeout(45):
        while room.box.faults.armed():  # noqa: ASYNC110  # faults send no wake-up signal
            await asyncio.sleep(0.01)


async def test_a_result_replaces_the_thinking_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "by token")

    shown = await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert shown.images == len(images_of(message)) == 1
    assert str(shown.message_id) == message["id"] == str(job.address.message_id)
    assert not message["flags"] & LOADING


async def test_after_an_expired_token_the_bot_edits_the_same_message_by_its_own_token(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "token died")
    room.box.faults.arm("token_expired")

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    assert message["id"] == str(job.address.message_id)


async def test_after_a_forgotten_token_the_bot_edits_by_its_own_token(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "token forgotten")

    await room.delivery.deliver(replace(job, address=job.address.without_token()))

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)


async def test_after_a_deleted_card_a_new_message_mentions_the_requester(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "card deleted")
    await room.bot.http.delete_message(int(room.channel_id(channel)), card_id(job))

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    assert [user["id"] for user in message["mentions"]] == [ana.id]


async def test_a_second_delivery_after_a_crash_shows_nothing_twice(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "delivered twice")
    await room.bot.http.delete_message(int(room.channel_id(channel)), card_id(job))
    first = await room.delivery.deliver(job)
    for message in room.box.world.messages.values():
        message.body.pop("nonce", None)  # Discord enforces it for some minutes only

    second = await room.delivery.deliver(job)

    assert second == first
    assert len(await room.bot_messages(ana, channel)) == 1


@pytest.mark.parametrize("closed", [(), ("token",), ("token", "card"), ("token", "card", "channel")])
async def test_a_delivered_result_counts_as_delivered_after_its_links_expired(
    room: Room, closed: tuple[str, ...]
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "links died")
    if "token" in closed:
        job = replace(job, address=job.address.without_token())
    if "card" in closed:
        await room.bot.http.delete_message(int(room.channel_id(channel)), card_id(job))
    if "channel" in closed:
        await room.deny(channel, "VIEW_CHANNEL", "SEND_MESSAGES")
    first = await room.delivery.deliver(job)
    room.box.faults.arm("expired_link")

    second = await room.delivery.deliver(job)

    assert second == first
    assert second.images == 1


async def test_with_a_closed_channel_the_result_comes_as_a_direct_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "channel closed")
    await room.deny(channel, "VIEW_CHANNEL", "SEND_MESSAGES")
    room.box.faults.arm("token_expired")

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, "dm")
    assert images_of(message)


async def test_without_an_open_route_the_job_is_undeliverable(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "no route")
    await room.deny(channel, "VIEW_CHANNEL")
    stranger = replace(job, requester=Requester(1, job.requester.scope), address=job.address.without_token())

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(stranger)

    assert refused.value.reason is Reason.CHANNEL_CLOSED


async def test_a_user_install_without_its_token_never_posts_to_the_channel(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "brought along")
    address = replace(job.address, token=None, message_id=1, is_user_install=True)

    await room.delivery.deliver(replace(job, address=address))

    assert images_of((await room.bot_messages(ana, "dm"))[0])
    assert not [message for message in await room.bot_messages(ana, channel) if images_of(message)]


async def test_after_a_rejected_edit_the_result_comes_as_a_follow_up(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "edit refused")
    room.box.faults.arm("v2_upload_refused")

    shown = await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert "seed" in text_of(message)
    assert images_of(message)
    assert str(shown.message_id) == message["id"] != str(job.address.message_id)


async def test_after_a_rejected_card_the_result_comes_as_plain_text_and_files(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "card refused")
    room.box.faults.arm("v2_upload_refused", times=2)

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert message["components"] == []
    assert "card refused" in message["content"]
    assert len(message["attachments"]) == 1


async def test_a_retry_after_a_cut_connection_ends_in_one_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "cut off")
    room.box.faults.arm("discord_reset_after", match="PATCH")

    with pytest.raises(DeliverLater):
        await room.delivery.deliver(job)
    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert len(images_of(message)) == 1


async def test_the_pixels_within_the_limits_are_uploaded_byte_for_byte(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "untouched")
    assert job.made is not None
    (wans,) = [data for name, data in room.box.local_wan.results.items() if name in job.made.links[0]]

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    (image,) = images_of(message)
    uploaded = await room.control.file(image["attachment_id"])
    assert [part for part in chunks(uploaded) if part[0] != b"iTXt"] == chunks(wans)
    assert seen_mark(uploaded) == mark_of(job)


async def test_an_image_over_the_limit_is_shrunk_and_the_card_says_so(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "over the limit")
    hold_large_results(room, job)
    limit = len((await room.service.display.results(job))[0].data) - 1

    await room.delivery.deliver(replace(job, address=replace(job.address, max_file_bytes=limit)))

    (message,) = await room.bot_messages(ana, channel)
    (image,) = images_of(message)
    data = await room.control.file(image["attachment_id"])
    assert len(data) <= limit
    assert Image.open(io.BytesIO(data)).format == "JPEG"
    assert seen_mark(data) == mark_of(job)
    assert "image 1 saved as JPEG to fit" in text_of(message)


async def test_four_large_images_fit_into_one_request(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "four large ones")
    large = ResultImage(encoded(Image.effect_noise((1900, 1900), 90).convert("RGB"), "PNG"), "png", 1900, 1900)

    fitted = await room.service.display.fitted([large] * 4, file_bytes=FILE_BYTES, together_bytes=REQUEST_BYTES)
    upload = cards.upload(fitted, None)
    shown = await Routes(room.bot).by_token(job, card_post(job, upload, None))

    (message,) = await room.bot_messages(ana, channel)
    assert str(shown) == message["id"]
    assert 4 * len(large.data) > REQUEST_BYTES
    assert len(images_of(message)) == 4
    assert any(image is large for image in fitted)


async def test_an_image_is_shrunk_if_discord_takes_less_than_it_said(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "less than it said")
    hold_large_results(room, job)
    size = len((await room.service.display.results(job))[0].data)
    room.box.faults.arm("discord_error", match="PATCH /api/v10/webhooks", code=40005)

    await room.delivery.deliver(replace(job, address=replace(job.address, max_file_bytes=size)))

    (message,) = await room.bot_messages(ana, channel)
    assert "saved as JPEG" in text_of(message)


async def test_an_image_that_fits_at_no_size_is_refused_as_too_large(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "too heavy")
    room.box.faults.arm("discord_error", times=20, match="PATCH /api/v10/webhooks", code=40005)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.RESULT_FILE_TOO_LARGE


@pytest.mark.parametrize("fault", ["slow_rest", "slow_body"])  # before the image is in the message, or after
async def test_after_a_canceled_delivery_the_next_process_shows_the_result_once(room: Room, fault: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, now = await generated_job(room, ana, channel, f"canceled {fault}"), datetime.now(UTC)
    claimed = await claimed_by(room, "stopped", job)
    room.box.faults.arm(fault, match="PATCH", seconds=30.0)
    delivery = asyncio.create_task(room.delivery.deliver(claimed))
    await fault_begun(room)

    delivery.cancel()
    await asyncio.gather(delivery, return_exceptions=True)
    dead_before = now + timedelta(minutes=1)
    more = {"dead_before": dead_before, "limits": LIMITS, "now": now}
    while await room.store.write(processes.adopt, "next", **more) != Adopted():  # type: ignore[arg-type]  # by name
        pass
    taken = await claimed_by(room, "next", job)
    shown = await room.delivery.deliver(taken)
    await room.store.write(jobs.done, taken, shown.images, shown.message_id, now=now)

    (message,) = await room.bot_messages(ana, channel)
    assert delivery.cancelled()
    assert len(images_of(message)) == 1
    assert not message["flags"] & LOADING


async def test_after_a_canceled_notification_the_requester_is_notified_again(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="notification cut short")
    job = await room.failed_job("notification cut short", Reason.UNANSWERED)
    room.box.faults.arm("slow_rest", match="POST /api/v10/webhooks", seconds=30.0)
    notification = asyncio.create_task(room.delivery.notify(job))
    await fault_begun(room)

    notification.cancel()
    await asyncio.gather(notification, return_exceptions=True)
    await room.delivery.notify(job)

    (message,) = await room.bot_messages(ana, channel)
    assert "didn't answer in time" in text_of(message)


async def test_a_failure_is_notified_in_private_and_removes_the_card(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="fails")
    job = await room.failed_job("fails", Reason.MODERATION, side="input", request_id="r-1")

    await room.delivery.notify(job)

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert "\n-# request r-1\n" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


async def test_a_late_failure_notice_mentions_the_requester_and_expires(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="fails late")
    job = await room.failed_job("fails late", Reason.UNANSWERED)
    notices = Notices(room.bot, room.bot.gate.away, notice_s=0.0)

    await Delivery(room.bot, room.service, notices, room.bot.gate.away).notify(
        replace(job, address=job.address.without_token())
    )

    (message,) = await room.bot_messages(ana, channel)
    assert [user["id"] for user in message["mentions"]] == [ana.id]
    assert "fails late" not in text_of(message)
    await notices.remove_expired()
    assert await room.bot_messages(ana, channel) == []


async def test_a_late_moderation_notice_goes_to_the_requester_alone(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="refused late")
    job = await room.failed_job("refused late", Reason.MODERATION)

    await room.delivery.notify(replace(job, address=job.address.without_token()))

    assert "moderation" in text_of((await room.bot_messages(ana, "dm"))[0])
    assert await room.bot_messages(ana, channel) == []


async def test_the_card_of_a_canceled_job_says_so(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="canceled")
    job = await room.service.cancel((await room.queue_entry("canceled")).job_id)
    assert job is not None

    await room.delivery.notify(job)

    (message,) = await room.bot_messages(ana, channel)
    assert text_of(message) == "Canceled. It didn't use your quota."


async def test_a_request_by_message_gets_a_reply(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    asked = await ana.say(channel, f"{room.mention} by mention")
    job = await room.generated_job("by mention")

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    assert message["message_reference"]["message_id"] == asked


async def test_without_read_message_history_the_result_comes_without_a_reply(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} no history")
    job = await room.generated_job("no history")
    await room.deny(channel, "READ_MESSAGE_HISTORY")

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)


async def test_a_job_that_was_read_before_its_card_was_recorded_still_replaces_the_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} card and result")
    waiting = await room.queue_entry("card and result")
    read = await room.service.display.job(waiting.job_id)
    assert read is not None
    await room.delivery._status_cards.update(waiting)
    job = replace(await room.generated_job("card and result"), address=read.address)

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)


async def test_only_the_display_owner_edits_a_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="display owner")
    waiting = await room.queue_entry("display owner")
    long_ago = replace(waiting, requested_at=waiting.requested_at - timedelta(minutes=20))

    assert room.delivery._status_cards.is_due(long_ago)
    assert not room.delivery._status_cards.is_due(replace(long_ago, display_owner="another process"))


async def test_a_result_does_not_count_as_a_repetition_of_its_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} lost card")
    waiting = await room.queue_entry("lost card")
    await room.delivery._status_cards.update(waiting)
    job = await room.generated_job("lost card")

    await room.delivery.deliver(replace(job, address=replace(job.address, message_id=1)))

    assert [message for message in await room.bot_messages(ana, channel) if images_of(message)]


async def test_a_notice_with_a_button_does_not_count_as_a_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"<@{room.box.world.bot_id}> notified twice")
    job = await room.failed_job("notified twice", Reason.UNANSWERED)
    await room.delivery.notify(job)
    (first,) = [message for message in await room.bot_messages(ana, channel) if "didn't answer" in text_of(message)]

    await room.delivery.notify(job)

    (again,) = [message for message in await room.bot_messages(ana, channel) if "didn't answer" in text_of(message)]
    assert button_id(first, "Generate again")
    assert again["id"] == first["id"]


async def test_operators_learn_why_sending_is_paused(room: Room) -> None:
    ana = await room.new_person()
    operators = Operators(room.bot, room.service, room.bot.context.notices, (int(ana.id), 1))

    for _ in range(2):
        await operators.alarm(Alert(Reason.KEY_REFUSED, "*", "*", "InvalidApiKey", 401))

    (alert,) = await room.bot_messages(ana, "dm")
    assert "the key is refused" in text_of(alert)
    assert "InvalidApiKey (HTTP 401)" in text_of(alert)
    assert "DASHSCOPE_API_KEY" in text_of(alert)


def lost() -> None:
    raise OwnershipLost("another process has it")


async def lost_before_check() -> StillOwned:
    lost()
    return lost


async def lost_after_check() -> StillOwned:
    """Confirm the ownership once, and lose it before the first byte is written, as a suspended process does."""
    return lost


async def test_a_former_owner_sends_and_removes_nothing(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    made = await generated_job(room, ana, channel, "taken over")
    await ana.slash(channel, "imagine", prompt="failed and taken over")
    failed = await room.failed_job("failed and taken over", Reason.UNANSWERED)
    before = await room.bot_messages(ana, channel)

    for work in (room.delivery.deliver(made), room.delivery.notify(failed)):
        with ownership.checked_by(lost_before_check), pytest.raises(OwnershipLost):
            await work

    assert await room.bot_messages(ana, channel) == before


async def test_a_process_suspended_after_the_ownership_check_sends_nothing(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    made = await generated_job(room, ana, channel, "slept over")
    before = await room.bot_messages(ana, channel)

    with ownership.checked_by(lost_after_check), pytest.raises(OwnershipLost):
        await room.delivery.deliver(made)

    assert await room.bot_messages(ana, channel) == before


@pytest.mark.parametrize("also_closed", ["", "reading"])
async def test_a_rejected_edit_of_a_delivered_result_removes_nothing(room: Room, also_closed: str) -> None:
    """Discord answers 401 to the token and 400 to the bot, for a message in which another process shows the images."""
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, f"{also_closed or 'nothing'} shown by another")
    first = await room.delivery.deliver(job)
    room.box.faults.arm("token_expired", times=1 if also_closed else 20)
    room.box.faults.arm("v2_upload_refused")

    second = await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert second == first
    assert message["id"] == str(first.message_id)
    assert len(images_of(message)) == 1


async def test_an_unreadable_message_stays_because_it_may_show_results(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "cannot be read")
    await room.delivery.deliver(job)
    await room.deny(channel, "VIEW_CHANNEL")

    removed = await Routes(room.bot).messages.remove(replace(job, address=job.address.without_token()))

    assert not removed
    assert str(job.address.message_id) in room.box.world.messages


async def test_a_failure_notice_removes_no_image(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await generated_job(room, ana, channel, "shown and failed")
    await room.delivery.deliver(job)
    failed = replace(job, state=State.FAILED, failure=Failure(Reason.UNDELIVERED))

    await room.delivery.notify(failed)

    assert any(images_of(message) for message in await room.bot_messages(ana, channel))
