"""Cards about characters: the list of a member's own, and the question whether one may show a person."""

from __future__ import annotations

from collections.abc import Sequence

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
MOST_ABOUT = 10  # characters of others that show one person, on one card


def question(found: Character, translate: Translator, *, mentions: bool) -> ui.LayoutView:
    """Draw the question to the person whom a character shows. *mentions* that person, for a channel."""
    text = translate(phrases.ASKED_FOR_CHARACTER, member=f"<@{found.user_id}>", name=plain(found.origin))
    text = f"{text}\n-# {translate(phrases.ABOUT_WITHDRAWING)}"
    view = cards.one_sentence(f"<@{found.person_id}> {text}" if mentions else text)
    verbs = (Verb.ALLOW_CHARACTER, Verb.DENY_CHARACTER, Verb.SHOW_CHARACTER)
    view.add_item(ui.ActionRow(*(button(verb, found.id, translate) for verb in verbs)))
    return view


def allowed(found: Character, translate: Translator) -> ui.LayoutView:
    """Draw what a person has allowed, with the button that withdraws it."""
    member, name = f"<@{found.user_id}>", plain(found.origin)
    view = cards.one_sentence(translate(phrases.CHARACTER_ALLOWED, member=member, name=name))
    verbs = (Verb.WITHDRAW_CHARACTER, Verb.SHOW_CHARACTER)
    view.add_item(ui.ActionRow(*(button(verb, found.id, translate) for verb in verbs)))
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
        card.add_item(ui.Section(text, accessory=_answer(each, translate)))
    view.add_item(card)
    return view


def _answer(found: Character, translate: Translator) -> ui.Button[ui.LayoutView]:
    verb = Verb.WITHDRAW_CHARACTER if found.is_allowed else Verb.ALLOW_CHARACTER
    return button(verb, found.id, translate)


def _line(number: int, found: Character, translate: Translator) -> str:
    sentence = phrases.CHARACTER_LINE if found.is_allowed else phrases.CHARACTER_LINE_WAITS
    count = len(found.reference_ids)
    images = translate.plural("{number} image", "{number} images", count)
    person = "" if found.person_id is None else f"<@{found.person_id}>"
    return translate(sentence, number=number, name=plain(found.origin), images=images, person=person)
