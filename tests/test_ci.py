"""CI works on a stranger's clone, and says loudly which check it leaves out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.test_readme import ROOT

WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
DESCRIPTION = "LEFT OUT: the check of every message against Discord's description of its API."


@pytest.fixture
def strangers_clone(tmp_path: Path) -> Path:
    """A folder with .ci/run and nothing beside it, in which every program that .ci/run starts does nothing."""
    clone = tmp_path / "home" / "clone"
    (clone / ".venv" / "bin").mkdir(parents=True)
    shutil.copytree(ROOT / ".ci", clone / ".ci")
    for program in (
        "bin/make",
        "bin/git",
        "bin/ls",
        "bin/bwrap",
        "bin/systemd-analyze",
        "bin/promtool",
        "bin/chromium-headless-shell",
        "bin/fc-list",
        "clone/.venv/bin/python",
    ):
        stub = tmp_path / "home" / program
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(
            f"#!/bin/sh\n[ {stub.name} = git ] && echo 7 || echo ran {stub.name} $*\n"
            f"[ $1 = chaos ] && exit ${{chaos_exits:-0}}\nexit ${{{stub.name}_exits:-0}}\n",
            encoding="utf-8",
        )
        stub.chmod(0o755)
    return clone


def run(clone: Path, **env: str) -> list[str]:
    """Return what .ci/run prints. CalledProcessError if it fails. *python_exits*: the exit code of the audit."""
    path = f"{clone.parent / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603  # the project's own script
        [clone / ".ci" / "run"], env={"PATH": path, **env}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_a_clone_without_discords_description_passes_and_says_what_is_left_out(strangers_clone: Path) -> None:
    said = run(strangers_clone)

    assert said.count(DESCRIPTION) == 2  # first and last, so that nobody misses it
    assert [line for line in said if line.startswith("ran make")] == [
        "ran make .venv/dev",
        "ran make lint",
        "ran make chaos KILLS=5 SEED=7 DATABASE=sqlite",
        "ran make chaos KILLS=5 SEED=7 DATABASE=postgresql",
        "ran make bench-quick",
        "ran make test",
    ]
    assert any("github" in line and line.endswith("/specs/openapi.json") for line in said)


def test_with_the_description_nothing_is_left_out(strangers_clone: Path) -> None:
    assert DESCRIPTION not in run(strangers_clone, DISCORD_OPENAPI="/somewhere/openapi.json")


def test_packages_that_could_not_be_audited_are_told_in_the_last_lines(strangers_clone: Path) -> None:
    said = run(strangers_clone, DISCORD_OPENAPI="/somewhere/openapi.json", python_exits="75")

    assert "NOT AUDITED: the index did not say whether the packages have known vulnerabilities." in said[-4:]


def test_audited_packages_are_not_told_to_be_unaudited(strangers_clone: Path) -> None:
    assert not [line for line in run(strangers_clone) if line.startswith("NOT AUDITED")]


def test_a_known_hole_fails_the_run(strangers_clone: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run(strangers_clone, python_exits="1")


def test_a_kill_that_loses_something_fails_the_run_and_is_shown(strangers_clone: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run(strangers_clone, chaos_exits="1")

    assert "ran make chaos KILLS=5 SEED=7 DATABASE=postgresql" in failed.value.stdout
    assert "ran make test" not in failed.value.stdout


def test_github_runs_the_same_script_with_pinned_actions() -> None:
    uses = re.findall(r"uses: (\S+)", WORKFLOW)

    assert ".ci/run" in WORKFLOW
    assert uses
    assert [name for name in uses if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name)] == []


def test_github_and_the_script_name_one_version_of_the_description() -> None:
    ref = re.findall(r"ref: ([0-9a-f]{40})", WORKFLOW)

    assert len(ref) == 1
    assert ref[0] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
