"""The operator's door: how the bot stands, what it says to everybody, whether it works. Who is one, cogs know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from imagegen.policy.quota import Limits
from imagegen.policy.validation import clean_text
from imagegen.reports import BlockKind, BotStatus, BudgetAlert, OperatorNotice
from imagegen.store import announcements, operator_admin
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal

log = structlog.get_logger(__name__)


class OperatorAdmin:
    """Each method is one transaction."""

    def __init__(self, store: Store, limits: Limits, wake_signal: WakeSignal, clock: Callable[[], datetime]) -> None:
        self._store, self._limits, self._wake_signal, self._clock = store, limits, wake_signal, clock

    async def status(self) -> BotStatus:
        return await self._store.read(operator_admin.status, self._limits, now=self._clock())

    async def notice(self) -> OperatorNotice:
        return await self._store.read(announcements.notice_of)

    async def set_paused(self, paused: bool) -> OperatorNotice:
        """Take nothing new and send nothing to Wan, or go on."""
        after = await self._store.write(operator_admin.set_paused, paused, now=self._clock())
        log.warning("bot_paused" if paused else "bot_resumed")
        self._wake_signal.ring()
        return after

    async def announce(self, words: str) -> OperatorNotice:
        """Have members read *words* beside their allowances; empty takes them away."""
        return await self._store.write(operator_admin.announce, clean_text(words).strip(), now=self._clock())

    async def block(self, kind: BlockKind, its_id: int, *, user_id: int) -> int | None:
        """Keep a server or a person from using the bot, and cancel what waits of them.

        How many requests those were; None when they were blocked already.
        """
        cancelled = await self._store.write(operator_admin.block, kind, its_id, user_id=user_id, now=self._clock())
        if cancelled is not None:
            log.warning("blocked", kind=kind.value, its_id=its_id, by=user_id, cancelled=cancelled)
            self._wake_signal.ring()
        return cancelled

    async def unblock(self, kind: BlockKind, its_id: int, *, user_id: int) -> bool:
        """Let a server or a person use the bot again; whether they were blocked."""
        was = await self._store.write(operator_admin.unblock, kind, its_id)
        log.warning("unblocked", kind=kind.value, its_id=its_id, by=user_id, was_blocked=was)
        return was

    async def due_warnings(self) -> tuple[BudgetAlert, ...]:
        """Steps of a money ceiling that are passed and were not told yet; they count as told from here."""
        due = await self._store.write(operator_admin.due_warnings, self._limits, now=self._clock())
        for warned in due:
            log.warning("money_ceiling_near", ceiling=warned.ceiling.name, percent=warned.percent)
        return due
