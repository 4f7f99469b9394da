"""Which refusal comes with which button, so that nobody has to know what to type next.

The buttons are drawn here by their ids alone, and never kept: rewording.py, allowance.py and results.py answer them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import Words
from cogs.ui.form_choices import words_form
from cogs.ui.views import Buttons
from imagegen.errors import Reason
from imagegen.model import ImageRequest


class Offer(StrEnum):
    """What helps: other words, other images, the same once more, its result as it stands, or to know what is left."""

    REWORD = "reword"
    CHOOSE = "choose"
    AGAIN = "again"
    EDIT = "edit"
    LEFT = "left"


# The images cannot be taken: the same prompt is asked for again, with others.
IMAGES_REFUSED = (
    *(reason for reason in Reason if reason.name.startswith(("PICTURE_", "PICTURES_", "FILE_"))),
    Reason.INPUT_ERASED,
    Reason.WAN_REJECTED_PICTURE,
)
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
    **dict.fromkeys(IMAGES_REFUSED, Offer.CHOOSE),
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
CHOOSE = "Choose pictures"
LABELS = {
    Offer.REWORD: "Change prompt",
    Offer.CHOOSE: CHOOSE,
    Offer.AGAIN: "Again",
    Offer.EDIT: "Edit",
    Offer.LEFT: "What is left",
}
VERBS = {Offer.REWORD: "change", Offer.CHOOSE: "anew", Offer.AGAIN: "again"}  # of a button about an accepted request


def offered(reason: str, words: Words, *, form: str = "", ask_id: int = 0, job_id: int | None = None) -> dict[str, Any]:
    """What to send beside the sentence of *reason*: a view with one button, or nothing where none helps.

    Of an accepted ask, *job_id* is enough. Of another, *form* is the form to open, as cogs/ui/modals.py names it, and
    *ask_id* the message in which the words were typed; 0: they stand in the message that the button hangs under.
    """
    offer = OFFERS.get(Reason(reason)) if reason in Reason._value2member_map_ else None
    custom_id = None if offer is None else _custom_id(offer, form, ask_id, job_id)
    if offer is None or custom_id is None:
        return {}
    label = CHOOSE if reason == Reason.TOO_MANY_PICTURES else LABELS[offer]
    view = Buttons()
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
        return f"w1:{VERBS[offer]}:{job_id}"
    if offer is Offer.CHOOSE and not form.startswith(("words", "story")):
        form = words_form("words", ImageRequest(""))  # over the same images, they would be refused again
    return f"w1:reword:{form}:{ask_id}" if form and offer in (Offer.REWORD, Offer.CHOOSE) else None
