"""What Wan generated is judged by what was requested, what it bills, and how long it took."""

from __future__ import annotations

import pytest

from hosting.verify import wan_results
from hosting.verify.items import Verdict
from hosting.verify.wan_results import File
from tests.hosting.verify.answers import answer


@pytest.mark.parametrize(
    ("size", "ratio", "sides", "is_as_requested"),
    [
        ("1280*1280", 1.0, (1280, 1280), True),
        ("1280*1280", 1.0, (1264, 1296), True),
        ("1280*1280", 1.0, (1280, 1312), False),
        ("1280*1280", 1.0, (1024, 1024), False),
        ("1K", 2.5, (2032, 816), True),
        ("1K", 2.5, (1376, 544), True),
        ("1K", 2.5, (1280, 1280), False),
        ("2K", 0.4, (3200, 1280), False),
    ],
)
def test_a_size_is_judged_up_to_rounding_and_a_keyword_by_its_ratio(
    size: str, ratio: float, sides: tuple[int, int], is_as_requested: bool
) -> None:
    file = File(answer("https://a/1.png", size=size, ratio=ratio), *sides, size_bytes=1, download_s=0.1)

    assert file.is_as_requested is is_as_requested


@pytest.mark.parametrize(("says", "verdict"), [("2032*816", Verdict.PASSED), ("1376*544", Verdict.FAILED)])
def test_a_file_has_the_size_that_its_answer_says(says: str, verdict: Verdict) -> None:
    file = File(answer("https://a/1.png", size="1K", says=says, ratio=2.5), 2032, 816, size_bytes=1, download_s=0.1)

    outcome = wan_results.sizes([file])

    assert outcome.verdict is verdict


@pytest.mark.parametrize(
    ("billed", "verdict", "seen"),
    [
        (1, Verdict.PASSED, "Each answer bills the images that it has, 1 in all."),
        (0, Verdict.FAILED, "wan.sync bills 0 and has 1. Compare your bill in Model Studio."),
        (None, Verdict.FAILED, "wan.sync names no bill and has 1. Compare your bill in Model Studio."),
    ],
)
def test_an_answer_bills_what_it_has(billed: int | None, verdict: Verdict, seen: str) -> None:
    outcome = wan_results.bill([answer("https://a/1.png", billed=billed)])

    assert (outcome.verdict, outcome.seen) == (verdict, seen)


@pytest.mark.parametrize(("took_s", "verdict"), [(50.0, Verdict.PASSED), (50.1, Verdict.FAILED)])
def test_an_answer_is_in_time_if_it_takes_half_of_what_the_bot_waits(took_s: float, verdict: Verdict) -> None:
    outcome = wan_results.times([answer(took_s=3.0), answer(took_s=took_s), answer(took_s=40.0)])

    assert outcome.verdict is verdict
    assert f"{took_s:.1f} s of the 100 s" in outcome.seen
