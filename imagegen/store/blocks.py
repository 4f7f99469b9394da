"""Servers and people that the operator blocks. Each function is part of a transaction."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, or_, select

from imagegen.errors import Reason, Refused
from imagegen.model import Requester
from imagegen.reports import Block, BlockKind
from imagegen.store.tables import blocks

REASONS = {BlockKind.PERSON: Reason.PERSON_BLOCKED, BlockKind.SERVER: Reason.SERVER_BLOCKED}


def check(tx: Connection, requester: Requester) -> None:
    """Raise Refused PERSON_BLOCKED or SERVER_BLOCKED for *requester*, however the bot was installed there."""
    server_ids = {requester.server_id, requester.scope.server_id} - {None}
    person = and_(blocks.c.kind == BlockKind.PERSON, blocks.c.target_id == requester.user_id)
    server = and_(blocks.c.kind == BlockKind.SERVER, blocks.c.target_id.in_(server_ids))
    found = tx.scalar(select(func.min(blocks.c.kind)).where(or_(person, server)))  # "person" is before "server"
    if found is not None:
        raise Refused(REASONS[BlockKind(found)])


def newest(tx: Connection, *, limit: int) -> tuple[Block, ...]:
    """Return the newest blocks, newest first."""
    found = select(blocks).order_by(blocks.c.at.desc(), blocks.c.target_id.desc()).limit(limit)
    return tuple(Block(BlockKind(row.kind), row.target_id, row.at, row.by) for row in tx.execute(found))


def count(tx: Connection) -> int:
    """Return how many servers and people are blocked."""
    return tx.scalar(select(func.count()).select_from(blocks)) or 0
