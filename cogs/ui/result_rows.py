"""The rows of buttons under a result, a story or an image set: the same order on every card, the most used first.

A phone breaks a row that is too wide, and leaves its last button alone in a line. So no row is wider than a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from cogs.text.i18n import Translator
from cogs.ui.buttons import LOOKS, button, button_rows
from cogs.ui.ids import Verb, pick_id
from cogs.ui.private_cards import PrivateImages, image_row, shows_one
from imagegen.model import Job

Rows = tuple[tuple[Verb, ...], ...]

ORDER = (
    Verb.AGAIN, Verb.EDIT, Verb.CHANGE, Verb.VARY, Verb.PART, Verb.BEFORE_AFTER, Verb.LARGER, Verb.STAR,
    Verb.DETAILS, Verb.HISTORY, Verb.DELETE,
)  # fmt: skip
PHONE_CHARS = 32  # of the labels beside each other on a phone 390 px wide, where a button takes AROUND more
AROUND = 3


@dataclass(frozen=True)
class Offered:
    """What can be done with a result: a model takes it as an input image, or generates it in a larger size.

    *comparing*: everybody who sees it may see its input images.
    """

    editing: bool = True
    larger: bool = False
    comparing: bool = True


USUAL = Offered()


def result_rows(job: Job, offered: Offered = USUAL) -> Rows:
    """Return the rows under the result of *job*."""
    return _in_rows([verb for verb in ORDER if _is_offered(verb, job, offered)])


def _in_rows(verbs: Sequence[Verb]) -> Rows:
    """Return *verbs* in rows that a phone does not break, the last of which has no button alone."""
    rows: list[list[Verb]] = [[]]
    for verb in verbs:
        if rows[-1] and _chars([*rows[-1], verb]) > PHONE_CHARS:
            rows.append([])
        rows[-1].append(verb)
    if len(rows[-1]) == 1 and len(rows) > 1 and len(rows[-2]) > 2:
        rows[-1].insert(0, rows[-2].pop())
    return tuple(map(tuple, rows))


def _chars(verbs: Sequence[Verb]) -> int:
    return sum(len(LOOKS[verb][0]) + AROUND for verb in verbs)


def _is_offered(verb: Verb, job: Job, offered: Offered) -> bool:
    match verb:
        case Verb.EDIT | Verb.PART:
            return offered.editing
        case Verb.VARY:
            return not job.request.story
        case Verb.LARGER:
            return offered.larger
        case Verb.BEFORE_AFTER:
            return offered.comparing and any(job.request.boxes)
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
