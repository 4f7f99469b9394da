"""A job reaches its requester by whichever way is open, once, and a stale card is never left."""

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
from imagegen.model import Failure, Job, Requester, ResultImage
from imagegen.ownership import StillOwned
from imagegen.reports import Alert
from imagegen.states import State
from imagegen.store import jobs, queue
from imagegen.store.queue import Adopted
from sandbox.people import EPHEMERAL, LOADING, Person, button_id, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import card_id
from tests.imagegen.imaging.drawn import encoded
from tests.imagegen.store.books import LIMITS


async def painted(room: Room, ana: Person, channel: str, prompt: str) -> Job:
    await ana.slash(channel, "imagine", prompt=prompt)
    return await room.made(prompt)


async def held_by(room: Room, owner: str, job: Job) -> Job:
    """*job*, claimed for delivery by a process of that name, to which everything has moved."""
    now = datetime.now(UTC)
    await room.store.write(queue.take_over_display, owner, dead_before=now + timedelta(minutes=1), now=now)
    while True:
        held = await room.store.write(queue.next_to_deliver, owner, now=datetime.now(UTC))
        assert held is not None
        if held.id == job.id:
            return held


async def misbehaving(room: Room) -> None:
    """Return when the local Discord is in the middle of the fault that was armed."""
    async with asyncio.timeout(45):
        while room.box.faults.armed():  # noqa: ASYNC110  # they ring no bell
            await asyncio.sleep(0.01)


async def test_a_result_takes_the_place_of_thinking(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "by token")

    shown = await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert shown.images == len(images_of(message)) == 1
    assert str(shown.message_id) == message["id"] == str(job.address.message_id)
    assert not message["flags"] & LOADING


async def test_a_dead_token_is_followed_by_the_bots_own_on_the_same_message(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "token died")
    room.box.faults.arm("token_expired")

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert images_of(message)
    assert message["id"] == str(job.address.message_id)


async def test_a_forgotten_token_is_as_good_as_dead(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "token forgotten")

    await room.delivery.deliver(replace(job, address=job.address.without_token()))

    (message,) = await room.seen(ana, channel)
    assert images_of(message)


async def test_where_the_card_was_deleted_a_new_message_pings_the_asker(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "card deleted")
    await room.bot.http.delete_message(int(room.channel_id(channel)), card_id(job))

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert images_of(message)
    assert [user["id"] for user in message["mentions"]] == [ana.id]


async def test_delivering_again_after_a_crash_shows_nothing_twice(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "delivered twice")
    await room.bot.http.delete_message(int(room.channel_id(channel)), card_id(job))
    first = await room.delivery.deliver(job)
    for message in room.box.world.messages.values():
        message.body.pop("nonce", None)  # Discord enforces it for some minutes only

    second = await room.delivery.deliver(job)

    assert second == first
    assert len(await room.seen(ana, channel)) == 1


@pytest.mark.parametrize("ways_closed", [(), ("token",), ("token", "card"), ("token", "card", "channel")])
async def test_what_was_shown_is_shown_though_its_links_have_died_since(
    room: Room, ways_closed: tuple[str, ...]
) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "links died")
    if "token" in ways_closed:
        job = replace(job, address=job.address.without_token())
    if "card" in ways_closed:
        await room.bot.http.delete_message(int(room.channel_id(channel)), card_id(job))
    if "channel" in ways_closed:
        await room.deny(channel, "VIEW_CHANNEL", "SEND_MESSAGES")
    first = await room.delivery.deliver(job)
    room.box.faults.arm("expired_link")

    second = await room.delivery.deliver(job)

    assert second == first
    assert second.images == 1


async def test_where_the_channel_is_closed_a_direct_message_is_left(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "channel closed")
    await room.deny(channel, "VIEW_CHANNEL", "SEND_MESSAGES")
    room.box.faults.arm("token_expired")

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, "dm")
    assert images_of(message)


