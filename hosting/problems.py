"""The exit codes, and the sentence for each error that ends a command. No other file turns these errors into words."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn

import aiohttp
import click
import discord

from cogs.text import operator_alerts
from hosting.health_server import HealthServerFailed
from imagegen.errors import Reason, StoreUnavailable, StoreUnusable, WanError
from imagegen.logs import redact

BANNED_STATUSES = (403, 429)  # with no code of Discord's: Cloudflare in front of Discord
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes (2026-11-29)
SHARDS_REFUSED = (4010, 4011)


class Exit(IntEnum):
    """The exit codes of the bot and of every command."""

    GOOD = 0
    RUN = 1  # a restart may help: no network, a database that is away, a port that is taken
    SETUP = 2  # the operator must change something first: a setting, the token, the database


@dataclass(frozen=True)
class Finding:
    """A sentence for the operator: what is wrong, and what to do. With ``Exit.GOOD`` it is a note: nothing is wrong."""

    sentence: str
    exit: Exit


class PartEnded(RuntimeError):
    """A part that the bot cannot run without ended by itself."""


class NoBotToken(discord.LoginFailure):
    """Discord refused the token, which does not look like one."""


class DiscordSilent(Exception):
    """Discord gave no answer in time."""


def explained(error: BaseException) -> Finding | None:
    """Return the sentence for *error* and the exit code; None for a defect, which needs its traceback."""
    for kind, weight, words in _EXPLAINED:
        if isinstance(error, kind):
            sentence = words(error)
            return Finding(sentence, weight) if sentence else None
    return None


def end_without(what: str, error: StoreUnavailable) -> NoReturn:
    """Exit with *what* a command did not do, and the reason."""
    click.echo(f"{what}: {_cause(error)}.", err=True)
    sys.exit(Exit.SETUP if isinstance(error, StoreUnusable) else Exit.RUN)


def connection_trouble(error: BaseException | None) -> str:
    """Return in a few words why no connection came about, and what to look at."""
    for kind, words in _CONNECTION_TROUBLE:
        if isinstance(error, kind):
            why = os.strerror(getattr(error, "errno", None) or errno.ECONNABORTED)
            return words.format(host=getattr(error, "host", ""), why=why)
    return f"the connection was cut ({type(error).__name__}); check this machine's network"


_CONNECTION_TROUBLE: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "the name {host} is not found; check this machine's network and DNS"),
    (
        aiohttp.ClientConnectorCertificateError,
        "the certificate of {host} is not trusted; check this machine's clock and certificates, and whether a proxy "
        "reads its traffic",
    ),
    (aiohttp.ClientConnectorSSLError, "{host} speaks no TLS; check the address, and whether a proxy stands between"),
    (TimeoutError, "no answer in time; check this machine's network and firewall"),
    (
        aiohttp.ClientConnectorError,
        "{host} refuses connections ({why}); check the address, this machine's network and its firewall",
    ),
)


def _refused_by_discord(error: discord.HTTPException) -> str:
    if error.status in BANNED_STATUSES and not error.code:
        return "Discord refuses calls from this machine's address for now. Wait an hour, and start nothing meanwhile."
    if error.status >= 500:
        return f"Discord fails with HTTP {error.status}. Try again later; discordstatus.com says more."
    return f"Discord refuses a call (HTTP {error.status}, code {error.code}). The log has the details."


def _closed_by_discord(error: discord.ConnectionClosed) -> str:
    refused = (
        f"Discord refuses the shards (code {error.code}). Set SHARD_COUNT to the number that `bot.py check` names."
    )
    return refused if error.code in SHARDS_REFUSED else ""


def _refused_by_wan(error: WanError) -> str:
    if error.reason in (Reason.WAN_DOWN, Reason.UNANSWERED) and not error.status:
        trouble = connection_trouble(error.__cause__)
        return f"The Wan endpoint of DASHSCOPE_HTTP_BASE_URL cannot be reached: {trouble}."
    answer = operator_alerts.answer(error.code, error.status)
    why, advice = operator_alerts.why(error.reason, ""), operator_alerts.advice(error.reason, error.code)
    return f"The Wan endpoint refuses the bot: {why}. {answer} {advice}"


def _database(error: StoreUnavailable) -> str:
    return f"The database cannot be used: {_cause(error)}."


def _cause(error: StoreUnavailable) -> str:
    return redact(str(error.facts.get("cause", error))).rstrip(".")


# The first that fits counts.
_EXPLAINED: tuple[tuple[type[BaseException], Exit, Callable[[Any], str]], ...] = (
    (
        NoBotToken,
        Exit.SETUP,
        lambda _: (
            "Discord refuses DISCORD_TOKEN, and a bot's token has two dots in it. Copy the token from the developer "
            "portal, under Bot; the public key, the application id and the client secret are something else."
        ),
    ),
    (
        discord.LoginFailure,
        Exit.SETUP,
        lambda _: "Discord refuses DISCORD_TOKEN. Copy the token again from the developer portal, under Bot.",
    ),
    (
        discord.PrivilegedIntentsRequired,
        Exit.SETUP,
        lambda _: (
            "Discord does not grant the message-content intent. Set MESSAGE_CONTENT=off, or grant it in the portal, "
            "under Bot."
        ),
    ),
    (discord.ConnectionClosed, Exit.SETUP, _closed_by_discord),
    (discord.HTTPException, Exit.RUN, _refused_by_discord),
    (
        discord.GatewayNotFound,
        Exit.RUN,
        lambda _: "Discord names no gateway. Try again later; discordstatus.com says more.",
    ),
    (
        DiscordSilent,
        Exit.RUN,
        lambda error: f"Discord {error}. Check this machine's network; discordstatus.com says if Discord is down.",
    ),
    (StoreUnusable, Exit.SETUP, _database),
    (StoreUnavailable, Exit.RUN, _database),
    (WanError, Exit.RUN, _refused_by_wan),
    (HealthServerFailed, Exit.RUN, str),
    (PartEnded, Exit.RUN, lambda error: f"The bot stopped: {error}. The log has the details."),
    (aiohttp.ClientError, Exit.RUN, lambda error: f"Discord cannot be reached: {connection_trouble(error)}."),
)
