"""The buttons that come with each refusal, so that a member need not know what to type next.

Buttons are drawn by id; refusal_buttons.py, quota.py and result_buttons.py handle them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import Facts, Translator
from cogs.text.models import word_of
from cogs.ui.buttons import LOOKS
from cogs.ui.form_choices import PROMPT_FORMS, prompt_form
from cogs.ui.ids import PRIVATE_MARK, STYLE_MARK, Verb, component_id, reword_id
from cogs.ui.part_choice import is_part_form
from cogs.ui.views import Buttons
from imagegen.errors import Reason
from imagegen.image_request import ImageRequest

# The images cannot be used: the same prompt is submitted again with others.
IMAGES_REFUSED = (
    *(reason for reason in Reason if reason.name.startswith(("IMAGE_", "IMAGES_", "FILE_"))),
    Reason.INPUT_ERASED,
    Reason.WAN_REJECTED_IMAGE,
)
PALETTE_REFUSED = tuple(reason for reason in Reason if reason.name.startswith("PALETTE_"))
REMEDIES: Mapping[Reason, Verb] = {
    Reason.PROMPT_EMPTY: Verb.CHANGE,
    Reason.PROMPT_TOO_LONG: Verb.CHANGE,
    Reason.TOO_MANY_ALTERNATIVES: Verb.CHANGE,
    Reason.PROMPT_HAS_IMAGE_LINK: Verb.CHANGE,
    Reason.COUNT_OUT_OF_RANGE: Verb.CHANGE,
    Reason.MODEL_NOT_OFFERED: Verb.CHANGE,
    Reason.STYLE_GONE: Verb.CHANGE,
    Reason.MODEL_NEEDS_IMAGE: Verb.CHANGE,
    Reason.MODEL_TAKES_NO_IMAGES: Verb.CHANGE,
    Reason.TOO_MANY_IMAGES: Verb.CHANGE,
    **dict.fromkeys(PALETTE_REFUSED, Verb.CHANGE),
    Reason.OPTION_NOT_TAKEN: Verb.CHANGE,
    Reason.ASPECT_RATIO_NEEDS_IMAGE: Verb.CHANGE,
    Reason.PARTS_CLASH: Verb.CHANGE,
    Reason.MODEL_MAKES_NO_IMAGE_SET: Verb.CHANGE,
    Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT: Verb.CHANGE,
    Reason.NO_STROKES: Verb.CHANGE,
    Reason.STROKES_ON_OTHER_IMAGE: Verb.CHANGE,
    Reason.READS_TOO_FAST: Verb.CHANGE,
    Reason.PROMPT_BLOCKED: Verb.CHANGE,
    Reason.MODERATION: Verb.CHANGE,
    Reason.COPYRIGHT: Verb.CHANGE,
    Reason.NO_IMAGE: Verb.CHANGE,
    Reason.WAN_REJECTED: Verb.CHANGE,
    Reason.MODEL_REFUSED: Verb.CHANGE,
    Reason.CALL_REFUSED: Verb.CHANGE,
    Reason.RESULT_FILE_TOO_LARGE: Verb.CHANGE,
    **dict.fromkeys(IMAGES_REFUSED, Verb.CHOOSE_IMAGES),
    Reason.INPUTS_GONE: Verb.EDIT_MESSAGE,
    Reason.INPUTS_PRIVATE: Verb.EDIT_MESSAGE,
    Reason.MEMBER_QUOTA_USED: Verb.SHOW_QUOTA,
    Reason.PERSON_QUOTA_USED: Verb.SHOW_QUOTA,
    Reason.SERVER_QUOTA_USED: Verb.SHOW_QUOTA,
    Reason.ATTEMPTS_USED: Verb.SHOW_QUOTA,
    Reason.MORE_THAN_LEFT: Verb.SHOW_QUOTA,
    Reason.MORE_UNITS_THAN_LEFT: Verb.SHOW_QUOTA,
    Reason.LESS_THAN_ONE_LEFT: Verb.SHOW_QUOTA,
    Reason.BUSY: Verb.AGAIN,
    Reason.WAN_DOWN: Verb.AGAIN,
    Reason.UNANSWERED: Verb.AGAIN,
    Reason.RESULT_LOST: Verb.AGAIN,
    Reason.TOO_LATE: Verb.AGAIN,
}

# A form can hold the request that another model takes. Negative prompts have no place there.
OTHER_MODEL_HELPS = (
    Reason.PROMPT_TOO_LONG,
    Reason.TOO_MANY_IMAGES,
    Reason.COUNT_OUT_OF_RANGE,
    Reason.MODEL_NEEDS_IMAGE,
    Reason.MODEL_TAKES_NO_IMAGES,
    Reason.MODEL_MAKES_NO_IMAGE_SET,
    Reason.OPTION_NOT_TAKEN,
    Reason.MODEL_PAUSED,
    Reason.MORE_UNITS_THAN_LEFT,
    Reason.LESS_THAN_ONE_LEFT,
)
NO_FACTS: Facts = {}
DESCRIBE = "Describe the change"
GO_ON = "Continue without the style"


def remedy_view(
    reason: str,
    translate: Translator,
    *,
    facts: Facts = NO_FACTS,
    form: str = "",
    message_id: int = 0,
    job_id: int | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Return the keyword arguments that send the remedies of *reason*: a view with one or two buttons, or nothing.

    For an accepted request, *job_id* is enough. For any other, *form* is the form to open (cogs/ui/ids.py), or the id
    of the button that opens the form of a part; *model* is the model that it named, and *message_id* the message in
    which the prompt was typed; 0: the message that the button is under. If the fact *other* names a model that takes
    the request, the first button opens the form with that model.
    """
    view = Buttons()
    if other := _other_model(reason, facts):
        custom_id = _reword_id(form, message_id, other)
        label = translate("Use the {model} model", model=word_of(other, translate))
        if custom_id is not None:
            view.add_item(ui.Button(label=label, custom_id=custom_id, style=discord.ButtonStyle.primary))
    known = Reason.of(reason)
    verb = None if known is None else REMEDIES.get(known)
    custom_id = None if verb is None else _custom_id(verb, form, message_id, job_id, model)
    if verb is not None and custom_id is not None:
        label, _ = LOOKS[Verb.CHOOSE_IMAGES if known is Reason.TOO_MANY_IMAGES else verb]
        label = DESCRIBE if custom_id == form else GO_ON if known is Reason.STYLE_GONE else label
        style = discord.ButtonStyle.secondary if view.children else discord.ButtonStyle.primary
        view.add_item(ui.Button(label=translate(label), custom_id=custom_id, style=style))
    view.stop()  # discord.py would keep an unstopped view and handle its presses
    return {"view": view} if view.children else {}


