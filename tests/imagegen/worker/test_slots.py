"""A loop works on a limited number of jobs, and knows each of them."""

import asyncio

from imagegen.worker.slots import Slots


async def test_no_more_slots_are_taken_than_there_are() -> None:
    slots = Slots(2)
    await slots.take()

    with slots.slot_for(1) as second, slots.slot_for(2) as third:
        taken = [second.take(), second.take(), third.take()]

    assert taken == [True, True, False]


async def test_a_task_that_waits_for_a_slot_gets_the_one_that_a_direct_job_gives_back() -> None:
    slots = Slots(1)

    with slots.slot_for(1) as slot:
        slot.take()
        waiting = asyncio.create_task(slots.take())
        await asyncio.sleep(0)
        waited = not waiting.done()

    await asyncio.wait_for(waiting, timeout=5)
    assert waited


async def test_a_direct_job_is_known_as_long_as_its_slot_is_taken() -> None:
    slots = Slots(1)

    with slots.slot_for(7) as slot:
        before = set(slots.running)
        slot.take()
        during = set(slots.running)

    assert (before, during, slots.running) == (set(), {7}, set())


async def test_no_job_is_added_while_jobs_that_no_task_runs_are_released() -> None:
    slots = Slots(2)

    with slots.fixed() as running, slots.slot_for(7) as slot:
        refused = not slot.take()
    with slots.slot_for(7) as slot:
        taken = slot.take()

    assert (running, refused, taken) == (frozenset(), True, True)
