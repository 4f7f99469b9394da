"""How a story looks, while it is told and when it is done (Components V2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from cogs.text import formatters, phrases
from cogs.text.spoilers import MARK, shown, veiled
from cogs.text.units import units
from cogs.ui import cards
from cogs.ui.buttons import rows
from cogs.ui.files import file_of
from cogs.ui.ids import Verb
from cogs.ui.story_pages import FOOT_CHARS, ImageBlock, Page, TextBlock
from cogs.ui.views import ACCENT, Card
from imagegen.model import Job, Shrink
from imagegen.policy.validation import is_spoiler
from imagegen.reports import Quotas

HEAD_CHARS = 400  # of the requester's words, as they were typed; what would work as markdown takes two
PLAIN_CHARS = 2000  # https://discord.com/developers/docs/resources/message#create-message (2026-11-22)


@dataclass(frozen=True)
class StoryMessage:
    """One message of a story. *number* 1 is the first; *files* are the names of its images by their numbers."""

    number: int
    page: Page
    files: Mapping[int, str]
    foot: str = ""
    buttons: tuple[Verb, ...] = ()
    quiet: bool = False  # AutoMod does not let its words through
    spoiler: bool = False  # its images are hidden until they are clicked


@dataclass(frozen=True)
class StoryResult:
    """What became of the images of a story: how many are shown, and the numbers of those that could not be had."""

    shown: int
    lost: Sequence[int] = ()
    refits: Sequence[tuple[int, Shrink | None]] = ()
    unshown_parts: bool = False  # there is more, and no message left to show it in


def head(job: Job) -> str:
    """The requester's words, small above the story."""
    return f"-# {shown(job.request.prompt, HEAD_CHARS)}"


def view(job: Job, sheet: StoryMessage) -> ui.LayoutView:
    """The message as a card. A story of something hidden is hidden whole: its words tell what its images show."""
    card: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ACCENT, spoiler=is_spoiler(job.request))
    for item in _items(job, sheet):
        card.add_item(item)
    if not card.children:
        card.add_item(ui.TextDisplay("…"))
    if sheet.buttons:
        for row in rows(sheet.buttons, job.id, cards.translator_for_job(job)):
            card.add_item(row)
    shown = Card()
    shown.add_item(card)
    return shown


def _items(job: Job, sheet: StoryMessage) -> list[ui.Item[ui.LayoutView]]:
    items: list[ui.Item[ui.LayoutView]] = []
    if sheet.quiet:
        items.append(ui.TextDisplay(f"-# {cards.translator_for_job(job)(phrases.TEXT_BLOCKED)}"))
    elif sheet.number == 1:
        items.append(ui.TextDisplay(head(job)))
    for block in sheet.page:
        if isinstance(block, TextBlock) and not sheet.quiet:
            items.append(ui.TextDisplay(block.text))
        elif isinstance(block, ImageBlock) and (shown := [n for n, _ in block.links if n in sheet.files]):
            items.append(_gallery(job, sheet, shown))
    if sheet.foot:
        items.append(ui.TextDisplay(sheet.foot))
    return items


def _gallery(job: Job, sheet: StoryMessage, numbers: Sequence[int]) -> ui.MediaGallery[ui.LayoutView]:
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for number in numbers:
        media = f"attachment://{sheet.files[number]}"
        gallery.add_item(media=media, description=alt_text(job, number), spoiler=sheet.spoiler)
    return gallery


def alt_text(job: Job, number: int) -> str:
    """Which image of which story."""
    return cards.shortened(f"{number}. {veiled(job.request.prompt)}", cards.ALT_CHARS)


def file(job: Job, number: int, name: str, data: bytes) -> discord.File:
    """A fresh file object for one request."""
    return file_of(data, name, alt_text(job, number))


def going_on(job: Job) -> str:
    """Under a story that is being told."""
    return f"-# {cards.translator_for_job(job)(phrases.STORY_CONTINUES)}"


WHILE_TOLD = (Verb.CANCEL,)


def at_the_end(*, with_images: bool) -> tuple[Verb, ...]:
    """What can be done with a story. What it shows can be changed where there is something."""
    return cards.BUTTONS if with_images else (Verb.AGAIN, Verb.CHANGE, Verb.DETAILS, Verb.DELETE)


def foot(job: Job, came: StoryResult, left: Quotas | None) -> str:
    """The small lines under a story that is done."""
    translate = cards.translator_for_job(job)
    aspect_ratio = translate(job.request.shape.value if job.request.shape else "square")
    made = translate(
        phrases.STORY_FACTS,
        requester=f"<@{job.requester.user_id}>", aspect_ratio=aspect_ratio, seed=job.request.seed or 0,
        model=job.model,
    )  # fmt: skip
    lines = [
        *formatters.story_end(job, translate, unshown=came.unshown_parts),
        made,
        formatters.story_quota_used(job, came.shown, left, translate),
        *formatters.lost_images(came.lost, translate),
        *formatters.shrunk_images(came.refits, translate),
        *formatters.inputs(job, translate),
        *formatters.request_id(job, translate),
    ]
    return cards.shortened("\n".join(f"-# {line}" for line in lines), FOOT_CHARS)


def plain(job: Job, sheet: StoryMessage) -> str:
    """The words beside the files where Discord refuses the card."""
    texts = [] if sheet.quiet else [block.text for block in sheet.page if isinstance(block, TextBlock)]
    room = PLAIN_CHARS - units(sheet.foot) - units(head(job)) - 2 - 2 * len(MARK)
    told = cards.shortened("\n".join(texts), max(1, room))
    if told and is_spoiler(job.request):
        told = f"{MARK}{told.replace(MARK, '')}{MARK}"
    above = [head(job)] if sheet.number == 1 and not sheet.quiet else []
    return "\n".join(line for line in (*above, told, sheet.foot) if line) or "…"
