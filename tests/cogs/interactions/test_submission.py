"""The bot acknowledges a request at once, and shows a refusal only to the requester."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord
import pytest

from cogs.interactions import ack_gate, submission
from imagegen import service
from imagegen.errors import Reason, Refused, StoreUnavailable
from imagegen.image_request import ImageRequest
from imagegen.model import Request
from imagegen.reports import Submission
from imagegen.service import Prechecked
from sandbox.discord import interactions
from sandbox.discord.callbacks import DEFERRED, MESSAGE
from sandbox.people import EPHEMERAL, LOADING, Person, private_answer, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import received_interaction, statements_of

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


def callback(room: Room, interaction: discord.Interaction[Any]) -> int | None:
    """Return the type of the first answer to an interaction; None if there is none yet."""
    return room.box.world.interactions[str(interaction.id)].callback_type


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first look at the database take its time: a busy machine needs more than 0.2 s for ten."""
    monkeypatch.setattr(service, "PRECHECK_S", 60.0)


async def blocked_person(room: Room) -> Person:
    """Return a person whose requests the database refuses: a manager has blocked them."""
    person = await room.new_person()
    server_id = int(next(iter(room.box.world.servers)))
    await room.service.server_admin.block(server_id, int(person.id), True, user_id=1)
    return person


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


async def test_ten_at_once_are_all_acknowledged_before_any_database_work(
    room: Room, new_interaction: NewInteraction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ack_gate, "BRIEFLY_S", 60.0)
    channel, unacknowledged = await room.channel(), list[int]()
    ten = [new_interaction(await room.new_person(), channel) for _ in range(10)]

    async def submit(_request: Request, _prechecked: Prechecked | None) -> Submission:
        unacknowledged.append(sum(callback(room, interaction) is None for interaction in ten))
        raise Refused(Reason.QUEUE_FULL, limit=1)

    with statements_of(room.store) as statements:
        await asyncio.gather(*(submission.submit(each, ImageRequest("at once"), submit) for each in ten))

    assert unacknowledged == [0] * 10
    assert statements == []


async def test_refused_requests_of_one_burst_are_answered_in_private_and_leave_nothing_in_the_channel(
    room: Room, new_interaction: NewInteraction
) -> None:
    ana, bo, channel = await blocked_person(room), await room.new_person(), await room.channel()
    ten = [new_interaction(ana, channel) for _ in range(10)]

    await asyncio.gather(*(submission.submit(interaction, ImageRequest("refused")) for interaction in ten))

    assert [callback(room, interaction) for interaction in ten] == [DEFERRED] * 10
    answers = await room.bot_messages(ana, channel)
    assert [("blocked" in text_of(answer), answer["flags"] & EPHEMERAL) for answer in answers] == [
        (True, EPHEMERAL)
    ] * 10
    assert await room.bot_messages(bo, channel) == []


@pytest.mark.usefixtures("patient")
async def test_a_refusal_by_the_database_is_the_first_answer_to_a_single_request(
    room: Room, new_interaction: NewInteraction
) -> None:
    ana, channel = await blocked_person(room), await room.channel()
    interaction = new_interaction(ana, channel)

    await submission.submit(interaction, ImageRequest("refused"))

    assert callback(room, interaction) == MESSAGE


@pytest.mark.usefixtures("patient")
async def test_a_member_who_was_just_refused_gets_the_next_refusal_as_the_first_answer_also_in_a_burst(
    room: Room, new_interaction: NewInteraction
) -> None:
    ana, channel = await blocked_person(room), await room.channel()
    await submission.submit(new_interaction(ana, channel), ImageRequest("refused"))
    ten = [new_interaction(ana, channel) for _ in range(10)]

    await asyncio.gather(*(submission.submit(interaction, ImageRequest("refused again")) for interaction in ten))

    assert [callback(room, interaction) for interaction in ten] == [MESSAGE] * 10


async def test_a_late_refusal_takes_two_calls(room: Room, new_interaction: NewInteraction) -> None:
    ana, channel = await room.new_person(), await room.channel()

    async def submit(_request: Request, _prechecked: Prechecked | None) -> Submission:
        raise Refused(Reason.QUEUE_FULL, limit=1)

    before = len(room.box.record.part("discord"))
    await submission.submit(new_interaction(ana, channel), ImageRequest("later"), submit)

    callback_and_refusal = [entry["method"] for entry in room.box.record.part("discord")[before:]]
    assert callback_and_refusal == ["POST", "DELETE", "POST"]


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


async def test_the_reads_of_one_interaction_wait_no_longer_together_than_one(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "READ_S", 0.05)
    interaction = await received_interaction(room, await room.new_person(), await room.channel())

    for wait_s in (60.0, 0.01):
        with pytest.raises(StoreUnavailable):
            await submission.within_deadline(asyncio.sleep(wait_s), interaction)


async def test_all_reads_of_a_form_with_a_style_share_the_deadline_of_its_interaction(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadlines = set[object]()
    ana, channel = await room.new_person(), await room.channel()
    server_id = int(room.box.world.server_id)
    style = await room.service.styles.save(server_id, 0, lambda now: replace(now, name="slow ink"), user_id=1)
    result = await room.delivered(ana, channel, "a slow form")
    within_deadline = submission.within_deadline

    async def noted(read: Awaitable[Any], interaction: Any = None) -> Any:
        deadlines.add(None if interaction is None else interaction.id)
        return await within_deadline(read, interaction)

    await ana.press(result, "Edit prompt")
    monkeypatch.setattr(submission, "within_deadline", noted)
    await ana.fill(words="a slow form in ink", style=[str(style.id)])
    await room.queue_entry("a slow form in ink")
    await room.service.styles.remove(server_id, style.id, user_id=1)

    assert deadlines
    assert None not in deadlines


@pytest.mark.parametrize("command", ["quota", "studio settings"])
async def test_all_reads_before_an_acknowledgement_share_one_deadline(
    room: Room, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    boss, channel = await room.control.person("Boss", manager=True), await room.channel()
    deadlines, within_deadline = list[object](), submission.within_deadline

    async def counted(read: Awaitable[Any], _interaction: Any = None) -> Any:
        deadlines.append(read)
        return await within_deadline(read)

    monkeypatch.setattr(submission, "within_deadline", counted)

    await private_answer(boss, await boss.slash(channel, command))

    assert len(deadlines) == 1
