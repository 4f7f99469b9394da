"""A status card that comes after another process ended the job is repaired; a harmless card changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cogs.delivery.deliver import Delivery
from cogs.messaging import outcomes
from cogs.messaging.routes import Post, Routes
from cogs.ui import cards
from imagegen.model import Job, Made, StoryImage, StoryText
from imagegen.store import jobs, queue
from sandbox.people import button_id, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import card_id


def another_process(room: Room) -> Delivery:
    """Return a Delivery with the same store and the same Discord as the room's own, but without its memory."""
    return Delivery(room.bot, room.service, room.bot.context.notices, room.bot.gate.away)


async def done_meanwhile(room: Room, prompt: str, method: str, *, unread: bool = False) -> Job:
    """Return a job that another process delivers while a card is on its way by the HTTP *method*.

    *unread*: Discord does not answer the first time that the message is read.
    """
    waiting = await room.queue_entry(prompt)
    room.box.faults.arm("slow_rest", match=method, seconds=0.5)
    card = asyncio.create_task(another_process(room)._status_cards.update(waiting))
    await asyncio.sleep(0.1)
    job = await room.generated_job(prompt)
    # Not by token: within one process, discord.py sends requests by the same token one after another.
    delivered = await room.delivery.deliver(replace(job, address=job.address.without_token()))
    done = await room.store.write(jobs.done, job, 1, delivered.message_id, now=datetime.now(UTC))
    assert done is not None
    if unread:
        room.box.faults.arm("server_error_before", match="GET ")
    await card
    return done


async def test_a_late_edit_does_not_replace_the_result_of_another_process(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="late edit")

    job = await done_meanwhile(room, "late edit", "PATCH")

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    assert f"seed {job.request.seed}" in text_of(message)


async def test_a_late_card_does_not_stay_beside_the_result_of_another_process(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} late message")

    job = await done_meanwhile(room, "late message", "POST")

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    known = await room.service.display.job(job.id)
    assert known is not None
    assert str(known.message_id) == message["id"]


async def edits(room: Room) -> int:
    return sum(entry["method"] == "PATCH" for entry in room.box.record.part("discord"))


async def delivered_job(room: Room, prompt: str) -> Job:
    """Return a job of one image, delivered and done."""
    job = await room.generated_job(prompt)
    return await done(room, job)


async def done(room: Room, job: Job) -> Job:
    """Return *job*, delivered and done by the room's own process."""
    shown = await room.delivery.deliver(job)
    ended = await room.store.write(jobs.done, job, shown.images, shown.message_id, now=datetime.now(UTC))
    assert ended is not None
    return ended


async def claimed(room: Room) -> Job:
    """Return the only job as soon as its queue releases it, claimed by the display owner."""
    async with asyncio.timeout(45):
        while True:
            now = datetime.now(UTC)
            job = await room.store.write(queue.claim, room.store.owner, limits=room.service.model_queues, now=now)
            if isinstance(job, Job):
                return job
            await asyncio.sleep(0.01)


async def generated_story(room: Room, prompt: str) -> Job:
    """Return a story of two images, generated and not yet shown."""
    await room.queue_entry(prompt)
    job = await claimed(room)
    link = room.images.links[0]
    parts = (StoryText("It began."), StoryImage(link), StoryText("It went on."), StoryImage(link))
    story = Made((link, link), 2, room.images.size, "r-1", parts)
    made = await room.store.write(jobs.generated, job, story, now=datetime.now(UTC))
    assert made is not None
    return made


async def test_a_card_that_came_before_the_result_causes_no_second_delivery(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="came before")
    job = await delivered_job(room, "came before")
    before = await edits(room)

    await another_process(room)._late_cards.repair(job, card_id(job))

    assert await edits(room) == before


async def test_a_result_that_people_deleted_is_not_restored(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="taken away")
    job = await delivered_job(room, "taken away")
    await room.bot.http.delete_message(int(room.channel_id(channel)), int(str(job.message_id)))

    await another_process(room)._late_cards.repair(job, card_id(job))

    assert await room.bot_messages(ana, channel) == []


async def test_a_complete_story_is_not_delivered_again(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "story", prompt="whole")
    job = await done(room, await generated_story(room, "whole"))
    before = await edits(room)

    await another_process(room)._late_cards.repair(job, card_id(job))

    assert await edits(room) == before


async def test_a_story_overwritten_by_its_beginning_is_completed_again(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "story", prompt="grew late")
    made, other = await generated_story(room, "grew late"), another_process(room)
    assert made.made is not None
    growing = replace(made, made=None, story_so_far=made.made.parts[:2])
    message_id = await other._stories.grow(growing)
    job = await done(room, made)
    await other._stories.grow(replace(growing, story_so_far=made.made.parts[:3]))
    (late,) = await room.bot_messages(ana, channel)

    await other._late_cards.repair(job, int(str(message_id)))

    (message,) = await room.bot_messages(ana, channel)
    assert len(images_of(late)) == 1
    assert len(images_of(message)) == 2
    assert button_id(message, "Generate again")
    assert "2 used" in text_of(message)


async def test_a_late_card_is_repaired_when_discord_answers_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "LATER_S", 0.1)
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="no answer")

    await done_meanwhile(room, "no answer", "PATCH", unread=True)

    (message,) = await room.bot_messages(ana, channel)
    assert room.box.faults.armed() == []
    assert images_of(message)


async def test_a_card_whose_id_was_never_recorded_is_removed(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} sender died")
    job, routes = await room.generated_job("sender died"), Routes(room.bot)
    card = cards.status_card(job, "Generating…", may_cancel=False)
    await routes.by_channel(job, Post(lambda: {"view": card}))  # the process died before it could record the id

    removed = await routes.messages.remove(job)

    assert removed
    assert await room.bot_messages(ana, channel) == []
