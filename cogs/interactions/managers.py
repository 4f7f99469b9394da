"""Find out whether a member is a manager of the server, at each command, press and choice."""

from __future__ import annotations

from typing import Any

import discord

from cogs.interactions.context import context_of
from imagegen.errors import Reason, Refused
from imagegen.server_admin import ServerAdmin


def studio_of(interaction: discord.Interaction[Any]) -> tuple[ServerAdmin, int]:
    """Return the managers' interface and the server's id. Raises Refused MANAGERS_ONLY for everyone else.

    A server may offer a command to other members, so Discord's default permission is no check.
    https://discord.com/developers/docs/interactions/application-commands#permissions (2026-11-25)
    """
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise Refused(Reason.MANAGERS_ONLY)
    return context_of(interaction).service.server_admin, interaction.guild_id
