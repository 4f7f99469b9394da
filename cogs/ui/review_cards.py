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
from cogs.ui.views import ACCENT, Card
from imagegen.model import Job
from imagegen.policy.review import CardKind, ReviewCard

PROMPT_CHARS = 900  # with its escapes
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
    yield (
        f"||{plain_within(job.request.prompt, PROMPT_CHARS)}||"
        if job.request.prompt
        else translate(phrases.ERASED_PROMPT)
    )


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
