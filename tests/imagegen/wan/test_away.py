"""Three calls in a row without an answer are an outage of Wan. An answer ends it, and so does a time without calls."""

from __future__ import annotations

from structlog.testing import capture_logs

from imagegen.wan.away import FAILURES, FORGET_S, WanAway


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_an_outage_is_a_line_at_its_begin_and_one_at_its_end() -> None:
    clock = Clock()
    away = WanAway(clock)

    with capture_logs() as lines:
        for _ in range(FAILURES + 4):
            away.failed("TimeoutError")
            clock.now_s += 10
        during = away.trouble
        away.answered()
        away.answered()

    assert during == "no answer to 7 calls, the last 10 s ago (TimeoutError)"
    assert away.trouble == ""
    assert [(line["event"], line["failures"]) for line in lines] == [("wan_away", 3), ("wan_answers_again", 7)]


def test_what_was_long_ago_is_no_trouble_now() -> None:
    clock = Clock()
    away = WanAway(clock)
    for _ in range(FAILURES):
        away.failed("HTTP 503")

    clock.now_s += FORGET_S + 1

    assert away.trouble == ""
