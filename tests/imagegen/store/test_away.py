"""An outage of the database is one line a minute in the log, for all parts together, and one line at its end."""

from __future__ import annotations

from structlog.testing import capture_logs

from imagegen.store.away import DatabaseAway


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_an_hour_of_failures_is_a_line_a_minute_and_one_at_the_end() -> None:
    clock = Clock()
    away = DatabaseAway(clock)

    with capture_logs() as lines:
        for second in range(3600):
            clock.now_s += 1
            away.failed("disk is full")
            if second % 3 == 0:
                away.answered()  # a transaction that changes nothing succeeds on a full disk
        clock.now_s += 30
        away.answered()
        away.answered()

    assert [line["event"] for line in lines] == ["database_away"] * 60 + ["database_works_again"]
    assert lines[-1]["away_s"] == 3599
    assert (lines[-2]["failures"], lines[-2]["why"]) == (3541, "disk is full")


def test_what_the_database_said_is_told_until_it_has_been_calm() -> None:
    clock = Clock()
    away = DatabaseAway(clock)

    away.failed("disk is full")
    during = away.trouble
    clock.now_s += 30

    assert (during, away.trouble) == ("disk is full", "")
