"""The app context: what every feature works with, and the bot that holds it."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import aiohttp
import discord
from discord.ext import commands

from cogs.interactions.ack_gate import AckGate
from cogs.interactions.open_forms import OpenForms
from cogs.interactions.operators import Operators
from cogs.interactions.recent_refusals import RecentRefusals
from cogs.messaging import discord_private, outcomes
from cogs.messaging.lookups import Lookups
from cogs.messaging.notices import Notices
from cogs.messaging.outcomes import one_try
from cogs.messaging.rate_limits import RateLimitGate
from cogs.messaging.token_buckets import TokenBuckets
from imagegen import metrics
from imagegen.model import Job
from imagegen.policy.review import ReviewCard
from imagegen.service import Service

CONNECTIONS = 100
# discord.py's session ends each call after 300 s, which an upload of 25 MB at less than 0.7 Mbit/s exceeds.
# ``call_discord`` ends silent calls; the hour is for calls outside of it.
WAITS = aiohttp.ClientTimeout(total=3600, sock_connect=30, sock_read=outcomes.SILENCE_S)
# Bytes that the kernel may hold unsent. Without a limit it would take a minute's worth of an upload at once, and a slow
# connection would look like a dead one. https://lwn.net/Articles/560082/ (2026-11-25)
UNSENT_BYTES = 128 * 1024
READS, READ_EVERY_S = 5, 2.0  # pages that one person may open at once, and one more after each interval
REPORTS, REPORT_EVERY_S = 5, 60.0  # images that one person may report at once, and one more after each interval
PRESS_EVERY_S = 3.0  # between two presses of a button that submits a request


def _reads() -> TokenBuckets:
    return TokenBuckets(READS, READ_EVERY_S)


def _reports() -> TokenBuckets:
    return TokenBuckets(REPORTS, REPORT_EVERY_S)


def _presses() -> TokenBuckets:
    return TokenBuckets(1, PRESS_EVERY_S)


@dataclass(frozen=True)
class AppContext:
    """The service, notices, operators, and what this process keeps for members' interactions."""

    service: Service
    notices: Notices
    operators: Operators
    remove_rest: Callable[[Job, int], Awaitable[None]]  # deletes the other messages of a story
    carry_out: Callable[[ReviewCard], Awaitable[bool]]  # brings a managers' card up to date
    open_forms: OpenForms = field(default_factory=OpenForms)
    ack_gate: AckGate = field(default_factory=AckGate)
    recently_refused: RecentRefusals = field(default_factory=RecentRefusals)
    lookups: Lookups = field(default_factory=Lookups)
    reads: TokenBuckets = field(default_factory=_reads)  # by person
    presses: TokenBuckets = field(default_factory=_presses)  # by person and button
    reports: TokenBuckets = field(default_factory=_reports)  # by person


class AppBot(commands.AutoShardedBot):
    """A client that holds the app context: buttons and menus reach the service through it after a restart."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # Kept connections answer many calls at once sooner than new ones.
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, socket_factory=_socket)
        self.gate = RateLimitGate()
        super().__init__(*args, http_trace=one_try(self.gate), connector=connector, **options)

    async def login(self, token: str) -> None:
        """Log in as discord.py does, with time limits that let a slow upload finish."""
        await super().login(token)
        discord_private.set_timeout(self, WAITS)

    async def on_shard_disconnect(self, _shard_id: int) -> None:
        """Count a lost connection; discord.py reconnects."""
        metrics.DISCONNECTS.inc()

    async def on_shard_connect(self, shard_id: int) -> None:
        """Limit how soon and how late a shard connects again."""
        if (shard := self.get_shard(shard_id)) is not None:
            discord_private.limit_reconnects(shard)

    context: AppContext
    operator_ids: tuple[int, ...] = ()
    command_ids: Mapping[str, int] = MappingProxyType({})  # by name; empty in a process that registered none


def _socket(address: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # not on Windows
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    return made


def context_of(interaction: discord.Interaction[Any]) -> AppContext:
    """Return the app context of an interaction. TypeError if the client is not an AppBot, as in some tests."""
    if not isinstance(interaction.client, AppBot):
        raise TypeError("this client has no desk")
    return interaction.client.context
