"""Cards are edited no faster than leaves room for results."""

from __future__ import annotations

from cogs.delivery.edit_budget import BURST, IN_CHANNEL, PER_S, WINDOW_S, EditBudget


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def taken(pace: EditBudget, channel_id: int | None, tries: int) -> int:
    return sum(pace.take(channel_id) for _ in range(tries))


def test_one_channel_takes_three_in_five_seconds() -> None:
    clock = Clock()
    pace = EditBudget(clock)

    first = taken(pace, 1, 10)
    clock.now_s += WINDOW_S - 0.1
    early = taken(pace, 1, 10)
    clock.now_s += 0.2
    later = taken(pace, 1, 10)

    assert (first, early, later) == (IN_CHANNEL, 0, IN_CHANNEL)


def test_channels_do_not_wait_for_each_other() -> None:
    pace = EditBudget(Clock())

    assert [taken(pace, channel, 5) for channel in (1, 2, 3)] == [IN_CHANNEL] * 3


def test_all_cards_together_are_held_to_a_rate() -> None:
    clock = Clock()
    pace = EditBudget(clock)

    burst = taken(pace, None, 1000)
    clock.now_s += 2.0
    after = taken(pace, None, 1000)

    assert (burst, after) == (BURST, 2.0 * PER_S)


def test_a_channel_is_forgotten_when_its_window_is_over() -> None:
    clock = Clock()
    pace = EditBudget(clock)

    sizes = []
    for channel_id in range(1000):
        pace.take_in(channel_id)
        pace.take_in(channel_id % 7)
        clock.now_s += 0.1
        sizes.append(len(pace))

    assert max(sizes) <= WINDOW_S / 0.1 + 7 + 1


def test_a_busy_channel_keeps_its_count_while_others_are_forgotten() -> None:
    clock = Clock()
    pace = EditBudget(clock)
    pace.take_in(1)
    clock.now_s += WINDOW_S - 1
    begun = [pace.take_in(2), pace.take_in(2), pace.take_in(2)]
    clock.now_s += 2

    assert begun == [True, True, True]
    assert not pace.take_in(2)
    assert len(pace) == 1
