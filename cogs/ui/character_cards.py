"""Cards about characters: the list of a member's own, and the question whether one may show a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.text.markdown import plain
from cogs.ui import cards
from cogs.ui.buttons import button
from cogs.ui.ids import Verb
from cogs.ui.views import ACCENT, Card
from imagegen.policy.characters import Character

SHEET_NAME = "characters.jpg"
MOST_ABOUT = 6  # characters of others that show one person, on one card of 40 components


def question(found: Character, translate: Translator, *, mentions: bool) -> ui.LayoutView:
    """Draw the question to the person whom a character shows. *mentions* that person, for a channel."""
    text = translate(phrases.ASKED_FOR_CHARACTER, member=f"<@{found.user_id}>", name=plain(found.origin))
    text = f"{text}\n-# {translate(phrases.ABOUT_WITHDRAWING)}"
    view = cards.one_sentence(f"<@{found.person_id}> {text}" if mentions else text)
    view.add_item(_answers(found, translate))
    return view


def allowed(found: Character, translate: Translator) -> ui.LayoutView:
    """Draw what a person has allowed, with the button that withdraws it."""
    member, name = f"<@{found.user_id}>", plain(found.origin)
    view = cards.one_sentence(translate(phrases.CHARACTER_ALLOWED, member=member, name=name))
    view.add_item(_answers(found, translate))
    return view


def listed(
    own: Sequence[Character], about: Sequence[Character], translate: Translator, *, has_sheet: bool
) -> ui.LayoutView:
    """Draw a member's characters, with a sheet of their first images, and others' characters that show the member."""
    view, card = Card(), ui.Container[ui.LayoutView](accent_color=ACCENT)
    lines = [_line(number, each, translate) for number, each in enumerate(own, start=1)]
    card.add_item(ui.TextDisplay("\n".join(lines) or translate(phrases.NO_CHARACTERS)))
    if has_sheet:
        alt = translate(phrases.CHARACTERS_SHEET)
        card.add_item(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{SHEET_NAME}", description=alt)))
    for each in about[:MOST_ABOUT]:
        text = translate(phrases.CHARACTER_OF_YOU, name=plain(each.origin), member=f"<@{each.user_id}>")
        card.add_item(ui.TextDisplay(text))
        card.add_item(_answers(each, translate))
    if len(about) > MOST_ABOUT:
        card.add_item(ui.TextDisplay(translate(phrases.MORE_OF_YOU, number=len(about) - MOST_ABOUT)))
    view.add_item(card)
    return view


def _answers(found: Character, translate: Translator) -> ui.ActionRow[Any]:
    """Return the buttons with which the person whom a character shows answers."""
    asked = (Verb.ALLOW_CHARACTER, Verb.DENY_CHARACTER)
    verbs = (*((Verb.WITHDRAW_CHARACTER,) if found.is_allowed else asked), Verb.SHOW_CHARACTER)
    return ui.ActionRow(*(button(verb, found.id, translate) for verb in verbs))


def _line(number: int, found: Character, translate: Translator) -> str:
    sentence = phrases.CHARACTER_LINE if found.is_allowed else phrases.CHARACTER_LINE_WAITS
    count = len(found.reference_ids)
    images = translate.plural("{number} image", "{number} images", count)
    person = "" if found.person_id is None else f"<@{found.person_id}>"
    return translate(sentence, number=number, name=plain(found.origin), images=images, person=person)
