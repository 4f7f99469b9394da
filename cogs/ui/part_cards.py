"""Draw the private grid from which a member chooses a part of an image, and the form that asks for the change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.text.models import option_name, priced
from cogs.ui.buttons import BLUE
from cogs.ui.modals import Form, text_field
from cogs.ui.part_choice import CELLS, IMAGE, WORDS, PartChoice
from cogs.ui.views import ACCENT, Card
from imagegen.policy.parts import place_of
from imagegen.reports import ModelOption, RequestLimits

GRID_FILE = "part.jpeg"
COPY_INSTEAD = "Instead of the cells you chose. More than two circles become two boxes around them"
COPY_NEEDED = "You chose no cells, so I need this. More than two circles become two boxes around them"


def grid_alt_text(choice: PartChoice, translate: Translator) -> str:
    """Describe the grid for people who cannot see it."""
    return translate("The image with cells numbered from 1 to {number}", number=choice.grid.numbers[-1])


def grid_card(
    choice: PartChoice,
    limits: RequestLimits,
    models: Sequence[ModelOption],
    translate: Translator,
    *,
    spoiler: bool,
) -> ui.LayoutView:
    """Draw the grid with what is chosen of it, and what the edit uses. Its file is GRID_FILE.

    *limits* are those of the model that edits, and *models* the choices that members have.
    """
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    card.add_item(ui.TextDisplay(translate(phrases.PART_HOW)))
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    alt = grid_alt_text(choice, translate)
    gallery.add_item(media=f"attachment://{GRID_FILE}", description=alt, spoiler=spoiler)
    card.add_item(gallery)
    if len(choice.numbers) > 1:
        card.add_item(ui.ActionRow(_images(choice, translate)))
    card.add_item(ui.ActionRow(_cells(choice, translate)))
    describe = translate("Describe the change")
    card.add_item(ui.ActionRow(ui.Button(label=describe, style=BLUE, custom_id=choice.custom_id(WORDS))))
    lines = [translate(phrases.MORE_CELLS, cells=_numbered(choice.more_cells, translate))] if choice.more_cells else []
    lines += [
        priced(option_name(option, translate), option.weight, translate)
        for option in models
        if option.model == limits.model
    ]
    lines += [] if limits.boxes else [translate(phrases.PART_IN_WORDS)]
    if lines:  # Discord refuses an empty text
        card.add_item(ui.TextDisplay("\n".join(f"-# {line}" for line in lines)))
    view.add_item(card)
    return view


def _numbered(cells: Sequence[int], translate: Translator) -> str:
    return translate.nouns([str(number) for number in cells])


def _images(choice: PartChoice, translate: Translator) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=translate("image {number}", number=number),
            value=str(position),
            default=position == choice.position,
        )
        for position, number in enumerate(choice.numbers, start=1)
    ]
    return ui.Select(custom_id=choice.custom_id(IMAGE), options=options)


def _cells(choice: PartChoice, translate: Translator) -> ui.Select[Any]:
    grid = choice.grid
    options = [
        discord.SelectOption(
            label=str(number),
            value=str(number),
            description=translate(phrases.PLACES[place_of(grid.cell(number), grid.width_px, grid.height_px)]),
            default=number in choice.cells,
        )
        for number in grid.numbers
    ]
    return ui.Select(
        custom_id=choice.custom_id(CELLS),
        placeholder=translate("Cells to change"),
        min_values=0,
        max_values=len(options),
        options=options,
    )


class PartForm(Form):
    """Ask what should change in the chosen cells, or in the part that is circled on a copy of the image."""

    def __init__(
        self,
        choice: PartChoice,
        nonce: int,
        limits: RequestLimits,
        translate: Translator,
        typed: str = "",
        private: bool | None = None,
    ) -> None:
        super().__init__(translate("Edit a part"), choice.form_id(nonce))
        change = text_field("words", typed, limits.prompt_chars)
        change.placeholder = translate("For example: a red roof")
        self._ask(translate("What should change there?"), change)
        copy = ui.FileUpload[Any](
            custom_id="more", required=not choice.cells, min_values=int(not choice.cells), max_values=1
        )
        self._ask(translate("A copy with the part circled"), copy, translate(_copy_help(choice)))
        self._ask_who_sees(private, translate)


def _copy_help(choice: PartChoice) -> str:
    return COPY_INSTEAD if choice.cells else COPY_NEEDED
