"""The command line: ``python bot.py`` runs the bot; each file of hosting/commands/ is a further command."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import click
import discord

from hosting import commands
from hosting.configuration import complete_settings
from hosting.health_server import HealthServerFailed
from hosting.running import PartEnded
from imagegen.errors import StoreUnavailable
from imagegen.imaging.isolation import hide_this_process
from imagegen.logs import set_up_logs
from imagegen.settings import Settings

Serve = Callable[[Settings], Awaitable[None]]


def run(serve: Serve) -> None:
    """Run the command line; *serve* runs the bot until it is stopped."""
    main(obj=serve)


@click.group(invoke_without_command=True, commands=commands.EVERY)
@click.pass_context
def main(context: click.Context) -> None:
    """Wanvas: images generated and edited in Discord. Without a command: run the bot."""
    hide_this_process()
    if context.invoked_subcommand is None:
        _run_bot(context.obj)


def _run_bot(serve: Serve) -> None:
    settings = complete_settings()
    set_up_logs(settings.log_format)
    try:
        asyncio.run(_awaited(serve(settings)))
    except discord.LoginFailure:
        sys.exit("Discord refuses DISCORD_TOKEN. Copy the token again from the developer portal, under Bot.")
    except discord.PrivilegedIntentsRequired:
        sys.exit(
            "Discord does not grant the message-content intent. Set MESSAGE_CONTENT=off, or grant it in the portal."
        )
    except StoreUnavailable as error:
        sys.exit(f"The database cannot be used: {error.facts.get('cause', error)}.")
    except HealthServerFailed as error:
        sys.exit(str(error))
    except PartEnded as error:
        sys.exit(f"The bot stopped: {error}. The log has the details.")


async def _awaited(served: Awaitable[None]) -> None:
    await served
