"""Reference images: stored once for a style or a character, and copied into each job that uses them.

Each function is part of a transaction. ``reference_removal.py`` deletes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink, InputImage
from imagegen.model import Failure
from imagegen.policy.quota import Limits
from imagegen.store.input_bytes import MB
from imagegen.store.records import input_image_from_row
from imagegen.store.tables_members import characters, reference_images, styles


@dataclass(frozen=True)
class Keeper:
    """What reference images belong to: a style or a character, by its id."""

    style_id: int | None = None
    character_id: int | None = None

    @property
    def owns(self) -> ColumnElement[bool]:
        """The condition that a reference image belongs to this keeper."""
        if self.style_id is not None:
            return reference_images.c.style_id == self.style_id
        return reference_images.c.character_id == self.character_id

    @property
    def owned_beside(self) -> ColumnElement[bool]:
        """The condition that a reference image belongs to the same server, or to the same member."""
        if self.style_id is not None:
            server = select(styles.c.server_id).where(styles.c.id == self.style_id).scalar_subquery()
            return reference_images.c.style_id.in_(select(styles.c.id).where(styles.c.server_id == server))
        member = select(characters.c.user_id).where(characters.c.id == self.character_id).scalar_subquery()
        return reference_images.c.character_id.in_(select(characters.c.id).where(characters.c.user_id == member))


def put(tx: Connection, keeper: Keeper, images: Sequence[InputImage], *, limits: Limits, now: datetime) -> None:
    """Store *images*, in order. Raise Refused REFERENCES_FULL if they take too much room.

    A server or a member has as much room as the input images of one person, and all together as all input images.
    """
    added = sum(len(image.data_uri) for image in images)
    for whose, most_bytes in (((keeper.owned_beside,), limits.input_bytes_per_person), ((), limits.input_bytes)):
        kept = tx.scalar(select(func.sum(reference_images.c.bytes)).where(*whose)) or 0
        if kept + added > most_bytes:
            raise Refused(Reason.REFERENCES_FULL, limit_mb=most_bytes // MB)
    rows = [
        {
            **asdict(image),
            **asdict(keeper),
            "notes": " ".join(image.notes),
            "position": position,
            "bytes": len(image.data_uri),
            "at": now,
        }
        for position, image in enumerate(images, start=1)
    ]
    if rows:
        tx.execute(insert(reference_images), rows)


def ids_of(tx: Connection, keeper: Keeper) -> tuple[int, ...]:
    """Return the ids of a keeper's reference images, in order."""
    return tuple(tx.scalars(select(reference_images.c.id).where(keeper.owns).order_by(reference_images.c.position)))


def images_of(tx: Connection, links: Sequence[ImageLink]) -> dict[int, InputImage]:
    """Return the reference images that *links* name, by id, without those that were deleted."""
    found = select(reference_images).where(reference_images.c.id.in_(_named(links)))
    return {row["id"]: input_image_from_row(row) for row in tx.execute(found).mappings()} if _named(links) else {}


def gone(tx: Connection, links: Sequence[ImageLink]) -> Failure | None:
    """Return the failure of a request whose *links* name a deleted reference image.

    Lock the others, so that a removal meanwhile finds the copies that this transaction writes.
    """
    there = hold(tx, _named(links))
    lost = (link for link in links if link.reference_id is not None and link.reference_id not in there)
    return next((Failure(Reason.REFERENCE_GONE, {"name": link.filename}) for link in lost), None)


def hold(tx: Connection, ids: Sequence[int]) -> set[int]:
    """Return which of *ids* are there, and lock them until this transaction ends: a removal waits for that."""
    if not ids:
        return set()
    there = select(reference_images.c.id).where(reference_images.c.id.in_(ids)).order_by(reference_images.c.id)
    return set(tx.scalars(there.with_for_update(read=True)))


def not_for(tx: Connection, ids: Sequence[int], user_id: int) -> str | None:
    """Return the name of a character among the owners of *ids* that shows a person, and that is not *user_id*'s.

    The person has allowed it to the member who registered it, and to nobody else.
    """
    others = characters.c.user_id != user_id, characters.c.person_id.is_not(None), characters.c.person_id != user_id
    found = select(characters.c.name).join(reference_images, reference_images.c.character_id == characters.c.id)
    return tx.scalar(found.where(reference_images.c.id.in_(ids), *others).limit(1)) if ids else None


def _named(links: Sequence[ImageLink]) -> list[int]:
    return [link.reference_id for link in links if link.reference_id is not None]
