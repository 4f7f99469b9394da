"""The pictures that are taken, and the page that lists them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.pictures import administration, models, own_data, private, refusals, results, review, styles, variations
from tests.pictures.cards import Card
from tests.pictures.views import Theme, View

CARDS = (
    results.page, results.result, results.several, results.story, results.details, results.history,
    results.is_this_ours, private.private_result, private.shared, variations.variation, variations.alternatives,
    models.part_grid, models.part_result, models.image_set, models.draft,
    results.edit_image, results.edit_prompt, styles.styled, styles.characters,
    own_data.help_, own_data.settings, own_data.gallery, own_data.album, own_data.receipts, own_data.quota,
    refusals.refused_quota, refusals.refused_too_many_images, models.refused_option,
    administration.studio_settings, administration.studio_limits, administration.studio_channels,
    administration.studio_safety, administration.studio_messages,
    administration.studio_forms, styles.studio_style, styles.style_form, administration.studio_usage,
    administration.studio_spending, review.report, review.held, review.withheld,
    administration.operator_status, administration.operator_servers,
    results.status_card,  # the last: its request never ends
)  # fmt: skip

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
# Each language in one theme: all of them would be four times as many files.
LOOKS: dict[str, Theme] = {"en-US": "light", "zh-CN": "dark"}
WIDTHS = {"": 592, "phone": 390}  # a card of the page's full width with its margins, and a phone
WHOLE = {"": View("light", 1040, 1100), "phone": View("light", 390, 844)}  # the whole page

HEAD = """# Pictures

The cards of the bot as the sandbox's page draws them: in English on light, in Simplified Chinese on dark.
`make pictures` takes them again with the real bot and writes this list; `make pictures CARDS="result gallery"` takes
only those two.
"""


def widths(card: Card) -> list[str]:
    """Return the widths in which a card is taken: few on a phone too."""
    return list(WIDTHS) if card.phone else [""]


def view(card: Card, theme: Theme, width: str) -> View:
    return replace(WHOLE[width], theme=theme) if card.whole else View(theme, WIDTHS[width])


def file_name(card: Card, locale: str, theme: str, width: str) -> str:
    return ".".join(part for part in (card.name, width, locale, theme, "png") if part)


def files() -> set[str]:
    """Return every file that belongs into the folder, except the list."""
    return {
        file_name(card, locale, theme, width)
        for card in CARDS for locale, theme in LOOKS.items() for width in widths(card)
    }  # fmt: skip


def listing() -> str:
    """Return the list: one sentence for each card, and its pictures."""
    return HEAD + "".join(_entry(card) for card in CARDS)


def _entry(card: Card) -> str:
    shown = [_picture(card, locale, theme, width) for width in widths(card) for locale, theme in LOOKS.items()]
    return f"\n**{card.name}**: {card.sentence}\n\n" + "\n".join(shown) + "\n"


def _picture(card: Card, locale: str, theme: str, width: str) -> str:
    name = file_name(card, locale, theme, width)
    lang = locale + (f", {width}" if width else "")
    return f'<img src="{name}" alt="{card.name}, {lang}" width="{view(card, "light", width).width_px // 2}">'
