"""Who makes a request, and where to answer it: both built from what Discord sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord

from imagegen.model import DIRECT, INSTALL, Address, Job, Requester, Scope

# An interaction's token lives 15 min; what cannot be shown by any other way must be painted before.
# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
TOKEN_ONLY = timedelta(minutes=13)
STORY_TOKEN_ONLY = timedelta(minutes=10)  # a story of five images is told for three to four minutes


def requester_of(interaction: discord.Interaction[Any]) -> Requester:
    return Requester(
        interaction.user.id,
        scope_of(interaction),
        interaction.locale.value,
        roles=_roles(interaction.user),
        server_id=interaction.guild_id,
        **_place(interaction.channel),
    )


def _roles(who: discord.User | discord.Member) -> tuple[int, ...]:
    """The roles that Discord sent with the event; nothing is looked up in a cache."""
    return tuple(who._roles) if isinstance(who, discord.Member) else ()


def _place(channel: object) -> dict[str, Any]:
    """Where in a server it was asked, as the server's own rules see it; a thread is in its parent's place."""
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    restricted = getattr(channel, "is_nsfw", lambda: False)()
    return {"channel_id": getattr(channel, "id", None), "parent_channel_id": parent_id, "age_restricted": restricted}


def scope_of(interaction: discord.Interaction[Any]) -> Scope:
    """Return where the quotas of an interaction are counted."""
    if interaction.is_guild_integration():
        return Scope(interaction.guild_id)
    return DIRECT if interaction.guild_id is None and not interaction.context.private_channel else INSTALL


def address_of(interaction: discord.Interaction[Any]) -> Address:
    """The message is known only when the interaction was acknowledged."""
    return Address(
        application_id=interaction.application_id,
        token=interaction.token,
        server_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        max_file_bytes=interaction.filesize_limit,
        is_user_install=scope_of(interaction) == INSTALL,
    )


def send_before_at(interaction: discord.Interaction[Any], *, story: bool = False) -> datetime | None:
    """None where the bot can show a result without the interaction's token; else until when it is worth painting."""
    scope = scope_of(interaction)
    if scope == DIRECT or (scope != INSTALL and may_write(interaction.app_permissions, interaction.channel)):
        return None
    return interaction.created_at + (STORY_TOKEN_ONLY if story else TOKEN_ONLY)


def may_write(allowed: discord.Permissions, channel: object) -> bool:
    """Whether a card with images can be sent there."""
    in_thread = isinstance(channel, discord.Thread)
    may_send = allowed.send_messages_in_threads if in_thread else allowed.send_messages
    return allowed.view_channel and may_send and allowed.attach_files


def requester_of_message(message: discord.Message, locale: str | None = None) -> Requester:
    """A message does not tell its writer's language: where *locale* is not known, the server's stands in."""
    if message.guild is None:
        return Requester(message.author.id, DIRECT, locale or "en-US")
    return Requester(
        message.author.id,
        Scope(message.guild.id),
        locale or message.guild.preferred_locale.value,
        roles=_roles(message.author),
        server_id=message.guild.id,
        **_place(message.channel),
    )


def address_of_message(message: discord.Message) -> Address:
    """Return the address of a request that *message* makes: the bot replies to that message."""
    server_id = None if message.guild is None else message.guild.id
    return Address(server_id=server_id, channel_id=message.channel.id, reply_to_id=message.id)


def jump_to(job: Job) -> str:
    """Return the link that a client follows to the message of a result."""
    server = job.address.server_id or "@me"
    return f"https://discord.com/channels/{server}/{job.address.channel_id}/{job.message_id}"


def link_to(job: Job) -> str | None:
    """Return the link to the message of a result in a server; None for one without a message, or outside of servers."""
    if None in (job.address.server_id, job.address.channel_id, job.message_id):
        return None
    return jump_to(job)
