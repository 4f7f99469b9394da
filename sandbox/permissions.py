"""Compute who may do what in a channel. Pure.

https://discord.com/developers/docs/topics/permissions (2026-11-24)
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sandbox.records import Channel, Overwrite, Server

PERMISSIONS = {
    "ADMINISTRATOR": 1 << 3,
    "MANAGE_CHANNELS": 1 << 4,
    "MANAGE_GUILD": 1 << 5,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MENTION_EVERYONE": 1 << 17,
    "MANAGE_ROLES": 1 << 28,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "USE_EXTERNAL_APPS": 1 << 50,
    "PIN_MESSAGES": 1 << 51,
}


def bits(wanted: Iterable[str]) -> int:
    """Return the permission bits of these names. ValueError for an unknown name."""
    wanted = set(wanted)
    if unknown := wanted - set(PERMISSIONS):
        raise ValueError(f"there is no permission {sorted(unknown)}; known are {sorted(PERMISSIONS)}")
    return sum(PERMISSIONS[name] for name in wanted)


def names(granted: int) -> list[str]:
    """Return the names of these permission bits."""
    return [name for name, bit in PERMISSIONS.items() if granted & bit]


ALL = bits(PERMISSIONS)
MEMBER = bits(
    (
        "ADD_REACTIONS", "VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES", "READ_MESSAGE_HISTORY",
        "USE_APPLICATION_COMMANDS", "CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS", "USE_EXTERNAL_APPS",
    )
)  # fmt: skip
MANAGER = MEMBER | bits(
    ("MANAGE_CHANNELS", "MANAGE_GUILD", "MANAGE_MESSAGES", "MANAGE_ROLES", "MANAGE_THREADS", "PIN_MESSAGES")
)
BOT = MEMBER | bits(("MANAGE_MESSAGES", "PIN_MESSAGES"))
# Direct messages have no roles: every participant has these.
DIRECT = MEMBER & ~bits(("CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS", "USE_EXTERNAL_APPS"))
# What an app may do through a user install, where it is not a member: answer interactions only.
INSTALLED = bits(("EMBED_LINKS", "ATTACH_FILES"))


@cache
def _bits_of(wanted: tuple[str, ...]) -> int:
    return bits(wanted)  # cached: the page asks for each person, channel and command


def has(granted: int, *wanted: str) -> bool:
    """Return whether all permissions *wanted* are among the *granted* bits."""
    return granted & (needed := _bits_of(wanted)) == needed


def in_server(server: Server, user_id: str) -> int:
    """Return a member's permission bits in a server, before any channel's overwrites; 0 for a non-member."""
    member = server.members.get(user_id)
    if member is None:
        return 0
    granted = server.roles[server.id].permissions
    for role_id in member.roles:
        granted |= server.roles[role_id].permissions
    return ALL if user_id == server.owner_id or has(granted, "ADMINISTRATOR") else granted


def in_channel(server: Server, user_id: str, channel: Channel) -> int:
    """Return a member's permission bits in a channel.

    Overwrites apply in Discord's order: @everyone, then the member's roles, then the member. For a thread, pass the
    parent as *channel*: threads have no overwrites.
    """
    granted = in_server(server, user_id)
    if granted == ALL or not granted:
        return granted
    roles = [channel.overwrites[role] for role in server.members[user_id].roles if role in channel.overwrites]
    granted = _over(granted, channel.overwrites.get(server.id))
    granted = granted & ~_union(found.deny for found in roles) | _union(found.allow for found in roles)
    granted = _over(granted, channel.overwrites.get(user_id))
    return _implied(granted)


def _over(granted: int, overwrite: Overwrite | None) -> int:
    return granted if overwrite is None else granted & ~overwrite.deny | overwrite.allow


def _union(values: Iterable[int]) -> int:
    found = 0
    for value in values:
        found |= value
    return found


def _implied(granted: int) -> int:
    """Remove what missing permissions imply.

    Without View Channel nothing is left; without Send Messages no embeds, files or @everyone.
    https://discord.com/developers/docs/topics/permissions#implicit-permissions (2026-11-24)
    """
    if not has(granted, "VIEW_CHANNEL"):
        return 0
    if not has(granted, "SEND_MESSAGES") and not has(granted, "SEND_MESSAGES_IN_THREADS"):
        granted &= ~bits(("EMBED_LINKS", "ATTACH_FILES", "MENTION_EVERYONE"))
    return granted
