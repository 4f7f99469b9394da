"""Which budgets and shares have reached 50, 80 or 100 %, each step once a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from imagegen.model import Scope
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Window
from imagegen.reports import BudgetAlert, QuotaStatus
from imagegen.store import quotas
from imagegen.store.columns import inserted
from imagegen.store.tables import budget_alerts, counters, server_shares

WARN_AT = (50, 80, 100)  # percent

_used, _reserved = (counters.c[name] + counters.c[f"{name}_adjustment"] for name in ("used", "reserved"))
_limit = func.coalesce(server_shares.c.microusd, bindparam("b_default", type_=BigInteger))
# Servers without a share have no limit here, so they are left out.
_HALF_USED = (
    select(counters.c.subject, _used.label("used"), _reserved.label("reserved"), _limit.label("limit"))
    .outerjoin_from(counters, server_shares, server_shares.c.scope == counters.c.subject)
    .where(
        counters.c.name == quota.SHARE,
        counters.c.window == bindparam("b_month"),
        counters.c.subject.startswith("g:"),
        (_used + _reserved) * 2 >= _limit,
    )
    .order_by(counters.c.subject)
)
_ALERTED = select(budget_alerts).where(budget_alerts.c.window.in_(bindparam("b_windows", expanding=True)))


@dataclass(frozen=True)
class _Watched:
    """A budget, or the share of *scope*, and how it is named in the table of alerts."""

    status: QuotaStatus
    window: str
    percent: int
    scope: Scope | None = None

    @property
    def name(self) -> str:
        return self.status.name if self.scope is None else f"{self.status.name} {self.scope}"

    @property
    def steps(self) -> list[int]:
        """The steps that are reached. A server that was stopped with a share of 0 has none."""
        return [step for step in WARN_AT if self.percent >= step]


def due(tx: Connection, limits: Limits, *, now: datetime) -> tuple[BudgetAlert, ...]:
    """Return the budgets and shares that have reached a step for the first time in their window, or with a new limit.

    What is reserved counts too: it is spent unless the job fails. Of several steps at once return only the highest.
    """
    day, month = quota.day_window(now, limits.zone), quota.month_window(now, limits.zone)
    budgets = zip(quotas.budgets(tx, limits, now=now), (day.label, month.label), strict=True)
    watched = [_Watched(status, window, quota.percent_used(status, limits)) for status, window in budgets]
    watched += _half_used_shares(tx, limits, month)
    reached = [one for one in watched if one.steps]
    return tuple(_alerts(tx, reached)) if reached else ()


def _half_used_shares(tx: Connection, limits: Limits, month: Window) -> list[_Watched]:
    rows = tx.execute(_HALF_USED, {"b_default": limits.share_microusd_per_month, "b_month": month.label})
    return [_watched_share(row, limits, month) for row in rows]


def _watched_share(row: Any, limits: Limits, month: Window) -> _Watched:
    status = QuotaStatus(quota.SHARE, row.used, row.reserved, row.limit, month.ends_at)
    return _Watched(status, month.label, quota.percent_used(status, limits), Scope.parse(row.subject))


def _alerts(tx: Connection, reached: Sequence[_Watched]) -> Iterator[BudgetAlert]:
    rows = tx.execute(_ALERTED, {"b_windows": sorted({one.window for one in reached})})
    alerted = {(row.name, row.window, row.percent): row.limit_microusd for row in rows}
    for one in reached:
        new = [step for step in one.steps if _is_new(alerted, (one.name, one.window, step), one.status.limit)]
        if sent := [step for step in new if _record(tx, one, step)]:
            yield BudgetAlert(one.status, max(sent), one.scope)


def _is_new(alerted: Mapping[tuple[str, str, int], int | None], key: tuple[str, str, int], limit: int) -> bool:
    """Return whether a step was not alerted, or only for a lower limit. Older rows have no limit."""
    return key not in alerted or limit > (alerted[key] or limit)


def _record(tx: Connection, one: _Watched, percent: int) -> bool:
    """Record an alert. Return False if another process has recorded it meanwhile."""
    key = {"name": one.name, "window": one.window, "percent": percent}
    row: Any = inserted(tx, budget_alerts).values(**key, limit_microusd=one.status.limit)
    lower = budget_alerts.c.limit_microusd < row.excluded.limit_microusd
    row = row.on_conflict_do_update(
        index_elements=list(key), set_={"limit_microusd": row.excluded.limit_microusd}, where=lower
    )
    return tx.execute(row.returning(budget_alerts.c.percent)).one_or_none() is not None
