"""A status card appears only if there is a wait, is current, and never outlives its job."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from discord import ui

from cogs.delivery.edit_budget import IN_CHANNEL
from cogs.delivery.status_cards import CARD_AFTER_S, EDITS_AT_ONCE, StatusCards
from imagegen.errors import DeliverLater
from imagegen.model import Job
from imagegen.reports import QueueEntry
from imagegen.store.retention import forget_tokens
from sandbox.discord import interactions
from tests.cogs.conftest import Room


class Screen:
    """Records the cards that are shown. A closed *door* makes each edit wait; *error* makes it fail."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.texts: list[str] = []
        self.begun = 0
        self.first = asyncio.Event()
        self.door = asyncio.Event()
        self.door.set()
        self.error: Exception | None = None

    async def __call__(self, job: Job, view: ui.LayoutView) -> None:
        self.begun += 1
        await self.door.wait()
        if self.error is not None:
            raise self.error
        self.jobs.append(job.id)
        self.texts.append(str(view.to_components()))  # type: ignore[no-untyped-call]  # as discord.py has it
        self.first.set()


async def waited(room: Room, prompt: str, seconds: float = CARD_AFTER_S) -> QueueEntry:
    """Return the queue entry of a new job, as if it had been requested so many *seconds* ago."""
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    waiting = await room.queue_entry(prompt)
    return replace(waiting, requested_at=waiting.requested_at - timedelta(seconds=seconds))


async def test_a_job_that_ends_at_once_needs_no_card(room: Room) -> None:
    status_cards = StatusCards(room.service, Screen())

    assert not status_cards.is_due(await waited(room, "just asked", seconds=0))
    assert status_cards.is_due(await waited(room, "asked a while ago"))


async def test_a_card_is_edited_only_with_new_content_and_not_too_often(room: Room) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "resting")
    await status_cards.update(waiting)

    same, other = status_cards.is_due(waiting), status_cards.is_due(replace(waiting, position=9))
    status_cards._cards[waiting.job_id].edited_s -= 5.0
    rested_same, rested_other = status_cards.is_due(waiting), status_cards.is_due(replace(waiting, position=9))

    assert (same, other, rested_same, rested_other) == (False, False, False, True)
    assert shown.jobs == [waiting.job_id]


@pytest.mark.parametrize(
    ("shown_s", "after_s", "now_s", "due"),
    [(60, 20, 40, False), (60, 10, 50, False), (60, 20, 71, True), (300, 200, 120, False), (300, 60, 240, False),
     (300, 60, 110, True), (300, 200, 170, True), (None, 5, 20, True), (None, 5, 14, False), (10, 5, 14, False)],
)  # fmt: skip
async def test_a_card_is_edited_for_a_wrong_estimate_but_not_for_the_passing_of_time(
    room: Room, shown_s: int | None, after_s: float, now_s: int, due: bool
) -> None:
    status_cards, waiting = StatusCards(room.service, Screen()), await waited(room, "estimated")
    await status_cards.update(replace(waiting, eta_s=shown_s))
    card = status_cards._cards[waiting.job_id]
    assert card.content is not None
    pass_by(card, after_s)

    assert status_cards.is_due(replace(waiting, eta_s=now_s)) is due


def pass_by(card: Any, seconds: float) -> None:
    """Move the last edit of *card* back by so many *seconds*."""
    content = card.content
    ready_s = None if content.ready_s is None else content.ready_s - seconds
    card.content, card.edited_s = (
        replace(content, at_s=content.at_s - seconds, ready_s=ready_s),
        card.edited_s - seconds,
    )


@pytest.mark.parametrize(("after_s", "now_s"), [(6, 14), (10, 10), (15, 5), (19, 1), (60, 1), (600, None)])
async def test_an_expected_time_is_removed_before_it_passes(room: Room, after_s: float, now_s: int | None) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "passing")
    await status_cards.update(replace(waiting, eta_s=20))
    pass_by(status_cards._cards[waiting.job_id], after_s)

    due = status_cards.is_due(replace(waiting, eta_s=now_s))
    await status_cards.update(replace(waiting, eta_s=now_s))

    assert due
    assert [re.findall(r"<t:\d+:R>", text) != [] for text in shown.texts] == [True, False]


async def test_an_expected_time_that_passed_is_replaced_by_a_later_one(room: Room) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "late")
    await status_cards.update(replace(waiting, eta_s=20))
    pass_by(status_cards._cards[waiting.job_id], 11)

    assert status_cards.is_due(replace(waiting, eta_s=18))


async def test_a_card_whose_expected_time_passes_is_edited_first(room: Room) -> None:
    status_cards = StatusCards(room.service, Screen())
    waits, passes = await waited(room, "waits its turn"), await waited(room, "passes soon")
    for waiting in (waits, passes):
        await status_cards.update(replace(waiting, eta_s=60))
    pass_by(status_cards._cards[waits.job_id], 300)
    pass_by(status_cards._cards[passes.job_id], 55)
    status_cards._cards[waits.job_id].content = None

    queue = list(status_cards.due([replace(waits, position=9), replace(passes, eta_s=1)]))

    assert [one.job_id for one in queue] == [passes.job_id, waits.job_id]


@pytest.mark.parametrize("eta_s", [None, 1, 14])
async def test_a_short_wait_is_not_shown(room: Room, eta_s: int | None) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "at once")

    await status_cards.update(replace(waiting, eta_s=eta_s))

    assert "<t:" not in shown.texts[0]


