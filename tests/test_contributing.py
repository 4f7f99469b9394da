"""CONTRIBUTING.md leads a newcomer from a clean clone to a first commit, and names places that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_readme import ROOT
from tests.walking import blocks, environment, lend_environment, run

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ALONE = {"PYTEST_XDIST_AUTO_NUM_WORKERS": "0"}  # one file is faster without workers


@pytest.mark.timeout(120)
def test_a_newcomer_gets_from_a_clone_to_a_commit(tmp_path: Path) -> None:
    folder, env = tmp_path, environment(tmp_path, FORK=str(ROOT), **ALONE)

    for block in blocks(PAGE):
        done = run(block.commands, folder, env)
        said = f"{block.commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert bool(done.returncode) is (block.note == "fails"), said
        if folder == tmp_path:
            folder = tmp_path / "wanvas"
            lend_environment(folder)

    changed = run("git diff --stat HEAD~1", folder, env).stdout
    assert "cogs/text/phrases.py" in changed
    assert "2 files changed" in changed
    assert run("git status --porcelain", folder, env).stdout == ""