def _other_model(reason: str, facts: Facts) -> str | None:
    """Return the model that takes a refused request, if the form can hold what that model was wanted for."""
    return str(facts["other"]) if "other" in facts and reason in OTHER_MODEL_HELPS else None


def _custom_id(verb: Verb, form: str, message_id: int, job_id: int | None, model: str | None) -> str | None:
    if verb is Verb.SHOW_QUOTA:
        return component_id(verb, 0)
    if verb is Verb.EDIT_MESSAGE:
        about = re.match(r"edit:(\d+)", form)
        return None if about is None else component_id(verb, int(about[1]))
    if job_id is not None:
        return component_id(verb, job_id)
    if is_part_form(form) and verb in (Verb.CHANGE, Verb.CHOOSE_IMAGES):
        return form  # it asks for the prompt and for the copy
    if verb is Verb.CHOOSE_IMAGES and not form.startswith(PROMPT_FORMS):
        mark = PRIVATE_MARK if form.endswith(PRIVATE_MARK) else ""
        form = prompt_form("words", ImageRequest(""), inputs=1) + mark  # the same images would be refused again
    return _reword_id(form, message_id, model) if verb in (Verb.CHANGE, Verb.CHOOSE_IMAGES) else None


def _reword_id(form: str, message_id: int, model: str | None) -> str | None:
    return reword_id(form, message_id, model) if form and not is_part_form(form) else None


def marked_with_style(form: str, style_id: int | None) -> str:
    """Return *form* with the style that is selected when the form opens again; "" stays as it is."""
    return f"{form}{STYLE_MARK}{style_id}" if form and style_id is not None else form


def marked_private(form: str) -> str:
    """Return *form* with the mark that its results are to be private; "" stays as it is."""
    return f"{form.removesuffix(PRIVATE_MARK)}{PRIVATE_MARK}" if form else form


def facts_for(facts: Facts, form: str) -> Facts:
    """Return *facts* for a sentence: without another model, if the member cannot choose one in *form*.

    The fact *again* says that *form* is that of a stored request, so that the member typed no option now.
    """
    if form and not is_part_form(form):
        return {**facts, "again": form} if form.startswith("change:") else facts
    return {name: fact for name, fact in facts.items() if name != "other"}
