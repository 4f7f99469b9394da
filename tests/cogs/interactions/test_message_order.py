"""One person's messages are answered in their order, and nothing is kept of people who wait for nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord

from cogs.interactions.message_order import AcceptedMessages, MessageOrder
from tests.cogs.objects import NOON


async def test_what_a_person_wrote_first_is_answered_first_and_nobody_else_waits() -> None:
    turns, answered, gate = MessageOrder(), list[str](), asyncio.Event()

    async def answer(user_id: int, what: str) -> None:
        async with turns.of(user_id):
            if what == "slow":
                await gate.wait()
            answered.append(what)
            if what == "other":
                gate.set()

    async with asyncio.TaskGroup() as group:
        for user_id, what in ((5, "slow"), (5, "quick"), (6, "other")):
            group.create_task(answer(user_id, what))

    assert answered == ["other", "slow", "quick"]
    assert turns._locks == {}


def test_a_message_is_known_as_taken_for_as_long_as_an_edit_could_count() -> None:
    taken = AcceptedMessages(timedelta(minutes=5))
    early, late = (discord.utils.time_snowflake(NOON + timedelta(minutes=after)) for after in (0, 6))

    taken.add(early)
    assert early in taken
    taken.add(late)

    assert (early in taken, late in taken) == (False, True)
