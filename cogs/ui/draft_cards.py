"""The choice to start or cancel several requests of one prompt: what each is about, and what all use of the quota."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.text.image_amounts import quota_named
from cogs.text.markdown import plain, shortened
from cogs.text.spoilers import veiled
from cogs.ui.ids import JOB_DIGITS
from cogs.ui.views import Buttons

START, CANCEL = "start", "cancel"
DRAFT = rf"w1:draft:(?P<what>{START}|{CANCEL}):(?P<id>\d{{1,{JOB_DIGITS}}})"
PROMPT_CHARS = 90  # of each prompt; escapes can double them, and eight must fit into a message of 2,000
COMMON_CHARS = 30  # of what the prompts begin with, so that one sees where they differ


def draft_text(prompts: Sequence[str], units: int, translate: Translator) -> str:
    """Return the prompts, numbered, and what all of them use of the quota."""
    lines = [f"{number}. {line}" for number, line in enumerate(_heads(prompts), start=1)]
    asked = translate(phrases.DRAFT, count=len(prompts))
    return "\n".join((asked, *lines, translate(phrases.DRAFT_USES, quota=quota_named(units, translate))))


def _heads(prompts: Sequence[str]) -> Iterator[str]:
    """Yield the part of each prompt in which it differs from the others."""
    whole = [" ".join(veiled(prompt).split()) for prompt in prompts]
    skipped = max(0, _common(whole) - COMMON_CHARS)
    for prompt in whole:
        yield plain(shortened(f"{'…' if skipped else ''}{prompt[skipped:]}", PROMPT_CHARS))


def _common(texts: Sequence[str]) -> int:
    """Return with how many characters all of *texts* begin alike."""
    first, last = min(texts), max(texts)  # whatever these two share, all share
    return next((at for at, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), len(first))


def draft_buttons(draft_id: int, translate: Translator) -> Mapping[str, Any]:
    """Return the keyword arguments that send Start and Cancel."""
    view, blue = Buttons(), discord.ButtonStyle.primary
    view.add_item(ui.Button(label=translate("Start"), style=blue, custom_id=draft_button_id(START, draft_id)))
    view.add_item(ui.Button(label=translate("Cancel"), custom_id=draft_button_id(CANCEL, draft_id)))
    return {"view": view}


def draft_button_id(what: str, draft_id: int) -> str:
    """Return the id of one of the buttons."""
    return f"w1:draft:{what}:{draft_id}"
