"""A card that comes late, while another process ends its job, does no harm; what does no harm is not mended."""

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
    """A Delivery that shares store and Discord with the room's own, and no memory."""
    return Delivery(room.bot, room.service, room.bot.context.notices)


async def done_meanwhile(room: Room, prompt: str, method: str, *, unread: bool = False) -> Job:
    """A job whose card is on its way, by *method*, while another process shows its result.

    *unread*: Discord does not answer when the message is read for the first time.
    """
    waiting = await room.waiting(prompt)
    room.box.faults.arm("slow_rest", match=method, seconds=0.5)
    card = asyncio.create_task(another_process(room)._status_cards.update(waiting))
    await asyncio.sleep(0.1)
    job = await room.made(prompt)
    # Not by token: discord.py sends those in turn, within one process.
    shown = await room.delivery.deliver(replace(job, address=job.address.without_token()))
    done = await room.store.write(jobs.done, job, 1, shown.message_id, now=datetime.now(UTC))
    assert done is not None
    if unread:
        room.box.faults.arm("server_error_before", match="GET ")
    await card
    return done


async def test_a_card_that_comes_late_does_not_stay_over_another_process_result(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="late edit")

    job = await done_meanwhile(room, "late edit", "PATCH")

    (message,) = await room.seen(ana, channel)
    assert images_of(message)
    assert f"seed {job.request.seed}" in text_of(message)


async def test_a_card_that_comes_late_does_not_stay_beside_another_process_result(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} late message")

    job = await done_meanwhile(room, "late message", "POST")

    (message,) = await room.seen(ana, channel)
    assert images_of(message)
    known = await room.service.display.job(job.id)
    assert known is not None
    assert str(known.message_id) == message["id"]


async def edits(room: Room) -> int:
    return sum(entry["method"] == "PATCH" for entry in await room.control.record("discord"))


async def painted(room: Room, prompt: str) -> Job:
    """A job of one image, shown and done."""
    job = await room.made(prompt)
    return await done(room, job)


async def done(room: Room, job: Job) -> Job:
    """*job*, shown and done by the room's own process."""
    shown = await room.delivery.deliver(job)
    ended = await room.store.write(jobs.done, job, shown.images, shown.message_id, now=datetime.now(UTC))
    assert ended is not None
    return ended


async def claimed(room: Room) -> Job:
    """The only job there is, as soon as its lane lets it through, by the process that keeps its card."""
    async with asyncio.timeout(45):
        while True:
            now = datetime.now(UTC)
            job = await room.store.write(queue.claim, room.store.owner, limits=room.service.model_queues, now=now)
            if job is not None:
                return job
            await asyncio.sleep(0.01)


async def told_story(room: Room, prompt: str) -> Job:
    """A story of two images, all of it come and nothing of it shown."""
    await room.waiting(prompt)
    job = await claimed(room)
    link = room.images.links[0]
    parts = (StoryText("It began."), StoryImage(link), StoryText("It went on."), StoryImage(link))
    told = Made((link, link), 2, room.images.size, "r-1", parts)
    made = await room.store.write(jobs.generated, job, told, now=datetime.now(UTC))
    assert made is not None
    return made


async def test_a_card_that_came_before_the_result_gives_no_cause_to_show_it_again(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="came before")
    job = await painted(room, "came before")
    before = await edits(room)

    await another_process(room)._late_cards.repair(job, card_id(job))

    assert await edits(room) == before


async def test_a_result_that_its_people_took_away_is_not_put_back_over_a_late_card(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="taken away")
    job = await painted(room, "taken away")
    await room.bot.http.delete_message(int(room.channel_id(channel)), int(str(job.message_id)))

    await another_process(room)._late_cards.repair(job, card_id(job))

    assert await room.seen(ana, channel) == []


async def test_a_story_that_stands_whole_is_not_shown_again(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "story", prompt="whole")
    job = await done(room, await told_story(room, "whole"))
    before = await edits(room)

    await another_process(room)._late_cards.repair(job, card_id(job))

    assert await edits(room) == before


async def test_a_story_that_grew_late_ends_again(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "story", prompt="grew late")
    made, other = await told_story(room, "grew late"), another_process(room)
    assert made.made is not None
    growing = replace(made, made=None, story_so_far=made.made.parts[:2])
    message_id = await other._stories.grow(growing)
    job = await done(room, made)
    await other._stories.grow(replace(growing, story_so_far=made.made.parts[:3]))
    (late,) = await room.seen(ana, channel)

    await other._late_cards.repair(job, int(str(message_id)))

    (message,) = await room.seen(ana, channel)
    assert len(images_of(late)) == 1
    assert len(images_of(message)) == 2
    assert button_id(message, "Generate again")
    assert "2 used" in text_of(message)


async def test_a_late_card_goes_when_discord_answers_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "LATER_S", 0.1)
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="no answer")

    await done_meanwhile(room, "no answer", "PATCH", unread=True)

    (message,) = await room.seen(ana, channel)
    assert room.box.faults.armed() == []
    assert images_of(message)


async def test_a_card_whose_sender_died_over_it_goes_though_its_job_was_made(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} sender died")
    job, ways = await room.made("sender died"), Routes(room.bot)
    card = cards.status_card(job, "Generating…", may_cancel=False)
    await ways.by_channel(job, Post(lambda: {"view": card}))  # and its id was never written down

    removed = await ways.messages.remove(job)

    assert removed
    assert await room.seen(ana, channel) == []
