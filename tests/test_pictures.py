"""The pictures in docs/pictures/ are those of the cards. ``python -m tests.pictures`` makes them, with Chromium."""

from __future__ import annotations

from tests.pictures.demo import FILE as DEMO
from tests.pictures.listing import CARDS, FOLDER, LOOKS, files, listing
from tests.pictures.stage import LOCALES

LIST = FOLDER / "README.md"


def test_there_is_a_picture_of_each_card_in_both_languages_and_no_other() -> None:
    there = {file.name for file in FOLDER.iterdir()} - {LIST.name, DEMO.name}

    assert there == files()
    assert set(LOOKS) == set(LOCALES)


def test_the_folder_holds_at_most_a_hundred_files() -> None:
    assert len(list(FOLDER.iterdir())) <= 100


def test_the_list_is_that_of_the_cards() -> None:
    assert LIST.read_text(encoding="utf-8") == listing()


def test_each_picture_is_named_in_the_list() -> None:
    text = LIST.read_text(encoding="utf-8")

    assert [name for name in files() if name not in text] == []
    assert [card.name for card in CARDS if f"**{card.name}**: {card.sentence}" not in text] == []


def test_no_picture_is_heavy() -> None:
    assert [file.name for file in FOLDER.glob("*.*.png") if file.stat().st_size > 60_000] == []
