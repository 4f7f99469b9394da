"""The bot answers one person's messages in order, and keeps no lock of a person without waiting messages."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord

from cogs.interactions.message_order import AcceptedMessages, MessageOrder
from tests.cogs.objects import NOON


async def test_one_persons_messages_are_answered_in_order_and_do_not_delay_another_person() -> None:
    order, answered, other_answered = MessageOrder(), list[str](), asyncio.Event()

    async def answer(user_id: int, text: str) -> None:
        async with order.of(user_id):
            if text == "slow":
                await other_answered.wait()
            answered.append(text)
            if text == "other":
                other_answered.set()

    async with asyncio.TaskGroup() as group:
        for user_id, text in ((5, "slow"), (5, "quick"), (6, "other")):
            group.create_task(answer(user_id, text))

    assert answered == ["other", "slow", "quick"]
    assert order._locks == {}


def test_an_accepted_message_is_remembered_as_long_as_its_edit_is_read() -> None:
    accepted = AcceptedMessages(timedelta(minutes=5))
    early, late = (discord.utils.time_snowflake(NOON + timedelta(minutes=after)) for after in (0, 6))

    accepted.add(early)
    assert early in accepted
    accepted.add(late)

    assert (early in accepted, late in accepted) == (False, True)
