"""The styles of servers. Each function is one transaction, or part of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from imagegen.errors import Reason, Refused
from imagegen.image_request import InputImage
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import SettingsChange
from imagegen.policy.styles import MAX_STYLES, Style, checked_style, folded_name, style_from_json
from imagegen.store import reference_removal, references, server_settings
from imagegen.store.references import Keeper
from imagegen.store.tables_members import reference_images, styles

CHANGE = "style"  # in settings_changes


def styles_of(tx: Connection, server_id: int) -> tuple[Style, ...]:
    """Return the styles of a server, the last changed first."""
    return _found(tx, styles.c.server_id == server_id)


def style_of(tx: Connection, server_id: int, style_id: int) -> Style:
    """Return a style of a server. Raise Refused STYLE_GONE if there is none with that id."""
    return _one(_found(tx, and_(styles.c.server_id == server_id, styles.c.id == style_id)), "")


def named(tx: Connection, server_id: int, name: str) -> Style:
    """Return the style of a server with that name. Raise Refused STYLE_GONE if there is none."""
    return _one(_found(tx, and_(styles.c.server_id == server_id, styles.c.name_folded == folded_name(name))), name)


def _one(found: Sequence[Style], name: str) -> Style:
    if not found:
        raise Refused(Reason.STYLE_GONE, name=name)
    return found[0]


def _found(tx: Connection, which: ColumnElement[bool]) -> tuple[Style, ...]:
    rows = tx.execute(select(styles).where(which).order_by(styles.c.at.desc(), styles.c.id.desc())).all()
    images: dict[int, list[int]] = {}
    of_styles = select(reference_images.c.style_id, reference_images.c.id).where(
        reference_images.c.style_id.in_([row.id for row in rows])
    )
    for image in tx.execute(of_styles.order_by(reference_images.c.position)) if rows else ():
        images.setdefault(image.style_id, []).append(image.id)
    return tuple(style_from_json(row.name, row.style, row.id, tuple(images.get(row.id, ()))) for row in rows)


def save_change(
    tx: Connection,
    server_id: int,
    style_id: int,
    change: Callable[[Style], Style],
    images: Sequence[InputImage] = (),
    *,
    user_id: int,
    limits: Limits,
    now: datetime,
) -> Style:
    """Save a change of a style as it is now, or of an empty one if *style_id* is 0. Return and raise as ``save``.

    Raise Refused also for a name or words that cannot be used.
    """
    server_settings.lock_settings(tx, server_id)
    before = style_of(tx, server_id, style_id) if style_id else Style("")
    return save(tx, server_id, checked_style(change(before)), images, user_id=user_id, limits=limits, now=now)


def save(
    tx: Connection,
    server_id: int,
    style: Style,
    images: Sequence[InputImage] = (),
    *,
    user_id: int,
    limits: Limits,
    now: datetime,
) -> Style:
    """Save a style, in place of that with its id if it has one, and return it. *images* replace those it has.

    Record who saved it. Raise Refused STYLE_GONE, STYLE_NAME_TAKEN, STYLES_FULL or REFERENCES_FULL.
    """
    server_settings.lock_settings(tx, server_id)  # managers who save at once follow each other
    before = style_of(tx, server_id, style.id) if style.id else None
    same = and_(styles.c.server_id == server_id, styles.c.name_folded == folded_name(style.name))
    if tx.scalar(select(styles.c.id).where(same, styles.c.id != style.id)) is not None:
        raise Refused(Reason.STYLE_NAME_TAKEN, name=style.name)
    style = replace(style, id=_write(tx, server_id, style, {"user_id": user_id, "at": now}))
    if images:
        reference_removal.remove(tx, Keeper(style_id=style.id), style.name, now=now)
        references.put(tx, Keeper(style_id=style.id), images, limits=limits, now=now)
    _record(tx, server_id, before, style, user_id, now)
    return style_of(tx, server_id, style.id)


def _write(tx: Connection, server_id: int, style: Style, who: dict[str, Any]) -> int:
    """Write the row of a style, and return its id."""
    row = {"name": style.name, "name_folded": folded_name(style.name), "style": style.to_json(), **who}
    if style.id:
        tx.execute(update(styles).where(styles.c.id == style.id).values(row))
        return style.id
    count = tx.scalar(select(func.count()).select_from(styles).where(styles.c.server_id == server_id)) or 0
    if count >= MAX_STYLES:
        raise Refused(Reason.STYLES_FULL, limit=MAX_STYLES)
    made: int = tx.execute(insert(styles).values(server_id=server_id, **row).returning(styles.c.id)).scalar_one()
    return made


def remove_images(tx: Connection, server_id: int, style_id: int, *, user_id: int, now: datetime) -> Style:
    """Delete the images of a style with their copies, and return the style. Record who did. Raise as ``remove``."""
    server_settings.lock_settings(tx, server_id)
    style = style_of(tx, server_id, style_id)
    reference_removal.remove(tx, Keeper(style_id=style_id), style.name, now=now)
    _record(tx, server_id, style, style, user_id, now)
    return replace(style, references=())


def remove(tx: Connection, server_id: int, style_id: int, *, user_id: int, now: datetime) -> Style:
    """Delete a style with its images and their copies, and return it. Record who did. Raise Refused STYLE_GONE."""
    server_settings.lock_settings(tx, server_id)
    style = style_of(tx, server_id, style_id)
    reference_removal.remove(tx, Keeper(style_id=style_id), style.name, now=now)
    tx.execute(delete(styles).where(styles.c.id == style_id))
    _record(tx, server_id, style, None, user_id, now)
    return style


def _record(
    tx: Connection, server_id: int, before: Style | None, after: Style | None, user_id: int, now: datetime
) -> None:
    names = [server_settings.as_json(None if style is None else style.name) for style in (before, after)]
    server_settings.record(tx, [SettingsChange(server_id, user_id, CHANGE, names[0], names[1], now)])


def forget_manager(tx: Connection, user_id: int) -> None:
    """Forget who saved the styles of a person: the styles are the server's."""
    tx.execute(update(styles).where(styles.c.user_id == user_id).values(user_id=None))
