"""A private result reaches its requester by the token or by direct message, and never the channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cogs.messaging.routes import Routes
from imagegen.errors import Reason, Undeliverable
from imagegen.model import Job, Made
from sandbox.people import EPHEMERAL, Person, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.delivery.test_late_cards import generated_story
from tests.cogs.delivery.test_refusals import SEND

pytestmark = pytest.mark.usefixtures("no_cards")


async def private_job(room: Room, ana: Person, channel: str, prompt: str) -> Job:
    await ana.slash(channel, "imagine", prompt=prompt, private=True)
    return await room.generated_job(prompt)


def without_token(job: Job) -> Job:
    return replace(job, address=job.address.without_token())


async def test_a_private_result_replaces_the_thinking_message(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await private_job(room, ana, channel, "in private")

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    assert message["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


async def test_a_card_that_discord_refuses_is_followed_up_in_private(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await private_job(room, ana, channel, "refused as an edit")
    room.box.faults.arm("v2_upload_refused")

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    assert message["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


async def test_a_late_private_result_is_a_direct_message_that_says_why(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await private_job(room, ana, channel, "in private, late")

    await room.delivery.deliver(without_token(job))

    (message,) = await room.bot_messages(ana, "dm")
    assert images_of(message)
    assert "Private, and sent here because" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


async def test_a_late_private_story_is_a_direct_message_that_says_why(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await ana.slash(channel, "story", prompt="a secret tale", private=True)
    job = await generated_story(room, "a secret tale")

    await room.delivery.deliver(without_token(job))

    (message,) = await room.bot_messages(ana, "dm")
    assert images_of(message)
    assert "Private, and sent here because" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


async def test_a_private_result_that_reaches_nobody_stays_out_of_the_channel(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await private_job(room, ana, channel, "reaches nobody")
    room.box.faults.arm("discord_error", match=f"{SEND}/{room.box.world.bot_dm(ana.id).id}", code=50007)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(without_token(job))

    assert refused.value.reason is Reason.UNDELIVERED
    assert await room.bot_messages(bo, channel) == []


async def test_a_late_private_failure_is_said_in_a_direct_message(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="failed in private", private=True)
    job = await room.failed_job("failed in private", Reason.WAN_DOWN)

    await room.delivery.notify(without_token(job))

    (message,) = await room.bot_messages(ana, "dm")
    assert "It didn't use your quota" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


async def test_a_release_that_knows_no_private_results_finds_no_channel_for_one(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await private_job(room, ana, channel, "after a rollback")
    as_read_before = replace(job, request=replace(job.request, private=False))

    await room.delivery.deliver(without_token(as_read_before))

    (message,) = await room.bot_messages(ana, "dm")
    assert images_of(message)
    assert await room.bot_messages(bo, channel) == []


async def test_each_message_of_a_private_set_shows_one_image_and_turns_to_the_others(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await private_job(room, ana, channel, "a private comic")
    made = Made(room.images.links * 12, 12, room.images.size, "r-1")
    whole = replace(job, made=made, request=replace(job.request, image_set=True, count=12))

    shown = await room.delivery.deliver(whole)

    messages = await room.bot_messages(ana, channel)
    assert shown.images == 12
    assert [(message["flags"] & EPHEMERAL, len(images_of(message))) for message in messages] == [(EPHEMERAL, 1)] * 2
    assert all("1/6" in text_of(message) and "Share" in text_of(message) for message in messages)
    assert await room.bot_messages(bo, channel) == []


async def test_a_second_delivery_of_a_private_result_counts_every_image(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await private_job(room, ana, channel, "counted again")
    made = Made(room.images.links * 3, 3, room.images.size, "r-1")
    whole = replace(job, made=made, request=replace(job.request, count=3))
    await room.delivery.deliver(whole)

    shown = await Routes(room.bot).messages.shown_anywhere(whole)

    assert shown is not None
    assert shown.images == 3
