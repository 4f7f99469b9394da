"""Find everything that is wrong with a set-up, before the bot runs. Reads only."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import aiohttp
import click
import discord

from cogs.text import operator_alerts
from hosting.connect import application, grants_message_content, wan_client
from hosting.installs import USER_INSTALL_OFF, allows_user_install
from imagegen.errors import StoreUnavailable, WanError
from imagegen.logs import redact
from imagegen.settings import MessageContent, Settings, unknown_settings
from imagegen.store.inspection import what_a_start_does, what_is_paused


async def findings(settings: Settings) -> list[str]:
    """Return a sentence for each problem of this set-up; empty when the bot can run."""
    checks: list[Callable[[Settings], Awaitable[Sequence[str]]]] = [_check_discord, _check_wan, _check_store]
    problems = [f"{name} is not set." for name in settings.missing]
    problems += unknown_settings(Path(".env"), os.environ)
    for check in checks:
        try:
            problems += await check(settings)
        except discord.LoginFailure:
            problems.append("Discord refuses DISCORD_TOKEN: copy the token again from the developer portal, under Bot.")
        except WanError as error:
            problems.append(f"The Wan endpoint refuses DASHSCOPE_API_KEY or cannot be reached: {error}.")
        except StoreUnavailable as error:
            problems.append(f"The database cannot be used: {error.facts.get('cause', error)}.")
        except (discord.DiscordException, aiohttp.ClientError, OSError, ValueError) as error:
            problems.append(f"{check.__doc__} failed: {redact(str(error))}.")
    return problems


async def _check_discord(settings: Settings) -> Sequence[str]:
    """The check of token, intents and installs"""
    if not settings.discord_token.get_secret_value():
        return ()
    app = await application(settings)
    granted = grants_message_content(app)
    if not allows_user_install(app):
        click.echo(f"Note: {USER_INSTALL_OFF} In servers everything works.")
    if settings.message_content is MessageContent.ON and not granted:
        raise ValueError("MESSAGE_CONTENT=on, but the intent is not granted: switch it on in the portal, under Bot")
    if not granted:
        click.echo("Note: without the message-content intent, replies to other people's images cannot be read.")
    return ()


async def _check_wan(settings: Settings) -> Sequence[str]:
    """The check of the key"""
    if settings.dashscope_api_key.get_secret_value():
        async with aiohttp.ClientSession() as session:
            await wan_client(session, settings).check_key()
    return ()


async def _check_store(settings: Settings) -> Sequence[str]:
    """The check of the database, and of what Wan refuses by what stands in it"""
    url = settings.database_url.get_secret_value()
    if note := what_a_start_does(url):
        click.echo(f"Note: {note}")
        return ()
    offered = (operator_alerts.EVERY, *settings.models)
    return [operator_alerts.found(pause) for pause in what_is_paused(url) if pause.model in offered]
