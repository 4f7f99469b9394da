"""The table of the benchmarks says which bars are met."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import PAGE, chosen
from benchmarks.bots import ROOT, checked_out
from benchmarks.figures import FIGURES, Row
from benchmarks.scenes import SCENES


def test_the_table_marks_a_missed_bar() -> None:
    met, missed = Row("ack_1", (1.0,), (5.9,)), Row("ack_10", (4.0,), (6.1,))

    table = report.table([met, missed])

    assert "| 1.0 ms | 5.9 ms | 5.90 | ≤ floor + 5 ms | yes |" in table
    assert "| 4.0 ms | 6.1 ms | 1.52 | ≤ 1.5 × floor | **no** |" in table


def test_more_is_better_for_a_rate() -> None:
    assert Row("throughput", (), (60.0,)).met
    assert not Row("throughput", (), (59.0,)).met


def test_a_row_has_the_median_of_its_rounds() -> None:
    assert Row("cpu_30", (4.0, 9.0, 5.0), (30.0, 10.0, 20.0)).medians == (5.0, 20.0)


def test_a_figure_without_a_floor_has_no_ratio() -> None:
    assert "| – | 90 | – | ≤ 90 | yes |" in report.table([Row("statements", (), (90.0,))])


def test_the_json_has_every_round_and_the_notes() -> None:
    found = json.loads(report.as_json([Row("stall", (500.0,), (20.0, 30.0))], ["busy"]))

    assert found["figures"]["stall"]["ours"] == [20.0, 30.0]
    assert found["figures"]["stall"]["met"]
    assert found["notes"] == ["busy"]


def test_the_text_between_the_markers_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- bench: made -->\nold\n<!-- /bench -->\nb\n", encoding="utf-8")

    report.write_between(page, "bench", "new")
    report.write_between(page, "bench", "newer")

    assert page.read_text(encoding="utf-8") == "a\n<!-- bench: made -->\nnewer\n<!-- /bench -->\nb\n"


def test_a_page_without_markers_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")

    with pytest.raises(ValueError, match="no markers"):
        report.write_between(page, "bench", "new")


def test_docs_benchmarks_has_a_row_for_each_figure() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [figure.title for figure in FIGURES.values() if f"| {figure.title} |" not in page] == []


def test_each_figure_is_measured_by_one_scene() -> None:
    assert sorted(name for scene in SCENES for name in scene.figures) == sorted(FIGURES)


def test_only_the_scenes_that_were_asked_for_are_played() -> None:
    assert [scene.figures for scene in chosen(["start"])] == [("start",)]
    assert {"ack_1", "ack_1000"} <= {name for scene in chosen(["ack"]) for name in scene.figures}
    assert not [scene for scene in chosen(["ack_1"]) if "ack_1000" in scene.figures]


def test_another_commit_is_checked_out_beside_this_one_and_removed() -> None:
    with checked_out("HEAD") as before:
        root = before.root
        assert before.program.is_file()
        assert root != ROOT

    assert not root.exists()
    assert report.compared([Row("cpu_30", (40.0,), (20.0,))], before.name).splitlines() == [
        "| figure | HEAD | now | ratio |",
        "| --- | ---: | ---: | ---: |",
        "| CPU per image, 30 at once | 40.0 ms | 20.0 ms | 0.50 |",
    ]
