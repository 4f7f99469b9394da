"""Buttons drawn by id: their labels and styles. Handlers are in the features; nothing here imports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import Translator
from cogs.ui.ids import Verb, component_id
from cogs.ui.limits import ROW_BUTTONS

GREY, BLUE, RED = discord.ButtonStyle.secondary, discord.ButtonStyle.primary, discord.ButtonStyle.danger

# To add a button, add its verb to ids.py, its label and style here, and its handler to a feature.
LOOKS: Mapping[Verb, tuple[str, discord.ButtonStyle]] = {
    Verb.AGAIN: ("Generate again", GREY),
    Verb.EDIT: ("Edit image", BLUE),
    Verb.PART: ("Edit a part", GREY),
    Verb.CHANGE: ("Edit prompt", GREY),
    Verb.VARY: ("More like this", GREY),
    Verb.LARGER: ("Larger", GREY),
    Verb.SHARE: ("Share", BLUE),
    Verb.BEFORE_AFTER: ("Compare images", GREY),
    Verb.DETAILS: ("Details", GREY),
    Verb.HISTORY: ("History", GREY),
    Verb.STAR: ("☆ Star", GREY),
    Verb.DELETE: ("Delete", GREY),
    Verb.CANCEL: ("Cancel", RED),
    Verb.CHOOSE_IMAGES: ("Choose images", BLUE),
    Verb.EDIT_MESSAGE: ("Edit image", BLUE),
    Verb.SHOW_QUOTA: ("Show quota", GREY),
    Verb.OLDER_RECEIPTS: ("Older", GREY),
    Verb.NEWEST_RECEIPTS: ("Newest", GREY),
    Verb.PREVIOUS_SERVERS: ("Previous", GREY),
    Verb.NEXT_SERVERS: ("Next", GREY),
    Verb.ALLOW_CHARACTER: ("Allow", BLUE),
    Verb.DENY_CHARACTER: ("Don't allow", GREY),
    Verb.WITHDRAW_CHARACTER: ("Withdraw", RED),
    Verb.SHOW_CHARACTER: ("Show images", GREY),
    Verb.FORGET: ("Erase my prompts and images", RED),
}


def button_rows(drawn: Sequence[ui.Button[Any]]) -> list[ui.ActionRow[Any]]:
    """Return buttons of one kind in rows of nearly equal length."""
    each = ceil(len(drawn) / ceil(len(drawn) / ROW_BUTTONS))
    return [ui.ActionRow(*drawn[first : first + each]) for first in range(0, len(drawn), each)]


def button(verb: Verb, its_id: int, translate: Translator) -> ui.Button[Any]:
    """Return the button of *verb* about one job, message or person."""
    label, style = LOOKS[verb]
    return ui.Button(label=translate(label), style=style, custom_id=component_id(verb, its_id))


def star_label(count: int, translate: Translator) -> str:
    """Return the label of the star under a result: how many people have starred the result, if any."""
    return f"★ {count}" if count else translate(LOOKS[Verb.STAR][0])
