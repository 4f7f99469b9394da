"""Report image: a menu on the bot's results, and a private select of reasons. The managers get a card."""

from __future__ import annotations

import re
from math import ceil
from typing import Any, Self

import discord
from discord import app_commands, ui

from cogs.interactions import submission, visibility
from cogs.interactions.buttons import PersistentItem
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging import attachments
from cogs.messaging.address import scope_of
from cogs.messaging.outcomes import MessageGone, RouteClosed, call_discord
from cogs.text import review
from cogs.text.i18n import ENGLISH, Translator
from cogs.ui.ids import SNOWFLAKE_DIGITS, Verb, component_id, template
from cogs.ui.views import Buttons
from imagegen.errors import DeliverLater, Reason, Refused
from imagegen.model import Job
from imagegen.policy.review import Report, ReportReason


@app_commands.context_menu(name="Report image")
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
async def report_image(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Ask in private why the member reports the images of a message, or say why they cannot."""
    translate = submission.translator_for_user(interaction)
    if why := _unreportable(interaction, message):
        await interaction.response.send_message(translate(why), ephemeral=True)
        return
    view = Buttons().add_item(ReasonSelect(message.id, translate))
    await interaction.response.send_message(translate(review.WHY), view=view, ephemeral=True)


def _unreportable(interaction: discord.Interaction[Any], message: discord.Message) -> str:
    """Return why a message cannot be reported; "" if it can."""
    if scope_of(interaction).server_id is None or message.author != interaction.client.user:
        return review.NOT_OURS
    if message.flags.ephemeral:
        return review.PRIVATE
    return "" if attachments.job_shown(message) is not None else review.NOT_OURS


class ReasonSelect(PersistentItem[ui.Select[Any]], template=template(Verb.REPORT, SNOWFLAKE_DIGITS)):
    """Report the message for the chosen reason."""

    def __init__(self, message_id: int, translate: Translator = ENGLISH) -> None:
        self.message_id = message_id
        options = [
            discord.SelectOption(label=translate(text), value=reason.value) for reason, text in review.REASONS.items()
        ]
        super().__init__(
            ui.Select(
                custom_id=component_id(Verb.REPORT, message_id), placeholder=translate(review.CHOOSE), options=options
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the id of a select."""
        return cls(int(match["id"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Store the report, and say in private what the managers can see of it."""
        reason = ReportReason.of(self.item.values[0] if self.item.values else "")
        if wait_s := context_of(interaction).reports.take(interaction.user.id):
            raise Refused(Reason.READS_TOO_FAST, wait_s=ceil(wait_s))
        await interaction.response.defer()
        said = await _report(interaction, self.message_id, reason)
        await interaction.edit_original_response(content=submission.translator_for_user(interaction)(said), view=None)


async def _report(interaction: discord.Interaction[Any], message_id: int, reason: ReportReason) -> str:
    """Report a message of this channel. Return the sentence that says what happened."""
    try:
        message = await _message(interaction, message_id)
    except MessageGone:
        return review.GONE
    job = await _job_of(interaction, message_id, message)
    if job is None or interaction.guild_id is None or interaction.channel_id is None:
        return review.NOT_OURS
    service = context_of(interaction).service
    said = Report(job.id, interaction.user.id, interaction.guild_id, reason, interaction.channel_id, message_id)
    card = await service.review.report(said)
    if card is None:
        return review.REPORTED_BEFORE
    held = await service.review.claim(card)
    # If another caller works on the card now, that caller shows this report too.
    return review.SENT if held is None or await context_of(interaction).carry_out(held) else review.KEPT


async def _message(interaction: discord.Interaction[Any], message_id: int) -> discord.Message | None:
    """Return a message of this channel; None if the bot cannot read it. Raises MessageGone."""
    channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
    try:
        return await call_discord(channel.fetch_message, message_id)
    except MessageGone:
        raise
    except (RouteClosed, DeliverLater):
        return None


async def _job_of(
    interaction: discord.Interaction[Any], message_id: int, message: discord.Message | None
) -> Job | None:
    """Return the job that a message of this channel shows to its members, if the job is of this server.

    The message's id comes from Discord and may be made up.
    """
    if message is not None:
        job = None if _unreportable(interaction, message) else await visibility.job_in(interaction.client, message)
    else:
        job = await context_of(interaction).service.display.job_of_message(message_id)
        job = job if job is not None and job.address.channel_id == interaction.channel_id else None
    return job if job is not None and job.requester.scope == scope_of(interaction) else None


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the menu and its select to *bot*."""
    bot.tree.add_command(report_image)
    bot.add_dynamic_items(ReasonSelect)
