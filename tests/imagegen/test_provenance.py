"""A file is said to be made here only if everything that it says agrees with a job."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from imagegen.imaging.xmp import EDIT, WORDS, SeenMark
from imagegen.model import Made
from imagegen.provenance import agrees
from tests.cogs.objects import NOON, a_job

MADE = Made(("https://wan.example/1",), 1, "1280*1280", "r1")
JOB = a_job(made=MADE, requested_at=NOON, generated_at=NOON + timedelta(seconds=9, milliseconds=5))
SEEN = SeenMark(WORDS, JOB.model, NOON + timedelta(seconds=9), JOB.id)
NOW = NOON + timedelta(seconds=20)


def test_a_file_that_says_what_the_database_says_is_ours() -> None:
    assert agrees(SEEN, JOB, NOW)
    assert agrees(replace(SEEN, source=EDIT), replace(JOB, input_count=2), NOW)
    assert agrees(replace(SEEN, made_at=NOON), replace(JOB, requested_at=NOON + timedelta(milliseconds=999)), NOW)


@pytest.mark.parametrize(
    "forged",
    [
        replace(SEEN, model="wan2.6-image"),
        replace(SEEN, source=EDIT),
        replace(SEEN, made_at=None),
        replace(SEEN, made_at=NOON - timedelta(seconds=2)),
        replace(SEEN, made_at=NOW + timedelta(seconds=1)),
    ],
)
def test_a_file_that_says_anything_else_is_not(forged: SeenMark) -> None:
    assert not agrees(forged, JOB, NOW)


def test_a_job_without_results_made_no_file() -> None:
    assert not agrees(SEEN, replace(JOB, made=None), NOW)
