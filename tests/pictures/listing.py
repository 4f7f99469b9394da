"""Which pictures there are, and the page that lists them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.pictures import making, managing, refusing, telling
from tests.pictures.browser import View
from tests.pictures.cards import Card
from tests.pictures.stage import LOCALES

CARDS = (
    making.page, making.result, making.several, making.story, making.conversation, making.details, making.family,
    making.edit, making.change, telling.gallery, telling.receipts, telling.quota, telling.forget_me, telling.consent,
    refusing.refused_empty, refusing.refused_more_than_left, refusing.refused_moderation, refusing.refused_too_long,
    refusing.refused_words, refusing.refused_too_many_pictures, refusing.refused_consent, refusing.refused_channel,
    refusing.refused_server_paused, refusing.refused_paused,
    managing.studio_rules, managing.studio_usage, managing.studio_log, managing.operator_status,
    making.waiting,  # the last: what is asked there is never done
)  # fmt: skip

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
THEMES = ("dark", "light")
WIDTHS = {"": 592, "phone": 390}  # a card of the page's full width with its margins, and a phone
WHOLE = {"": View("", 1040, 1100), "phone": View("", 390, 844)}  # the whole page

HEAD = """# Pictures

Every card of the bot, as the sandbox's page draws it, for somebody whose Discord speaks English and for somebody whose
Discord speaks Simplified Chinese, in dark and in light. `make pictures` makes them anew, with the real bot, and this
list; `python -m tests.pictures result gallery` only those two.
"""


def widths(card: Card) -> list[str]:
    return [name for name in WIDTHS if not name or card.phone]


def view(card: Card, theme: str, width: str) -> View:
    return replace(WHOLE[width], theme=theme) if card.whole else View(theme, WIDTHS[width])


def file_name(card: Card, locale: str, theme: str, width: str) -> str:
    return ".".join(part for part in (card.name, width, locale, theme, "png") if part)


def files() -> set[str]:
    """Every file that belongs into the folder, but the list."""
    return {
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
        f'<img src="{light}" alt="{card.name}, {lang}" width="{view(card, "", width).width_px // 2}"></picture>'
    )
