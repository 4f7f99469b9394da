"""Read rows as records, and write their JSON columns. No other file reads these columns."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

import structlog
from sqlalchemy import RowMapping

from imagegen.address import Address, AddressUnreadable
from imagegen.image_request import AspectRatio, Box, ImageLink, ImageRequest, InputImage, PaletteColor, Quality
from imagegen.model import (
    DIRECT,
    Call,
    Failure,
    Job,
    Made,
    Requester,
    Review,
    Scope,
    Size,
    StopReason,
    StoryImage,
    StoryPart,
    StoryText,
)
from imagegen.policy.combining_marks import limit_marks
from imagegen.policy.validation import clean_text
from imagegen.states import State

log = structlog.get_logger(__name__)

_REQUEST_FIELDS = frozenset(field.name for field in fields(ImageRequest)) - {"unknown", "unread"}
HELD = "held"  # the key of a held request
_LINK_FIELDS = frozenset(field.name for field in fields(ImageLink))
_BOX_FIELDS = frozenset(field.name for field in fields(Box))
_PLAIN = {str, int, bool, NoneType}


def request_to_json(request: ImageRequest) -> str:
    """Return the column *request* of a job, with the fields that only another version knows.

    The release that knows no reviews cannot read a held request, so after a rollback that release fails the job
    instead of showing the results.
    """
    if request.unread:
        return request.unread
    known = {name: value for name, value in vars(request).items() if name not in ("unknown", "unread")}
    stored = {**request.unknown, **known}
    return json.dumps({HELD: stored} if request.is_held else stored, default=vars, ensure_ascii=False)


def folded(text: str) -> str:
    """Return *text* as the history searches it: lower case, one form of each letter, as any database takes it."""
    return unicodedata.normalize("NFKC", limit_marks(clean_text(text))).casefold()


def request_from_json(text: str) -> ImageRequest:
    """Read what ``request_to_json`` wrote, by any version.

    AttributeError, KeyError, TypeError, ValueError or RecursionError for any other text.
    """
    whole: dict[str, Any] = json.loads(text)
    stored: dict[str, Any] = whole.get(HELD, whole)
    found = _checked(ImageRequest, {name: stored[name] for name in _REQUEST_FIELDS if name in stored})
    links = [_checked(ImageLink, _known(_LINK_FIELDS, link)) for link in stored["images"]]
    found["images"] = tuple(ImageLink(**link) for link in links)
    found["aspect_ratio"] = None if stored["aspect_ratio"] is None else AspectRatio(stored["aspect_ratio"])
    found["quality"] = Quality(stored["quality"])
    found["origins"] = tuple(stored.get("origins", ()))
    found["variation"] = tuple(str(name) for name in stored.get("variation", ()))
    found["boxes"] = tuple(tuple(Box(**_known(_BOX_FIELDS, box)) for box in some) for some in stored.get("boxes", ()))
    colors = [_checked(PaletteColor, {"hex": it["hex"], "share": it["share"]}) for it in stored.get("palette", ())]
    found["palette"] = tuple(PaletteColor(**color) for color in colors)
    return ImageRequest(**found, unknown={name: stored[name] for name in stored if name not in _REQUEST_FIELDS})


@cache
def _plain_fields(kind: type) -> Mapping[str, tuple[type, ...]]:
    """Return the types of those fields of *kind* that JSON stores as they are."""
    found = {name: get_args(hint) or (hint,) for name, hint in get_type_hints(kind).items()}
    return {name: types for name, types in found.items() if _PLAIN.issuperset(types)}


def _checked(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """Return *values* of fields of *kind*. TypeError if one has another type."""
    for name, types in _plain_fields(kind).items():
        if name in values and type(values[name]) not in types:  # a bool would pass for an int
            raise TypeError(f"{name} is of another type")
    return values


def _known(names: Collection[str], stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stored.items() if name in names}


def _read_request(row: RowMapping) -> tuple[ImageRequest, Call]:
    """Return the request and the call style of a job. What this version cannot read is kept, and the job fails."""
    try:
        request, call = request_from_json(row["request"]), Call(row["call"])
        if request.count != row["count"]:
            raise ValueError("another count was reserved")
        return request, call
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        log.error("request_unreadable", job_id=row["id"], why=type(error).__name__)
        return ImageRequest("", count=row["count"], private=bool(row["private"]), unread=row["request"]), Call.SYNC


def job_from_row(row: RowMapping, notes: tuple[tuple[str, ...], ...] = (), sizes: tuple[Size, ...] = ()) -> Job:
    """Return the job of *row*, which has a known state.

    *notes* say for each input image what was corrected in it, and *sizes* its width and height.
    """
    request, call = _read_request(row)
    return Job(
        id=row["id"],
        key=row["key"],
        state=State(row["state"]),
        requester=Requester(row["user_id"], _scope(row), row["locale"]),
        request=request,
        address=read_address(row["id"], row["address"]),
        model=row["model"],
        call=call,
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
        input_sizes=sizes,
        story_so_far=_parts(row),
        cancel_requested_at=row["cancel_requested_at"],
        running_at=row["running_at"],
        defects=row["defects"],
        price_microusd=row["price_microusd"],
        input_price_microusd=row["input_price_microusd"],
        weight=row["weight"],
        review=_review(row["review"]),
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


def _scope(row: RowMapping) -> Scope:
    """Return the scope of a job; of an unknown kind, that of a direct message: no server's settings apply."""
    try:
        return Scope.parse(row["scope"])
    except ValueError:
        log.error("scope_unreadable", job_id=row["id"])
        return DIRECT


def _parts(row: RowMapping) -> tuple[StoryPart, ...]:
    """Return the parts of a story. Pass over a part of a kind that only another version knows."""
    found: list[dict[str, str]] = json.loads(row["story_so_far"] or "[]")
    parts = (StoryImage(part["link"]) if "link" in part else part.get("text") for part in found)
    return tuple(StoryText(part) if isinstance(part, str) else part for part in parts if part is not None)


def without_links(parts: str) -> str:
    """Return the same story parts as JSON, with the links of the images emptied."""
    found: list[dict[str, str]] = json.loads(parts)
    return json.dumps([{**part, "link": ""} if "link" in part else part for part in found], ensure_ascii=False)


def _made(row: RowMapping) -> Made | None:
    if row["links"] is None:
        return None
    links = tuple(json.loads(row["links"]))
    return Made(
        links, row["image_count"], row["size"], row["request_id"], _parts(row), _stop_reason(row["stop_reason"])
    )


def _stop_reason(stored: str | None) -> StopReason | None:
    """Return why a story stopped; BROKEN for a reason that only another version knows."""
    if stored is None:
        return None
    return StopReason(stored) if stored in list(StopReason) else StopReason.BROKEN


def _review(stored: str | None) -> Review | None:
    """Return how far a review is; REQUIRED for a value that only another version knows, to be safe."""
    if stored is None:
        return None
    return Review(stored) if stored in list(Review) else Review.REQUIRED


def _failure(row: RowMapping) -> Failure | None:
    if row["failure_reason"] is None:
        return None
    return Failure(row["failure_reason"], json.loads(row["failure_facts"]))


def input_image_from_row(row: RowMapping) -> InputImage:
    """Return the input image of *row*."""
    return InputImage(row["data_uri"], row["width_px"], row["height_px"], tuple(row["notes"].split()))
