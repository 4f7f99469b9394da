"""A report of a verification can be attached to an issue: whole, bounded, and without secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hosting.verify import report
from hosting.verify.items import Item, Outcome, Verdict
from hosting.verify.report import Report
from tests.hosting.verify.test_redaction import SECRETS, SETTINGS

MADE_AT = datetime(2026, 11, 29, 15, 4, 5, tzinfo=UTC)
KEY = Item("wan.key", "The key is accepted")
EDIT = Item("discord.edit", "An edit with an upload")
STORY = Item("wan.story", "A story is streamed", images=2, model="wan2.6-image")
ENTRIES = (
    (KEY, Outcome(Verdict.PASSED, "Wan lists the account's tasks.", {"answer_s": 0.21849, "status": 200})),
    (EDIT, Outcome(Verdict.FAILED, "Discord answered 50035 | <b>@everyone</b>.", {"code": "50035"})),
    (STORY, Outcome(Verdict.SKIPPED, "It costs money.")),
)


def report_of(*entries: tuple[Item, Outcome]) -> Report:
    return Report(MADE_AT, SETTINGS, entries or ENTRIES)


def test_the_json_has_the_documented_shape(tmp_path: Path) -> None:
    _, data = report.write(report_of(), tmp_path)

    found = json.loads(data.read_text(encoding="utf-8"))
    assert list(found) == ["format", "made_at", "versions", "wan", "summary", "items"]
    assert (found["format"], found["made_at"]) == (1, "2026-11-29T15:04:05+00:00")
    assert list(found["versions"]) == ["wanvas", "discord.py", "python", "os"]
    assert found["wan"] == {
        "host": "….ap-southeast-1.maas.aliyuncs.com", "region": "ap-southeast-1",
        "models": ["wan2.6-image", "wan2.6-t2i"],
    }  # fmt: skip
    assert found["summary"] == {"passed": 1, "failed": 1, "skipped": 1}
    assert found["items"][0] == {
        "key": "wan.key", "title": "The key is accepted", "verdict": "passed",
        "seen": "Wan lists the account's tasks.", "facts": {"answer_s": 0.218, "status": 200},
    }  # fmt: skip


def test_the_page_has_a_line_for_each_item_and_each_fact(tmp_path: Path) -> None:
    page, _ = report.write(report_of(), tmp_path)

    lines = page.read_text(encoding="utf-8").splitlines()
    assert page.name == "wanvas-verify-20261129-150405.md"
    assert "**1 passed, 1 failed, 1 skipped.**" in lines
    assert "| ✓ | The key is accepted (`wan.key`) | Wan lists the account's tasks. |" in lines
    assert "| – | A story is streamed (`wan.story`) | It costs money. |" in lines
    assert "| `wan.key` | answer_s | 0.218 |" in lines


def test_an_answer_from_outside_stays_inside_its_cell() -> None:
    page = report.as_markdown(report.as_json(report_of()))

    assert "| Discord answered 50035 \\| &lt;b>@\u200beveryone&lt;/b>. |" in page


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_no_secret_is_in_a_report(tmp_path: Path, text: str, secret: str) -> None:
    item, outcome = Item("wan.key", text), Outcome(Verdict.FAILED, text, {"seen": text, text: 1})

    written = report.write(report_of((item, outcome)), tmp_path)

    assert [secret in path.read_text(encoding="utf-8") for path in written] == [False, False]


def test_an_id_of_discords_is_no_fact() -> None:
    outcome = Outcome(Verdict.PASSED, "Posted.", {"message": 1190000000000000001, "images": 2})

    assert report.as_json(report_of((EDIT, outcome)))["items"][0]["facts"] == {"message": "…", "images": 2}


def test_a_report_is_bounded(tmp_path: Path) -> None:
    long = Outcome(Verdict.FAILED, "no " * 10**5, {f"fact {number}": "long " * 10**4 for number in range(100)})

    page, data = report.write(report_of((KEY, long)), tmp_path)

    assert max(page.stat().st_size, data.stat().st_size) < 20_000


def test_who_reads_a_report_while_another_is_written_reads_the_whole_first_one(tmp_path: Path) -> None:
    page, data = report.write(report_of(), tmp_path)

    with page.open(encoding="utf-8") as open_page, data.open(encoding="utf-8") as open_data:
        report.write(report_of((KEY, Outcome(Verdict.PASSED, "Again."))), tmp_path)

        assert "1 failed" in open_page.read()
        assert len(json.load(open_data)["items"]) == 3


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "wanvas-verify-20261129-150405.md").mkdir()

    with pytest.raises(OSError, match="directory"):
        report.write(report_of(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["wanvas-verify-20261129-150405.md"]
