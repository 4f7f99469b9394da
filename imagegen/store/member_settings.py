"""The settings of members. Each function is one transaction, or part of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, delete, func, select, type_coerce, update

from imagegen.policy.member_settings import MemberSettings
from imagegen.store.columns import inserted
from imagegen.store.tables_members import member_settings as table

Stamp = tuple[int, int]
_PRIME = 1_000_000_007  # the sum of so many remainders as there are people fits into any integer column


@dataclass(frozen=True)
class Snapshot:
    """The settings of the members who changed theirs last, and the stamp by which a later change is found."""

    stamp: Stamp
    members: Mapping[int, MemberSettings]


def settings_of(tx: Connection, user_id: int) -> MemberSettings:
    """Return the settings of a member; those of everybody if the member chose nothing."""
    stored = tx.scalar(select(table.c.settings).where(table.c.user_id == user_id))
    return MemberSettings() if stored is None else MemberSettings.from_json(stored)


def change(
    tx: Connection, user_id: int, change: Callable[[MemberSettings], MemberSettings], *, now: datetime
) -> MemberSettings:
    """Apply *change* to the settings of a member, and return them. A member who chose nothing has no row."""
    tx.execute(inserted(tx, table).values(user_id=user_id, settings="{}", at=now).on_conflict_do_nothing())
    mine = table.c.user_id == user_id
    tx.execute(select(table.c.user_id).where(mine).with_for_update())  # two presses at once follow each other
    after = change(settings_of(tx, user_id))
    if (text := after.to_json()) == "{}":
        forget(tx, user_id)
    else:
        tx.execute(update(table).where(mine).values(settings=text, at=now))
    return after


def forget(tx: Connection, user_id: int) -> None:
    """Delete the settings of a member."""
    tx.execute(delete(table).where(table.c.user_id == user_id))


def changed_since(tx: Connection, known: Stamp | None, *, limit: int) -> Snapshot | None:
    """Return the settings of at most *limit* members, the last changed; None if nothing differs from *known*."""
    moments = func.coalesce(func.sum(type_coerce(table.c.at, BigInteger) % _PRIME), 0)
    found = tx.execute(select(func.count(), moments).select_from(table)).one()
    stamp = (int(found[0]), int(found[1]))
    if stamp == known:
        return None
    rows = tx.execute(select(table.c.user_id, table.c.settings).order_by(table.c.at.desc()).limit(limit))
    return Snapshot(stamp, {row.user_id: MemberSettings.from_json(row.settings) for row in rows})
