"""Register the commands where the application can be installed: in servers, and by people for themselves."""

from __future__ import annotations

from typing import Any

import discord
import structlog
from discord import app_commands

log = structlog.get_logger(__name__)

USER_INSTALL_OFF = (
    "people cannot add the bot to their own account. To change that, switch on User Install in Discord's developer "
    "portal, under Installation."
)


def allows_user_install(app: discord.AppInfo) -> bool:
    """Return whether people may install the application for themselves. One that says nothing of installs may be."""
    return app.user_integration_config is not None or app.guild_integration_config is None


async def register(tree: app_commands.CommandTree[Any], app: discord.AppInfo) -> None:
    """Register every command; for servers alone where the application, or Discord's answer, allows nothing else."""
    if not allows_user_install(app):
        return await _register_for_servers(tree)
    try:
        await tree.sync()
    except app_commands.CommandSyncFailure as error:
        log.warning("user_install_refused", why=str(error))
        await _register_for_servers(tree)


async def _register_for_servers(tree: app_commands.CommandTree[Any]) -> None:
    for command in tree.get_commands():
        command.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
        contexts = command.allowed_contexts
        if contexts is not None:
            contexts.private_channel = False  # only a user install reaches there
    await tree.sync()
    log.warning("registered_for_servers_only", hint=USER_INSTALL_OFF)
