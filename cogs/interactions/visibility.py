"""Check, at click time, whether a user can see a result's message."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from cogs.interactions.context import AppBot, context_of
from cogs.messaging import attachments
from cogs.messaging.address import jump_to
from cogs.messaging.lookups import UNSURE
from imagegen.image_request import ImageLink
from imagegen.model import INSTALL, Job
from imagegen.policy.private_results import as_seen_by

_CURRENT_ROLES = "judge_by_current_roles"  # in the extras of an interaction: its member may have lost roles since


@dataclass(frozen=True)
class MessageLocation:
    """A result's message and its images as Discord shows them now; no images if the message is deleted."""

    jump: str
    images: tuple[ImageLink, ...]


async def job_in(bot: AppBot, message: discord.Message) -> Job | None:
    """Return the job of a message.

    A result can be seen a moment before the store knows its message, so read the message's file names too. Of a private
    result, a message that everybody sees has an image that was shared.
    """
    service = bot.context.service
    job = await service.display.job_of_message(message.id)
    if job is not None or message.author != bot.user or (shown := attachments.job_shown(message)) is None:
        return job
    job = await service.display.job(shown)
    if job is None or not job.request.private or message.guild is None or message.flags.ephemeral:
        return job
    return service.sharing.as_seen_in(job, message.channel.id, message.id)


async def seen_job(interaction: discord.Interaction[Any], job_id: int) -> Job | None:
    """Return the job if the member made it, or if this message shows it and they may read the history here.

    Of another's private request, return what ``as_seen_by`` leaves.

    An id may be made up to read other members' prompts.
    """
    job = await context_of(interaction).service.display.job(job_id)
    if job is None or interaction.user.id == job.requester.user_id or interaction.message is None:
        return job
    here = await job_in(interaction.client, interaction.message)
    shown = here is not None and here.id == job.id
    return as_seen_by(interaction.user.id, job) if shown and await may_see(interaction, job) else None


