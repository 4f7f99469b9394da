"""The audit of the packages: a known vulnerability fails it, and no answer is never taken for "no vulnerability"."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.test_readme import ROOT

AUDIT = ROOT / ".ci" / "audit.py"
CLEAN = {"name": "idna", "version": "3.20", "vulns": []}
SKIPPED = {"name": "attrs", "skip_reason": "Dependency not found on PyPI and could not be audited: attrs (26.1.0)"}
VULNERABILITY = {
    "id": "PYSEC-2026-7",
    "aliases": ["GHSA-aaaa-bbbb-cccc"],
    "fix_versions": ["13.0.1"],
    "description": "…",
}
VULNERABLE = {"name": "pillow", "version": "13.0.0", "vulns": [VULNERABILITY]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with the audit, its list of exceptions, and a lock with a package for another platform."""
    (tmp_path / ".ci").mkdir()
    for file in (AUDIT, AUDIT.with_name("accepted-vulnerabilities.txt")):
        (tmp_path / ".ci" / file.name).write_bytes(file.read_bytes())
    lock = "idna==3.20 \\\n    --hash=sha256:00\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:01\n"
    (tmp_path / "requirements-dev.txt").write_text(lock, encoding="utf-8")
    return tmp_path


def run(folder: Path, *packages: dict[str, Any]) -> tuple[int, str]:
    """Return exit code and output of the audit, if pip-audit says this of the packages; no packages: it fails."""
    answer = folder / "answer.json"
    answer.write_text(json.dumps({"dependencies": packages, "fixes": []}) if packages else "", encoding="utf-8")
    program = folder / "pip-audit"
    code = int(VULNERABLE in packages or not packages)
    program.write_text(
        f"#!/bin/sh\neval cp \\${{$#}} {folder}/asked.txt\ncat {answer}\nexit {code}\n", encoding="utf-8"
    )
    program.chmod(0o755)
    done = subprocess.run(  # noqa: S603  # the project's own script
        [sys.executable, folder / ".ci" / "audit.py", program], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def accept(folder: Path, last_day: date) -> None:
    """Accept the vulnerability until *last_day*."""
    line = f"GHSA-aaaa-bbbb-cccc {last_day} only in the TIFF writer\n"
    (folder / ".ci" / "accepted-vulnerabilities.txt").write_text(f"# as above\n\n{line}", encoding="utf-8")


def test_packages_without_vulnerabilities_pass(folder: Path) -> None:
    assert run(folder, CLEAN) == (0, "Audited 1 of 1 packages.\n")


def test_a_vulnerability_fails_and_says_which_version_mends_it(folder: Path) -> None:
    code, said = run(folder, CLEAN, VULNERABLE, SKIPPED)

    assert code == 1
    assert "pillow 13.0.0: PYSEC-2026-7, fixed in 13.0.1\n" in said


def test_a_package_that_the_index_does_not_know_is_not_audited(folder: Path) -> None:
    assert run(folder, CLEAN, SKIPPED) == (75, "Audited 1 of 2 packages.\n")


def test_no_answer_is_not_audited(folder: Path) -> None:
    assert run(folder) == (75, "Audited 0 of all packages.\n")


def test_a_vulnerability_is_accepted_until_its_day(folder: Path) -> None:
    today = date.today()

    accept(folder, today + timedelta(days=2))
    accepted = run(folder, VULNERABLE)
    accept(folder, today - timedelta(days=2))
    expired = run(folder, VULNERABLE)

    assert (accepted[0], expired[0]) == (0, 1)


def test_packages_for_other_platforms_are_audited_too(folder: Path) -> None:
    run(folder, CLEAN)

    asked = (folder / "asked.txt").read_text(encoding="utf-8")
    assert re.findall(r"^\S+==\S+", asked, re.MULTILINE) == ["idna==3.20", "colorama==0.4.6"]
    assert "win32" not in asked


def test_each_accepted_vulnerability_of_ours_has_a_day_and_a_reason() -> None:
    lines = AUDIT.with_name("accepted-vulnerabilities.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not re.fullmatch(r"#.*|\S+ \d{4}-\d{2}-\d{2} \S.{10,}", line)] == []
