"""The one way from an interaction or a message to the service: acknowledge, submit, or refuse in private."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord
import structlog
from discord.ext import commands

from cogs import _replies
from imagegen.errors import Refused, WanvasError
from imagegen.model import Address, Ask, Asker, ImageRequest, Receipt
from imagegen.service import Service

log = structlog.get_logger(__name__)

# An interaction's token lives 15 min; what cannot be shown by any other way must be painted before.
# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
TOKEN_ONLY = timedelta(minutes=13)

Submit = Callable[[Ask], Awaitable[Receipt]]


@dataclass(frozen=True)
class Desk:
    """What every cog works with."""

    service: Service


class DeskBot(commands.AutoShardedBot):
    """A client that has its desk: buttons and menus that outlive a restart find the service through it."""

    desk: Desk
    operator_ids: tuple[int, ...] = ()


def desk_of(interaction: discord.Interaction[Any]) -> Desk:
    """TypeError when the client is not ours, which cannot happen outside a test."""
    if not isinstance(interaction.client, DeskBot):
        raise TypeError("this client has no desk")
    return interaction.client.desk


def asker_of(interaction: discord.Interaction[Any]) -> Asker:
    return Asker(interaction.user.id, scope_of(interaction), interaction.locale.value)


def scope_of(interaction: discord.Interaction[Any]) -> str:
    if interaction.guild_id is None:
        return "dm"
    return f"g:{interaction.guild_id}" if interaction.is_guild_integration() else "install"


def address_of(interaction: discord.Interaction[Any]) -> Address:
    """Where to answer, as _delivery.py reads it."""
    return {
        "v": 1,
        "kind": "interaction",
        "app": interaction.application_id,
        "token": interaction.token,
        "guild": interaction.guild_id,
        "channel": interaction.channel_id,
        "message": None,
        "user": interaction.user.id,
        "locale": interaction.locale.value,
        "limit": interaction.filesize_limit,
        "user_install": not interaction.is_guild_integration() and interaction.guild_id is not None,
    }


def has_late_way(interaction: discord.Interaction[Any]) -> bool:
    """Whether the channel can be written to without the interaction's token."""
    if interaction.guild_id is None:
        return True
    allowed = interaction.app_permissions
    return interaction.is_guild_integration() and allowed.view_channel and allowed.send_messages


async def answer(interaction: discord.Interaction[Any], request: ImageRequest, submit: Submit | None = None) -> None:
    """Take *request*: a refusal known at once is said in private; else "thinking", and the job is accepted.

    A refusal that is known only afterwards takes the "thinking" away and follows in private.
    """
    service = desk_of(interaction).service
    late = None if has_late_way(interaction) else interaction.created_at + TOKEN_ONLY
    ask = Ask(f"i:{interaction.id}", asker_of(interaction), request, address_of(interaction), late)
    if submit is None:
        try:
            await service.look(ask)
        except Refused as refused:
            await interaction.response.send_message(_replies.sentence(refused), ephemeral=True)
            return
    thinking = await interaction.response.defer(thinking=True)
    message_id = None if thinking is None else thinking.message_id
    ask = replace(ask, address={**ask.address, "message": message_id})
    try:
        await (submit or service.submit)(ask)
    except WanvasError as error:
        await interaction.delete_original_response()
        await interaction.followup.send(_replies.sentence(error), ephemeral=True)


async def failed(interaction: discord.Interaction[Any], error: Exception) -> None:
    """A defect of ours: logged whole, said in one private sentence."""
    log.error("interaction_failed", interaction_id=interaction.id, exc_info=error)
    text = _replies.sentence_for("internal", {})
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)
