"""Under load, the bot acknowledges every interaction before other work starts."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from cogs.interactions import ack_gate
from cogs.interactions.ack_gate import AT_ONCE, RUSH, AckGate


async def test_a_few_interactions_delay_work_only_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ack_gate, "AT_MOST_S", 60.0)
    gate = AckGate()

    with ExitStack() as stack:
        for _ in range(RUSH):
            stack.enter_context(gate.unacknowledged())
        await asyncio.wait_for(gate.over(), 5)

        assert not gate.is_rush


async def test_work_waits_for_one_unacknowledged_interaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ack_gate, "BRIEFLY_S", 60.0)
    gate = AckGate()

    with gate.unacknowledged():
        waiting_work = asyncio.create_task(gate.over())
        await asyncio.sleep(0.01)
        began_early = waiting_work.done()
    await asyncio.wait_for(waiting_work, 5)

    assert not began_early


async def test_no_interaction_of_one_burst_is_alone() -> None:
    gate = AckGate()

    async def handle() -> bool:
        with gate.unacknowledged():
            is_alone = await gate.is_alone()
            await asyncio.sleep(0)  # the acknowledgement
        return is_alone

    together = await asyncio.gather(*(handle() for _ in range(10)))
    single = await handle()

    assert together == [False] * 10
    assert single


async def test_under_load_no_work_starts_before_the_last_acknowledgement() -> None:
    gate, interactions = AckGate(), ExitStack()
    for _ in range(RUSH):
        interactions.enter_context(gate.unacknowledged())
    with gate.unacknowledged():
        waiting_work = asyncio.create_task(gate.over())
        interactions.close()
        await asyncio.sleep(ack_gate.BRIEFLY_S + 0.05)

        assert gate.is_rush
        assert not waiting_work.done()

    await asyncio.wait_for(waiting_work, 5)
    assert not gate.is_rush


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
    monkeypatch.setattr(ack_gate, "BRIEFLY_S", 0.01)
    monkeypatch.setattr(ack_gate, "AT_MOST_S", 0.01)
    gate, interactions = AckGate(), ExitStack()
    for _ in range(RUSH + 1):
        interactions.enter_context(gate.unacknowledged())

    await asyncio.wait_for(gate.over(), 1)

    assert gate.is_rush
