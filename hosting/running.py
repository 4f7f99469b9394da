"""Run every part of the bot until a signal, and detect a part that ends or stops responding."""

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
from hosting.gateway_watch import GatewayWatch
from hosting.problems import PartEnded, explained
from imagegen import metrics
from imagegen.errors import StoreUnavailable
from imagegen.logs import LoopErrors
from imagegen.ownership import LEASE
from imagegen.starts import Starts
from imagegen.store.engine import Store, answers
from imagegen.wan.client import WanClient
from imagegen.worker.loop import Worker

log = structlog.get_logger(__name__)

MAX_SILENT_S = LEASE.total_seconds()  # the worker writes a heartbeat every 5 s
DATABASE_ANSWERS_S = 2.0
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes (2026-11-29)
TOKEN_REFUSED = 4004
STOPS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Parts:
    """Everything that runs in the bot's process. No part ends by itself unless it fails."""

    bot: cogs.AppBot
    delivery: cogs.Delivery
    worker: Worker
    starts: Starts
    gateway_watch: GatewayWatch
    store: Store
    wan: WanClient

    def running(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return a coroutine for each part, by the name that logs use."""
        return {
            "gateway": self._connect(),
            "token": self._token(),
            "worker": self.worker.run(),
            "delivery": self.delivery.run(),
            "managers' cards": self.delivery.review_cards.run(),
            "notices": self.bot.context.notices.run(),
            "operators": self.bot.context.operators.run(),
            "loop watch": metrics.watch_loop(),
            "member settings": self.bot.context.service.members.run(),
            "gateway watch": self.gateway_watch.run(),
            "start": self.starts.settle_later(),
        }

    async def _connect(self) -> None:
        await self.starts.wait()
        try:
            await self.bot.connect()
        except discord.ConnectionClosed as closed:
            if closed.code == TOKEN_REFUSED:
                raise discord.LoginFailure("the gateway closed the connection: the token was reset") from closed
            raise

    async def _token(self) -> None:
        """End when Discord refuses the bot's token: the token was reset, and each further call risks a ban."""
        await self.bot.gate.token_refused.wait()
        raise discord.LoginFailure("the token was refused while the bot ran")

    async def troubles(self) -> list[str]:
        """Return a line for each part that does not work now; empty when all do. Never raises."""
        if self.worker.is_stopping:
            return ["bot: stopping"]
        found = self.gateway_watch.silences()
        if (held_s := self.bot.gate.held_s) > 0:
            found.append(f"discord: no calls for another {held_s:.0f} s")
        if (away_s := self.bot.gate.away.for_s) > 0:
            found.append(f"discord: no answer for {away_s:.0f} s")
        if why := self.wan.away.trouble:
            found.append(f"wan: {why}")
        if (silent_s := self.worker.silent_s) > MAX_SILENT_S:
            found.append(f"worker: last beat {silent_s:.0f} s ago")
        try:
            async with asyncio.timeout(DATABASE_ANSWERS_S):
                await self.store.read(answers)
        except (StoreUnavailable, TimeoutError):
            found.append(f"database: no answer within {DATABASE_ANSWERS_S:.0f} s")
        else:
            found += [f"database: {why}"] if (why := self.store.away.trouble) else []
        return found


def freeze_garbage() -> None:
    """Exclude the objects that exist since the start from garbage collection.

    Under load, two collections took 0.5 s of the 3 s in which a thousand interactions had to be acknowledged.
    https://docs.python.org/3/library/gc.html#gc.freeze (2026-11-24)
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def canceled_by_signal(serving: Coroutine[Any, Any, None]) -> None:
    """Run *serving* to its end. SIGTERM and SIGINT cancel it, until ``run_until_stopped`` takes them over.

    A start may wait for an hour until Discord ends a ban, and a container's first process ignores SIGTERM by default.
    """
    task = asyncio.create_task(serving, name="serving")
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if task.cancelled():
        log.info("bot_stopping", because="signal")
    else:
        task.result()


async def run_until_stopped(parts: Parts, grace_s: float) -> None:
    """Run until SIGTERM or SIGINT; then claim no more jobs, give running work *grace_s* to end, and disconnect.

    A part that ends by itself stops the others too. Raises its error if that has a sentence, or else PartEnded.
    """
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_exception_handler(LoopErrors().log)
    for number in STOPS:
        loop.add_signal_handler(number, stopped.set)
    signaled = asyncio.create_task(stopped.wait(), name="signal")
    tasks = {name: asyncio.create_task(part, name=name) for name, part in parts.running().items()}
    freeze_garbage()
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
    """Raise the errors that have a sentence, and PartEnded for any other, whose details are in the log."""
    name, error = task.get_name(), task.exception()
    if error is not None and (finding := explained(error)) is not None:
        log.error("part_ended", part=name, why=finding.sentence)
        raise error
    log.error("part_ended", part=name, exc_info=error)
    raise PartEnded(f"its {name} ended by itself" + (f" ({type(error).__name__})" if error else ""))
