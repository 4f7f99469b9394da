"""Under load, the bot acknowledges every interaction before other work starts."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from cogs.interactions import ack_gate
from cogs.interactions.ack_gate import AT_ONCE, RUSH, AckGate


async def test_a_few_interactions_do_not_wait() -> None:
    gate = AckGate()

    with ExitStack() as stack:
        for _ in range(RUSH):
            stack.enter_context(gate.unacknowledged())
        await asyncio.wait_for(gate.over(), 5)

        assert not gate.is_on


async def test_under_load_no_work_starts_before_the_last_acknowledgement() -> None:
    gate, interactions = AckGate(), ExitStack()
    for _ in range(RUSH):
        interactions.enter_context(gate.unacknowledged())
    with gate.unacknowledged():
        waiting_work = asyncio.create_task(gate.over())
        interactions.close()
        await asyncio.sleep(0.01)

        assert gate.is_on
        assert not waiting_work.done()

    await asyncio.wait_for(waiting_work, 5)
    assert not gate.is_on


async def test_only_a_few_interactions_use_the_database_at_once() -> None:
    gate, running, most = AckGate(), 0, 0

    async def use_database() -> None:
        nonlocal running, most
        async with gate.turn():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(use_database() for _ in range(100)))

    assert most == AT_ONCE


async def test_endless_load_delays_work_only_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ack_gate, "AT_MOST_S", 0.01)
    gate, interactions = AckGate(), ExitStack()
    for _ in range(RUSH + 1):
        interactions.enter_context(gate.unacknowledged())

    await asyncio.wait_for(gate.over(), 1)

    assert gate.is_on
