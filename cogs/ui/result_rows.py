"""The rows of buttons under a result, a story or an image set: the same rows on every card, in the same order.

A phone shows about three buttons beside each other, and breaks a longer row. So each row has one purpose: pick one of
several images, go on from the result, vary it, keep it or know more about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from discord import ui

from cogs.text.i18n import Translator
from cogs.ui.buttons import button
from cogs.ui.ids import Verb, pick_id
from cogs.ui.limits import ROW_BUTTONS
from imagegen.model import Job

Rows = tuple[tuple[Verb, ...], ...]

GO_ON = (Verb.AGAIN, Verb.EDIT, Verb.CHANGE)
VARY = (Verb.PART, Verb.BEFORE_AFTER)
KNOW_MORE = (Verb.STAR, Verb.DETAILS, Verb.HISTORY, Verb.DELETE)
NEEDS_INPUTS = (Verb.EDIT, Verb.PART)  # buttons for which a model must take input images


def result_rows(job: Job, *, can_be_edited: bool = True) -> Rows:
    """Return the rows under the result of *job*. *can_be_edited*: an offered model takes input images."""
    left_out = {*(() if can_be_edited else NEEDS_INPUTS), *(() if any(job.request.boxes) else (Verb.BEFORE_AFTER,))}
    rows = (tuple(verb for verb in row if verb not in left_out) for row in (GO_ON, VARY, KNOW_MORE))
    return tuple(row for row in rows if row)


STORY_WITHOUT_IMAGES: Rows = ((Verb.AGAIN, Verb.CHANGE), (Verb.DETAILS, Verb.DELETE))
EDITS_ONLY: Rows = ((Verb.EDIT, Verb.PART),)  # under a message of an image set before the last
CANCEL: Rows = ((Verb.CANCEL,),)


def drawn(rows: Rows, numbers: Sequence[int], job_id: int, translate: Translator) -> list[ui.ActionRow[Any]]:
    """Draw *rows*, below buttons that pick one of several images by their *numbers*, if the images can be edited."""
    can_be_edited = any(Verb.EDIT in row for row in rows)
    picks = _picks(numbers, job_id, translate) if can_be_edited and len(numbers) > 1 else []
    return [*picks, *(ui.ActionRow(*(button(verb, job_id, translate) for verb in row)) for row in rows)]


def _picks(numbers: Sequence[int], job_id: int, translate: Translator) -> list[ui.ActionRow[Any]]:
    """Draw one button for each image, in rows of nearly equal length."""
    each = ceil(len(numbers) / ceil(len(numbers) / ROW_BUTTONS))
    drawn = [
        ui.Button[Any](label=translate("Edit {number}", number=number), custom_id=pick_id(job_id, number))
        for number in numbers
    ]
    return [ui.ActionRow(*drawn[first : first + each]) for first in range(0, len(drawn), each)]
