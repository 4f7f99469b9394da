"""Edits of status cards leave room for results in Discord's rate limits."""

from __future__ import annotations

from cogs.delivery.edit_budget import BURST, IN_CHANNEL, PER_S, WINDOW_S, EditBudget


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def taken(budget: EditBudget, channel_id: int | None, tries: int) -> int:
    return sum(budget.take(channel_id) for _ in range(tries))


def test_a_channel_takes_three_edits_in_five_seconds() -> None:
    clock = Clock()
    budget = EditBudget(clock)

    first = taken(budget, 1, 10)
    clock.now_s += WINDOW_S - 0.1
    early = taken(budget, 1, 10)
    clock.now_s += 0.2
    later = taken(budget, 1, 10)

    assert (first, early, later) == (IN_CHANNEL, 0, IN_CHANNEL)


def test_each_channel_has_its_own_limit() -> None:
    budget = EditBudget(Clock())

    assert [taken(budget, channel, 5) for channel in (1, 2, 3)] == [IN_CHANNEL] * 3


def test_all_cards_together_have_a_limit() -> None:
    clock = Clock()
    budget = EditBudget(clock)

    burst = taken(budget, None, 1000)
    clock.now_s += 2.0
    after = taken(budget, None, 1000)

    assert (burst, after) == (BURST, 2.0 * PER_S)


def test_a_channel_is_forgotten_when_its_window_is_over() -> None:
    clock = Clock()
    budget = EditBudget(clock)

    sizes = []
    for channel_id in range(1000):
        budget.take_in(channel_id)
        budget.take_in(channel_id % 7)
        clock.now_s += 0.1
        sizes.append(len(budget))

    assert max(sizes) <= WINDOW_S / 0.1 + 7 + 1


def test_a_busy_channel_keeps_its_count_when_others_are_forgotten() -> None:
    clock = Clock()
    budget = EditBudget(clock)
    budget.take_in(1)
    clock.now_s += WINDOW_S - 1
    begun = [budget.take_in(2), budget.take_in(2), budget.take_in(2)]
    clock.now_s += 2

    assert begun == [True, True, True]
    assert not budget.take_in(2)
    assert len(budget) == 1
