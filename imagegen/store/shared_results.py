"""The images of private results that their requesters have shared. Each function is one transaction, or part of one.

A row is written before its message is sent, so that each image is shared once, whatever dies in between. It stays when
the message is deleted: what a manager removed does not come back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from imagegen.model import Job, Requester
from imagegen.policy.private_results import for_others
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import ServerSettings, check_access
from imagegen.reports import SharedImage
from imagegen.store import blocks, server_settings, shares
from imagegen.store.columns import inserted, upsert
from imagegen.store.tables_results import shared_results


def begin(
    tx: Connection, job_id: int, number: int, requester: Requester, limits: Limits, *, now: datetime
) -> tuple[SharedImage, ServerSettings]:
    """Return what is known of a shared image, which is new or was begun before, and the settings of the server.

    Raises Refused if the operator or the server does not allow *requester* to use the bot where they share it.
    """
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    blocks.check(rules.block)
    shares.check(requester, rules.limits)
    check_access(rules.settings, rules.member, requester)
    row = {"job_id": job_id, "number": number, "channel_id": requester.channel_id, "at": now}
    is_new = tx.execute(inserted(tx, shared_results).values(row).on_conflict_do_nothing()).rowcount > 0
    (known,) = (found for found in of_job(tx, job_id) if found.number == number)
    return replace(known, is_new=is_new), rules.settings


def try_again(tx: Connection, shared: SharedImage, *, now: datetime) -> SharedImage | None:
    """Record another try to share an image; None if there was yet another one, or its message is known, meanwhile."""
    one = (shared_results.c.job_id == shared.job_id, shared_results.c.number == shared.number)
    same = (*one, shared_results.c.at == shared.at, shared_results.c.message_id.is_(None))
    is_last = tx.execute(update(shared_results).where(*same).values(at=now)).rowcount > 0
    return replace(shared, at=now) if is_last else None


def recorded(tx: Connection, shared: SharedImage, message_id: int) -> None:
    """Record which message shows a shared image."""
    key = {"job_id": shared.job_id, "number": shared.number}
    values = {"channel_id": shared.channel_id, "at": shared.at, "message_id": message_id}
    tx.execute(upsert(tx, shared_results, key, values))


def given_up(tx: Connection, shared: SharedImage) -> None:
    """Forget an image whose message Discord refused, so that it may be shared again."""
    one = (shared_results.c.job_id == shared.job_id, shared_results.c.number == shared.number)
    tx.execute(delete(shared_results).where(*one, shared_results.c.message_id.is_(None)))


def of_job(tx: Connection, job_id: int) -> tuple[SharedImage, ...]:
    """Return the shared images of a result, in the order in which they were shared."""
    rows = select(shared_results).where(shared_results.c.job_id == job_id)
    found = tx.execute(rows.order_by(shared_results.c.at, shared_results.c.number)).mappings()
    return tuple(SharedImage(**row) for row in found)


def by_message(tx: Connection, message_id: int) -> SharedImage | None:
    """Return the shared image that a message shows."""
    row = tx.execute(select(shared_results).where(shared_results.c.message_id == message_id)).mappings().first()
    return None if row is None else SharedImage(**row)


def as_shared(job: Job, shared: SharedImage) -> Job:
    """Return *job* as everybody sees it in the message of a shared image."""
    address = replace(job.address, token=None, channel_id=shared.channel_id, message_id=shared.message_id)
    public = replace(address, requested_in_id=None, reply_to_id=None)
    request = replace(for_others(job.request), private=False)
    return replace(job, address=public, message_id=shared.message_id, request=request)
