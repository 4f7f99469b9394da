"""Which refusal comes with which button, so that nobody has to know what to type next.

The buttons are drawn here by their ids alone, and never kept: rewording.py, allowance.py and results.py answer them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import discord
from discord import ui

from cogs._words import Words
from imagegen.errors import Reason


class Offer(StrEnum):
    """What helps: other words, the same once more, its result as it stands, or to know what is left."""

    REWORD = "reword"
    AGAIN = "again"
    EDIT = "edit"
    LEFT = "left"


OFFERS: Mapping[Reason, Offer] = {
    Reason.PROMPT_EMPTY: Offer.REWORD,
    Reason.PROMPT_TOO_LONG: Offer.REWORD,
    Reason.LINK_NOT_TAKEN: Offer.REWORD,
    Reason.TOO_MANY_PICTURES: Offer.REWORD,
    Reason.WORDS_BLOCKED: Offer.REWORD,
    Reason.MODERATION: Offer.REWORD,
    Reason.COPYRIGHT: Offer.REWORD,
    Reason.NO_PICTURE: Offer.REWORD,
    Reason.WAN_REJECTED: Offer.REWORD,
    Reason.RESULT_TOO_HEAVY: Offer.REWORD,
    Reason.INPUTS_GONE: Offer.EDIT,
    Reason.MEMBER_EMPTY: Offer.LEFT,
    Reason.PERSON_EMPTY: Offer.LEFT,
    Reason.SERVER_EMPTY: Offer.LEFT,
    Reason.ATTEMPTS_EMPTY: Offer.LEFT,
    Reason.MORE_THAN_LEFT: Offer.LEFT,
    Reason.BUSY: Offer.AGAIN,
    Reason.WAN_DOWN: Offer.AGAIN,
    Reason.UNANSWERED: Offer.AGAIN,
    Reason.RESULT_LOST: Offer.AGAIN,
    Reason.TOO_LATE: Offer.AGAIN,
}
LABELS = {Offer.REWORD: "Change prompt", Offer.AGAIN: "Again", Offer.EDIT: "Edit", Offer.LEFT: "What is left"}
CHOOSE = "Choose pictures"


def offered(reason: str, words: Words, *, form: str = "", ask_id: int = 0, job_id: int | None = None) -> dict[str, Any]:
    """What to send beside the sentence of *reason*: a view with one button, or nothing where none helps.

    Of an accepted ask, *job_id* is enough. Of another, *form* is the form to open, as cogs/_modal.py names it, and
    *ask_id* the message in which the words were typed; 0: they stand in the message that the button hangs under.
    """
    offer = OFFERS.get(Reason(reason)) if reason in Reason._value2member_map_ else None
    custom_id = None if offer is None else _custom_id(offer, form, ask_id, job_id)
    if offer is None or custom_id is None:
        return {}
    label = CHOOSE if reason == Reason.TOO_MANY_PICTURES else LABELS[offer]
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label=words(label), custom_id=custom_id, style=discord.ButtonStyle.primary))
    view.stop()  # discord.py keeps what is not, and answers it itself
    return {"view": view}


def _custom_id(offer: Offer, form: str, ask_id: int, job_id: int | None) -> str | None:
    if offer is Offer.LEFT:
        return "w1:left:0"
    if offer is Offer.EDIT:
        what, _, its_id = form.partition(":")
        return f"w1:editthat:{its_id}" if what == "edit" else None
    if job_id is not None:
        return f"w1:{'change' if offer is Offer.REWORD else 'again'}:{job_id}"
    return f"w1:reword:{form}:{ask_id}" if form and offer is Offer.REWORD else None
