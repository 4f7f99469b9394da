"""The messages of a story, while it is generated and when it is done, and those of an image set (Components V2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from cogs.text import formatters, image_lines, phrases
from cogs.text.i18n import Translator
from cogs.text.markdown import shortened
from cogs.text.models import card_name
from cogs.text.spoilers import MARK, shown, veiled
from cogs.text.units import units
from cogs.ui import cards, result_rows
from cogs.ui.files import file_of
from cogs.ui.form_choices import aspect_ratio_name
from cogs.ui.limits import ALT_CHARS, MESSAGE_CHARS
from cogs.ui.private_cards import shows_one
from cogs.ui.result_rows import USUAL, Offered, Rows
from cogs.ui.story_pages import FOOT_CHARS, ImageBlock, Page, TextBlock
from cogs.ui.views import ACCENT, Card
from imagegen.model import Job, Shrink
from imagegen.policy.validation import is_spoiler
from imagegen.reports import Quotas

HEAD_CHARS = 400  # of the prompt as typed; an escaped character takes two


@dataclass(frozen=True)
class StoryMessage:
    """One message of a story or an image set.

    *number* 1 is the first; *files* are the file names of its images by number.
    """

    number: int
    page: Page
    files: Mapping[int, str]
    foot: str = ""
    buttons: Rows = ()
    quiet: bool = False  # AutoMod blocks its text
    spoiler: bool = False  # its images are hidden until a member clicks


@dataclass(frozen=True)
class StoryResult:
    """What was delivered of a story or an image set.

    That is how many images, and the numbers of those that could not be downloaded.
    """

    shown: int
    lost: Sequence[int] = ()
    refits: Sequence[tuple[int, Shrink | None]] = ()
    unshown_parts: bool = False  # some parts are left, and no message to hold them


def head(job: Job) -> str:
    """Return the prompt: above an image set as above a result, above a story in small print."""
    if job.request.image_set:
        return shown(job.request.prompt, cards.PROMPT_CHARS)
    return f"-# {shown(job.request.prompt, HEAD_CHARS)}"


def view(job: Job, sheet: StoryMessage) -> ui.LayoutView:
    """Draw one message as a card. A story with a spoiler is hidden as a whole: its text tells what its images show."""
    is_hidden = is_spoiler(job.request) and not job.request.image_set
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT, spoiler=is_hidden)
    for item in _items(job, sheet):
        card.add_item(item)
    if not card.children:
        card.add_item(ui.TextDisplay("…"))
    for row in result_rows.drawn(sheet.buttons, sorted(sheet.files), job, cards.translator_for_job(job)):
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
    for number in numbers[:1] if shows_one(job) else numbers:
        media = f"attachment://{sheet.files[number]}"
        gallery.add_item(media=media, description=alt_text(job, number), spoiler=sheet.spoiler)
    return gallery


def alt_text(job: Job, number: int) -> str:
    """Return the alt text of an image: its number and the prompt."""
    return shortened(f"{number}. {veiled(job.request.prompt)}", ALT_CHARS)


def file(job: Job, number: int, name: str, data: bytes, *, spoiler: bool = False) -> discord.File:
    """Return a fresh file object for one request. *spoiler*: hidden by its name, in a message without a card."""
    found = file_of(data, name, alt_text(job, number))
    found.spoiler = spoiler
    return found


def in_progress(job: Job) -> str:
    """Return the line under a story that is being generated."""
    return f"-# {cards.translator_for_job(job)(phrases.STORY_CONTINUES)}"


def final_buttons(job: Job, offered: Offered = USUAL, *, with_images: bool) -> Rows:
    """Return the buttons under a finished story or image set. Only one with images can be edited."""
    return result_rows.result_rows(job, offered) if with_images else result_rows.STORY_WITHOUT_IMAGES


def foot(job: Job, delivered: StoryResult, left: Quotas | None) -> str:
    """Return the small lines under a finished story or image set."""
    translate = cards.translator_for_job(job)
    lines = [
        *formatters.story_end(job, translate, unshown=delivered.unshown_parts),
        _facts(job, translate),
        formatters.story_quota_used(job, delivered.shown, left, translate),
        *image_lines.lost(delivered.lost, translate),
        *image_lines.shrunk(delivered.refits, translate),
        *image_lines.variation(job, translate),
        *image_lines.style(job, translate),
        *image_lines.inputs(job, translate),
        *(formatters.request_id(job, translate) if delivered.lost or not job.request.image_set else ()),
    ]
    return shortened("\n".join(f"-# {line}" for line in lines), FOOT_CHARS)


def _facts(job: Job, translate: Translator) -> str:
    facts: dict[str, str | int] = {
        "requester": f"<@{job.requester.user_id}>",
        "aspect_ratio": translate(aspect_ratio_name(job.request)),
        "size": "" if job.made is None else job.made.size.replace("*", " × "),
        "seed": job.request.seed or 0,
        "model": card_name(job.model, translate),
    }
    return translate(phrases.RESULT_FACTS if job.request.image_set and facts["size"] else phrases.STORY_FACTS, facts)


def plain(job: Job, sheet: StoryMessage) -> str:
    """Return the text beside the files if Discord refuses the card."""
    texts = [] if sheet.quiet else [block.text for block in sheet.page if isinstance(block, TextBlock)]
    room = MESSAGE_CHARS - units(sheet.foot) - units(head(job)) - 2 - 2 * len(MARK)
    text = shortened("\n".join(texts), max(1, room))
    if text and is_spoiler(job.request):
        text = f"{MARK}{text.replace(MARK, '')}{MARK}"
    above = [head(job)] if sheet.number == 1 and not sheet.quiet else []
    return "\n".join(line for line in (*above, text, sheet.foot) if line) or "…"
