"""Private cards that offer variations of a result and larger sizes, each with what it uses of the quota."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.text.image_amounts import quota_named
from cogs.ui.buttons import button_rows
from cogs.ui.ids import JOB_DIGITS, SNOWFLAKE_DIGITS
from cogs.ui.views import ACCENT, Card
from imagegen.image_request import Quality
from imagegen.policy.variations import STRONG, SUBTLE

SIZES = {Quality.HIGH: "High quality", Quality.FOUR_K: "4K"}
VARIATION = (
    rf"w1:variation:(?P<kind>{SUBTLE}|{STRONG}|{'|'.join(SIZES)}):(?P<id>\d{{1,{JOB_DIGITS}}})"
    rf":(?P<message>\d{{1,{SNOWFLAKE_DIGITS}}}):(?P<number>\d{{1,2}})(?P<private>:p)?"
)


@dataclass(frozen=True)
class VariationId:
    """A variation of a result in a message. *kind* is SUBTLE, STRONG or a quality; *number* is that of the image.

    *number* 0: no image, but the whole request. *private*: that message is shown to this member alone.
    """

    kind: str
    job_id: int
    message_id: int
    number: int = 0
    private: bool = False

    @property
    def custom_id(self) -> str:
        """Return the id of its button."""
        mark = ":p" if self.private else ""
        return f"w1:variation:{self.kind}:{self.job_id}:{self.message_id}:{self.number}{mark}"


def variation_in(match: re.Match[str]) -> VariationId:
    """Return the variation that an id of VARIATION names. Ids may be made up."""
    job_id, message_id, number = (int(match[name]) for name in ("id", "message", "number"))
    return VariationId(match["kind"], job_id, message_id, number, private=match["private"] is not None)


@dataclass(frozen=True)
class VariationOffer:
    """What More like this offers: *subtle_units* of the quota for one image, None if no model edits images now.

    *numbers* are those of the images, *strong_units* what the whole request uses, and *enhances* whether its model adds
    detail to the prompt.
    """

    numbers: Sequence[int]
    subtle_units: int | None
    strong_units: int
    enhances: bool


def vary_card(offer: VariationOffer, of: VariationId, translate: Translator) -> ui.LayoutView:
    """Draw the choice between subtle variations of the result *of*, one button for each image, and a strong one."""
    strong = phrases.STRONG_ENHANCED if offer.enhances else phrases.STRONG
    texts = [translate(strong, quota=quota_named(offer.strong_units, translate))]
    drawn = [_button(translate("Strong variation"), replace(of, kind=STRONG))]
    rows = [ui.ActionRow[Any](*drawn)]
    if offer.subtle_units is not None and offer.numbers:
        texts.insert(0, translate(phrases.SUBTLE, quota=quota_named(offer.subtle_units, translate)))
        subtle = list(_subtle(offer.numbers, of, translate))
        rows = [*button_rows(subtle), *rows] if len(subtle) > 1 else [ui.ActionRow(*subtle, *drawn)]
    return _card(texts, rows)


def _subtle(numbers: Sequence[int], of: VariationId, translate: Translator) -> Iterator[ui.Button[Any]]:
    for number in numbers:
        label = translate("Subtle {number}", number=number) if len(numbers) > 1 else translate("Subtle variation")
        yield _button(label, replace(of, kind=SUBTLE, number=number))


def larger_card(
    sizes: Sequence[tuple[Quality, int]], count: int, of: VariationId, translate: Translator
) -> ui.LayoutView:
    """Draw the choice between larger *sizes* of a result, each with the units that it uses for *count* images."""
    texts = [translate(phrases.LARGER), *([translate(phrases.LARGER_ALL, count=count)] if count > 1 else [])]
    texts += [
        translate(phrases.LARGER_SIZE, size=translate(SIZES[quality]), quota=quota_named(units, translate))
        for quality, units in sizes
    ]
    drawn = [_button(translate(SIZES[quality]), replace(of, kind=quality)) for quality, _ in sizes]
    return _card(texts, [ui.ActionRow(*drawn)])


def _button(label: str, variation: VariationId) -> ui.Button[Any]:
    return ui.Button(label=label, custom_id=variation.custom_id, style=discord.ButtonStyle.secondary)


def _card(texts: Sequence[str], rows: Sequence[ui.ActionRow[Any]]) -> ui.LayoutView:
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    card.add_item(ui.TextDisplay("\n".join(texts)))
    for row in rows:
        card.add_item(row)
    view.add_item(card)
    return view
