"""Run every part of the bot until a signal, and notice when one of them dies or falls silent."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import discord
import structlog

import cogs
from hosting.heard import GatewayWatch
from imagegen import telemetry
from imagegen.errors import StoreUnavailable
from imagegen.starts import Starts
from imagegen.store.engine import Store, answers
from imagegen.worker.loop import Worker

log = structlog.get_logger(__name__)

MAX_SILENT_S = 30.0  # the worker beats every 5 s, and its lease is as long
DATABASE_ANSWERS_S = 2.0
# What the command line has a sentence for.
SAID = (discord.LoginFailure, discord.PrivilegedIntentsRequired, StoreUnavailable)


class PartEnded(RuntimeError):
    """A part without which the bot cannot run ended by itself."""


@dataclass(frozen=True)
class Parts:
    """Everything that runs in the bot's process, each part a coroutine that never ends by itself."""

    bot: cogs.AppBot
    delivery: cogs.Delivery
    worker: Worker
    starts: Starts
    heard: GatewayWatch
    store: Store

    def running(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return the parts by the names that logs use."""
        return {
            "gateway": self._connect(),
            "token": self._token(),
            "worker": self.worker.run(),
            "delivery": self.delivery.run(),
            "notices": self.bot.context.notices.run(),
            "operators": self.bot.context.operators.run(),
            "loop watch": telemetry.watch_loop(),
            "gateway watch": self.heard.run(),
            "start": self.starts.settle_later(),
        }

    async def _connect(self) -> None:
        await self.starts.wait()
        await self.bot.connect()

    async def _token(self) -> None:
        """End when Discord refuses the bot's token: it was reset, and every further call would count towards a ban."""
        await self.bot.gate.token_refused.wait()
        raise discord.LoginFailure("the token was refused while the bot ran")

    async def troubles(self) -> list[str]:
        """Return a line for each part that is not well; empty when the bot is."""
        found = self.heard.silences()
        if (silent_s := self.worker.silent_s) > MAX_SILENT_S:
            found.append(f"worker: last beat {silent_s:.0f} s ago")
        try:
            async with asyncio.timeout(DATABASE_ANSWERS_S):
                await self.store.read(answers)
        except (StoreUnavailable, TimeoutError):
            found.append(f"database: no answer within {DATABASE_ANSWERS_S:.0f} s")
        return found


def spare_the_loop() -> None:
    """Keep the garbage collector from walking, in the middle of a rush, through all that stands since the start.

    Two such walks took 0.5 s of the 3 in which a thousand interactions had to be acknowledged.
    https://docs.python.org/3/library/gc.html#gc.freeze (2026-11-24)
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def run_until_stopped(parts: Parts, grace_s: float) -> None:
    """Stop on SIGTERM or SIGINT: claim nothing more, let running work end within *grace_s*, then hang up.

    A part that ends by itself stops the others too. Raises what SAID names, or PartEnded.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    signaled = asyncio.create_task(stopped.wait(), name="signal")
    tasks = {name: asyncio.create_task(part, name=name) for name, part in parts.running().items()}
    spare_the_loop()
    log.info("bot_started", owner=parts.worker.owner)
    done, _ = await asyncio.wait([signaled, *tasks.values()], return_when=asyncio.FIRST_COMPLETED)
    log.info("bot_stopping", because=",".join(task.get_name() for task in done), grace_s=grace_s)
    if signaled in done:
        await parts.starts.settle()
    parts.worker.stop()
    await asyncio.wait([tasks["worker"]], timeout=grace_s)
    await parts.bot.close()
    for task in (signaled, *tasks.values()):
        task.cancel()
    await asyncio.gather(signaled, *tasks.values(), return_exceptions=True)
    for task in done - {signaled}:
        _raise_end(task)


def _raise_end(task: asyncio.Task[Any]) -> None:
    """Raise what there is a sentence for; of anything else the log has the details, without secrets."""
    name, error = task.get_name(), task.exception()
    log.error("part_ended", part=name, exc_info=error)
    if isinstance(error, SAID):
        raise error
    raise PartEnded(f"its {name} ended by itself" + (f" ({type(error).__name__})" if error else ""))
