"""Which pictures there are, and the page that lists them."""

from __future__ import annotations

from pathlib import Path

from tests.pictures.scenes import CARDS, Card
from tests.pictures.stage import LOCALES

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
THEMES = ("dark", "light")
WIDTHS = {"": 592, "phone": 390}  # a card of the page's full width with its margins, and a phone
PAGE = "page.png"  # the whole page, which the README shows

HEAD = """# Pictures

Every card of the bot, as the sandbox's page draws it, for somebody whose Discord speaks English and for somebody whose
Discord speaks Simplified Chinese, in dark and in light. `make pictures` makes them anew, with the real bot, and this
list; `python -m tests.pictures result gallery` only those two.

[page.png](page.png): the page itself, as the README shows it.
"""


def widths(card: Card) -> list[str]:
    return [name for name in WIDTHS if not name or card.phone]


def file_name(card: Card, locale: str, theme: str, width: str) -> str:
    return ".".join(part for part in (card.name, width, locale, theme, "png") if part)


def files() -> set[str]:
    """Every file that belongs into the folder, but the list."""
    return {PAGE} | {
        file_name(card, locale, theme, width)
        for card in CARDS for locale in LOCALES for theme in THEMES for width in widths(card)
    }  # fmt: skip


def listing() -> str:
    """The list: a line a card, and its pictures in the theme of whoever reads it."""
    return HEAD + "".join(_entry(card) for card in CARDS)


def _entry(card: Card) -> str:
    shown = [_picture(card, locale, width) for width in widths(card) for locale in LOCALES]
    return f"\n**{card.name}**: {card.sentence}\n\n" + "\n".join(shown) + "\n"


def _picture(card: Card, locale: str, width: str) -> str:
    dark, light = (file_name(card, locale, theme, width) for theme in THEMES)
    lang = locale + (f", {width}" if width else "")
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{card.name}, {lang}" width="{WIDTHS[width] // 2}"></picture>'
    )
