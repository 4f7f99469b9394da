"""The README names files, links and make targets that exist."""

from __future__ import annotations

import re
from pathlib import Path

from imagegen import VERSION

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def test_the_code_and_its_package_are_one_version() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_each_file_and_link_that_the_readme_names_exists() -> None:
    text = README.read_text(encoding="utf-8")

    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    named = re.findall(r"^\| `([\w./]+)` \|", text.split("## Where things live")[1], re.MULTILINE)

    assert links
    assert named
    assert [name for name in (*links, *named) if not (ROOT / name).exists()] == []


def test_each_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    named = set(re.findall(r"(?:`|    )make (\w+)", README.read_text(encoding="utf-8")))
    assert named
    for target in named:
        assert f"\n{target}:" in makefile, target
