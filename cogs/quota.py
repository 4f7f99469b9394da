"""/quota and /receipts: what is left, and what each request used."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.interactions import read_limits, submission
from cogs.interactions.buttons import IdButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging.address import requester_of
from cogs.text import formatters, operator_spending, phrases, receipts
from cogs.text.i18n import Translator
from cogs.text.markdown import plain
from cogs.text.spoilers import shown
from cogs.ui import cards
from cogs.ui.ids import SNOWFLAKE_DIGITS, Verb
from imagegen.history import PAGE
from imagegen.reports import Receipt

PROMPT_CHARS = 120


class Quota(commands.Cog):
    """/quota and /receipts."""

    @app_commands.command(name="quota", description="See how many images you have left and when your quota resets.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def quota(self, interaction: discord.Interaction[Any]) -> None:
        """Show in private what is left of each quota."""
        await show_quota(interaction)

    @app_commands.command(name="receipts", description="See what each of your requests used from your quota, and why.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def receipts(self, interaction: discord.Interaction[Any]) -> None:
        """Show the newest receipts in private."""
        read_limits.count_pages(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_receipts(interaction, None)


async def show_quota(interaction: discord.Interaction[Any]) -> None:
    """Show a member in private what is left of each quota."""
    service, translate = context_of(interaction).service, submission.translator_for_user(interaction)
    requester = requester_of(interaction)
    remaining, notice, share = await submission.within_deadline(
        asyncio.gather(service.quota(requester), service.operator_admin.notice(), service.used_up_share(requester))
    )
    lines = [formatters.quota_bar(one, translate) for one in remaining]
    if share is not None:
        lines.insert(0, operator_spending.share_in_words(share, 100, translate))
    if said := notice.announcement:
        lines.insert(0, f"> {plain(said)}")
    text = "\n\n".join(lines)
    await interaction.response.send_message(text, ephemeral=True)


class QuotaButton(IdButton, verb=Verb.SHOW_QUOTA, digits=SNOWFLAKE_DIGITS):
    """Show quota, under a refusal because of a quota."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        await show_quota(interaction)


class OlderButton(IdButton, verb=Verb.OLDER_RECEIPTS):
    """Show the member's receipts that are older than a job; 0 is the newest page."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        read_limits.count_pages(interaction)
        await interaction.response.defer()
        await show_receipts(interaction, self.its_id or None)


class NewestButton(OlderButton, verb=Verb.NEWEST_RECEIPTS, digits=1):
    """Show the newest page of receipts."""


async def show_receipts(interaction: discord.Interaction[Any], before: int | None) -> None:
    """Show a page of receipts in place of the private reply."""
    service, translate = context_of(interaction).service, submission.translator_for_user(interaction)
    found = await service.history.accounts(interaction.user.id, before)
    quotas = [] if before else await service.quota(requester_of(interaction))
    lines = [formatters.quota_bar(one, translate) for one in quotas]
    lines += [_receipt(account, translate) for account in found[:PAGE]] or [translate(phrases.NO_REQUESTS)]
    view = cards.one_sentence("\n\n".join(lines))
    buttons: list[IdButton] = [NewestButton(0, translate)] if before else []
    buttons += [OlderButton(found[PAGE - 1].job.id, translate)] if len(found) > PAGE else []
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view)


def _receipt(account: Receipt, translate: Translator) -> str:
    prompt = shown(account.job.request.prompt, PROMPT_CHARS)
    return receipts.receipt(account, prompt or translate(phrases.ERASED_PROMPT), translate)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the commands and their buttons to *bot*."""
    await bot.add_cog(Quota())
    bot.add_dynamic_items(QuotaButton, OlderButton, NewestButton)
