"""What operators do: read status and spending, announce, pause, block, give shares. Cogs check who is an operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from imagegen.model import Scope
from imagegen.policy.quota import Limits
from imagegen.policy.spending import microusd, month_named
from imagegen.policy.validation import clean_text
from imagegen.reports import (
    Bill,
    BlockKind,
    BotStatus,
    BudgetAlert,
    OperatorNotice,
    QuotaStatus,
    ServerDetail,
    SpendingPage,
)
from imagegen.store import announcements, budget_alerts, operator_admin, server_spending, spending
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
        """Return the thresholds of budgets and shares that were passed since the last call; each is returned once."""
        due = await self._store.write(budget_alerts.due, self._limits, now=self._clock())
        for alert in due:
            facts = {"budget": alert.budget.name, "scope": str(alert.scope or "")}
            log.warning("budget_threshold_passed", percent=alert.percent, **facts)
        return due

    async def set_share(self, server_id: int, usd: float | None, *, user_id: int) -> QuotaStatus | None:
        """Give a server a share of *usd* dollars a month; None removes it. Raises Refused SETTING_OUT_OF_RANGE.

        Return the share that applies now, in micro-dollars; None if there is none.
        """
        share, now = None if usd is None else microusd(usd), self._clock()
        status = await self._store.write(
            operator_admin.set_share, server_id, share, self._limits, user_id=user_id, now=now
        )
        log.warning("share_set", server_id=server_id, by=user_id, microusd=share)
        return status

    async def spending(self, page: int) -> SpendingPage:
        """Return a page of what servers have spent this month. *page* begins at 0."""
        return await self._store.read(server_spending.page, self._limits, page, now=self._clock())

    async def server_spending(self, server_id: int) -> ServerDetail:
        """Return what one server has spent this month, by model and by day."""
        return await self._store.read(server_spending.detail, Scope(server_id), self._limits, now=self._clock())

    async def bill(self, month: str, server_id: int | None) -> Bill:
        """Return what was spent in *month* (YYYY-MM; empty: this month), in one server or in all.

        Raises Refused NO_MONTH.
        """
        window = month_named(month, self._clock(), self._limits.zone)
        scope = None if server_id is None else Scope(server_id)
        return await self._store.read(spending.bill, window.label, scope)
