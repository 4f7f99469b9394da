"""What the operator grants each server of the budget. Each function is part of a transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from imagegen.errors import Reason, Refused
from imagegen.model import Requester, Scope
from imagegen.policy.quota import Limits
from imagegen.store.columns import upsert
from imagegen.store.tables import server_shares

SHARE = select(server_shares.c.microusd).where(server_shares.c.scope == bindparam("b_share_of"))


def share_of(tx: Connection, scope: str) -> int | None:
    """Return the share in micro-dollars a month that the operator gave *scope*. None: the default applies."""
    return tx.scalar(SHARE, {"b_share_of": scope})


def with_share(limits: Limits, share: int | None) -> Limits:
    """Return *limits* with the server's own *share*; None leaves the default."""
    return limits if share is None else replace(limits, share_microusd_per_month=share)


def check(requester: Requester, limits: Limits) -> None:
    """Raise Refused SERVER_NOT_ALLOWED in a server whose share is 0, even if its images cost nothing."""
    if requester.scope.server_id is not None and limits.share_microusd_per_month == 0:
        raise Refused(Reason.SERVER_NOT_ALLOWED)


def set_share(tx: Connection, server_id: int, microusd: int | None, *, user_id: int, now: datetime) -> int | None:
    """Give a server a share of *microusd* a month; None removes it. Return the share that the server had.

    Requests that were accepted before keep what they reserved.
    """
    scope = str(Scope(server_id))
    before = share_of(tx, scope)
    if microusd is None:
        tx.execute(delete(server_shares).where(server_shares.c.scope == scope))
    else:
        tx.execute(upsert(tx, server_shares, {"scope": scope}, {"microusd": microusd, "at": now, "by": user_id}))
    return before
