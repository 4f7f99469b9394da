"""Who can see where a result stands, now: what somebody may be shown of it is decided at the press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
from discord.ext import commands

from cogs import _collect
from cogs._rest import WayClosed, tried
from imagegen.errors import DeliverLater
from imagegen.model import Job, PictureLink

# The last: a channel of a kind that discord.py does not know, or a thread whose parent it was not told of.
UNSURE = (WayClosed, DeliverLater, discord.ClientException)
JUMP = "https://discord.com/channels/{server}/{channel}/{message}"


@dataclass(frozen=True)
class Spot:
    """Where a result stands, and its pictures as Discord shows them now; none where its message is gone."""

    jump: str
    pictures: tuple[PictureLink, ...]


def jump_to(job: Job) -> str:
    """The link that a client follows to the message of a result."""
    server = job.address.get("guild") or "@me"
    return JUMP.format(server=server, channel=job.address.get("channel"), message=job.message_id)


async def may_see(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Whether whoever pressed can see where *job* stands now. Raises nothing: unsure is unseen.

    Under its own message Discord has just said what they may do there.
    """
    message = interaction.message
    if message is not None and message.id == job.message_id:
        return interaction.guild_id is None or interaction.permissions.read_message_history
    try:
        return await _sees(interaction.client, interaction.user, job)
    except UNSURE:
        return False


async def spot_of(bot: commands.AutoShardedBot, person: discord.User | discord.Member, job: Job) -> Spot | None:
    """Where *job* stands, for *person*; None where they cannot see its channel. Raises nothing: unsure is unseen."""
    try:
        if not await _sees(bot, person, job):
            return None
        return Spot(jump_to(job), await _pictures(bot, job))
    except UNSURE:
        return None


async def _sees(bot: commands.AutoShardedBot, person: discord.User | discord.Member, job: Job) -> bool:
    """In a server: View Channel and Read Message History, as its roles and channels stand now. Elsewhere: the asker."""
    if not job.asker.scope.startswith("g:"):
        return person.id == job.asker.user_id
    server = bot.get_guild(int(job.address.get("guild") or 0))
    if server is None:
        return False
    channel_id = int(job.address.get("channel") or 0)
    # An archived thread is no longer in what the gateway told.
    channel: Any = server.get_channel_or_thread(channel_id) or await tried(server.fetch_channel, channel_id)
    here = isinstance(person, discord.Member) and person.guild.id == server.id
    member = person if here else await tried(server.fetch_member, person.id)
    allowed: discord.Permissions = channel.permissions_for(member)
    if isinstance(channel, discord.Thread) and channel.is_private() and not allowed.manage_threads:
        await tried(channel.fetch_member, person.id)  # of a private thread, whoever is in it
    return allowed.view_channel and allowed.read_message_history


async def _pictures(bot: commands.AutoShardedBot, job: Job) -> tuple[PictureLink, ...]:
    """Fetched anew, for a kept link would have expired after a day."""
    channel = bot.get_partial_messageable(int(job.address.get("channel") or 0))
    try:
        message = await tried(channel.fetch_message, job.message_id or 0)
    except WayClosed:
        return ()
    return _collect.from_message(message)
