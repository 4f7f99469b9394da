"""Servers and people that the operator blocks. Each function is part of a transaction."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from imagegen.errors import Reason, Refused
from imagegen.model import Requester
from imagegen.reports import Block, BlockKind
from imagegen.store.tables import blocks

REASONS = {BlockKind.PERSON: Reason.PERSON_BLOCKED, BlockKind.SERVER: Reason.SERVER_BLOCKED}

_PERSON = and_(blocks.c.kind == BlockKind.PERSON.value, blocks.c.target_id == bindparam("b_user"))
_SERVER = and_(
    blocks.c.kind == BlockKind.SERVER.value,
    or_(blocks.c.target_id == bindparam("b_here"), blocks.c.target_id == bindparam("b_scope")),
)
KIND = select(func.min(blocks.c.kind)).where(or_(_PERSON, _SERVER))  # "person" is before "server"


def values_of(requester: Requester) -> dict[str, int | None]:
    """Return the values with which ``KIND`` reads the block of *requester*, however the bot was installed there."""
    return {"b_user": requester.user_id, "b_here": requester.server_id, "b_scope": requester.scope.server_id}


def check(kind: str | None) -> None:
    """Raise Refused PERSON_BLOCKED or SERVER_BLOCKED for a requester with a block of *kind*."""
    if kind is not None:
        raise Refused(REASONS[BlockKind(kind)])


def newest(tx: Connection, *, limit: int) -> tuple[Block, ...]:
    """Return the newest blocks, newest first."""
    known = select(blocks).where(blocks.c.kind.in_([kind.value for kind in BlockKind]))
    found = known.order_by(blocks.c.at.desc(), blocks.c.target_id.desc()).limit(limit)
    return tuple(Block(BlockKind(row.kind), row.target_id, row.at, row.by) for row in tx.execute(found))


def count(tx: Connection) -> int:
    """Return how many servers and people are blocked."""
    return tx.scalar(select(func.count()).select_from(blocks)) or 0
