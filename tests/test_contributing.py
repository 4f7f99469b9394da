"""CONTRIBUTING.md leads a newcomer from a clean clone to a first commit, and names places that exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_readme import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh( fails)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WHO = {"NAME": "Ana", "EMAIL": "ana@example.invalid"}


def environment(fork: Path) -> dict[str, str]:
    """Return the variables of a newcomer's shell, with *fork* as the address of the fork."""
    people = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in WHO.items()}
    alone = {"PYTEST_XDIST_AUTO_NUM_WORKERS": "0"}  # one file is faster without workers
    return {"PATH": os.environ["PATH"], "HOME": str(fork), "FORK": str(ROOT), "LANG": "C.UTF-8", **people, **alone}


def run(command: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a block of the page as a shell would."""
    return subprocess.run(  # noqa: S603  # the page's own commands
        ["/bin/bash", "-euc", command], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def lend_environment(clone: Path) -> None:
    """Give the clone the packages of this interpreter, as if its first `make` had installed them."""
    environment = clone / ".venv"
    environment.mkdir()
    for entry in Path(sys.prefix).iterdir():
        (environment / entry.name).symlink_to(entry)
    for stamp in ("uv", "run", "dev"):
        (environment / stamp).unlink(missing_ok=True)
        (environment / stamp).touch()


def blocks() -> Iterator[tuple[bool, str]]:
    """Yield each block of commands, and whether the page says that it fails."""
    for found in BLOCK.finditer(PAGE):
        yield bool(found[1]), found[2]


@pytest.mark.timeout(120)
def test_a_newcomer_gets_from_a_clone_to_a_commit(tmp_path: Path) -> None:
    folder, env = tmp_path, environment(tmp_path)

    for fails, command in blocks():
        done = run(command, folder, env)
        assert bool(done.returncode) is fails, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        if folder == tmp_path:
            folder = tmp_path / "wanvas"
            lend_environment(folder)

    changed = run("git diff --stat HEAD~1", folder, env).stdout
    assert "cogs/text/phrases.py" in changed
    assert "2 files changed" in changed
    assert run("git status --porcelain", folder, env).stdout == ""