async def test_where_no_way_is_open_it_says_so(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "no way")
    await room.deny(channel, "VIEW_CHANNEL")
    stranger = replace(job, requester=Requester(1, job.requester.scope), address=job.address.without_token())

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(stranger)

    assert refused.value.reason is Reason.CHANNEL_CLOSED


async def test_what_somebody_brought_along_is_never_posted_without_them(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "brought along")
    address = replace(job.address, token=None, message_id=1, is_user_install=True)

    await room.delivery.deliver(replace(job, address=address))

    assert images_of((await room.seen(ana, "dm"))[0])
    assert not [message for message in await room.seen(ana, channel) if images_of(message)]


async def test_a_refused_edit_becomes_a_follow_up(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "edit refused")
    room.box.faults.arm("v2_upload_refused")

    shown = await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert "seed" in text_of(message)
    assert images_of(message)
    assert str(shown.message_id) == message["id"] != str(job.address.message_id)


async def test_a_refused_card_becomes_a_plain_message_with_its_files(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "card refused")
    room.box.faults.arm("v2_upload_refused", times=2)

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert message["components"] == []
    assert "card refused" in message["content"]
    assert len(message["attachments"]) == 1


async def test_a_cut_connection_is_tried_later_and_ends_in_one_message(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "cut off")
    room.box.faults.arm("discord_reset_after", match="PATCH")

    with pytest.raises(DeliverLater):
        await room.delivery.deliver(job)
    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert len(images_of(message)) == 1


async def test_images_within_the_limits_are_uploaded_byte_for_byte(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "untouched")
    (made,) = await room.service.display.results(job)

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    (image,) = images_of(message)
    assert await room.control.file(image["attachment_id"]) == made.data


async def test_an_image_over_the_limit_is_saved_to_fit_and_the_card_says_so(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "over the limit")
    limit = len((await room.service.display.results(job))[0].data) - 1

    await room.delivery.deliver(replace(job, address=replace(job.address, max_file_bytes=limit)))

    (message,) = await room.seen(ana, channel)
    (image,) = images_of(message)
    data = await room.control.file(image["attachment_id"])
    assert len(data) <= limit
    assert Image.open(io.BytesIO(data)).format == "JPEG"
    assert "image 1 saved as JPEG to fit" in text_of(message)


async def test_four_heavy_images_stay_within_one_request(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "four heavy ones")
    heavy = ResultImage(encoded(Image.effect_noise((1900, 1900), 90).convert("RGB"), "PNG"), "png", 1900, 1900)

    fitted = await room.service.display.fitted([heavy] * 4, file_bytes=FILE_BYTES, together_bytes=REQUEST_BYTES)
    upload = cards.upload(fitted, None)
    shown = await Routes(room.bot).by_token(job, card_post(job, upload, None))

    (message,) = await room.seen(ana, channel)
    assert str(shown) == message["id"]
    assert 4 * len(heavy.data) > REQUEST_BYTES
    assert len(images_of(message)) == 4
    assert any(image is heavy for image in fitted)


async def test_where_discord_takes_less_than_it_said_the_image_is_saved_smaller(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "less than it said")
    size = len((await room.service.display.results(job))[0].data)
    room.box.faults.arm("discord_error", match="PATCH /api/v10/webhooks", code=40005)

    await room.delivery.deliver(replace(job, address=replace(job.address, max_file_bytes=size)))

    (message,) = await room.seen(ana, channel)
    assert "saved as JPEG" in text_of(message)


async def test_an_image_that_no_size_makes_fit_is_named_as_such(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "too heavy")
    room.box.faults.arm("discord_error", times=20, match="PATCH /api/v10/webhooks", code=40005)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.RESULT_FILE_TOO_LARGE


