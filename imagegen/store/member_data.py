"""All that is stored about one person, for that person to read, and nothing about other people.

Each function is one transaction. Requests come in pages, so that a person with thousands of requests blocks no one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, or_, select

from imagegen.model import UNITS_PER_IMAGE, Review
from imagegen.policy import quota
from imagegen.policy.quota import units_of
from imagegen.reports import BlockKind
from imagegen.store.drafts import prompts_in
from imagegen.store.records import HELD, read_address
from imagegen.store.tables import blocks, counters, grants, ledger, members, people, turns
from imagegen.store.tables import settings_changes as changes
from imagegen.store.tables_jobs import HAS_BYTES, inputs, jobs
from imagegen.store.tables_members import characters, drafts, member_settings, reference_images, styles
from imagegen.store.tables_results import reports, shared_results, stars
from imagegen.store.tables_results import review_cards as cards

# Of a job: the bot's own bookkeeping, or said twice.
LEFT_OUT = ("user_id", "owner", "display_owner", "epoch", "turn", "prompt_folded")
COUNTERS = (quota.MEMBER, quota.GRANT, quota.PERSON, quota.ATTEMPTS)
RESULTS = ("links", "story_so_far")
UNSEEN = (Review.REQUIRED, Review.HELD, Review.WITHHELD)  # managers have not shown the results
JSON = ("request", *RESULTS, "failure_facts")
IMAGE = (
    inputs.c.job_id,
    inputs.c.position,
    inputs.c.width_px,
    inputs.c.height_px,
    inputs.c.notes,
    inputs.c.received_at,
)
CHARACTER = (characters.c.name, characters.c.consent, characters.c.at)
IS_KEPT = inputs.c.data_uri.is_not(None).label("is_kept")


@dataclass(frozen=True)
class StoredImage:
    """An input image whose bytes are stored, or an image of a character. *size* is the length of its data URI."""

    job_id: int
    position: int
    size: int
    data_uri: str = field(default="", repr=False)
    reference_id: int | None = None  # of a character's image, which belongs to no job

    @property
    def name(self) -> str:
        """Return the name of the image's file, without an extension."""
        if self.reference_id is not None:
            return f"character-image-{self.reference_id}"
        return f"input-{self.job_id}-{self.position}"


