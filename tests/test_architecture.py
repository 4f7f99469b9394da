"""The states in docs/architecture.md are those of the code. ``python -m tests.test_architecture`` writes them again."""

from __future__ import annotations

import re
from pathlib import Path

from imagegen import states

DOC = Path(__file__).parent.parent / "docs" / "architecture.md"
BLOCK = re.compile(r"(<!-- states -->\n).*?(<!-- /states -->)", re.DOTALL)


def written(page: str) -> str:
    """Return *page* with the generated block between its two markers."""
    return BLOCK.sub(lambda found: f"{found[1]}{states.as_markdown()}\n{found[2]}", page)


def test_the_page_shows_the_states_and_transitions_of_the_code() -> None:
    page = DOC.read_text(encoding="utf-8")

    assert len(BLOCK.findall(page)) == 1
    assert page == written(page), "python -m tests.test_architecture writes the block again"


def test_every_file_that_the_page_names_exists() -> None:
    page = DOC.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:cogs|imagegen|hosting|locales|docs|sandbox|tests)/[\w./-]*|bot\.py)`", page))

    assert len(named) > 20
    assert {path for path in named if not (DOC.parent.parent / path).exists()} == set()


if __name__ == "__main__":
    DOC.write_text(written(DOC.read_text(encoding="utf-8")), encoding="utf-8")
