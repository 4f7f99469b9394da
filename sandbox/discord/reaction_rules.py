"""Add and remove reactions, by the same rules for the bot and for people. No I/O.

https://discord.com/developers/docs/resources/message#create-reaction, .../events/gateway-events (2026-11-29)
"""

from __future__ import annotations

from typing import Any

from sandbox import permissions
from sandbox.discord import emoji, errors, message_rules
from sandbox.records import Channel, Json, Message
from sandbox.world import World

MAX_EMOJI = 20  # on one message
NORMAL: Json = {"burst": False, "type": 0}


def known(name: str) -> str:
    """Return the emoji as Discord writes it. A custom emoji, ``name:id``, is unknown: the sandbox has none."""
    found = emoji.canonical(name)
    if found is None:
        raise errors.unknown_emoji()
    return found


def add(world: World, message: Message, user_id: str, name: str) -> None:
    """Add a user's reaction. The first with an emoji needs Add Reactions. A second one by the same user does nothing.

    https://discord.com/developers/docs/resources/message#create-reaction (2026-11-29)
    """
    channel, found = _open_channel(world, message), known(name)
    here = message.reactions.get(found, ())
    needed = ("READ_MESSAGE_HISTORY", *(() if here else ("ADD_REACTIONS",)))
    if not permissions.has(world.permission_bits(user_id, channel), *needed):
        raise errors.missing_permissions()
    if user_id in here:
        return
    if not here and len(message.reactions) >= MAX_EMOJI:
        raise errors.too_many_reactions(MAX_EMOJI)
    message.reactions = {**message.reactions, found: (*here, user_id)}
    about = {"user_id": user_id, "message_author_id": message.author_id, **_member(world, channel, user_id)}
    _emit(world, "MESSAGE_REACTION_ADD", message, **about, **NORMAL, emoji=_emoji_json(found))


def remove(world: World, message: Message, user_id: str, name: str) -> None:
    """Remove a user's reaction, if it is there."""
    _open_channel(world, message)
    found = known(name)
    here = message.reactions.get(found, ())
    if user_id not in here:
        return
    left = tuple(other for other in here if other != user_id)
    message.reactions = {name: users for name, users in {**message.reactions, found: left}.items() if users}
    _emit(world, "MESSAGE_REACTION_REMOVE", message, user_id=user_id, **NORMAL, emoji=_emoji_json(found))


def clear_emoji(world: World, message: Message, name: str) -> None:
    """Remove everyone's reactions with one emoji."""
    _open_channel(world, message)
    found = known(name)
    if found in message.reactions:
        message.reactions = {name: users for name, users in message.reactions.items() if name != found}
        _emit(world, "MESSAGE_REACTION_REMOVE_EMOJI", message, emoji=_emoji_json(found))


def clear(world: World, message: Message) -> None:
    """Remove all reactions."""
    _open_channel(world, message)
    if message.reactions:
        message.reactions = {}
        _emit(world, "MESSAGE_REACTION_REMOVE_ALL", message)


def _open_channel(world: World, message: Message) -> Channel:
    """Return the message's channel. In an archived thread, reactions do not change.

    https://discord.com/developers/docs/topics/threads#active--archived-threads (2026-11-29)
    """
    channel = world.channels[message.channel_id]
    if channel.archived:
        raise errors.archived_thread()
    return channel


def _emoji_json(name: str) -> Json:
    return {"id": None, "name": name}


def _member(world: World, channel: Channel, user_id: str) -> Json:
    server = world.servers.get(channel.server_id or "")
    return {"member": world.member_json(user_id, server)} if server and user_id in server.members else {}


def _emit(world: World, name: str, message: Message, **about: Any) -> None:
    channel = world.channels[message.channel_id]
    where = {"guild_id": channel.server_id} if channel.server_id else {}
    message_rules.mark_changed(world, message)
    world.emit(name, {"channel_id": channel.id, "message_id": message.id, **where, **about}, channel)
