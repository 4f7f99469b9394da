"""Cards in the log channel on which managers decide about a result. Handlers are in cogs/reviews.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from cogs.text import phrases, review
from cogs.text.i18n import Translator
from cogs.text.markdown import plain_within
from cogs.ui.buttons import BLUE, GREY, RED
from cogs.ui.ids import review_id
from cogs.ui.limits import MESSAGE_FILES
from cogs.ui.modals import Form, text_field
from cogs.ui.views import ACCENT, Card
from imagegen.model import Job, StoryText
from imagegen.policy.review import HOLD_FOR, MAX_WHY_CHARS, CardKind, ReviewCard

PROMPT_CHARS, STORY_CHARS = 900, 1500  # with their escapes
# What each button says; its verb is part of its id.
BUTTONS: Mapping[CardKind, Sequence[tuple[str, str, discord.ButtonStyle]]] = {
    CardKind.REPORT: (
        ("remove", "Remove image", RED),
        ("block", "Block member", RED),
        ("dismiss", "Dismiss report", GREY),
    ),
    CardKind.HOLD: (("show", "Show image", BLUE), ("withhold", "Withhold image", RED)),
}


def review_card(
    job: Job, card: ReviewCard, files: Sequence[str], jump: str, translate: Translator, note: str = ""
) -> ui.LayoutView:
    """Draw a card: what it is about, the images as spoilers, and the buttons or what was decided.

    *files* are the names of the images that the message has, and *jump* the link to the message that was reported.
    """
    view = Card()
    box: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    box.add_item(ui.TextDisplay("\n".join(_about(job, card, jump, translate))))
    if files:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        for name in files:
            gallery.add_item(media=f"attachment://{name}", spoiler=True)
        box.add_item(gallery)
    else:
        box.add_item(ui.TextDisplay(translate(review.NO_IMAGE)))
    if card.decision is None:
        box.add_item(_buttons(card, translate))
    else:
        box.add_item(ui.TextDisplay("\n".join([decided(card, translate), *([note] if note else [])])))
    view.add_item(box)
    return view


def _about(job: Job, card: ReviewCard, jump: str, translate: Translator) -> Iterator[str]:
    yield translate(review.TITLES[card.kind])
    if card.reasons:
        yield f"-# {_reports(card, translate)}"
    requester = translate(review.REQUESTER, requester=f"<@{job.requester.user_id}>")
    yield translate(review.LINKED, requester=requester, jump=jump) if jump else requester
    yield _veiled(job.request.prompt, PROMPT_CHARS) or translate(phrases.ERASED_PROMPT)
    if card.kind is CardKind.HOLD:
        yield from _about_held(job, card, translate)


def _about_held(job: Job, card: ReviewCard, translate: Translator) -> Iterator[str]:
    """Yield the text of a story, how many images the card has no room for, and until when managers may decide."""
    made = job.made
    if text := "".join(part.text for part in made.parts if isinstance(part, StoryText)) if made is not None else "":
        yield _veiled(text, STORY_CHARS)
    if made is not None and len(made.links) > MESSAGE_FILES:
        yield translate(review.MORE_IMAGES, count=len(made.links) - MESSAGE_FILES)
    if job.request.private:
        yield translate(review.IS_PRIVATE)
    if card.decision is None:
        yield translate(review.DECIDE_BY, at=f"<t:{round((card.at + HOLD_FOR).timestamp())}:R>")


def _veiled(text: str, most: int) -> str:
    """Return *text* as one spoiler; "" for an empty text."""
    return f"||{plain_within(text, most)}||" if text.strip() else ""


def _reports(card: ReviewCard, translate: Translator) -> str:
    """Return how many members reported the result, and why."""
    number = translate.plural("{number} report", "{number} reports", len(card.reasons))
    counted = Counter(card.reasons)
    why = [f"{translate(review.REASONS[reason])} ({count})" for reason, count in counted.items()]
    return f"{number}: {translate.nouns(why)}"


def _buttons(card: ReviewCard, translate: Translator) -> ui.ActionRow[Any]:
    drawn: list[ui.Button[Any]] = [
        ui.Button(label=translate(label), style=style, custom_id=review_id(what, card.job_id))
        for what, label, style in BUTTONS[card.kind]
    ]
    return ui.ActionRow(*drawn)


def decided(card: ReviewCard, translate: Translator) -> str:
    """Return what was decided on a card, by whom and when; "" if nothing was."""
    if card.decision is None or card.decided_at is None:
        return ""
    at = round(card.decided_at.timestamp())
    return translate(review.DECISIONS[card.decision], manager=f"<@{card.decided_by}>", at=f"<t:{at}:f>")


class WithholdForm(Form):
    """Ask a manager what the requester of a withheld result should know."""

    def __init__(self, custom_id: str, translate: Translator) -> None:
        super().__init__(translate(review.WITHHOLD), custom_id)
        why = text_field("why", "", MAX_WHY_CHARS, required=False)
        why.placeholder = translate(review.WHY_OPTIONAL)
        self._ask(translate(review.WHY_WITHHOLD), why)
