"""Buttons drawn by id: their labels and styles. Handlers are in the features; nothing here imports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import Translator
from cogs.ui.ids import Verb, component_id

PHONE_BUTTONS = 3  # short ones that a phone shows beside each other
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
    Verb.CANCEL_ALBUM: ("Cancel", RED),
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
    """Return short buttons of one kind in rows of nearly equal length. Four are two rows, as four images are."""
    rows = ceil(len(drawn) / PHONE_BUTTONS)
    ends = [round(row * len(drawn) / rows) for row in range(rows + 1)]
    return [ui.ActionRow(*drawn[first:last]) for first, last in pairwise(ends)]


def button(verb: Verb, its_id: int, translate: Translator) -> ui.Button[Any]:
    """Return the button of *verb* about one job, message or person."""
    label, style = LOOKS[verb]
    return ui.Button(label=translate(label), style=style, custom_id=component_id(verb, its_id))


def star_label(count: int, translate: Translator) -> str:
    """Return the label of the star under a result: how many people have starred the result, if any."""
    return f"★ {count}" if count else translate(LOOKS[Verb.STAR][0])
