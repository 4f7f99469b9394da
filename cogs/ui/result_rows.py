"""The rows of buttons under a result, a story or an image set: the same rows on every card, in the same order.

A phone shows about three buttons beside each other, and breaks a longer row. So each row has one purpose: pick one of
several images, go on from the result, vary it, keep it or know more about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from cogs.text.i18n import Translator
from cogs.ui.buttons import button, button_rows
from cogs.ui.ids import Verb, pick_id
from cogs.ui.private_cards import PrivateImages, image_row, shows_one
from imagegen.model import Job

Rows = tuple[tuple[Verb, ...], ...]

GO_ON = (Verb.AGAIN, Verb.EDIT, Verb.CHANGE)
VARY = (Verb.VARY, Verb.LARGER, Verb.PART, Verb.BEFORE_AFTER)
KNOW_MORE = (Verb.STAR, Verb.DETAILS, Verb.HISTORY, Verb.DELETE)


@dataclass(frozen=True)
class Offered:
    """What the offered models can do with a result: take it as an input image, generate it in a larger size."""

    editing: bool = True
    larger: bool = False


USUAL = Offered()


def result_rows(job: Job, offered: Offered = USUAL) -> Rows:
    """Return the rows under the result of *job*."""
    rows = (tuple(verb for verb in row if _is_offered(verb, job, offered)) for row in (GO_ON, VARY, KNOW_MORE))
    return tuple(row for row in rows if row)


def _is_offered(verb: Verb, job: Job, offered: Offered) -> bool:
    match verb:
        case Verb.EDIT | Verb.PART:
            return offered.editing
        case Verb.VARY:
            return not job.request.story
        case Verb.LARGER:
            return offered.larger
        case Verb.BEFORE_AFTER:
            return any(job.request.boxes)
        case _:
            return True


STORY_WITHOUT_IMAGES: Rows = ((Verb.AGAIN, Verb.CHANGE), (Verb.DETAILS, Verb.DELETE))
EDITS_ONLY: Rows = ((Verb.EDIT, Verb.PART),)  # under a message of an image set before the last
CANCEL: Rows = ((Verb.CANCEL,),)


def drawn(rows: Rows, numbers: Sequence[int], job: Job, translate: Translator) -> list[ui.ActionRow[Any]]:
    """Draw *rows*, below the buttons about single images by their *numbers*: of a private card, and of several images
    that can be edited.
    """
    can_be_edited = any(Verb.EDIT in row for row in rows)
    picks = _picks(numbers, job.id, translate) if can_be_edited and len(numbers) > 1 else []
    if rows and numbers and shows_one(job):
        picks = [image_row(PrivateImages(job.id, numbers, numbers[0]), translate)]
    return [*picks, *(ui.ActionRow(*(button(verb, job.id, translate) for verb in row)) for row in rows)]


def _picks(numbers: Sequence[int], job_id: int, translate: Translator) -> list[ui.ActionRow[Any]]:
    """Draw one button for each image."""
    return button_rows(
        [ui.Button(label=translate("Edit {number}", number=n), custom_id=pick_id(job_id, n)) for n in numbers]
    )
