"""A waiting card appears only when there is something to wait for, says what is so, and never outlives its job."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from discord import ui

from cogs._keeper import CARD_AFTER_S, EDITS_AT_ONCE, CardKeeper
from cogs._pace import IN_CHANNEL
from imagegen.errors import DeliverLater
from imagegen.model import Job, Waiting
from imagegen.store.retention import forget_tokens
from sandbox.discord import interactions
from tests.cogs.conftest import Room


class Shown:
    """Where the keeper shows its cards; *door* closed makes each edit wait, *error* makes it fail."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.begun = 0
        self.first = asyncio.Event()
        self.door = asyncio.Event()
        self.door.set()
        self.error: Exception | None = None

    async def __call__(self, job: Job, _view: ui.LayoutView) -> None:
        self.begun += 1
        await self.door.wait()
        if self.error is not None:
            raise self.error
        self.jobs.append(job.id)
        self.first.set()


async def waited(room: Room, prompt: str, seconds: float = CARD_AFTER_S) -> Waiting:
    """The place of a new job, as if it had been asked so long ago."""
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    waiting = await room.waiting(prompt)
    return replace(waiting, asked_at=waiting.asked_at - timedelta(seconds=seconds))


async def test_what_is_done_at_once_needs_no_card(room: Room) -> None:
    keeper = CardKeeper(room.service, Shown())

    assert not keeper.is_due(await waited(room, "just asked", seconds=0))
    assert keeper.is_due(await waited(room, "asked a while ago"))


async def test_a_card_is_edited_only_when_it_says_something_else_and_has_rested(room: Room) -> None:
    shown = Shown()
    keeper, waiting = CardKeeper(room.service, shown), await waited(room, "resting")
    await keeper.keep(waiting)

    same, other = keeper.is_due(waiting), keeper.is_due(replace(waiting, position=9))
    keeper._cards[waiting.job_id].edited_s -= 5.0
    rested_same, rested_other = keeper.is_due(waiting), keeper.is_due(replace(waiting, position=9))

    assert (same, other, rested_same, rested_other) == (False, False, False, True)
    assert shown.jobs == [waiting.job_id]


@pytest.mark.parametrize(
    ("said_s", "after_s", "now_s", "due"),
    [(20, 10, 10, False), (20, 15, 10, False), (20, 10, 26, True), (20, 60, 11, True), (300, 200, 120, True),
     (300, 60, 240, False), (None, 5, 20, True)],
)  # fmt: skip
async def test_time_that_goes_by_is_no_news_but_an_estimate_that_no_longer_holds_is(
    room: Room, said_s: int | None, after_s: float, now_s: int, due: bool
) -> None:
    keeper, waiting = CardKeeper(room.service, Shown()), await waited(room, "estimated")
    await keeper.keep(replace(waiting, about_s=said_s))
    card = keeper._cards[waiting.job_id]
    assert card.said is not None
    card.said, card.edited_s = replace(card.said, at_s=card.said.at_s - after_s), card.edited_s - after_s

    assert keeper.is_due(replace(waiting, about_s=now_s)) is due


async def test_cards_of_one_channel_leave_room_for_its_results(room: Room) -> None:
    shown = Shown()
    keeper = CardKeeper(room.service, shown, shares=lambda _: 1)
    line = [await waited(room, f"in one channel {number}") for number in range(8)]

    for _ in range(3):
        for waiting in list(keeper.due(line)):
            await keeper.keep(waiting)

    assert len(shown.jobs) == IN_CHANNEL


async def test_two_hundred_cards_taken_up_after_a_restart_are_no_flood(room: Room) -> None:
    people, world = [await room.somebody() for _ in range(2)], room.box.world
    place = world.channels[room.channel_id(await room.channel())]
    for number in range(200):
        who = world.people[people[number % 2].id]
        interactions.slash(world, who, place, "imagine", {"prompt": f"flood {number}"})
    await room.box.gateway_.flush()
    async with asyncio.timeout(20):
        while len(await room.service.line()) < 200:  # noqa: ASYNC110  # the line rings no bell of ours
            await asyncio.sleep(0.1)
    await room.store.write(forget_tokens, now=datetime.now(UTC) + timedelta(minutes=16), limit=10_000)
    before = len(await room.control.record("discord"))
    loop = asyncio.create_task(room.delivery._keeper.run())

    await asyncio.sleep(CARD_AFTER_S + 2)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)

    edits = (await room.control.record("discord"))[before:]
    assert 0 < len(edits) <= IN_CHANNEL
    assert {edit["status"] for edit in edits} == {200}


