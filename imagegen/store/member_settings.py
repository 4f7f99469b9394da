"""The settings of members. Each function is one transaction, or part of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger, Connection, delete, func, select, type_coerce, update

from imagegen.policy.member_settings import MemberSettings
from imagegen.store.columns import inserted
from imagegen.store.tables_members import member_settings as table

Stamp = tuple[int, int]
_moment = type_coerce(table.c.at, BigInteger)  # a number: many are compared
_PRIME = 1_000_000_007  # the sum of so many remainders as there are people fits into any integer column


@dataclass(frozen=True)
class Snapshot:
    """The settings of the members who changed theirs last, in the order of these changes, and when that was.

    By the stamp a later change is found.
    """

    stamp: Stamp | None = None
    members: Mapping[int, MemberSettings] = field(default_factory=dict)
    changed_at: Mapping[int, int] = field(default_factory=dict, repr=False)  # microseconds since 1970, as stored


NOTHING_READ = Snapshot()


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


def changed_since(tx: Connection, known: Snapshot, *, limit: int) -> Snapshot | None:
    """Return the settings of at most *limit* members, the last changed; None if nothing differs from *known*.

    Of many members one changes at a time, so read the rows from the oldest change on that *known* has not.
    """
    if (stamp := _stamp(tx)) == known.stamp:
        return None
    newest = tx.execute(select(table.c.user_id, _moment).order_by(_moment.desc()).limit(limit)).all()
    changed_at = {int(user_id): int(at) for user_id, at in reversed(newest)}
    unknown = [at for user_id, at in changed_at.items() if known.changed_at.get(user_id) != at]
    found = {**known.members, **(_changed_from(tx, min(unknown), limit) if unknown else {})}
    members = {user_id: found[user_id] for user_id in changed_at if user_id in found}  # not erased in between
    return Snapshot(stamp, members, changed_at)


def _stamp(tx: Connection) -> Stamp:
    found = tx.execute(select(func.count(), func.coalesce(func.sum(_moment % _PRIME), 0)).select_from(table)).one()
    return int(found[0]), int(found[1])


def _changed_from(tx: Connection, at: int, limit: int) -> Mapping[int, MemberSettings]:
    rows = select(table.c.user_id, table.c.settings).where(_moment >= at).order_by(_moment.desc()).limit(limit)
    return {row.user_id: MemberSettings.from_json(row.settings) for row in tx.execute(rows)}
