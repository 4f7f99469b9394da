"""/gallery, /forget-me and /consent: a member's results, and who may edit what they post."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.interactions import read_limits, submission, visibility
from cogs.interactions.buttons import IdButton, PersistentButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.visibility import MessageLocation
from cogs.text import formatters, phrases
from cogs.text.i18n import Translator
from cogs.text.markdown import shortened
from cogs.text.spoilers import shown, veiled
from cogs.text.units import cut
from cogs.ui import cards
from cogs.ui.ids import FIND_CHARS, SNOWFLAKE_DIGITS, Verb, page_id
from cogs.ui.ids import PAGE as PAGE_ID
from cogs.ui.limits import ALT_CHARS
from cogs.ui.views import ACCENT, Card
from imagegen.errors import Reason, Refused
from imagegen.history import PAGE
from imagegen.model import Job
from imagegen.policy.server_settings import Consent
from imagegen.policy.validation import clean_text
from imagegen.reports import ResultFilter

PROMPT_CHARS = 200

MINE, HERE = "mine", "here"


class Gallery(commands.Cog):
    """/gallery, /forget-me and /consent."""

    @app_commands.command(
        name="gallery", description="See the images you generated, newest first, or search their prompts."
    )
    @app_commands.describe(
        find="Text to find in the prompts", everybody="Show everyone's images in this server (managers only)"
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def gallery(
        self, interaction: discord.Interaction[Any], find: Range[str, 0, FIND_CHARS] = "", everybody: bool = False
    ) -> None:
        """Show the member's results, or the server's to a manager, found by words of their prompts."""
        read_limits.count_pages(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_page(interaction, HERE if everybody else MINE, cut(clean_text(find), FIND_CHARS), None)

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

    def __init__(self, whose: str, before: int, find: str, label: str = "") -> None:
        self.whose, self.before, self.find = whose, before, find
        super().__init__(ui.Button(label=label or "·", custom_id=page_id(whose, before, find)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read a page id."""
        return cls(match["whose"], int(match["before"]), match["find"])

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page in place of the one that is shown."""
        read_limits.count_pages(interaction)
        await interaction.response.defer()
        await show_page(interaction, self.whose, self.find, self.before or None)


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


async def show_page(interaction: discord.Interaction[Any], whose: str, find: str, before: int | None) -> None:
    """Show a page of the gallery in place of the private reply.

    Raises Refused MANAGERS_ONLY if a member who is no manager asks for the whole server's results.
    """
    library = context_of(interaction).service.history
    if whose == HERE:
        if interaction.guild_id is None or not interaction.permissions.manage_guild:
            raise Refused(Reason.MANAGERS_ONLY)
        wanted = ResultFilter(server_id=interaction.guild_id, find=find)
    else:
        wanted = ResultFilter(user_id=interaction.user.id, find=find)
    found = await library.results(wanted, interaction.user.id, before)
    locations = await visibility.locations_of(interaction, found[:PAGE])
    translate = submission.translator_for_user(interaction)
    view = (
        _gallery(found[:PAGE], locations, translate) if found else cards.one_sentence(translate(phrases.NOTHING_FOUND))
    )
    buttons = [PageButton(whose, 0, find, translate("Newest"))] if before else []
    buttons += [PageButton(whose, found[PAGE - 1].id, find, translate("Older"))] if len(found) > PAGE else []
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view)


def _gallery(found: Sequence[Job], locations: Sequence[MessageLocation | None], translate: Translator) -> ui.LayoutView:
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    for job, location in zip(found, locations, strict=True):
        for tile in _tile(job, location, translate):
            card.add_item(tile)
    view.add_item(card)
    return view


def _tile(job: Job, location: MessageLocation | None, translate: Translator) -> list[ui.Item[Any]]:
    """Draw one result with its thumbnail and link; only its number if the member cannot see its message now."""
    if location is None:
        return [ui.TextDisplay(f"**#{job.id}**\n-# {translate(phrases.TILE_NOT_VISIBLE)}")]
    prompt = shown(job.request.prompt, PROMPT_CHARS)
    text = formatters.tile(job, f"#{job.id}", prompt, location.jump, translate)
    if not location.images:
        return [ui.TextDisplay(f"{text}\n-# {translate(phrases.MESSAGE_GONE)}")]
    thumbnail = ui.Thumbnail[Any](
        location.images[0].url,
        description=shortened(veiled(job.request.prompt), ALT_CHARS) or None,
        spoiler=location.images[0].spoiler,
    )
    return [ui.Section(text, accessory=thumbnail)]


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the commands and their buttons to *bot*."""
    await bot.add_cog(Gallery())
    bot.add_dynamic_items(PageButton, ForgetButton)
