"""One verification from the login to the report."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import discord
from discord import ui

from cogs.interactions.operators import operator_ids
from hosting.connect import application, wan_client
from hosting.verify import rules, wan
from hosting.verify.board import Board
from hosting.verify.card import Checklist, draw
from hosting.verify.items import Check, Item, Outcome, skipped
from hosting.verify.redaction import Redaction
from hosting.verify.runner import Entries, Runner
from hosting.verify.sessions import Sessions, Unverifiable
from hosting.verify.stage import Place, Stage
from imagegen.imaging.images import Decoder, allowed_hosts
from imagegen.settings import Settings
from imagegen.wan.client import new_session

NEEDED = ("view_channel", "attach_files", "embed_links", "read_message_history")
LAST_EDIT_S = 10.0
NOT_FREE = skipped("It costs money, and --free was given.")
_CHANNEL = re.compile(r"(?:https://(?:\w+\.)?discord\.com/channels/\d{1,20}/)?(\d{1,20})/?")


@dataclass(frozen=True)
class Plan:
    """What is verified, and where."""

    channel_id: int
    items: tuple[Item, ...]
    free: bool = False
    late: bool = False

    @property
    def affordable(self) -> list[Item]:
        """Return the items that are verified, without those that cost money if the run must cost nothing."""
        return [item for item in self.items if not (self.free and item.images)]


def channel_id_in(text: str) -> int | None:
    """Return the channel that an id, a mention or a link names, or None."""
    found = _CHANNEL.fullmatch(text.strip().removeprefix("<#").removesuffix(">"))
    return int(found[1]) if found else None


def every_item(settings: Settings) -> list[Item]:
    """Return all items, in the order in which they are verified."""
    return [*(item for item, _ in rules.RULES), *wan.items(settings), *(item for item, _ in rules.LAST)]


async def verify(settings: Settings, plan: Plan) -> Entries:
    """Verify what *plan* says, and return how each item ended. SIGINT and SIGTERM stop the run.

    Raises Unverifiable, discord.LoginFailure, discord.PrivilegedIntentsRequired and aiohttp.ClientError.
    """
    app = await application(settings)
    sessions = Sessions(settings, app)
    try:
        await sessions.open()
        channel = await _channel(sessions, plan.channel_id)
        operators, board = operator_ids(app, settings.operator_ids), await _board(settings, sessions, channel, plan)
        async with aiohttp.ClientSession() as web:
            hosts = allowed_hosts(settings)
            stage = Stage(settings, app, sessions, channel, operators, web, hosts, board, plan.late)
            return await _run(stage, plan)
    finally:
        await sessions.close()


async def _channel(sessions: Sessions, channel_id: int) -> Place:
    """Return the channel. Raises Unverifiable if the bot cannot post its card there."""
    try:
        channel = await sessions.client.fetch_channel(channel_id)
    except discord.NotFound:
        raise Unverifiable(f"There is no channel {channel_id}. Copy its link from Discord.") from None
    except (discord.Forbidden, discord.InvalidData):
        raise Unverifiable("The bot cannot see that channel. Give it View Channel there, or name another.") from None
    if not isinstance(channel, Place):
        raise Unverifiable("That is no text channel of a server. Name one that you can write in.")
    granted, send = channel.permissions_for(channel.guild.me), "send_messages"
    if isinstance(channel, discord.Thread):
        send = "send_messages_in_threads"
    if missing := [name for name in (send, *NEEDED) if not getattr(granted, name)]:
        names = ", ".join(name.replace("_", " ").title() for name in missing)
        raise Unverifiable(f"The bot lacks {names} in #{channel.name}. Grant this, or name another channel.")
    return channel


async def _run(stage: Stage, plan: Plan) -> Entries:
    runner = Runner(stage.board, stage.sessions.inbox, stage.operators, stage.sessions.lost)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, runner.stop)
    shown = asyncio.create_task(stage.board.run(), name="card")
    try:
        async with _checks(stage, plan) as checks:
            return await runner.run([_unless_left_out(check, plan) for check in checks if check.item in plan.items])
    finally:
        stage.board.close()
        await asyncio.wait([shown], timeout=0.0 if stage.sessions.lost.is_set() else LAST_EDIT_S)
        shown.cancel()


@asynccontextmanager
async def _checks(stage: Stage, plan: Plan) -> AsyncIterator[list[Check]]:
    """Return the checks of every item. Those of Wan have a client and a decoder for the length of the block."""
    first, last = rules.checks(rules.RULES, stage), rules.checks(rules.LAST, stage)
    if not any(item in plan.items for item in wan.items(stage.settings)):
        yield [*first, *last]
        return
    async with new_session() as session, Decoder() as decoder:
        client = wan_client(session, stage.settings)
        yield [*first, *wan.checks(stage.settings, client, decoder), *last]


async def _board(
    settings: Settings, sessions: Sessions, channel: discord.TextChannel | discord.Thread, plan: Plan
) -> Board:
    """Post the card and return the board that edits it, by whichever session is open."""
    posted = await channel.send(view=draw(Checklist(plan.items, {})))

    async def edit(view: ui.LayoutView) -> None:
        here = sessions.client.get_partial_messageable(channel.id)
        await here.get_partial_message(posted.id).edit(view=view)

    return Board(plan.items, posted.jump_url, edit, Redaction.of(settings))


def _unless_left_out(check: Check, plan: Plan) -> Check:
    """Return *check*, or one that is skipped because it costs money."""

    async def left_out() -> Outcome:
        return NOT_FREE

    return Check(check.item, left_out) if plan.free and check.item.images else check
