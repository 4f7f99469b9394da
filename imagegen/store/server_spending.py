"""What servers have spent this month, for the operator. Each function is a transaction that only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, union

from imagegen.model import Scope
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Window
from imagegen.policy.spending import forecast, last_day, used_up_on
from imagegen.reports import Billed, ServerDetail, ServerSpending, Spending, SpendingPage
from imagegen.store.spending import BILLED, bill, paid, settled, share
from imagegen.store.tables import counters, purged_spending, server_shares
from imagegen.store.tables_jobs import jobs

PAGE = 10  # servers
_USED, _RESERVED = (counters.c[name] + counters.c[f"{name}_adjustment"] for name in ("used", "reserved"))
Days = Mapping[date, Billed]


def page(tx: Connection, limits: Limits, number: int, *, now: datetime) -> SpendingPage:
    """Return page *number* of the servers that spent or have a share, or the last page if there are fewer."""
    month = quota.month_window(now, limits.zone)
    every = _servers(month).subquery()
    pages = max(1, -(-(tx.scalar(select(func.count()).select_from(every)) or 0) // PAGE))
    number = min(number, pages - 1)
    of_page = select(every).order_by(every.c.amount.desc(), every.c.scope).limit(PAGE).offset(number * PAGE)
    servers = _with_use(tx, tx.execute(of_page).all(), limits, month, now)
    return SpendingPage(_budget(tx, limits, month, now), servers, number, pages, last_day(month, limits.zone))


def detail(tx: Connection, scope: Scope, limits: Limits, *, now: datetime) -> ServerDetail:
    """Return what one server spent this month. A server that the bot has never seen has spent nothing."""
    month = quota.month_window(now, limits.zone)
    every = _servers(month).subquery()
    row = tx.execute(select(every).where(every.c.scope == str(scope))).one_or_none()
    (server,) = _with_use(tx, [row], limits, month, now) if row else (_nothing(scope, limits, now),)
    models = {line.model: line.amount for line in bill(tx, month.label, scope).lines}
    days = _days(tx, [str(scope)], month).get(str(scope), {})
    return ServerDetail(server, models, days, last_day(month, limits.zone))


def _servers(month: Window) -> Select[Any]:
    """Select each scope that spent in *month* or has a share of its own: its counter, and its own share."""
    spent = (counters.c.name == quota.SHARE, counters.c.window == month.label)
    known = union(select(counters.c.subject.label("scope")).where(*spent), select(server_shares.c.scope)).subquery()
    used, reserved = (func.coalesce(amount, 0) for amount in (_USED, _RESERVED))
    there = known.outerjoin(counters, (counters.c.subject == known.c.scope) & spent[0] & spent[1]).outerjoin(
        server_shares, server_shares.c.scope == known.c.scope
    )
    amounts = (used.label("used"), reserved.label("reserved"), (used + reserved).label("amount"))
    return select(known.c.scope, *amounts, server_shares.c.microusd.label("share")).select_from(there)


def _with_use(
    tx: Connection, rows: Sequence[Row[Any]], limits: Limits, month: Window, now: datetime
) -> tuple[ServerSpending, ...]:
    scopes = [row.scope for row in rows]
    days, members, purged = _days(tx, scopes, month), _members(tx, scopes, month), _purged(tx, scopes, month)
    found = []
    for row in rows:
        scope, by_day = Scope.parse(row.scope), days.get(row.scope, {})
        spending = _spending(row, by_day, _limit(scope, row.share, limits), limits, now)
        images = sum(day.delivered for day in by_day.values()) + purged.get(row.scope, 0)
        found.append(ServerSpending(scope, spending, images, members.get(row.scope, 0)))
    return tuple(found)


def _nothing(scope: Scope, limits: Limits, now: datetime) -> ServerSpending:
    spending = _forecast(0, 0, _limit(scope, None, limits), {}, limits, now)
    return ServerSpending(scope, spending, 0, 0)


def _limit(scope: Scope, own: int | None, limits: Limits) -> int | None:
    if scope.server_id is None:
        return None
    return limits.share_microusd_per_month if own is None else own


def _spending(row: Row[Any], days: Days, limit: int | None, limits: Limits, now: datetime) -> Spending:
    by_day = {day: amount.microusd for day, amount in days.items()}
    return _forecast(row.used, row.reserved, limit, by_day, limits, now)


def _forecast(
    used: int, reserved: int, limit: int | None, by_day: Mapping[date, int], limits: Limits, now: datetime
) -> Spending:
    found = forecast(used + reserved, by_day, now, limits.zone)
    if found is None or limit is None:
        return Spending(used, reserved, limit, found)
    return Spending(used, reserved, limit, found, used_up_on(used + reserved, limit, found, now, limits.zone))


def _days(tx: Connection, scopes: Sequence[str], month: Window) -> Mapping[str, Days]:
    """Return what each scope used on each day of *month*, of requests that are still stored."""
    here = (share.c.window == month.label, share.c.subject.in_(scopes))
    by_day = settled(share.c.subject, paid.c.window, *BILLED).where(*here).group_by(share.c.subject, paid.c.window)
    found: dict[str, dict[date, Billed]] = {}
    for scope, day, billed, delivered, microusd in tx.execute(by_day.order_by(paid.c.window)):
        found.setdefault(scope, {})[date.fromisoformat(day)] = Billed(int(billed), int(delivered), int(microusd))
    return found


def _members(tx: Connection, scopes: Sequence[str], month: Window) -> dict[str, int]:
    """Return for how many people images were generated in each scope, by requests that are still stored."""
    here = (share.c.window == month.label, share.c.subject.in_(scopes))
    counted = settled(share.c.subject, func.count(jobs.c.user_id.distinct())).where(*here)
    return {scope: number for scope, number in tx.execute(counted.group_by(share.c.subject))}


def _purged(tx: Connection, scopes: Sequence[str], month: Window) -> dict[str, int]:
    """Return how many images of deleted requests were delivered in each scope."""
    table = purged_spending.c
    delivered = select(table.scope, func.sum(table.delivered)).where(
        table.window == month.label, table.scope.in_(scopes)
    )
    return {scope: int(images) for scope, images in tx.execute(delivered.group_by(table.scope))}


def _budget(tx: Connection, limits: Limits, month: Window, now: datetime) -> Spending:
    """Return what the whole bot has spent. Its days are counters of their own, which stay until the month is over."""
    of_month = select(_USED.label("used"), _RESERVED.label("reserved")).where(
        counters.c.name == quota.BUDGET_MONTH, counters.c.window == month.label
    )
    row = tx.execute(of_month).one_or_none()
    used, reserved = (row.used, row.reserved) if row else (0, 0)
    days = select(counters.c.window, _USED).where(
        counters.c.name == quota.BUDGET_DAY, counters.c.window.startswith(f"{month.label}-")
    )
    by_day = {date.fromisoformat(day): amount for day, amount in tx.execute(days)}
    return _forecast(used, reserved, limits.budget_microusd_per_month, by_day, limits, now)
