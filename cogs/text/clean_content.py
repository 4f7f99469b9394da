"""Replace Discord's markup in a text with the names, emoji and dates that its author saw.

https://discord.com/developers/docs/reference#message-formatting (2026-11-25)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import discord

_MARKUP = re.compile(
    r"<(?:@!?(?P<user>\d{1,20})|@&(?P<role>\d{1,20})|\#(?P<channel>\d{1,20})"
    r"|a?:(?P<emoji>[^:<>\s]{1,32}):\d{1,20}|/(?P<command>[^:<>]{1,100}):\d{1,20}"
    r"|t:(?P<time>-?\d{1,20})(?::(?P<style>[a-zA-Z]))?|id:(?P<page>[a-z-]{1,30})(?::\d{1,20})?|sound:[\d:]{1,41})>"
)


@dataclass(frozen=True)
class Names:
    """The names of the people, roles and channels that a text can mention, by id."""

    users: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()  # names that are written without their @, because characters have them too


def readable(text: str, names: Names) -> str:
    """Return *text* as people read it. An unknown name becomes a neutral word."""
    return _MARKUP.sub(lambda found: _read(found, names), text)


def _read(found: re.Match[str], names: Names) -> str:
    if found["user"]:
        return _named("@", names.users, found["user"], "someone", names.bare)
    if found["role"]:
        return _named("@", names.roles, found["role"], "people", names.bare)
    if found["channel"]:
        return _named("#", names.channels, found["channel"], "somewhere")
    if found["emoji"]:
        return f":{found['emoji']}:"
    if found["time"]:
        return _date(int(found["time"]), found["style"])
    return f"/{found['command']}" if found["command"] else found["page"] or ""


def _named(sign: str, names: Mapping[int, str], value: str, unknown: str, bare: frozenset[str] = frozenset()) -> str:
    name = names.get(int(value))
    return unknown if name is None else name if name in bare else f"{sign}{name}"


def _date(seconds: int, style: str | None) -> str:
    """Return a plain date, with the time unless the style shows only a day, or "" for an invalid time."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return f"{moment:%Y-%m-%d}" if style in ("d", "D") else f"{moment:%Y-%m-%d %H:%M} UTC"


def names_in_message(message: discord.Message) -> Names:
    """Return the names that Discord sent with *message*, and those that the cache has of its server."""
    users = {user.id: user.display_name for user in message.mentions}
    return _of_server(message.guild, users)


def names_in_interaction(interaction: discord.Interaction[Any]) -> Names:
    """Return the names that Discord sent with *interaction*, and those that the cache has of its server."""
    data: Any = interaction.data or {}
    resolved: Any = data.get("resolved") or {}
    users = {int(key): user.get("global_name") or user["username"] for key, user in resolved.get("users", {}).items()}
    nicks = {int(key): member.get("nick") for key, member in resolved.get("members", {}).items()}
    users |= {key: nick for key, nick in nicks.items() if nick}
    me = interaction.client.user
    users |= {user.id: user.display_name for user in (interaction.user, me) if user is not None}
    server = None if interaction.guild_id is None else interaction.client.get_guild(interaction.guild_id)
    found = _of_server(server, users)
    roles = {int(key): role["name"] for key, role in resolved.get("roles", {}).items()}
    channels = {int(key): channel["name"] for key, channel in resolved.get("channels", {}).items()}
    return Names(found.users, {**found.roles, **roles}, {**found.channels, **channels})


def _of_server(server: discord.Guild | None, users: Mapping[int, str]) -> Names:
    if server is None:
        return Names(users)
    channels = (*server.channels, *server.threads)
    roles = {role.id: role.name.removeprefix("@") for role in server.roles}
    return Names(users, roles, {channel.id: channel.name for channel in channels})
