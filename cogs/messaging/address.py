"""Who makes a request, and where Discord shows the answer: both built from what Discord sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord

from cogs.messaging import discord_private
from imagegen.address import Address
from imagegen.model import DIRECT, INSTALL, Job, Requester, Scope

# An interaction's token is valid for 15 min. A result that only the token can deliver must be generated before.
# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
TOKEN_ONLY = timedelta(minutes=13)
SLOW_TOKEN_ONLY = timedelta(minutes=10)  # a story of five images takes three to four minutes; an image set has twelve

# Only a Community server chooses its language; every other one is said to speak this one.
# https://discord.com/developers/docs/resources/guild#guild-object (2026-11-30)
DEFAULT_LOCALE, CHOOSES_LOCALE = "en-US", "COMMUNITY"


def requester_of(interaction: discord.Interaction[Any]) -> Requester:
    """Return who makes the request of an interaction, and where."""
    return Requester(
        interaction.user.id,
        scope_of(interaction),
        interaction.locale.value,
        roles=_role_ids(interaction.user),
        server_id=interaction.guild_id,
        joined_at=getattr(interaction.user, "joined_at", None),
        manages_server=interaction.guild_id is not None and interaction.permissions.manage_guild,
        **_channel_facts(interaction.channel),
    )


def requester_of_message(message: discord.Message, locale: str | None = None) -> Requester:
    """Return who makes the request of a message, and where.

    A message does not say its author's language. Without *locale*, use the server's.
    """
    if message.guild is None:
        return Requester(message.author.id, DIRECT, locale or "en-US")
    return Requester(
        message.author.id,
        Scope(message.guild.id),
        locale or message.guild.preferred_locale.value,
        roles=_role_ids(message.author),
        server_id=message.guild.id,
        joined_at=getattr(message.author, "joined_at", None),
        manages_server=isinstance(message.author, discord.Member) and message.author.guild_permissions.manage_guild,
        **_channel_facts(message.channel),
    )


def requester_in(server: discord.Guild, channel: Any, member: discord.Member, locale: str) -> Requester:
    """Return a member as the requester in a channel of a server where they may not be right now."""
    facts = _channel_facts(channel)
    return Requester(
        member.id,
        Scope(server.id),
        locale,
        roles=_role_ids(member),
        server_id=server.id,
        joined_at=member.joined_at,
        **facts,
    )


def _role_ids(author: discord.User | discord.Member) -> tuple[int, ...]:
    """Return the roles that Discord sent with the event, without any cache."""
    return discord_private.role_ids(author) if isinstance(author, discord.Member) else ()


def _channel_facts(channel: object) -> dict[str, Any]:
    """Return what server settings apply to: the channel, the parent of a thread, and the age restriction."""
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    restricted = getattr(channel, "is_nsfw", lambda: False)()
    return {"channel_id": getattr(channel, "id", None), "parent_channel_id": parent_id, "age_restricted": restricted}


def scope_of(interaction: discord.Interaction[Any]) -> Scope:
    """Return where the quotas of an interaction are counted."""
    if interaction.is_guild_integration():
        return Scope(interaction.guild_id)
    return DIRECT if interaction.guild_id is None and not interaction.context.private_channel else INSTALL


def chosen_locale(guild: discord.Guild | None, locale: discord.Locale | None = None) -> str | None:
    """Return the language that a server has chosen in Discord; None if it has chosen none, and outside servers.

    *locale* is the server's where an event says it, because the *guild* of an interaction may be partial.
    """
    if guild is None:
        return None
    known = (locale or guild.preferred_locale).value
    return known if known != DEFAULT_LOCALE or CHOOSES_LOCALE in guild.features else None


def address_of(interaction: discord.Interaction[Any], *, private: bool = False) -> Address:
    """Return the address of an interaction, without a message: the message exists after the acknowledgement.

    The address of a *private* result has no channel, so that no route leads there, also in an older release.
    """
    is_user_install = scope_of(interaction) == INSTALL
    return Address(
        application_id=interaction.application_id,
        token=interaction.token,
        server_id=interaction.guild_id,
        server_locale=None if is_user_install else chosen_locale(interaction.guild, interaction.guild_locale),
        channel_id=None if private else interaction.channel_id,
        requested_in_id=interaction.channel_id if private else None,
        max_file_bytes=interaction.filesize_limit,
        is_user_install=is_user_install,
    )


def address_of_message(message: discord.Message) -> Address:
    """Return the address of a request that *message* makes: the bot replies to that message."""
    server_id = None if message.guild is None else message.guild.id
    return Address(
        server_id=server_id,
        server_locale=chosen_locale(message.guild),
        channel_id=message.channel.id,
        reply_to_id=message.id,
    )


def send_before_at(
    interaction: discord.Interaction[Any], *, is_slow: bool = False, private: bool = False
) -> datetime | None:
    """Return the latest time at which to send the request to Wan; None if the bot can deliver without the token.

    A late *private* result is sent as a direct message to a member of a server of the bot.
    """
    scope = scope_of(interaction)
    if scope == DIRECT:
        return None
    if scope != INSTALL and (private or may_write(interaction.app_permissions, interaction.channel)):
        return None
    return interaction.created_at + (SLOW_TOKEN_ONLY if is_slow else TOKEN_ONLY)


def may_write(allowed: discord.Permissions, channel: object) -> bool:
    """Return whether these permissions let the bot send a message with images to *channel*."""
    in_thread = isinstance(channel, discord.Thread)
    may_send = allowed.send_messages_in_threads if in_thread else allowed.send_messages
    return allowed.view_channel and may_send and allowed.attach_files


def reaches_only_requester(job: Job) -> bool:
    """Return whether a result is private and has no channel: only the token and a direct message lead to the person."""
    return job.request.private and job.address.channel_id is None


def jump_to(job: Job) -> str:
    """Return the link that a client follows to the message of a result."""
    return link_in(job.address.server_id, home_of(job), job.message_id)


def home_of(job: Job) -> int | None:
    """Return the id of the channel where a result was requested."""
    return job.address.requested_in_id or job.address.channel_id


def link_in(server_id: int | None, channel_id: int | None, message_id: int | None) -> str:
    """Return the link that a client follows to a message; without a server, to a direct message."""
    return f"https://discord.com/channels/{server_id or '@me'}/{channel_id}/{message_id}"


def link_to(job: Job) -> str | None:
    """Return the link to the message of a result in a server; None without a message, or outside servers."""
    if None in (job.address.server_id, job.address.channel_id, job.message_id):
        return None
    return jump_to(job)
