"""The bot acknowledges a request at once, and shows a refusal only to the requester."""

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

NewInteraction = Callable[[Person, str], discord.Interaction[Any]]


@pytest.fixture
async def new_interaction(room: Room) -> AsyncIterator[NewInteraction]:
    """Return a function that creates a slash command as the gateway would send it. The gateway sends no events."""
    world = room.box.world
    listeners, world.on_event = world.on_event, []

    def make(person: Person, channel: str) -> discord.Interaction[Any]:
        author, target = world.people[person.id], world.channels[room.channel_id(channel)]
        payload: Any = interactions.create(world, author, target, 2, {"id": "1", "name": "none", "type": 1}).payload
        return discord.Interaction(data=payload, state=room.bot._connection)

    yield make
    world.on_event = listeners


async def test_an_invalid_request_is_refused_in_private(room: Room, new_interaction: NewInteraction) -> None:
    ana, channel = await room.new_person(), await room.channel()

    await submission.submit(new_interaction(ana, channel), ImageRequest("  "))

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert "no prompt" in text_of(message)


async def test_a_late_refusal_is_private_and_removes_the_public_placeholder(
    room: Room, new_interaction: NewInteraction
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()

    async def submit(_request: Request, _prechecked: Prechecked | None) -> Submission:
        assert [message["flags"] & LOADING for message in await room.bot_messages(bo, channel)] == [LOADING]
        raise Refused(Reason.QUEUE_FULL, limit=1)

    await submission.submit(new_interaction(ana, channel), ImageRequest("later"), submit)

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


async def test_a_defect_is_reported_in_private_and_removes_the_public_placeholder(
    room: Room, new_interaction: NewInteraction
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    interaction = new_interaction(ana, channel)
    await interaction.response.defer(thinking=True)

    await submission.reply_with_error(interaction, ZeroDivisionError())

    (message,) = await room.bot_messages(ana, channel)
    assert "in the bot, and" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


@pytest.mark.parametrize(
    "fault", ["discord_reset_after", "discord_reset_before", "server_error_after", "server_error_before"]
)
async def test_one_job_is_accepted_when_the_acknowledgement_or_its_answer_is_lost(
    room: Room, new_interaction: NewInteraction, fault: str
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    interaction = new_interaction(ana, channel)
    room.box.faults.arm(fault, match="callback")

    await submission.submit(interaction, ImageRequest(f"acknowledged {fault}"))

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & LOADING
    (entry,) = await room.service.display.queue_entries()
    job = await room.service.display.job(entry.job_id)
    assert job is not None
    assert str(job.address.message_id) == message["id"]


async def test_a_late_refusal_is_private_when_the_answer_to_the_acknowledgement_is_lost(
    room: Room, new_interaction: NewInteraction
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    interaction = new_interaction(ana, channel)
    room.box.faults.arm("discord_reset_after", match="callback")

    async def refused(_request: Request, _prechecked: Prechecked | None) -> Submission:
        raise Refused(Reason.QUEUE_FULL, limit=1)

    await submission.submit(interaction, ImageRequest("refused late"), refused)

    (message,) = await room.bot_messages(ana, channel)
    assert "The queue is full" in text_of(message)
    assert await room.bot_messages(bo, channel) == []


async def test_an_expired_interaction_creates_no_job(room: Room, new_interaction: NewInteraction) -> None:
    ana, channel = await room.new_person(), await room.channel()
    interaction = new_interaction(ana, channel)
    await room.control.advance(4)

    with pytest.raises(discord.NotFound) as late:
        await submission.submit(interaction, ImageRequest("too late"))
    await submission.reply_with_error(interaction, late.value)

    assert await room.service.display.queue_entries() == ()


async def test_a_command_that_arrives_twice_creates_one_job_and_one_status_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    room.box.faults.arm("duplicate_event")

    await ana.slash(channel, "imagine", prompt="came twice")
    await room.queue_entry("came twice")

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & LOADING
    assert len(await room.service.display.queue_entries()) == 1


async def test_a_slow_database_is_reported_before_the_interaction_expires(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "READ_S", 0.0)
    ana, channel = await room.new_person(), await room.channel()

    with pytest.raises(StoreUnavailable):
        await submission.within_deadline(room.service.display.queue_entries())
    await ana.slash(channel, "quota")

    answer = await ana.see(channel, lambda message: "database isn't responding" in text_of(message), "the sentence")
    assert answer["flags"] & EPHEMERAL