def requests_of(tx: Connection, user_id: int, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Return at most *limit* requests of a person, oldest first, with ids above *after*."""
    page = select(jobs).where(jobs.c.user_id == user_id, jobs.c.id > after).order_by(jobs.c.id).limit(limit)
    found = [_request(row) for row in tx.execute(page).mappings()]
    ids = [request["id"] for request in found]
    entries = _by_job(tx, select(ledger).where(ledger.c.job_id.in_(ids)).order_by(ledger.c.id))
    stored = select(*IMAGE, inputs.c.owner_id, inputs.c.posted_by, IS_KEPT).where(inputs.c.job_id.in_(ids))
    images = _by_job(tx, stored.order_by(inputs.c.position))
    for request in found:
        request["entries"] = [_exact(_plain(row, "id", "job_id")) for row in entries.get(request["id"], ())]
        request["input_images"] = [_image(row, user_id) for row in images.get(request["id"], ())]
    return found


def _request(row: RowMapping) -> dict[str, Any]:
    facts = _plain(row, *LEFT_OUT)
    facts["weight"] = _images(row["weight"])
    facts |= {name: _read_json(facts[name]) for name in JSON if facts[name] is not None}
    if facts["review"] in UNSEEN:
        facts |= dict.fromkeys(RESULTS)
    facts["address"] = read_address(row["id"], row["address"]).for_requester()
    request = facts["request"]
    request = request.get(HELD, request) if isinstance(request, dict) else request
    facts["request"] = request
    if isinstance(request, dict) and isinstance(links := request.get("images"), list):
        request["images"] = len(links)  # links to images that are not read yet
    return facts


def _read_json(stored: str) -> Any:
    """Return what a column holds; its text as it is if that is no JSON."""
    try:
        return json.loads(stored)
    except ValueError:
        return stored


def _image(row: RowMapping, user_id: int) -> dict[str, Any]:
    """Return the facts of an image. Of its owner, only whether it is somebody else."""
    owners = {row["owner_id"], row["posted_by"]} - {None}
    return {**_plain(row, "job_id", "owner_id", "posted_by"), "posted_by_somebody_else": bool(owners - {user_id})}


def _by_job(tx: Connection, rows: Select[Any]) -> dict[int, list[RowMapping]]:
    found: dict[int, list[RowMapping]] = {}
    for row in tx.execute(rows).mappings():
        found.setdefault(row["job_id"], []).append(row)
    return found


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the accounts with one exact amount for each that is stored in two columns."""
    adjustments = {name: row[name] for name in row if name.endswith("adjustment")}
    found = {name: value for name, value in row.items() if name not in adjustments}
    for name, adjustment in adjustments.items():
        whole = name.removesuffix("adjustment").rstrip("_") or "amount"
        amount = units_of(row["name"], row[whole], adjustment)
        found[whole] = _images(amount) if row["name"] in quota.IN_UNITS else amount
    return found


def _images(units: int) -> float:
    """Return *units* as a number of images, such as 2.5, as the person reads it."""
    images, rest = divmod(units, UNITS_PER_IMAGE)
    return units / UNITS_PER_IMAGE if rest else images


def _plain(row: RowMapping, *but: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in but}


def person(tx: Connection, user_id: int) -> dict[str, Any]:
    """Return everything else that is stored about a person. Of managers' decisions, not which manager decided."""
    block = and_(blocks.c.kind == BlockKind.PERSON.value, blocks.c.target_id == user_id)
    scopes = tx.scalars(select(jobs.c.scope).where(jobs.c.user_id == user_id).distinct())
    subjects = [str(user_id), *(f"{scope}:{user_id}" for scope in scopes)]
    own = and_(counters.c.name.in_(COUNTERS), counters.c.subject.in_(subjects))
    about = changes.c.what.endswith(f" {user_id}")
    rows: dict[str, Select[Any]] = {
        "decided": select(people.c.consent, people.c.forget_before).where(people.c.user_id == user_id),
        "settings": select(member_settings.c.settings, member_settings.c.at).where(
            member_settings.c.user_id == user_id
        ),
        "styles_saved": select(styles.c.server_id, styles.c.name, styles.c.at).where(styles.c.user_id == user_id),
        "blocked_by_operator": select(blocks.c.at).where(block),
        "in_servers": select(members.c.server_id, members.c.blocked).where(members.c.user_id == user_id),
        "granted": select(grants.c.server_id, grants.c.window, grants.c.images, grants.c.at).where(
            grants.c.user_id == user_id
        ),
        "counters": select(counters).where(own),
        "turns": select(turns.c.model, turns.c.turn).where(turns.c.user_id == user_id),
        "changes_made": select(changes).where(changes.c.user_id == user_id).order_by(changes.c.id),
        "changes_about": select(
            changes.c.server_id,
            changes.c.what,
            changes.c.before,
            changes.c.after,
            changes.c.at,
        ).where(about),
        "drafts": select(drafts.c.request, drafts.c.at).where(drafts.c.user_id == user_id).order_by(drafts.c.id),
        "shared": select(shared_results).join(jobs).where(jobs.c.user_id == user_id).order_by(shared_results.c.at),
        "starred": select(stars.c.job_id, stars.c.at).where(stars.c.user_id == user_id).order_by(stars.c.at),
        **_reports(user_id),
        "characters": select(*CHARACTER).where(characters.c.user_id == user_id),
        "characters_of_others_that_show_you": select(*CHARACTER).where(
            characters.c.person_id == user_id, characters.c.user_id != user_id
        ),
        "images_in_others_requests": select(*IMAGE[2:], IS_KEPT).where(*_posted_for_others(user_id)),
    }
    found = {name: [dict(row) for row in tx.execute(query).mappings()] for name, query in rows.items()}
    for draft in found["drafts"]:  # no links, of which some show other people's images
        draft["prompts"] = prompts_in(draft.pop("request"))
    for chosen in found["settings"]:
        chosen["settings"] = _read_json(chosen["settings"])
    return found | {"counters": [_exact(row) for row in found["counters"]]}


def _reports(user_id: int) -> dict[str, Select[Any]]:
    """Return the reports by and about a person, without who else reported, and what was decided then."""
    mine = select(jobs.c.id).where(jobs.c.user_id == user_id)
    about = select(reports.c.job_id, reports.c.reason, reports.c.at).where(reports.c.job_id.in_(mine))
    decided = (cards.c.job_id, cards.c.kind, cards.c.decision, cards.c.decided_at, cards.c.why)
    return {
        "reports_made": select(reports).where(reports.c.user_id == user_id),
        "reports_about": about,
        "reviews_about": select(*decided).where(cards.c.job_id.in_(mine)),
        "reviews_made": select(*decided).where(cards.c.decided_by == user_id),
    }


def _posted_for_others(user_id: int) -> tuple[Any, ...]:
    mine = or_(inputs.c.owner_id == user_id, inputs.c.posted_by == user_id)
    return HAS_BYTES, mine, inputs.c.requester_id != user_id


def stored_images(tx: Connection, user_id: int) -> tuple[StoredImage, ...]:
    """Return the stored images that a person sent and that belong to no one else, newest first, without their bytes."""
    own = and_(
        inputs.c.requester_id == user_id,
        or_(inputs.c.owner_id.is_(None), inputs.c.owner_id == user_id),
        or_(inputs.c.posted_by.is_(None), inputs.c.posted_by == user_id),
    )
    kept = select(inputs.c.job_id, inputs.c.position, inputs.c.bytes).where(HAS_BYTES, own)
    newest = tx.execute(kept.order_by(inputs.c.job_id.desc(), inputs.c.position))
    images = tuple(StoredImage(row.job_id, row.position, row.bytes) for row in newest)
    return *_of_characters(tx, user_id), *images


def _of_characters(tx: Connection, user_id: int) -> tuple[StoredImage, ...]:
    """Return the images of a person's characters that show no one else."""
    own = or_(characters.c.person_id.is_(None), characters.c.person_id == user_id)
    found = select(reference_images.c.id, reference_images.c.position, reference_images.c.bytes).join(characters)
    rows = tx.execute(found.where(characters.c.user_id == user_id, own).order_by(reference_images.c.id))
    return tuple(StoredImage(0, row.position, row.bytes, reference_id=row.id) for row in rows)


def bytes_of(tx: Connection, images: Sequence[StoredImage]) -> tuple[StoredImage, ...]:
    """Return the same images with their bytes, without those that were deleted meanwhile."""
    found = []
    for image in images:
        one = and_(inputs.c.job_id == image.job_id, inputs.c.position == image.position)
        stored = select(inputs.c.data_uri).where(one)
        if image.reference_id is not None:
            stored = select(reference_images.c.data_uri).where(reference_images.c.id == image.reference_id)
        if (data_uri := tx.scalar(stored)) is not None:
            found.append(replace(image, data_uri=data_uri))
    return tuple(found)
