"""The README says only what is so. tests/test_docs.py checks the links of every page."""

from __future__ import annotations

import re
from pathlib import Path

from hosting.cli import main
from hosting.verify import rules
from imagegen import VERSION

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def test_the_code_and_its_package_are_one_version() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_first_screen_shows_the_bot_and_says_what_was_never_run() -> None:
    first_screen = "\n".join(README.read_text(encoding="utf-8").splitlines()[:25])

    assert "](docs/pictures/demo.gif)" in first_screen
    assert first_screen.count("\n- **") == 5
    assert re.findall(r"^    (.*?) +#", first_screen, re.MULTILINE) == ["make sandbox", "make test"]
    assert "**Not verified live yet:**" in first_screen
    assert "`python bot.py verify`" in first_screen


def test_the_table_of_contents_names_each_section() -> None:
    text = README.read_text(encoding="utf-8")

    contents = text.split("**Contents:**")[1].split("\n## ")[0]
    assert re.findall(r"\[([^]]+)\]\(#", contents) == re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_each_path_that_the_readme_names_exists() -> None:
    section = README.read_text(encoding="utf-8").split("## How it works")[1]

    named = re.findall(r"^\| `([\w./]+)` \|", section, re.MULTILINE)
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_each_command_of_the_bot_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"bot\.py (\w+)`", README.read_text(encoding="utf-8")))

    assert named == set(main.commands) - {"restore"}  # stands beside backup


def test_the_readme_counts_the_rules_of_discord_that_are_verified() -> None:
    count = len(rules.RULES) + len(rules.LAST)

    assert f"proves {count} of them live" in README.read_text(encoding="utf-8")
