"""A signal wakes every task that took a ticket before it, and no task waits for ever."""

import asyncio

from imagegen.wakeup import WakeSignal, wait_for_signal


async def test_a_signal_between_the_read_and_the_wait_is_not_missed() -> None:
    wake_signal = WakeSignal()
    ticket = wake_signal.ticket()

    wake_signal.send()

    await asyncio.wait_for(wait_for_signal(ticket, timeout_s=60), timeout=1)


async def test_a_signal_wakes_every_waiting_task() -> None:
    wake_signal = WakeSignal()
    waiters = [asyncio.create_task(wait_for_signal(wake_signal.ticket(), timeout_s=60)) for _ in range(3)]
    await asyncio.sleep(0)

    wake_signal.send()

    await asyncio.wait_for(asyncio.gather(*waiters), timeout=1)


async def test_without_a_signal_the_wait_ends_by_itself() -> None:
    await asyncio.wait_for(wait_for_signal(WakeSignal().ticket(), timeout_s=0.01), timeout=5)


async def test_an_old_signal_does_not_wake_a_new_ticket() -> None:
    wake_signal = WakeSignal()
    wake_signal.send()

    assert not wake_signal.ticket().is_set()