async def may_see(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Return whether the member can see the message of *job* now; False if unsure. Raises Refused READS_TOO_FAST.

    Under the result's own messages, the interaction itself says what the member may do there. No channel shows the
    messages of a private request, so its requester always sees them.
    """
    if job.request.private and job.requester.user_id == interaction.user.id:
        return True
    if interaction.message is not None and await _is_of(interaction, interaction.message, job):
        return interaction.guild_id is None or interaction.permissions.read_message_history
    return await _sees_for_sure(interaction, await context_of(interaction).service.sharing.as_seen(job))


async def may_repeat(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Return whether the member made the result, which no channel shows if it is private, or ``may_see`` it."""
    return interaction.user.id == job.requester.user_id or await may_see(interaction, job)


async def _is_of(interaction: discord.Interaction[Any], message: discord.Message, job: Job) -> bool:
    """Return whether a message shows *job*, a further part of it, or a shared image of it."""
    if message.id == job.message_id:
        return True
    if job.request.private:
        shown = await job_in(interaction.client, message)
        return shown is not None and shown.id == job.id
    further = context_of(interaction).service.display.further_messages
    return job.request.may_span_messages and message.id in await further(job.id)


def judge_by_current_roles(interaction: discord.Interaction[Any]) -> None:
    """From now on, judge by the roles that the member has then, not by those that came with the interaction."""
    interaction.extras[_CURRENT_ROLES] = True


async def still_manages(interaction: discord.Interaction[Any]) -> bool:
    """Return whether the member manages this server now; False if unsure. Raises Refused READS_TOO_FAST."""
    if (server := interaction.guild) is None:
        return False
    try:
        member = await context_of(interaction).lookups.member(server, interaction.user.id)
    except UNSURE:
        return False
    return member.guild_permissions.manage_guild


async def location_of(interaction: discord.Interaction[Any], job: Job) -> MessageLocation | None:
    """Return where *job* is, as ``locations_of`` does, with the images of all its messages."""
    (location,) = await locations_of(interaction, [job])
    if location is None or not job.request.may_span_messages:
        return location
    return replace(location, images=(*location.images, *await further_images(interaction, job)))


async def further_images(interaction: discord.Interaction[Any], job: Job) -> tuple[ImageLink, ...]:
    """Return the images in the messages in which *job* continues; none if Discord does not answer."""
    context = context_of(interaction)
    message_ids = await context.service.display.further_messages(job.id)
    try:
        found = await context.lookups.images(interaction.client, job.address.channel_id or 0, message_ids)
    except UNSURE:
        return ()
    return tuple(link for message_id in message_ids for link in found.get(message_id, ()))


async def locations_of(interaction: discord.Interaction[Any], jobs: Sequence[Job]) -> list[MessageLocation | None]:
    """Return where each of *jobs* is; None for one whose channel the member cannot see, or if unsure.

    Raises Refused READS_TOO_FAST.
    """
    sharing = context_of(interaction).service.sharing
    jobs = await asyncio.gather(*(sharing.as_seen(job) for job in jobs))  # of a private one, the shared image
    sees = await asyncio.gather(*(_sees_for_sure(interaction, job) for job in jobs))
    images = await _images(interaction, [job for job, seen in zip(jobs, sees, strict=True) if seen])
    return [MessageLocation(jump_to(job), images[job.id]) if job.id in images else None for job in jobs]


async def _sees_for_sure(interaction: discord.Interaction[Any], job: Job) -> bool:
    try:
        return await _sees(interaction, job)
    except UNSURE:
        return False


async def _sees(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Check View Channel and Read Message History as they are now; outside a server, only the requester sees a job."""
    person, looks = interaction.user, context_of(interaction).lookups
    if job.requester.scope.server_id is None:
        return person.id == job.requester.user_id
    found = await _channel_and_permissions(interaction, job)
    if found is None:
        return False
    channel, allowed = found
    if isinstance(channel, discord.Thread) and channel.is_private() and not allowed.manage_threads:
        await looks.in_thread(channel, person.id)  # only its members can see a private thread
    return allowed.view_channel and allowed.read_message_history


async def may_manage_messages(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Return whether the member manages the messages in the channel of *job* now; False if unsure.

    Raises Refused READS_TOO_FAST.
    """
    try:
        found = await _channel_and_permissions(interaction, job)
    except UNSURE:
        return False
    return found is not None and found[1].view_channel and found[1].manage_messages


async def _channel_and_permissions(
    interaction: discord.Interaction[Any], job: Job
) -> tuple[Any, discord.Permissions] | None:
    """Return the channel of *job* and what the member may do there now; None if the bot left the server.

    Raises one of UNSURE if the channel or the member is not known.
    """
    person, looks = interaction.user, context_of(interaction).lookups
    server = interaction.client.get_guild(job.address.server_id or 0)
    if server is None or (channel_id := job.address.channel_id) is None:
        return None
    # The gateway does not list archived threads.
    channel: Any = server.get_channel_or_thread(channel_id) or await looks.channel(server, channel_id)
    here = (
        isinstance(person, discord.Member)
        and person.guild.id == server.id
        and not interaction.extras.get(_CURRENT_ROLES)
    )
    member = person if here else await looks.member(server, person.id)
    return channel, channel.permissions_for(member)


async def _images(interaction: discord.Interaction[Any], jobs: Sequence[Job]) -> Mapping[int, tuple[ImageLink, ...]]:
    """Return the images of each job by its id; none if its message is deleted, no entry if Discord does not answer."""
    by_channel: dict[int, list[Job]] = {}
    for job in jobs:
        by_channel.setdefault(job.address.channel_id or 0, []).append(job)
    found: dict[int, tuple[ImageLink, ...]] = {}
    for some in await asyncio.gather(*(_in_channel(interaction, *item) for item in by_channel.items())):
        found.update(some)
    return found


async def _in_channel(
    interaction: discord.Interaction[Any], channel_id: int, jobs: Sequence[Job]
) -> Mapping[int, tuple[ImageLink, ...]]:
    """Return the same for one channel. Skip jobs of user installs: the bot cannot read their channels."""
    message_ids = [job.message_id for job in jobs if job.message_id and job.requester.scope != INSTALL]
    try:
        by_message = await context_of(interaction).lookups.images(interaction.client, channel_id, message_ids)
    except UNSURE:
        return {}
    return {job.id: by_message.get(job.message_id or 0, ()) for job in jobs}
