"""History: show in private which results a result came from, as one numbered sheet with a select to edit a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui

from cogs import forms
from cogs.delivery.context import settings_of
from cogs.interactions import read_limits, submission, visibility
from cogs.interactions.buttons import JobButton, PersistentItem
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import show_card
from cogs.interactions.visibility import MessageLocation
from cogs.messaging import attachments
from cogs.messaging.address import jump_to
from cogs.text import formatters, phrases
from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import shortened
from cogs.text.spoilers import shown_within, veiled
from cogs.ui.files import file_of
from cogs.ui.ids import Verb, component_id, template
from cogs.ui.limits import ALT_CHARS, OPTION_CHARS
from cogs.ui.views import ACCENT, Card
from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink
from imagegen.model import Job

PROMPT_CHARS = 200  # of each step: nine prompts and their links fit into the 4,000 characters of a message


@dataclass(frozen=True)
class HistoryStep:
    """One result in the chain. *location* is None if the member cannot see it now, or if its requester erased it.

    *is_own* is True if the member requested it.
    """

    number: int
    job: Job
    location: MessageLocation | None
    is_own: bool = False

    @property
    def image(self) -> ImageLink | None:
        """Return the first image of the step, or None if the member cannot see one."""
        return self.location.images[0] if self.location is not None and self.location.images else None

    @property
    def is_editable(self) -> bool:
        """Return whether its images can be found again: those of a private message only while that is at hand."""
        return self.image is not None and self.location is not None and bool(self.location.jump)


class HistoryButton(JobButton, verb=Verb.HISTORY):
    """Show the chain of results that ends in this one."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Send the sheet in private. Raises Refused RESULT_NOT_VISIBLE or READS_TOO_FAST."""
        read_limits.count_pages(interaction, read_limits.SHEET)
        await interaction.response.defer(ephemeral=True, thinking=True)
        service = context_of(interaction).service
        job = await service.display.job(self.job_id)
        if job is None or not await visibility.may_see(interaction, job):
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        steps = await _steps(interaction, await service.history.origins(job.id))
        sheet = await service.display.sheet([step.image for step in steps])
        rules = await settings_of(service, job)
        await _show(interaction, steps, sheet, spoiler=rules.spoiler or _hides(steps))


class StepSelect(PersistentItem[ui.Select[Any]], template=template(Verb.STEP)):
    """Open the form that edits the chosen step."""

    def __init__(self, job_id: int, steps: Sequence[HistoryStep] = (), translate: Translator = ENGLISH) -> None:
        options = [_option(step, translate) for step in steps if step.is_editable]
        select: ui.Select[Any] = ui.Select(
            custom_id=component_id(Verb.STEP, job_id), placeholder=translate("Choose a step to edit"), options=options
        )
        super().__init__(select)

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the id of a select."""
        return cls(int(match["id"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form for the chosen step."""
        chosen = self.item.values[0] if self.item.values else ""
        if not re.fullmatch(r"[0-9]{1,18}", chosen):
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        read_limits.count_pages(interaction)
        await forms.open_step(interaction, int(chosen))


def _hides(steps: Sequence[HistoryStep]) -> bool:
    """Return whether an image of the sheet is a spoiler in its own message."""
    return any(step.image is not None and step.image.spoiler for step in steps)


def _option(step: HistoryStep, translate: Translator) -> discord.SelectOption:
    prompt = shortened(" ".join(veiled(step.job.request.prompt).split()), OPTION_CHARS) or translate(
        phrases.ERASED_PROMPT
    )
    return discord.SelectOption(
        label=translate("Edit step {number}", number=step.number), value=str(step.job.id), description=prompt
    )


async def _steps(interaction: discord.Interaction[Any], chain: Sequence[Job]) -> list[HistoryStep]:
    """Locate each result of *chain*. Read the pressed message itself: the bot may be unable to fetch it."""
    here = interaction.message
    kept = [job for job in chain if job.request.prompt]  # erased results stay hidden
    others = [job for job in kept if here is None or job.message_id != here.id]
    locations = dict(zip([job.id for job in others], await visibility.locations_of(interaction, others), strict=True))
    if here is not None:
        locations |= {job.id: _at_hand(job, here) for job in kept if job.message_id == here.id}
    return [
        HistoryStep(number, job, locations.get(job.id), job.requester.user_id == interaction.user.id)
        for number, job in enumerate(chain, start=1)
    ]


def _at_hand(job: Job, message: discord.Message) -> MessageLocation:
    """Return where *job* is, in *message*. No link leads to a private message."""
    return MessageLocation("" if job.request.private else jump_to(job), attachments.from_message(message))


async def _show(
    interaction: discord.Interaction[Any], steps: Sequence[HistoryStep], sheet: bytes, *, spoiler: bool
) -> None:
    """Send the sheet in place of the private "thinking"."""
    name, translate = f"history-{steps[-1].job.id}.jpeg", submission.translator_for_user(interaction)
    alt = alt_text(steps, translate)
    view = history_view(steps, name if sheet else None, translate, spoiler=spoiler)
    await show_card(interaction, view, lambda: [file_of(sheet, name, alt)] if sheet else [])


def history_view(
    steps: Sequence[HistoryStep], file_name: str | None, translate: Translator, *, spoiler: bool = False
) -> ui.LayoutView:
    """Draw the sheet and one line for each of its numbers."""
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    if file_name is not None:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        gallery.add_item(media=f"attachment://{file_name}", description=alt_text(steps, translate), spoiler=spoiler)
        card.add_item(gallery)
    lines = [translate.plural("{number} step, oldest first", "{number} steps, oldest first", len(steps))]
    lines += [translate(phrases.OLDER_STEPS)] if steps[0].job.request.parent_id is not None else []
    card.add_item(ui.TextDisplay("\n".join([*lines, *(_line(step, translate) for step in steps)])))
    if any(step.is_editable for step in steps):
        card.add_item(ui.ActionRow(StepSelect(steps[-1].job.id, steps, translate)))
    view.add_item(card)
    return view


def _line(step: HistoryStep, translate: Translator) -> str:
    is_own_private = step.job.request.private and step.is_own
    if not step.job.request.prompt or (step.location is None and not is_own_private):
        return f"**{step.number}**\n-# {translate(_why_unseen(step))}"
    prompt = shown_within(step.job.request.prompt, PROMPT_CHARS) or translate(phrases.ERASED_PROMPT)
    text = formatters.tile(step.job, step.number, prompt, step.location.jump if step.location else None, translate)
    note = phrases.MESSAGE_GONE if step.location else phrases.TILE_PRIVATE
    return text if step.image is not None else f"{text}\n-# {translate(note)}"


def _why_unseen(step: HistoryStep) -> str:
    if not step.job.request.prompt:
        return phrases.ERASED_PROMPT
    return phrases.TILE_OTHERS_PRIVATE if step.job.request.private else phrases.TILE_NOT_VISIBLE


def alt_text(steps: Sequence[HistoryStep], translate: Translator) -> str:
    """Describe the sheet for people who cannot see it, without what the member may not see."""
    said = [
        f"{step.number}: {' '.join(veiled(step.job.request.prompt).split())}"
        if step.image is not None
        else translate("{number}: not available", number=step.number)
        for step in steps
    ]
    return shortened(translate("History of this image. {steps}", steps=translate.listed(said)), ALT_CHARS)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the button and its select to *bot*."""
    bot.add_dynamic_items(HistoryButton, StepSelect)
