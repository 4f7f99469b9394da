"""Where the application can be installed: the commands registered there, and the links that install it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
import structlog
from discord import app_commands

log = structlog.get_logger(__name__)

# What delivery needs and nothing more: to post a card in a channel or thread with its images, and to read the message
# that the card answers.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
)

USER_INSTALL_OFF = (
    "people cannot add the bot to their own account. To change that, switch on User Install in Discord's developer "
    "portal, under Installation."
)


def allows_user_install(app: discord.AppInfo) -> bool:
    """Return whether people may install the application for themselves; True where Discord gives no configuration."""
    return app.user_integration_config is not None or app.guild_integration_config is None


def server_link(app: discord.AppInfo) -> str:
    """Return the link that adds the bot to a server."""
    return discord.utils.oauth_url(app.id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


def user_link(app: discord.AppInfo) -> str:
    """Return the link that adds the bot to a person's own account."""
    return discord.utils.oauth_url(app.id, scopes=("applications.commands",)) + "&integration_type=1"


async def register(tree: app_commands.CommandTree[Any], app: discord.AppInfo) -> dict[str, int]:
    """Register every command, and return their ids by name.

    They are for servers only where the application, or Discord's answer, allows no user installs.
    """
    if not allows_user_install(app):
        return await _register_for_servers(tree)
    try:
        return _ids(await tree.sync())
    except app_commands.CommandSyncFailure as error:
        log.warning("user_install_refused", why=str(error))
        return await _register_for_servers(tree)


def _ids(registered: Sequence[app_commands.AppCommand]) -> dict[str, int]:
    return {command.name: command.id for command in registered}


async def _register_for_servers(tree: app_commands.CommandTree[Any]) -> dict[str, int]:
    for command in tree.get_commands():
        command.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
        contexts = command.allowed_contexts
        if contexts is not None:
            contexts.private_channel = False  # only a user install reaches there
    registered = await tree.sync()
    log.warning("registered_for_servers_only", hint=USER_INSTALL_OFF)
    return _ids(registered)