@pytest.mark.parametrize("fault", ["slow_rest", "slow_body"])  # cut off before the image stands there, and after
async def test_a_delivery_cancelled_in_the_middle_is_taken_up_by_the_next_process_and_shows_once(
    room: Room, fault: str
) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job, now = await painted(room, ana, channel, f"canceled {fault}"), datetime.now(UTC)
    held = await held_by(room, "stopped", job)
    room.box.faults.arm(fault, match="PATCH", seconds=30.0)
    delivery = asyncio.create_task(room.delivery.deliver(held))
    await misbehaving(room)

    delivery.cancel()
    await asyncio.gather(delivery, return_exceptions=True)
    dead_before = now + timedelta(minutes=1)
    more = {"dead_before": dead_before, "limits": LIMITS, "now": now}
    while await room.store.write(queue.adopt, "next", **more) != Adopted():  # type: ignore[arg-type]  # by name
        pass
    taken = await held_by(room, "next", job)
    shown = await room.delivery.deliver(taken)
    await room.store.write(jobs.done, taken, shown.images, shown.message_id, now=now)

    (message,) = await room.seen(ana, channel)
    assert delivery.cancelled()
    assert len(images_of(message)) == 1
    assert not message["flags"] & LOADING


async def test_telling_cancelled_in_the_middle_leaves_it_to_be_told(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="telling cut short")
    job = await room.failed("telling cut short", Reason.UNANSWERED)
    room.box.faults.arm("slow_rest", match="POST /api/v10/webhooks", seconds=30.0)
    telling = asyncio.create_task(room.delivery.notify(job))
    await misbehaving(room)

    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    await room.delivery.notify(job)

    (message,) = await room.seen(ana, channel)
    assert "didn't answer in time" in text_of(message)


