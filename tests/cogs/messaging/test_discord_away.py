"""While Discord answers nothing, one caller at a time tests whether it answers again, ever more seldom."""

from __future__ import annotations

import pytest

from cogs.messaging.discord_away import FAILURES, DiscordAway
from imagegen.errors import DeliverLater
from tests.cogs.messaging.conftest import Clock


@pytest.fixture
def away(clock: Clock) -> DiscordAway:
    found = DiscordAway(clock)
    for _ in range(FAILURES):
        found.failed()
    return found


def test_a_few_failures_hold_nothing_back(clock: Clock) -> None:
    away = DiscordAway(clock)

    for _ in range(10):
        for _ in range(FAILURES - 1):
            away.failed()
        away.answered()

    away.check()
    assert away.for_s == 0


def test_an_hour_without_an_answer_is_tested_some_sixty_times_however_many_wait(
    away: DiscordAway, clock: Clock
) -> None:
    tests = 0
    for _ in range(3600):
        clock.now_s += 1
        for _ in range(20):
            try:
                away.check()
            except DeliverLater as later:
                assert 0 < later.delay_s <= 60
            else:
                tests += 1
                away.failed()

    assert 60 <= tests <= 65
    assert away.for_s == 3600


def test_the_first_answer_lets_everyone_go_on(away: DiscordAway, clock: Clock) -> None:
    with pytest.raises(DeliverLater):
        away.check()

    away.answered()

    away.check()
    away.check()
    assert away.for_s == 0
