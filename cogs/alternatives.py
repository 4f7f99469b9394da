"""Prompts with alternatives, ``{red|blue} door``: show what they make and use, and start all or none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions import submission
from cogs.interactions.buttons import PersistentButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.place_language import translator_for_pressed
from cogs.interactions.private_replies import remember_visibility, reply_privately
from cogs.interactions.returned_text import returned_text
from cogs.interactions.submission import Submit
from cogs.messaging.address import scope_of
from cogs.text import phrases
from cogs.ui.draft_cards import DRAFT, START, draft_buttons, draft_text
from imagegen.errors import Refused, WanvasError
from imagegen.image_request import ImageRequest
from imagegen.model import Job
from imagegen.reports import Draft


async def submit(
    interaction: discord.Interaction[Any],
    image_request: ImageRequest,
    verb: Submit | None = None,
    *,
    source: Job | None = None,
    typed: str = "",
    form: str = "",
    palette: str = "",
    private: bool | None = None,
) -> None:
    """Submit a typed prompt as ``submission.submit`` does; one with alternatives waits until its member starts it."""
    if image_request.story:  # its prompt may have braces
        await submission.submit(
            interaction, image_request, verb, source=source, typed=typed, form=form, private=private
        )
        return
    try:
        prompts = context_of(interaction).service.drafts.prompts(image_request.prompt, scope_of(interaction))
    except Refused as refused:
        await submission.refuse(interaction, refused, typed, form, image_request.model)
        return
    each = [replace(image_request, prompt=prompt) for prompt in prompts]
    if len(each) > 1:
        await _offer(interaction, each, source, typed=typed, form=form, palette=palette, private=private)
        return
    await submission.submit(
        interaction, each[0], verb, source=source, typed=typed, form=form, palette=palette, private=private
    )


async def _offer(
    interaction: discord.Interaction[Any],
    each: Sequence[ImageRequest],
    source: Job | None,
    *,
    typed: str,
    form: str,
    palette: str,
    private: bool | None,
) -> None:
    """Show in private what *each* request is about and what all use, or refuse one that cannot be generated."""
    context, translate = context_of(interaction), submission.translator_for_user(interaction)
    drafts, model = context.service.drafts, each[0].model
    try:
        with context.ack_gate.unacknowledged():
            more: dict[str, Any] = {"source": source, "palette": palette, "private": private}
            found = await asyncio.gather(*(submission.prepared(interaction, one, **more) for one in each))
            requests, counts = [request for request, _ in found], [count for _, count in found]
            units = drafts.units(requests, counts)
            await interaction.response.defer(ephemeral=True, thinking=True)
        remember_visibility(interaction, is_private=True)
        draft_id = await drafts.keep(requests, counts, source, form)
    except WanvasError as error:
        await submission.refuse(interaction, error, typed, form, model)
        return
    text = draft_text([request.image_request.prompt for request in requests], units, translate)
    await reply_privately(interaction, text, typed, offer=draft_buttons(draft_id, translate))


class DraftButton(PersistentButton, template=DRAFT):
    """Start or cancel a draft. The id may be made up."""

    def __init__(self, item: ui.Button[Any], what: str, draft_id: int) -> None:
        super().__init__(item)
        self.what, self.draft_id = what, draft_id

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /) -> Self:
        """Read which draft is meant."""
        return cls(item, match["what"], int(match["id"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Start all requests or none, for the member who made them, and say so in the place of the choice."""
        drafts = context_of(interaction).service.drafts
        await interaction.response.defer()
        draft = await drafts.find(self.draft_id, interaction.user.id)
        if draft is None:
            await _say_over(interaction)
            return
        if self.what == START:
            await _start(interaction, draft)
        else:
            await drafts.cancel(self.draft_id, interaction.user.id)
            translate = await translator_for_pressed(interaction)
            await interaction.edit_original_response(content=translate(phrases.DRAFT_CANCELED), view=None)


async def _start(interaction: discord.Interaction[Any], draft: Draft) -> None:
    context = context_of(interaction)
    try:
        async with context.ack_gate.turn():
            submissions = await context.service.drafts.start(
                draft, submission.request_by(interaction, draft.requests[0])
            )
    except WanvasError as error:
        await submission.refuse(interaction, error, await _typed(interaction), draft.form, draft.requests[0].model)
        return
    if submissions is None:
        await _say_over(interaction)
        return
    text = (await translator_for_pressed(interaction))(phrases.DRAFT_STARTED, count=len(submissions))
    await interaction.edit_original_response(content=text, view=None, attachments=[])


async def _say_over(interaction: discord.Interaction[Any]) -> None:
    """Say that the draft is another member's, or over, and return the typed prompt."""
    text = submission.translator_for_user(interaction)(phrases.DRAFT_OVER)
    await reply_privately(interaction, text, await _typed(interaction))


async def _typed(interaction: discord.Interaction[Any]) -> str:
    """Return the prompt as typed, which only a private choice has."""
    return "" if interaction.message is None else await returned_text(interaction.message)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the buttons to *bot*."""
    bot.add_dynamic_items(DraftButton)