async def test_a_failure_is_told_in_private_and_leaves_no_card(room: Room) -> None:
    ana, bo, channel = await room.somebody(), await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="fails")
    job = await room.failed("fails", Reason.MODERATION, side="input", request_id="r-1")

    await room.delivery.notify(job)

    (message,) = await room.seen(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert "\n-# request r-1\n" in text_of(message)
    assert await room.seen(bo, channel) == []


async def test_a_failure_without_a_live_interaction_pings_the_asker_and_goes_away(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="fails late")
    job = await room.failed("fails late", Reason.UNANSWERED)
    notices = Notices(room.bot, notice_s=0.0)

    await Delivery(room.bot, room.service, notices).notify(replace(job, address=job.address.without_token()))

    (message,) = await room.seen(ana, channel)
    assert [user["id"] for user in message["mentions"]] == [ana.id]
    assert "fails late" not in text_of(message)
    await notices.remove_expired()
    assert await room.seen(ana, channel) == []


async def test_what_moderation_said_is_told_late_to_the_asker_alone(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="refused late")
    job = await room.failed("refused late", Reason.MODERATION)

    await room.delivery.notify(replace(job, address=job.address.without_token()))

    assert "moderation" in text_of((await room.seen(ana, "dm"))[0])
    assert await room.seen(ana, channel) == []


async def test_a_cancelled_job_closes_its_card(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="canceled")
    job = await room.service.cancel((await room.waiting("canceled")).job_id)
    assert job is not None

    await room.delivery.notify(job)

    (message,) = await room.seen(ana, channel)
    assert text_of(message) == "Canceled. It didn't use your quota."


async def test_a_message_is_answered_by_a_reply(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    asked = await ana.say(channel, f"{room.mention} by mention")
    job = await room.made("by mention")

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert images_of(message)
    assert message["message_reference"]["message_id"] == asked


async def test_where_the_history_is_closed_the_answer_is_no_reply_but_comes(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} no history")
    job = await room.made("no history")
    await room.deny(channel, "READ_MESSAGE_HISTORY")

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert images_of(message)


async def test_a_job_read_before_its_card_was_written_down_still_ends_in_the_card(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} card and result")
    waiting = await room.waiting("card and result")
    read = await room.service.display.job(waiting.job_id)
    assert read is not None
    await room.delivery._status_cards.update(waiting)
    job = replace(await room.made("card and result"), address=read.address)

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert images_of(message)


async def test_a_card_is_kept_by_the_process_that_took_its_ask(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="one keeps it")
    waiting = await room.waiting("one keeps it")
    long_ago = replace(waiting, requested_at=waiting.requested_at - timedelta(seconds=10))

    assert room.delivery._status_cards.is_due(long_ago)
    assert not room.delivery._status_cards.is_due(replace(long_ago, display_owner="another process"))


async def test_a_result_is_not_taken_for_a_repetition_of_its_card(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} lost card")
    waiting = await room.waiting("lost card")
    await room.delivery._status_cards.update(waiting)
    job = await room.made("lost card")

    await room.delivery.deliver(replace(job, address=replace(job.address, message_id=1)))

    assert [message for message in await room.seen(ana, channel) if images_of(message)]


async def test_a_sentence_with_a_button_is_not_taken_for_a_card_when_it_is_said_again(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"<@{room.box.world.bot_id}> told twice")
    job = await room.failed("told twice", Reason.UNANSWERED)
    await room.delivery.notify(job)
    (first,) = [message for message in await room.seen(ana, channel) if "didn't answer" in text_of(message)]

    await room.delivery.notify(job)

    (again,) = [message for message in await room.seen(ana, channel) if "didn't answer" in text_of(message)]
    assert button_id(first, "Generate again")
    assert again["id"] == first["id"]


async def test_operators_are_told_why_sending_is_paused(room: Room) -> None:
    ana = await room.somebody()
    operators = Operators(room.bot, room.service, room.bot.context.notices, (int(ana.id), 1))

    for _ in range(2):
        await operators.alarm(Alert(Reason.KEY_REFUSED, "*", "*", "InvalidApiKey", 401))

    (told,) = await room.seen(ana, "dm")
    assert "the key is refused" in text_of(told)
    assert "InvalidApiKey (HTTP 401)" in text_of(told)
    assert "DASHSCOPE_API_KEY" in text_of(told)


def lost() -> None:
    raise OwnershipLost("another process has it")


async def lost_before() -> StillOwned:
    lost()
    return lost


async def lost_behind() -> StillOwned:
    """The process that asked is asleep when the answer comes, and wakes when the first byte is written."""
    return lost


async def test_a_former_owner_shows_tells_and_removes_nothing(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    made = await painted(room, ana, channel, "taken over")
    await ana.slash(channel, "imagine", prompt="failed and taken over")
    failed = await room.failed("failed and taken over", Reason.UNANSWERED)
    before = await room.seen(ana, channel)

    for work in (room.delivery.deliver(made), room.delivery.notify(failed)):
        with ownership.checked_by(lost_before), pytest.raises(OwnershipLost):
            await work

    assert await room.seen(ana, channel) == before


async def test_who_falls_asleep_behind_the_answer_shows_nothing(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    made = await painted(room, ana, channel, "slept over")
    before = await room.seen(ana, channel)

    with ownership.checked_by(lost_behind), pytest.raises(OwnershipLost):
        await room.delivery.deliver(made)

    assert await room.seen(ana, channel) == before


@pytest.mark.parametrize("gone_too", ["", "reading"])
async def test_an_edit_refused_over_shown_images_takes_nothing_away(room: Room, gone_too: str) -> None:
    """401 by the token and 400 by the bot's own, over a message in which another process has shown them."""
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, f"{gone_too or 'nothing'} shown by another")
    first = await room.delivery.deliver(job)
    room.box.faults.arm("token_expired", times=1 if gone_too else 20)
    room.box.faults.arm("v2_upload_refused")

    second = await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert second == first
    assert message["id"] == str(first.message_id)
    assert len(images_of(message)) == 1


async def test_a_message_that_cannot_be_read_may_show_what_was_made_and_stays(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "cannot be read")
    await room.delivery.deliver(job)
    await room.deny(channel, "VIEW_CHANNEL")

    removed = await Routes(room.bot).messages.remove(replace(job, address=job.address.without_token()))

    assert not removed
    assert str(job.address.message_id) in room.box.world.messages


async def test_telling_a_failure_takes_no_image_away(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    job = await painted(room, ana, channel, "shown and failed")
    await room.delivery.deliver(job)
    failed = replace(job, state=State.FAILED, failure=Failure(Reason.UNDELIVERED))

    await room.delivery.notify(failed)

    assert any(images_of(message) for message in await room.seen(ana, channel))
