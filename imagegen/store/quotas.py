"""Read the quotas of a member, and the operator's budgets. Each function is part of a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from imagegen.model import Requester, Scope
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Reservation
from imagegen.reports import Quotas, QuotaStatus
from imagegen.store import shares
from imagegen.store.ledger import amount_of, open_entries
from imagegen.store.taken import key_of, reserved_of, rows_of, used_of


def statuses(
    tx: Connection, requester: Requester, limits: Limits, granted: int = 0, *, now: datetime
) -> tuple[QuotaStatus, ...]:
    """Return the quotas of *requester* where they are, nearest quota first, and their attempts.

    The quota of paid images is among them only if less is left of it than of the person's images.
    """
    paid = quota.paid_reservation(requester.user_id, quota.NOTHING, limits, now)
    *found, of_paid = _read(tx, (*_counters(requester, limits, granted, now), paid))
    person = next(one for one in found if one.name == quota.PERSON)
    return (*found, of_paid) if of_paid.left < person.left else tuple(found)


def of_job(tx: Connection, requester: Requester, limits: Limits, granted: int, *, job_id: int, now: datetime) -> Quotas:
    """Return the same, with what job *job_id* still reserves of each."""
    current = {key_of(counter) for counter in _counters(requester, limits, granted, now)}
    rows = [row for row in open_entries(tx, job_id) if row.name in quota.IMAGE_COUNTERS]
    over = frozenset(row.name for row in rows if key_of(row) not in current)
    found = statuses(tx, requester, limits, granted, now=now)
    return Quotas(found, {row.name: amount_of(row) for row in rows}, over)


def _counters(requester: Requester, limits: Limits, granted: int, now: datetime) -> tuple[Reservation, ...]:
    first, *others = quota.image_reservations(requester, quota.NOTHING, limits, now)
    grant = [quota.grant_reservation(requester, quota.NOTHING, granted, limits, now)] if granted else []
    return (first, *grant, *others, quota.attempt_reservation(requester, limits, now))


def budgets(tx: Connection, limits: Limits, *, now: datetime) -> tuple[QuotaStatus, ...]:
    """Return the budgets of the day and of the month, in micro-dollars."""
    return _read(tx, quota.budget_reservations(quota.NOTHING, limits, now))


def share(tx: Connection, server_id: int, limits: Limits, *, now: datetime) -> QuotaStatus | None:
    """Return a server's share of the budget this month, in micro-dollars. None: it has no share."""
    scope = Scope(server_id)
    limits = shares.with_share(limits, shares.share_of(tx, str(scope)))
    if limits.share_microusd_per_month is None:
        return None
    return _read(tx, [quota.share_reservation(scope, quota.NOTHING, limits, now)])[0]


def _read(tx: Connection, of: Sequence[Reservation]) -> tuple[QuotaStatus, ...]:
    rows = rows_of(tx, of)
    return tuple(_status(counter, rows.get(key_of(counter))) for counter in of)


def _status(counter: Reservation, row: Row[Any] | None) -> QuotaStatus:
    used, reserved = (0, 0) if row is None else (used_of(row), reserved_of(row))
    return QuotaStatus(counter.name, used, reserved, counter.limit, counter.window.ends_at)
