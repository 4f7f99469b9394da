"""Whoever asks is acknowledged at once, and a refusal is theirs alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import discord
import pytest

from cogs.interactions import submission
from imagegen.errors import Reason, Refused, StoreUnavailable
from imagegen.model import ImageRequest, Request
from imagegen.reports import Submission
from imagegen.service import Prechecked
from sandbox.discord import interactions
from sandbox.people import EPHEMERAL, LOADING, Person, text_of
from tests.cogs.conftest import Room

Asked = Callable[[Person, str], discord.Interaction[Any]]


@pytest.fixture
async def asked(room: Room) -> AsyncIterator[Asked]:
    """Makes a slash command as the gateway would bring it; the gateway itself brings nothing meanwhile."""
    world = room.box.world
    listeners, world.on_event = world.on_event, []

    def make(person: Person, channel: str) -> discord.Interaction[Any]:
        who, where = world.people[person.id], world.channels[room.channel_id(channel)]
        payload: Any = interactions.create(world, who, where, 2, {"id": "1", "name": "none", "type": 1}).payload
        return discord.Interaction(data=payload, state=room.bot._connection)

    yield make
    world.on_event = listeners


async def test_a_refusal_that_is_known_at_once_is_said_in_private(room: Room, asked: Asked) -> None:
    ana, channel = await room.new_person(), await room.channel()

    await submission.submit(asked(ana, channel), ImageRequest("  "))

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert "no prompt" in text_of(message)


async def test_a_refusal_that_is_known_later_takes_the_thinking_away(room: Room, asked: Asked) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()

    async def submit(_request: Request, _prechecked: Prechecked | None) -> Submission:
        assert [message["flags"] & LOADING for message in await room.bot_messages(bo, channel)] == [LOADING]
        raise Refused(Reason.QUEUE_FULL, limit=1)

    await submission.submit(asked(ana, channel), ImageRequest("later"), submit)

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


async def test_a_defect_is_told_in_private_and_leaves_nobody_thinking(room: Room, asked: Asked) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    interaction = asked(ana, channel)
    await interaction.response.defer(thinking=True)

    await submission.reply_with_error(interaction, ZeroDivisionError())

    (message,) = await room.bot_messages(ana, channel)
    assert "in the bot, and" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


@pytest.mark.parametrize(
    "fault", ["discord_reset_after", "discord_reset_before", "server_error_after", "server_error_before"]
)
async def test_an_acknowledgement_whose_answer_was_lost_is_looked_for_and_accepts_one_job(
    room: Room, asked: Asked, fault: str
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    interaction = asked(ana, channel)
    room.box.faults.arm(fault, match="callback")

    await submission.submit(interaction, ImageRequest(f"acknowledged {fault}"))

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & LOADING
    (waiting,) = await room.service.display.queue_entries()
    job = await room.service.display.job(waiting.job_id)
    assert job is not None
    assert str(job.address.message_id) == message["id"]


async def test_a_refusal_after_an_acknowledgement_whose_answer_was_lost_is_said_once_and_in_private(
    room: Room, asked: Asked
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    interaction = asked(ana, channel)
    room.box.faults.arm("discord_reset_after", match="callback")

    async def refused(_request: Request, _prechecked: Prechecked | None) -> Submission:
        raise Refused(Reason.QUEUE_FULL, limit=1)

    await submission.submit(interaction, ImageRequest("refused late"), refused)

    (message,) = await room.bot_messages(ana, channel)
    assert "The queue is full" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


async def test_an_interaction_that_came_too_late_accepts_nothing(room: Room, asked: Asked) -> None:
    ana, channel = await room.new_person(), await room.channel()
    interaction = asked(ana, channel)
    await room.control.advance(4)

    with pytest.raises(discord.NotFound) as late:
        await submission.submit(interaction, ImageRequest("too late"))
    await submission.reply_with_error(interaction, late.value)

    assert await room.service.display.queue_entries() == ()


async def test_the_same_event_twice_is_one_job_and_one_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    room.box.faults.arm("duplicate_event")

    await ana.slash(channel, "imagine", prompt="came twice")
    await room.queue_entry("came twice")

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & LOADING
    assert len(await room.service.display.queue_entries()) == 1


async def test_what_is_read_before_the_acknowledgement_gives_up_in_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "READ_S", 0.0)
    ana, channel = await room.new_person(), await room.channel()

    with pytest.raises(StoreUnavailable):
        await submission.within_deadline(room.service.display.queue_entries())
    await ana.slash(channel, "quota")

    told = await ana.see(channel, lambda message: "database isn't responding" in text_of(message), "the sentence")
    assert told["flags"] & EPHEMERAL
