"""/gallery, /forget-me and /consent: a member's results, and who may edit what they post."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.interactions import read_limits, submission
from cogs.interactions.buttons import IdButton, PersistentButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.found_results import (
    BY_ANYONE,
    BY_ME,
    FoundResult,
    chosen_from,
    filter_for,
    nothing_found,
    page_of,
    suggest_models,
)
from cogs.text import formatters, phrases
from cogs.text.i18n import Translator
from cogs.text.markdown import shortened
from cogs.text.spoilers import shown, veiled
from cogs.ui import cards
from cogs.ui.filter_ids import FIND_CHARS, Chosen
from cogs.ui.filter_ids import PAGE as PAGE_ID
from cogs.ui.filter_text import filter_text
from cogs.ui.ids import SNOWFLAKE_DIGITS, Verb
from cogs.ui.limits import ALT_CHARS, OPTION_CHARS
from cogs.ui.views import ACCENT, Card
from imagegen.history import PAGE
from imagegen.policy.days import CHARS as DAY_CHARS
from imagegen.policy.server_settings import Consent

PROMPT_CHARS = 200
STARRED = [Choice(name="by me", value=BY_ME), Choice(name="by anyone", value=BY_ANYONE)]


class Gallery(commands.Cog):
    """/gallery, /forget-me and /consent."""

    @app_commands.command(name="gallery", description="See your images, newest first, or search and filter them.")
    @app_commands.describe(
        find="Text to find in the prompts",
        member="Show this person's images in this server",
        model="Show images of this model",
        starred="Show starred images",
        since="Show images from this day on: 2026-11-05, 2026-11 or 7d",
        until="Show images up to this day: 2026-11-05, 2026-11 or 7d",
        everybody="Show everyone's images in this server (managers only)",
    )
    @app_commands.choices(starred=STARRED)
    @app_commands.autocomplete(model=suggest_models)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def gallery(
        self,
        interaction: discord.Interaction[Any],
        find: Range[str, 0, FIND_CHARS] = "",
        member: discord.User | None = None,
        model: Range[str, 0, OPTION_CHARS] = "",
        starred: str = "",
        since: Range[str, 0, DAY_CHARS] = "",
        until: Range[str, 0, DAY_CHARS] = "",
        everybody: bool = False,
    ) -> None:
        """Show the member's results, or those of others that they may see."""
        read_limits.count_pages(interaction)
        chosen = chosen_from(
            interaction,
            find=find,
            member_id=None if member is None else member.id,
            model=model,
            starred=starred,
            since=since,
            until=until,
            everybody=everybody,
        )
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_page(interaction, chosen, None)

    @app_commands.command(name="forget-me", description="Erase the prompts and input images of all your requests.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def forget_me(self, interaction: discord.Interaction[Any]) -> None:
        """Ask for a confirmation before everything about the member is erased."""
        translate = submission.translator_for_user(interaction)
        view = cards.one_sentence(translate(phrases.CONFIRM_ERASE))
        view.add_item(ui.ActionRow(ForgetButton(interaction.user.id, translate)))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="consent", description="Choose whether others can edit the images you post.")
    @app_commands.describe(edits="What others can do with the images you post and your avatar")
    @app_commands.choices(
        edits=[
            Choice(name="allow: others can edit them", value=Consent.ALLOW.value),
            Choice(name="never: only you can edit them", value=Consent.NEVER.value),
        ]
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def consent(self, interaction: discord.Interaction[Any], edits: str) -> None:
        """Store who may edit the images that the member posts."""
        chosen, translate = Consent(edits), submission.translator_for_user(interaction)
        await submission.within_deadline(
            context_of(interaction).service.history.set_consent(interaction.user.id, chosen)
        )
        await interaction.response.send_message(translate(phrases.CONSENT[chosen]), ephemeral=True)


class PageButton(PersistentButton, template=PAGE_ID):
    """Show another page of the gallery: results older than a job. 0 is the newest page."""

    def __init__(self, chosen: Chosen, before: int, label: str = "") -> None:
        self.chosen, self.before = chosen, before
        super().__init__(ui.Button(label=label or "·", custom_id=chosen.page_id(before)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read a page id."""
        return cls(Chosen.from_match(match), int(match["before"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page in place of the one that is shown."""
        read_limits.count_pages(interaction)
        await interaction.response.defer()
        await show_page(interaction, self.chosen, self.before or None)


class ForgetButton(IdButton, verb=Verb.FORGET, digits=SNOWFLAKE_DIGITS):
    """Confirm /forget-me. Works only for the member to whom the confirmation was shown."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Erase everything, and say what was erased."""
        translate = submission.translator_for_user(interaction)
        if interaction.user.id != self.its_id:
            await interaction.response.send_message(translate(phrases.NOT_YOURS), ephemeral=True)
            return
        await interaction.response.defer()
        erased = await context_of(interaction).service.history.forget(self.its_id)
        await interaction.edit_original_response(view=cards.one_sentence(formatters.erased(erased, translate)))


async def show_page(interaction: discord.Interaction[Any], chosen: Chosen, before: int | None) -> None:
    """Show a page of the gallery in place of the private reply.

    Raises Refused if the member may not see what was chosen, here and now.
    """
    translate = submission.translator_for_user(interaction)
    found = await page_of(interaction, filter_for(interaction, chosen), before)
    filters = filter_text(chosen, context_of(interaction).service.model_options.known, translate)
    nothing = "\n".join([translate(nothing_found(chosen)), *([filters] if filters else [])])
    view = _gallery(found[:PAGE], filters, translate) if found else cards.one_sentence(nothing)
    buttons = [PageButton(chosen, 0, translate("Newest"))] if before else []
    buttons += [PageButton(chosen, found[PAGE - 1].job.id, translate("Older"))] if len(found) > PAGE else []
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view)


def _gallery(found: Sequence[FoundResult], filters: str, translate: Translator) -> ui.LayoutView:
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    if filters:
        card.add_item(ui.TextDisplay(filters))
    for result in found:
        card.add_item(_tile(result, translate))
    view.add_item(card)
    return view


def _tile(found: FoundResult, translate: Translator) -> ui.Item[Any]:
    """Draw one result with its thumbnail and link; only its number if the member cannot see its message now."""
    job, location = found.job, found.location
    if not found.is_readable:
        return ui.TextDisplay(f"**#{job.id}**\n-# {translate(phrases.TILE_NOT_VISIBLE)}")
    prompt = shown(job.request.prompt, PROMPT_CHARS)
    text = formatters.tile(job, f"#{job.id}", prompt, None if location is None else location.jump, translate)
    notes = [translate(phrases.TILE_SHARED)] if found.is_shared else []
    notes += [translate(phrases.TILE_PRIVATE)] if location is None else []
    notes += [translate(phrases.MESSAGE_GONE)] if location is not None and not location.images else []
    text = "\n-# ".join((text, *notes))
    if location is None or not location.images:
        return ui.TextDisplay(text)
    thumbnail = ui.Thumbnail[Any](
        location.images[0].url,
        description=shortened(veiled(job.request.prompt), ALT_CHARS) or None,
        spoiler=location.images[0].spoiler,
    )
    return ui.Section(text, accessory=thumbnail)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the commands and their buttons to *bot*."""
    await bot.add_cog(Gallery())
    bot.add_dynamic_items(PageButton, ForgetButton)