async def test_a_line_read_before_the_result_never_overwrites_it(room: Room) -> None:
    shown = Shown()
    keeper, waiting = CardKeeper(room.service, shown), await waited(room, "stale line")
    async with keeper.ending(waiting.job_id):
        pass

    due = keeper.is_due(waiting)
    await keeper.keep(waiting)

    assert not due
    assert shown.jobs == []


async def test_a_job_that_ended_while_the_line_was_read_stays_over(room: Room) -> None:
    shown = Shown()
    keeper, waiting = CardKeeper(room.service, shown), await waited(room, "ended meanwhile")
    look = asyncio.create_task(keeper.look())
    await asyncio.sleep(0)
    async with keeper.ending(waiting.job_id):
        assert [found.job_id for found in await look] == [waiting.job_id]

    await keeper.keep(waiting)

    assert shown.jobs == []


async def test_an_edit_that_waits_its_turn_finds_its_job_over(room: Room) -> None:
    shown = Shown()
    keeper, waiting = CardKeeper(room.service, shown), await waited(room, "waits its turn")
    line = [await waited(room, f"before it {number}") for number in range(EDITS_AT_ONCE)]
    shown.door.clear()
    edits = [asyncio.create_task(keeper.keep(one)) for one in (*line, waiting)]
    await asyncio.sleep(0.01)

    async with keeper.ending(waiting.job_id):
        await room.service.cancel(waiting.job_id)
    await keeper.look()
    shown.door.set()
    await asyncio.gather(*edits)

    assert waiting.job_id not in shown.jobs


async def test_the_result_waits_for_an_edit_that_is_under_way(room: Room) -> None:
    shown = Shown()
    keeper, waiting = CardKeeper(room.service, shown), await waited(room, "edit under way")
    shown.door.clear()
    edit = asyncio.create_task(keeper.keep(waiting))
    await asyncio.sleep(0.01)

    async def end() -> list[int]:
        async with keeper.ending(waiting.job_id):
            return list(shown.jobs)

    result = asyncio.create_task(end())
    await asyncio.sleep(0.01)
    shown.door.set()

    assert await result == [waiting.job_id]
    await edit


async def test_cards_of_jobs_that_left_the_line_are_forgotten(room: Room) -> None:
    keeper, waiting = CardKeeper(room.service, Shown()), await waited(room, "forgotten")
    await keeper.keep(waiting)
    await room.service.cancel(waiting.job_id)
    async with keeper.ending(waiting.job_id):
        pass

    await keeper.look()

    assert waiting.job_id not in keeper._cards


async def test_an_edit_that_did_not_arrive_is_made_again(room: Room) -> None:
    shown = Shown()
    keeper, waiting = CardKeeper(room.service, shown), await waited(room, "did not arrive")
    shown.error = DeliverLater(5)
    await keeper.keep(waiting)
    keeper._cards[waiting.job_id].edited_s -= 5.0

    assert keeper.is_due(waiting)


async def test_one_card_that_cannot_be_shown_ends_nobody_elses(room: Room) -> None:
    shown = Shown()
    keeper = CardKeeper(room.service, shown)
    broken, well = await waited(room, "broken"), await waited(room, "well")

    shown.error = ValueError("a defect of ours")
    await keeper.keep(broken)
    shown.error = None
    await keeper.keep(well)

    assert shown.jobs == [well.job_id]


async def test_a_slow_edit_holds_up_only_as_many_as_its_own_slot(room: Room) -> None:
    shown = Shown()
    keeper = CardKeeper(room.service, shown)
    line = [await waited(room, f"slow {number}") for number in range(EDITS_AT_ONCE + 2)]
    shown.door.clear()

    edits = [asyncio.create_task(keeper.keep(waiting)) for waiting in line]
    await asyncio.sleep(0.5)  # each reads its job first

    assert shown.begun == EDITS_AT_ONCE
    shown.door.set()
    await asyncio.gather(*edits)
    assert len(shown.jobs) == len(line)


async def test_the_loop_shows_a_card_and_ends_when_it_is_cancelled(room: Room) -> None:
    shown = Shown()
    keeper = CardKeeper(room.service, shown)
    loop = asyncio.create_task(keeper.run())
    ana, channel = await room.somebody(), await room.channel()

    await ana.slash(channel, "imagine", prompt="looked at")
    waiting = await room.waiting("looked at")
    async with asyncio.timeout(5):
        await shown.first.wait()

    assert shown.jobs == [waiting.job_id]
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert loop.cancelled()
