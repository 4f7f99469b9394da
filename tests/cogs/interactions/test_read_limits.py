"""Galleries and histories cost few calls by the bot's token, and show permissions that are at most seconds old."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cogs.interactions import visibility
from cogs.interactions.context import READ_EVERY_S, READS
from cogs.messaging import lookups
from cogs.messaging.lookups import CALLS_PER_S, Lookups
from imagegen.errors import Reason, Refused
from sandbox.people import EPHEMERAL, Json, Person, components_of, private_answer, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import calls, job_of, received_interaction, results
from tests.cogs.test_history import edited, form, history_of

DISCORD_PER_S = 50  # https://discord.com/developers/docs/topics/rate-limits (2026-11-25)


class Clock:
    """Seconds that pass only when a test sets them."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(room: Room, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of the bot's lookups at Discord, and return the new clock."""
    clock = Clock()
    monkeypatch.setattr(room.bot, "context", replace(room.bot.context, lookups=Lookups(clock)))
    return clock


def thumbnails(message: Json) -> list[Json]:
    return [part for part in components_of(message) if part["type"] == 11]


async def gallery(person: Person, channel: str) -> Json:
    return await private_answer(person, await person.slash(channel, "gallery"))


async def test_a_page_of_five_results_of_one_channel_costs_one_call_there_and_two_elsewhere(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await results(room, ana, channel, 5)

    async with calls(room) as here:
        page_here = await gallery(ana, channel)
    room.bot.context.lookups._images._answers.clear()
    async with calls(room) as elsewhere:
        page_elsewhere = await gallery(ana, "dm")

    assert [len(thumbnails(seen)) for seen in (page_here, page_elsewhere)] == [5, 5]
    assert len(here) == 1
    assert len(elsewhere) == 2


async def test_five_members_who_read_at_full_speed_stay_far_below_discords_limit(room: Room) -> None:
    """Read five results of five channels from elsewhere: only archived and private threads cost more calls."""
    ana = await room.new_person()
    for _ in range(5):
        await results(room, ana, await room.channel(), 1)

    async with calls(room) as recorded:
        seen = await gallery(ana, "dm")

    pages_per_s = 5 / READ_EVERY_S
    assert len(thumbnails(seen)) == 5
    assert len(recorded) == 6
    assert len(recorded) * pages_per_s <= CALLS_PER_S <= DISCORD_PER_S / 3


async def test_a_history_of_five_steps_in_one_channel_costs_one_call(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    last = await room.delivered(ana, channel, "step 1")
    for number in range(2, 6):
        last = await edited(room, ana, channel, last, f"step {number}")

    async with calls(room) as recorded:
        answer = await history_of(room, bo, channel, last)

    assert "5 steps" in text_of(answer)
    assert len(recorded) == 1


async def test_five_readers_of_one_page_at_the_same_time_share_the_calls(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    jobs = await results(room, ana, channel, 3)
    interaction = await received_interaction(room, ana, "dm")

    async with calls(room) as recorded:
        locations = await asyncio.gather(*(visibility.locations_of(interaction, jobs) for _ in range(5)))

    assert all(location is not None and location.images for page in locations for location in page)
    assert len(recorded) == 2


@pytest.mark.parametrize("page", [2, 100])
async def test_results_are_found_between_other_messages(room: Room, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "PAGE", page)
    ana, channel = await room.new_person(), await room.channel()
    jobs = []
    for number in range(3):
        jobs.append(await job_of(room, await room.delivered(ana, channel, f"between, {number}")))
        for _ in range(3):
            await ana.say(channel, "chat")
    await room.bot.http.delete_message(int(room.channel_id(channel)), jobs[1].message_id or 0)

    locations = await visibility.locations_of(await received_interaction(room, ana, channel), jobs)

    assert [location is not None and len(location.images) for location in locations] == [1, 0, 1]


async def test_a_member_who_opens_too_many_pages_is_refused_in_private_without_a_call(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await results(room, ana, channel, 1)
    for _ in range(READS):
        await gallery(ana, channel)

    async with calls(room) as recorded:
        refused = await gallery(ana, channel)
        receipts = await private_answer(ana, await ana.slash(channel, "receipts"))
    others = await private_answer(bo, await bo.slash(channel, "receipts"))

    assert refused["flags"] & EPHEMERAL
    assert "You're doing that too fast" in text_of(refused)
    assert "You're doing that too fast" in text_of(receipts)
    assert "No requests yet" in text_of(others)
    assert recorded == []


@pytest.mark.parametrize("label", ["History", "Older"])
async def test_pages_opened_by_buttons_count_toward_the_read_limit(room: Room, label: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    for number in range(6):
        last = await room.delivered(ana, channel, f"{label} {number}")
    page = last if label == "History" else await gallery(ana, channel)
    room.bot.context.reads.take(int(ana.id), READS - (label == "Older"))

    refused = await private_answer(ana, await ana.press(page, label))

    assert "You're doing that too fast" in text_of(refused)


async def test_a_members_access_is_checked_again_after_a_few_seconds(room: Room, clock: Clock) -> None:
    ana, channel = await room.new_person(), await room.channel()
    (job,) = await results(room, ana, channel, 1)
    interaction = await received_interaction(room, ana, "dm")
    before = await visibility.location_of(interaction, job)
    await room.control.post("/members", person=ana.id, leave=True)

    clock.now_s += lookups.KEEP_S

    assert before is not None
    assert await visibility.location_of(interaction, job) is None
    assert lookups.KEEP_S <= 5


async def test_a_removed_permission_hides_the_result_at_once(room: Room, clock: Clock) -> None:
    ana, channel = await room.new_person(), await room.channel()
    (job,) = await results(room, ana, channel, 1)
    before = await visibility.location_of(await received_interaction(room, ana, "dm"), job)
    deny = {"target": ana.id, "deny": ["READ_MESSAGE_HISTORY"]}
    await room.control.post("/overwrites", channel=room.channel_id(channel), **deny)

    after = await visibility.location_of(await received_interaction(room, ana, "dm"), job)

    assert before is not None
    assert after is None


async def test_all_readers_together_stay_within_their_share_of_the_bots_calls(room: Room, clock: Clock) -> None:
    lookups_of_bot = room.bot.context.lookups

    async def no_call() -> None: ...

    tasks = [asyncio.create_task(lookups_of_bot._call(no_call)) for _ in range(200)]
    await asyncio.sleep(0)
    refused = [task.exception() for task in tasks if task.done() and task.exception() is not None]
    waiting = [task.cancel() for task in tasks if not task.done()]

    assert {error.reason for error in refused if isinstance(error, Refused)} == {Reason.READS_TOO_FAST}
    assert len(waiting) <= CALLS_PER_S * lookups.WAIT_S
    assert len(tasks) - len(refused) <= lookups.BURST + CALLS_PER_S * lookups.WAIT_S


async def test_forms_that_make_the_bot_read_a_message_count_toward_the_read_limit(room: Room) -> None:
    """After a restart, the bot reads the message of a form again. The message id may be forged."""
    ana, channel = await room.new_person(), await room.channel()
    message_ids = [await ana.say(channel, f"note {number}") for number in range(READS + 1)]

    async with calls(room) as recorded:
        for message_id in message_ids:
            sent = await ana.forge(channel, 5, **form(f"w1:form:edit:{message_id}", "a prompt to return"))
            answer = text_of(await private_answer(ana, sent))

    assert len(recorded) == READS
    assert "Try again in" in answer
    assert "a prompt to return" in answer
