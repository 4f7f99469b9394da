"""At a rush, everybody is acknowledged before anything else is begun for anybody."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from cogs.interactions import ack_gate
from cogs.interactions.ack_gate import AT_ONCE, RUSH, AckGate


async def test_a_few_wait_for_nobody() -> None:
    rush = AckGate()

    with ExitStack() as stack:
        for _ in range(RUSH):
            stack.enter_context(rush.unacknowledged())
        await asyncio.wait_for(rush.over(), 0.1)

        assert not rush.is_on


async def test_at_a_rush_nothing_begins_until_the_last_is_acknowledged() -> None:
    rush, crowd = AckGate(), ExitStack()
    for _ in range(RUSH):
        crowd.enter_context(rush.unacknowledged())
    with rush.unacknowledged():
        begun = asyncio.create_task(rush.over())
        crowd.close()
        await asyncio.sleep(0.01)

        assert rush.is_on
        assert not begun.done()

    await asyncio.wait_for(begun, 0.1)
    assert not rush.is_on


async def test_only_a_few_ask_the_database_at_once() -> None:
    rush, asking, most = AckGate(), 0, 0

    async def ask() -> None:
        nonlocal asking, most
        async with rush.turn():
            asking += 1
            most = max(most, asking)
            await asyncio.sleep(0)
            asking -= 1

    await asyncio.gather(*(ask() for _ in range(100)))

    assert most == AT_ONCE


async def test_a_rush_without_end_keeps_nobody_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ack_gate, "AT_MOST_S", 0.01)
    rush, crowd = AckGate(), ExitStack()
    for _ in range(RUSH + 1):
        crowd.enter_context(rush.unacknowledged())

    await asyncio.wait_for(rush.over(), 1)

    assert rush.is_on
