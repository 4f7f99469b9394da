"""A signal wakes every task that waits for its kind of work, and no other; no task waits for ever."""

import asyncio

import pytest

from imagegen.states import State
from imagegen.wakeup import BY_STATE, Wake, WakeSignal, wait_for_signal


async def test_a_signal_between_the_read_and_the_wait_is_not_missed() -> None:
    wake_signal = WakeSignal()
    ticket = wake_signal.ticket(Wake.READ)

    wake_signal.send(Wake.READ)

    await asyncio.wait_for(wait_for_signal(ticket, timeout_s=60), timeout=1)


async def test_a_signal_wakes_every_waiting_task() -> None:
    wake_signal = WakeSignal()
    tickets = [wake_signal.ticket(wake) for wake in (Wake.DELIVER, Wake.DELIVER, Wake.CARDS)]
    waiters = [asyncio.create_task(wait_for_signal(ticket, timeout_s=60)) for ticket in tickets]
    await asyncio.sleep(0)

    wake_signal.send()

    await asyncio.wait_for(asyncio.gather(*waiters), timeout=1)


@pytest.mark.parametrize("state", State)
async def test_a_new_state_wakes_only_the_loops_that_have_work_then(state: State) -> None:
    wake_signal = WakeSignal()
    wake_signal.waits_for_room = False
    tickets = {wake: wake_signal.ticket(wake) for wake in Wake}

    wake_signal.send_for(state)

    assert {wake for wake, ticket in tickets.items() if ticket.is_set()} == set(BY_STATE[state])


async def test_without_a_signal_the_wait_ends_by_itself() -> None:
    await asyncio.wait_for(wait_for_signal(WakeSignal().ticket(Wake.POLL), timeout_s=0.01), timeout=5)


async def test_an_old_signal_does_not_wake_a_new_ticket() -> None:
    wake_signal = WakeSignal()
    wake_signal.send(Wake.POLL)

    assert not wake_signal.ticket(Wake.POLL).is_set()


@pytest.mark.parametrize("waits_for_room", [False, True])
async def test_the_end_of_a_request_wakes_the_generating_loop_only_if_a_job_waits_for_that(
    waits_for_room: bool,
) -> None:
    wake_signal = WakeSignal()
    ticket = wake_signal.ticket(Wake.GENERATE)
    wake_signal.waits_for_room = waits_for_room

    wake_signal.send_for(State.GENERATED)

    assert ticket.is_set() is waits_for_room
