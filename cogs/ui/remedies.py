"""The button that comes with each refusal, so that a member need not know what to type next.

Buttons are drawn by id; refusal_buttons.py, quota.py and result_buttons.py handle them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import Translator
from cogs.ui.form_choices import prompt_form
from cogs.ui.ids import Verb, component_id, reword_id
from cogs.ui.views import Buttons
from imagegen.errors import Reason
from imagegen.model import ImageRequest


class Remedy(StrEnum):
    """What helps: another prompt, other images, the same request again, an edit of the result, or the quota."""

    REWORD = "reword"
    CHOOSE = "choose"
    AGAIN = "again"
    EDIT = "edit"
    LEFT = "left"


# The images cannot be used: the same prompt is submitted again with others.
IMAGES_REFUSED = (
    *(reason for reason in Reason if reason.name.startswith(("IMAGE_", "IMAGES_", "FILE_"))),
    Reason.INPUT_ERASED,
    Reason.WAN_REJECTED_IMAGE,
)
REMEDIES: Mapping[Reason, Remedy] = {
    Reason.PROMPT_EMPTY: Remedy.REWORD,
    Reason.PROMPT_TOO_LONG: Remedy.REWORD,
    Reason.PROMPT_HAS_IMAGE_LINK: Remedy.REWORD,
    Reason.TOO_MANY_IMAGES: Remedy.REWORD,
    Reason.PROMPT_BLOCKED: Remedy.REWORD,
    Reason.MODERATION: Remedy.REWORD,
    Reason.COPYRIGHT: Remedy.REWORD,
    Reason.NO_IMAGE: Remedy.REWORD,
    Reason.WAN_REJECTED: Remedy.REWORD,
    Reason.RESULT_FILE_TOO_LARGE: Remedy.REWORD,
    **dict.fromkeys(IMAGES_REFUSED, Remedy.CHOOSE),
    Reason.INPUTS_GONE: Remedy.EDIT,
    Reason.MEMBER_QUOTA_USED: Remedy.LEFT,
    Reason.PERSON_QUOTA_USED: Remedy.LEFT,
    Reason.SERVER_QUOTA_USED: Remedy.LEFT,
    Reason.ATTEMPTS_USED: Remedy.LEFT,
    Reason.MORE_THAN_LEFT: Remedy.LEFT,
    Reason.BUSY: Remedy.AGAIN,
    Reason.WAN_DOWN: Remedy.AGAIN,
    Reason.UNANSWERED: Remedy.AGAIN,
    Reason.RESULT_LOST: Remedy.AGAIN,
    Reason.TOO_LATE: Remedy.AGAIN,
}
CHOOSE = "Choose images"
LABELS = {
    Remedy.REWORD: "Edit prompt",
    Remedy.CHOOSE: CHOOSE,
    Remedy.AGAIN: "Generate again",
    Remedy.EDIT: "Edit image",
    Remedy.LEFT: "Show quota",
}
# For an accepted request.
VERBS = {Remedy.REWORD: Verb.CHANGE, Remedy.CHOOSE: Verb.CHOOSE_IMAGES, Remedy.AGAIN: Verb.AGAIN}


def remedy_view(
    reason: str, translate: Translator, *, form: str = "", ask_id: int = 0, job_id: int | None = None
) -> dict[str, Any]:
    """Return the keyword arguments that send the remedy of *reason*: a view with one button, or nothing.

    For an accepted request, *job_id* is enough. For any other, *form* is the form to open (cogs/ui/ids.py), and
    *ask_id* the message in which the prompt was typed; 0: the message that the button is under.
    """
    known = Reason.of(reason)
    offer = None if known is None else REMEDIES.get(known)
    custom_id = None if offer is None else _custom_id(offer, form, ask_id, job_id)
    if offer is None or custom_id is None:
        return {}
    label = CHOOSE if reason == Reason.TOO_MANY_IMAGES else LABELS[offer]
    view = Buttons()
    view.add_item(ui.Button(label=translate(label), custom_id=custom_id, style=discord.ButtonStyle.primary))
    view.stop()  # discord.py would keep an unstopped view and handle its presses
    return {"view": view}


def _custom_id(offer: Remedy, form: str, ask_id: int, job_id: int | None) -> str | None:
    if offer is Remedy.LEFT:
        return component_id(Verb.SHOW_QUOTA, 0)
    if offer is Remedy.EDIT:
        what, _, its_id = form.partition(":")
        return component_id(Verb.EDIT_MESSAGE, int(its_id)) if what == "edit" else None
    if job_id is not None:
        return component_id(VERBS[offer], job_id)
    if offer is Remedy.CHOOSE and not form.startswith(("words", "story")):
        form = prompt_form("words", ImageRequest(""))  # the same images would be refused again
    return reword_id(form, ask_id) if form and offer in (Remedy.REWORD, Remedy.CHOOSE) else None
