"""Read rows as the records of imagegen/model.py, and write their JSON columns. No other file reads these columns."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import RowMapping

from imagegen.address import Address, AddressUnreadable
from imagegen.model import (
    AspectRatio,
    Call,
    Failure,
    ImageLink,
    ImageRequest,
    InputImage,
    Job,
    Made,
    Quality,
    Requester,
    Scope,
    StopReason,
    StoryImage,
    StoryPart,
    StoryText,
)
from imagegen.policy.combining_marks import limit_marks
from imagegen.policy.validation import clean_text
from imagegen.states import State

log = structlog.get_logger(__name__)


def request_to_json(request: ImageRequest) -> str:
    """Return the column *request* of a job."""
    return json.dumps(vars(request), default=vars, ensure_ascii=False)


def folded(text: str) -> str:
    """Return *text* as the history searches it: lower case, one form of each letter, as any database takes it."""
    return unicodedata.normalize("NFKC", limit_marks(clean_text(text))).casefold()


def request_from_json(text: str) -> ImageRequest:
    """Read what ``request_to_json`` wrote. KeyError or TypeError for any other text."""
    fields: dict[str, Any] = json.loads(text)
    fields["images"] = tuple(ImageLink(**link) for link in fields["images"])
    fields["aspect_ratio"] = None if fields["aspect_ratio"] is None else AspectRatio(fields["aspect_ratio"])
    fields["quality"] = Quality(fields["quality"])
    fields["origins"] = tuple(fields.get("origins", ()))
    return ImageRequest(**fields)


def job_from_row(row: RowMapping, notes: tuple[tuple[str, ...], ...] = ()) -> Job:
    """Return the job of *row*. *notes* say for each input image what was corrected in it."""
    return Job(
        id=row["id"],
        key=row["key"],
        state=State(row["state"]),
        requester=Requester(row["user_id"], Scope.parse(row["scope"]), row["locale"]),
        request=request_from_json(row["request"]),
        address=read_address(row["id"], row["address"]),
        model=row["model"],
        call=Call(row["call"]),
        input_count=row["input_count"],
        attempts=row["attempts"],
        epoch=row["epoch"],
        owner=row["owner"],
        requested_at=row["requested_at"],
        submitting_at=row["submitting_at"],
        generated_at=row["generated_at"],
        ended_at=row["ended_at"],
        notified_at=row["notified_at"],
        message_id=row["message_id"],
        remote_id=row["remote_id"],
        request_id=row["request_id"],
        made=_made(row),
        failure=_failure(row),
        delivered=row["delivered"],
        input_notes=notes,
        story_so_far=_parts(row),
        cancel_requested_at=row["cancel_requested_at"],
        running_at=row["running_at"],
        defects=row["defects"],
        price_microusd=row["price_microusd"],
    )


def read_address(job_id: int, text: str) -> Address:
    """Return the address of a job; of an unreadable one, none: that job alone is then answered by direct message."""
    try:
        return Address.from_json(text)
    except AddressUnreadable as error:
        log.error("address_unreadable", job=job_id, why=str(error))
        return Address()


def parts_to_json(parts: Sequence[StoryPart]) -> str:
    """Return the column *story_so_far* of a job."""
    return json.dumps([vars(part) for part in parts], ensure_ascii=False)


def _parts(row: RowMapping) -> tuple[StoryPart, ...]:
    found: list[dict[str, str]] = json.loads(row["story_so_far"] or "[]")
    return tuple(StoryImage(**part) if "link" in part else StoryText(**part) for part in found)


def without_links(parts: str) -> str:
    """Return the same story parts as JSON, with the links of the images emptied."""
    found: list[dict[str, str]] = json.loads(parts)
    return json.dumps([{"link": ""} if "link" in part else part for part in found], ensure_ascii=False)


def _made(row: RowMapping) -> Made | None:
    if row["links"] is None:
        return None
    cut = None if row["stop_reason"] is None else StopReason(row["stop_reason"])
    links = tuple(json.loads(row["links"]))
    return Made(links, row["image_count"], row["size"], row["request_id"], _parts(row), cut)


def _failure(row: RowMapping) -> Failure | None:
    if row["failure_reason"] is None:
        return None
    return Failure(row["failure_reason"], json.loads(row["failure_facts"]))


def input_image_from_row(row: RowMapping) -> InputImage:
    """Return the input image of *row*."""
    return InputImage(row["data_uri"], row["width_px"], row["height_px"], tuple(row["notes"].split()))