async def test_the_cards_of_a_channel_leave_room_for_its_results(room: Room) -> None:
    shown = Screen()
    status_cards = StatusCards(room.service, shown, channel_limit=lambda _: 1)
    queue = [await waited(room, f"in one channel {number}") for number in range(8)]

    for _ in range(3):
        for waiting in list(status_cards.due(queue)):
            await status_cards.update(waiting)

    assert len(shown.jobs) == IN_CHANNEL


async def queue_holds(room: Room, count: int) -> None:
    """Wait until so many requests are in the queue."""
    async with asyncio.timeout(45):
        while len(await room.service.display.queue_entries()) < count:  # noqa: ASYNC110  # no wake-up signal
            await asyncio.sleep(0.05)


async def test_two_hundred_cards_after_a_restart_stay_within_the_rate_limit(room: Room) -> None:
    people, world = [await room.new_person() for _ in range(2)], room.box.world
    place = world.channels[room.channel_id(await room.channel())]
    for number in range(200):
        who = world.people[people[number % 2].id]
        interactions.slash(world, who, place, "imagine", {"prompt": f"flood {number}"})
        if number % 25 == 24:  # more at once would be acknowledged too late on a busy machine
            await room.box.gateway_server.flush()
            await queue_holds(room, number + 1)
    await room.store.write(forget_tokens, now=datetime.now(UTC) + timedelta(minutes=16), limit=10_000)
    before = len(room.box.record.part("discord"))
    loop = asyncio.create_task(room.delivery._status_cards.run())

    await asyncio.sleep(CARD_AFTER_S + 2)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)

    edits = room.box.record.part("discord")[before:]
    assert 0 < len(edits) <= IN_CHANNEL
    assert {edit["status"] for edit in edits} == {200}


async def test_a_queue_read_before_the_end_never_overwrites_the_result(room: Room) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "stale queue")
    async with status_cards.ending(waiting.job_id):
        pass

    due = status_cards.is_due(waiting)
    await status_cards.update(waiting)

    assert not due
    assert shown.jobs == []


async def test_a_job_that_ended_while_the_queue_was_read_stays_ended(room: Room) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "ended meanwhile")
    look = asyncio.create_task(status_cards.read_queue())
    await asyncio.sleep(0)
    async with status_cards.ending(waiting.job_id):
        assert [found.job_id for found in await look] == [waiting.job_id]

    await status_cards.update(waiting)

    assert shown.jobs == []


async def test_an_edit_that_waited_its_turn_skips_a_job_that_has_ended(room: Room) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "waits its turn")
    queue = [await waited(room, f"before it {number}") for number in range(EDITS_AT_ONCE)]
    shown.door.clear()
    edits = [asyncio.create_task(status_cards.update(one)) for one in (*queue, waiting)]
    await asyncio.sleep(0.01)

    async with status_cards.ending(waiting.job_id):
        await room.service.cancel(waiting.job_id)
    await status_cards.read_queue()
    shown.door.set()
    await asyncio.gather(*edits)

    assert waiting.job_id not in shown.jobs


async def test_the_result_waits_for_an_edit_that_has_begun(room: Room) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "edit under way")
    shown.door.clear()
    edit = asyncio.create_task(status_cards.update(waiting))
    await asyncio.sleep(0.01)

    async def end() -> list[int]:
        async with status_cards.ending(waiting.job_id):
            return list(shown.jobs)

    result = asyncio.create_task(end())
    await asyncio.sleep(0.01)
    shown.door.set()

    assert await result == [waiting.job_id]
    await edit


async def test_cards_of_jobs_that_left_the_queue_are_forgotten(room: Room) -> None:
    status_cards, waiting = StatusCards(room.service, Screen()), await waited(room, "forgotten")
    await status_cards.update(waiting)
    await room.service.cancel(waiting.job_id)
    async with status_cards.ending(waiting.job_id):
        pass

    await status_cards.read_queue()

    assert waiting.job_id not in status_cards._cards


async def test_a_failed_edit_is_made_again(room: Room) -> None:
    shown = Screen()
    status_cards, waiting = StatusCards(room.service, shown), await waited(room, "did not arrive")
    shown.error = DeliverLater(5)
    await status_cards.update(waiting)
    status_cards._cards[waiting.job_id].edited_s -= 5.0

    assert status_cards.is_due(waiting)


async def test_a_defect_in_one_card_stops_no_other_card(room: Room) -> None:
    shown = Screen()
    status_cards = StatusCards(room.service, shown)
    broken, well = await waited(room, "broken"), await waited(room, "well")

    shown.error = ValueError("a defect of ours")
    await status_cards.update(broken)
    shown.error = None
    await status_cards.update(well)

    assert shown.jobs == [well.job_id]


async def test_slow_edits_hold_up_only_their_own_slots(room: Room) -> None:
    shown = Screen()
    status_cards = StatusCards(room.service, shown)
    queue = [await waited(room, f"slow {number}") for number in range(EDITS_AT_ONCE + 2)]
    shown.door.clear()

    edits = [asyncio.create_task(status_cards.update(waiting)) for waiting in queue]
    await asyncio.sleep(0.5)  # each reads its job first

    assert shown.begun == EDITS_AT_ONCE
    shown.door.set()
    await asyncio.gather(*edits)
    assert len(shown.jobs) == len(queue)


async def test_the_loop_shows_a_card_and_ends_when_canceled(room: Room) -> None:
    shown = Screen()
    status_cards = StatusCards(room.service, shown)
    loop = asyncio.create_task(status_cards.run())
    ana, channel = await room.new_person(), await room.channel()

    await ana.slash(channel, "imagine", prompt="looked at")
    waiting = await room.queue_entry("looked at")
    async with asyncio.timeout(45):
        await shown.first.wait()

    assert shown.jobs == [waiting.job_id]
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert loop.cancelled()
