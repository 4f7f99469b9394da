"""What every command of the operator needs: who may use it, and which server an option names."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord.app_commands import Choice

from cogs.interactions.context import context_of
from cogs.text.markdown import shortened
from cogs.ui.limits import OPTION_CHARS, SUGGESTIONS
from imagegen.errors import Reason, Refused

ID_CHARS = 20
_ID = re.compile(r"[0-9]{15,19}")  # https://discord.com/developers/docs/reference#snowflakes (2026-11-25)
_LARGEST = 2**63 - 1  # that a database holds


def operator_only(interaction: discord.Interaction[Any]) -> None:
    """Raise Refused OPERATOR_ONLY for everyone but the operator. Discord has no permission for that."""
    if interaction.user.id not in context_of(interaction).operators.ids:
        raise Refused(Reason.OPERATOR_ONLY)


def server_id_in(text: str) -> int | None:
    """Return the id of a server that *text* is, or None."""
    server_id = int(text) if _ID.fullmatch(text) else _LARGEST + 1
    return server_id if server_id <= _LARGEST else None


def named_server(text: str) -> int | None:
    """Return the id of the server that an option names; None if it is empty. Raises Refused NO_SERVER_ID."""
    named = text.strip()
    server_id = server_id_in(named)
    if named and server_id is None:
        raise Refused(Reason.NO_SERVER_ID)
    return server_id


async def suggest_servers(interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
    """Suggest servers of this process whose name or id contains what was *typed*; nothing to others."""
    if interaction.user.id not in context_of(interaction).operators.ids:
        return []
    wanted = typed.casefold()
    found = [guild for guild in interaction.client.guilds if wanted in f"{guild.name} {guild.id}".casefold()]
    by_name = sorted(found, key=lambda guild: guild.name.casefold())[:SUGGESTIONS]
    return [Choice(name=shortened(guild.name, OPTION_CHARS), value=str(guild.id)) for guild in by_name]
