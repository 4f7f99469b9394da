"""The operator's announcement, and whether the operator has paused the bot. Read with each request and each claim."""

from __future__ import annotations

from sqlalchemy import Connection, select

from imagegen.reports import OperatorNotice
from imagegen.store.tables import operator_notice

_NOTICE = select(operator_notice.c.paused, operator_notice.c.announcement).where(operator_notice.c.id == 1)


def notice_of(tx: Connection) -> OperatorNotice:
    """Return the operator's notice: empty and not paused if the operator never wrote one."""
    row = tx.execute(_NOTICE).one_or_none()
    return OperatorNotice() if row is None else OperatorNotice(bool(row.paused), row.announcement)
