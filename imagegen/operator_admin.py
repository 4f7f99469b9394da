"""What operators can do: read the bot's status, announce, pause, block. Cogs check who is an operator."""

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
    """The operators' actions. Each method is one transaction."""

    def __init__(self, store: Store, limits: Limits, wake_signal: WakeSignal, clock: Callable[[], datetime]) -> None:
        self._store, self._limits, self._wake_signal, self._clock = store, limits, wake_signal, clock

    async def status(self) -> BotStatus:
        """Return the state of the whole bot."""
        return await self._store.read(operator_admin.status, self._limits, now=self._clock())

    async def notice(self) -> OperatorNotice:
        """Return the announcement, and whether the bot is paused."""
        return await self._store.read(announcements.notice_of)

    async def set_paused(self, paused: bool) -> OperatorNotice:
        """Pause the bot, or run it again. A paused bot accepts no requests and sends nothing to Wan."""
        after = await self._store.write(operator_admin.set_paused, paused, now=self._clock())
        log.warning("bot_paused" if paused else "bot_resumed")
        self._wake_signal.send()
        return after

    async def announce(self, text: str) -> OperatorNotice:
        """Show *text* to members beside their quotas; an empty text removes the announcement."""
        return await self._store.write(operator_admin.announce, clean_text(text).strip(), now=self._clock())

    async def block(self, kind: BlockKind, its_id: int, *, user_id: int) -> int | None:
        """Block a server or a person from the bot, and cancel their waiting jobs.

        Return how many jobs were canceled; None if the server or person was blocked already.
        """
        canceled = await self._store.write(operator_admin.block, kind, its_id, user_id=user_id, now=self._clock())
        if canceled is not None:
            log.warning("blocked", kind=kind.value, its_id=its_id, by=user_id, canceled=canceled)
            self._wake_signal.send()
        return canceled

    async def unblock(self, kind: BlockKind, its_id: int, *, user_id: int) -> bool:
        """Unblock a server or a person; return whether they were blocked."""
        was = await self._store.write(operator_admin.unblock, kind, its_id)
        log.warning("unblocked", kind=kind.value, its_id=its_id, by=user_id, was_blocked=was)
        return was

    async def due_warnings(self) -> tuple[BudgetAlert, ...]:
        """Return the budget thresholds that were passed since the last call; each is returned once."""
        due = await self._store.write(operator_admin.due_budget_alerts, self._limits, now=self._clock())
        for alert in due:
            log.warning("budget_threshold_passed", budget=alert.budget.name, percent=alert.percent)
        return due
