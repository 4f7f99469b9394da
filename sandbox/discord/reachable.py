"""Find what a path names, if the bot can reach it."""

from __future__ import annotations

from aiohttp import web

from sandbox import permissions
from sandbox.discord import errors
from sandbox.records import Channel, Message
from sandbox.world import World


def channel_of(world: World, request: web.Request, *needed: str) -> Channel:
    """Return the channel if the bot sees it and has the permissions *needed* there."""
    channel = world.channels.get(request.match_info["channel_id"])
    if channel is None:
        raise errors.unknown_channel()
    granted = world.permission_bits(world.bot_id, channel)
    if not permissions.has(granted, "VIEW_CHANNEL"):
        raise errors.missing_access()
    if not permissions.has(granted, *needed):
        raise errors.missing_permissions()
    return channel


def message_of(world: World, request: web.Request, *needed: str) -> tuple[Channel, Message]:
    """Return a message and its channel. Bot tokens cannot reach ephemeral messages."""
    channel = channel_of(world, request, *needed)
    message = world.messages.get(request.match_info["message_id"])
    if message is None or message.ephemeral_for is not None or message.channel_id != channel.id:
        raise errors.unknown_message()
    return channel, message
