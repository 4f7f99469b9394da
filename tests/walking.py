"""Walk a page for people from top to bottom: run its commands in a clean copy of the project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.test_readme import ROOT

BLOCK = re.compile(r"^```sh(?: ([a-z]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WHO = {"NAME": "Ana", "EMAIL": "ana@example.invalid"}


@dataclass(frozen=True)
class Block:
    """Commands that the page shows together. *note* is the word after ``sh`` in the fence, or empty."""

    note: str
    commands: str


def blocks(page: str) -> Iterator[Block]:
    """Yield each block of commands of a page."""
    for found in BLOCK.finditer(page):
        yield Block(found[1] or "", found[2])


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the variables of a newcomer's shell."""
    people = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in WHO.items()}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **people, **more}


def run(commands: str, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a block as a shell would: up to the first command that fails."""
    return subprocess.run(  # noqa: S603  # the page's own commands
        ["/bin/bash", "-euc", commands], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def clone(home: Path) -> Path:
    """Return a clean copy of the project, as ``git clone`` would make it, with what is not committed yet."""
    folder = home / "wanvas"
    folder.mkdir()
    listed = subprocess.run(  # git is installed
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # the checkout's own git
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def lend_environment(folder: Path) -> None:
    """Give a copy the packages of this interpreter, as if its first ``make`` had installed them."""
    lent = folder / ".venv"
    lent.mkdir()
    for entry in Path(sys.prefix).iterdir():
        (lent / entry.name).symlink_to(entry)
    for stamp in ("uv", "run", "dev"):
        (lent / stamp).unlink(missing_ok=True)
        (lent / stamp).touch()
