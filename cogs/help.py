"""/help: what a member can do here, in private; and to a mention without words by direct message."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.interactions import read_limits, submission
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging.address import requester_of
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.messaging.token_buckets import TokenBuckets
from cogs.text import help as words
from cogs.text import phrases
from cogs.text.help import HelpFacts
from cogs.text.i18n import Translator
from cogs.ui.views import ACCENT, Card
from imagegen.errors import DeliverLater
from imagegen.model import Requester
from imagegen.policy.review import is_held
from imagegen.policy.server_settings import DEFAULT_SETTINGS

EVERY_S = 300.0  # between two answers to mentions without words


class Help(commands.Cog):
    """/help."""

    @app_commands.command(name="help", description="See what you can do here, and what you have left.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help(self, interaction: discord.Interaction[Any]) -> None:
        """Show the card to the member alone."""
        read_limits.count_pages(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        is_manager = interaction.guild_id is not None and interaction.permissions.manage_guild
        facts = await help_facts(context_of(interaction), requester_of(interaction), is_manager=is_manager)
        view = card(interaction.client, facts, submission.translator_for_user(interaction))
        await interaction.edit_original_response(view=view)


async def help_facts(context: AppContext, requester: Requester, *, is_manager: bool = False) -> HelpFacts:
    """Return what is true for *requester* where they are."""
    service, server_id = context.service, requester.scope.server_id
    quotas, notice = await asyncio.gather(service.quota(requester), service.operator_admin.notice())
    here = DEFAULT_SETTINGS if server_id is None else await service.server_admin.settings(server_id)
    styles = () if server_id is None else await service.styles.all(server_id)
    return HelpFacts(
        quotas=quotas,
        models=service.model_options.options(0),
        settings=here,
        edits=service.model_options.max_images > 0,
        styles=len(styles),
        is_paused=notice.paused,
        is_server=server_id is not None,
        is_private=service.private_defaults.private(requester),
        is_held=is_held(here, requester, now=discord.utils.utcnow()),
        is_manager=is_manager,
        is_operator=requester.user_id in context.operators.ids,
    )


class MentionHelp:
    """Sends the card to the author of a mention without words. Numbers of a person are for that person alone."""

    def __init__(self, bot: AppBot) -> None:
        self._bot = bot
        self._answered, self._sent = TokenBuckets(1, EVERY_S), TokenBuckets(1, EVERY_S)

    def is_due(self, message: discord.Message) -> bool:
        """Return whether to answer: not twice in EVERY_S in the same channel."""
        return not self._answered.take((message.author.id, message.channel.id))

    async def send_card(self, message: discord.Message, requester: Requester, translate: Translator) -> bool:
        """Send the card as a direct message. Return False if the author takes none.

        Mentions in several channels bring one card in EVERY_S.
        """
        if message.guild is not None and self._sent.take(requester.user_id):
            return False
        about = translate(phrases.HELP_ABOUT, channel=f"<#{message.channel.id}>") if message.guild is not None else ""
        facts = await help_facts(self._bot.context, requester, is_manager=requester.manages_server)
        try:
            channel = await call_discord(self._bot.create_dm, discord.Object(requester.user_id))
            await call_discord(partial(channel.send, view=card(self._bot, facts, translate, about)))
        except (RouteClosed, DeliverLater):
            return False
        return True


def card(bot: AppBot, facts: HelpFacts, translate: Translator, about: str = "") -> Card:
    """Draw the card, with links to those commands that there are. *about* is said above."""
    view, found = Card(), words.sections(facts, lambda name: command_link(bot, name), translate)
    text = "\n\n".join([about, *found] if about else found)
    view.add_item(ui.Container(ui.TextDisplay(text), accent_color=ACCENT))
    return view


def command_link(bot: AppBot, name: str) -> str:
    """Return the link to a command, such as ``quota`` or ``character/add``; "" if the bot has no such command.

    https://discord.com/developers/docs/reference#message-formatting (2026-11-30)
    """
    root, _, rest = name.partition("/")
    found = bot.tree.get_command(root)
    if rest or isinstance(found, app_commands.Group):
        found = found.get_command(rest) if isinstance(found, app_commands.Group) else None
    if found is None:
        return ""
    command_id = bot.command_ids.get(root)
    shown = name.replace("/", " ")
    return f"`/{shown}`" if command_id is None else f"</{shown}:{command_id}>"


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the command to *bot*."""
    await bot.add_cog(Help())
