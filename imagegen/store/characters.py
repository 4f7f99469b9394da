"""Characters of members: figures, pets and people with reference images. Each function is part of a transaction.

A character that shows a person is used only once that person allows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from imagegen.errors import Reason, Refused
from imagegen.image_request import InputImage
from imagegen.policy.characters import Character, fold
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import Consent
from imagegen.store import reference_removal, references, server_settings
from imagegen.store.references import Keeper
from imagegen.store.tables_members import characters

UNNEEDED, REQUESTED, GIVEN = "unneeded", "requested", "given"  # consent of the person whom a character shows


def check_new(tx: Connection, user_id: int, name: str, person_id: int | None, *, most: int) -> None:
    """Raise Refused if a member may not add a character of that name, or of that person."""
    own = characters.c.user_id == user_id
    if tx.scalar(select(characters.c.id).where(own, characters.c.name_folded == fold(name))) is not None:
        raise Refused(Reason.CHARACTER_EXISTS, name=name)
    if tx.execute(select(func.count()).select_from(characters).where(own)).scalar_one() >= most:
        raise Refused(Reason.TOO_MANY_CHARACTERS, limit=most)
    if person_id not in (None, user_id) and server_settings.consent_of(tx, person_id) is Consent.NEVER:
        raise Refused(Reason.CHARACTER_NOT_ALLOWED)


def add(
    tx: Connection,
    user_id: int,
    name: str,
    images: Sequence[InputImage],
    *,
    person_id: int | None,
    most: int,
    limits: Limits,
    now: datetime,
) -> Character:
    """Store a character with its images. Raise as ``check_new`` and ``references.put`` do."""
    lock_member(tx, user_id)
    check_new(tx, user_id, name, person_id, most=most)
    consent = UNNEEDED if person_id is None else GIVEN if person_id == user_id else REQUESTED
    row = {
        "user_id": user_id, "name": name, "name_folded": fold(name), "person_id": person_id, "consent": consent,
        "at": now,
    }  # fmt: skip
    new_id = tx.execute(insert(characters).values(row).returning(characters.c.id)).scalar_one()
    references.put(tx, Keeper(character_id=new_id), images, limits=limits, now=now)
    return _found(tx, characters.c.id == new_id)[0]


def lock_member(tx: Connection, user_id: int) -> None:
    """Let one transaction after another change a member's characters, so that their number stays within the limit."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(user_id)))


def of_member(tx: Connection, user_id: int) -> tuple[Character, ...]:
    """Return the characters that a member registered, by name."""
    return _found(tx, characters.c.user_id == user_id)


def about(tx: Connection, person_id: int) -> tuple[Character, ...]:
    """Return the characters of other members that show a person."""
    return _found(tx, characters.c.person_id == person_id, characters.c.user_id != person_id)


def character(tx: Connection, character_id: int) -> Character | None:
    """Return a character; None if it was deleted."""
    return next(iter(_found(tx, characters.c.id == character_id)), None)


def _found(tx: Connection, *which: ColumnElement[bool]) -> tuple[Character, ...]:
    rows = tx.execute(select(characters).where(*which).order_by(characters.c.name_folded)).all()
    return tuple(
        Character(
            row.id, row.user_id, row.name, row.person_id, row.consent != REQUESTED,
            references.ids_of(tx, Keeper(character_id=row.id)),
        )
        for row in rows
    )  # fmt: skip


def allow(tx: Connection, character_id: int, person_id: int) -> Character | None:
    """Store that the person whom a character shows allows it. Return the character; None if it shows no such person."""
    mine = characters.c.id == character_id, characters.c.person_id == person_id
    tx.execute(update(characters).where(*mine, characters.c.consent == REQUESTED).values(consent=GIVEN))
    return next(iter(_found(tx, *mine)), None)


def withdraw(tx: Connection, character_id: int, person_id: int, *, now: datetime) -> Character | None:
    """Delete a character at the wish of the person whom it shows. Return what was deleted; None if there is none."""
    return _deleted(tx, characters.c.id == character_id, characters.c.person_id == person_id, now=now)


def remove(tx: Connection, user_id: int, name: str, *, now: datetime) -> Character | None:
    """Delete a member's character, with its images and every copy of them. Return it; None if there is none."""
    return _deleted(tx, characters.c.user_id == user_id, characters.c.name_folded == fold(name), now=now)


def remove_all_of(tx: Connection, user_id: int, *, now: datetime) -> None:
    """Delete every character that a person registered, or that shows this person."""
    for found in of_member(tx, user_id):
        remove(tx, user_id, found.name, now=now)
    remove_all_about(tx, user_id, now=now)


def remove_all_about(tx: Connection, person_id: int, *, now: datetime) -> None:
    """Delete every character of other members that shows this person."""
    for found in about(tx, person_id):
        withdraw(tx, found.id, person_id, now=now)


def set_consent(tx: Connection, user_id: int, consent: Consent, *, now: datetime) -> None:
    """Store whether others may edit what a person posted. NEVER also deletes others' characters that show them."""
    server_settings.set_consent(tx, user_id, consent)
    if consent is Consent.NEVER:
        remove_all_about(tx, user_id, now=now)


def purge_unanswered(tx: Connection, *, asked_before: datetime, limit: int, now: datetime) -> int:
    """Delete at most *limit* characters whose person has not answered since then. Return how many."""
    old = characters.c.consent == REQUESTED, characters.c.at < asked_before
    ids = tx.scalars(select(characters.c.id).where(*old).limit(limit).with_for_update(skip_locked=True)).all()
    for character_id in ids:
        _deleted(tx, characters.c.id == character_id, now=now)
    return len(ids)


def _deleted(tx: Connection, *which: ColumnElement[bool], now: datetime) -> Character | None:
    found = next(iter(_found(tx, *which)), None)
    if found is not None:
        reference_removal.remove(tx, Keeper(character_id=found.id), found.name, now=now)
        tx.execute(delete(characters).where(characters.c.id == found.id))
    return found
