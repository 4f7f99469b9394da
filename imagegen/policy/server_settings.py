"""What the managers of a server decided about it, and what follows from that. Frozen, pure.

A server's own limits are never above the operator's ceilings: the lower of the two holds.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from imagegen.errors import Reason, Refused
from imagegen.model import Requester
from imagegen.policy.blocklist import searched_size
from imagegen.policy.quota import Limits


@dataclass(frozen=True)
class Tier:
    """Members with that role may have so many images a day; of several roles, the best holds."""

    role_id: int
    images_per_day: int


@dataclass(frozen=True)
class ServerSettings:
    """The rules of one server. What is None, empty or False leaves it to the operator.

    *exempt_roles* are free of the server's own limit for members; the operator's holds for them too.
    *blocked_words* are as a manager wrote them.
    """

    member_images_per_day: int | None = None
    images_per_month: int | None = None
    tiers: tuple[Tier, ...] = ()
    exempt_roles: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    age_restricted_only: bool = False
    spoiler: bool = False
    blocked_words: tuple[str, ...] = ()
    log_channel_id: int | None = None
    paused: bool = False


DEFAULT_SETTINGS = ServerSettings()


class Consent(StrEnum):
    """Whether other people may edit the images that a person posted, and their avatar."""

    ALLOW = "allow"
    NEVER = "never"


@dataclass(frozen=True)
class SettingsChange:
    """One thing that a manager changed: what, from what to what, by whom and when."""

    server_id: int
    user_id: int
    what: str
    before: str
    after: str
    at: datetime


@dataclass(frozen=True)
class Member:
    """What managers decided about one member of a server. *granted* images are good for this calendar month."""

    user_id: int
    blocked: bool = False
    granted: int = 0


MAX_IMAGES = 100_000  # no operator's ceiling is above it
MAX_LIST_ITEMS = 50  # of tiers, roles, channels and words: the rules of a server stay small
MAX_NAMED_CHANNELS = 5
MAX_WORD_CHARS = 50
MAX_WORD_PARTS = 12  # words of a blocked phrase
MAX_ALL_WORDS_CHARS = 1500  # of all blocked words together: each prompt is compared with all of them
MIN_WORD_CHARS = 2  # letters or digits; one alone would stand in almost every prompt


def validate_settings(place: ServerSettings, before: ServerSettings = DEFAULT_SETTINGS) -> ServerSettings:
    """Return *place*, whose numbers and lists are what they may be. Refused RULE_OUT_OF_RANGE or WORD_TOO_SHORT.

    What stood in *before* already is not judged again: an older version may have taken it, and no other rule could be
    changed then. Discord keeps its clients to the ranges of a command, and nobody else.
    """
    new = {field.name for field in fields(place) if getattr(place, field.name) != getattr(before, field.name)}
    _check_numbers(place, new)
    lists: dict[str, Sized] = {name: getattr(place, name) for name in ("tiers", "exempt_roles", "channels")}
    if any(len(listed) > MAX_LIST_ITEMS for name, listed in lists.items() if name in new):
        raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MAX_LIST_ITEMS)
    if added := set(place.blocked_words) - set(before.blocked_words):
        _check_words(place.blocked_words, added)
    return place


def _check_numbers(place: ServerSettings, new: set[str]) -> None:
    numbers = {name: getattr(place, name) for name in ("member_images_per_day", "images_per_month")}
    chosen = [number for name, number in numbers.items() if name in new]
    chosen += [tier.images_per_day for tier in place.tiers if "tiers" in new]
    if any(number is not None and not 1 <= number <= MAX_IMAGES for number in chosen):
        raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MAX_IMAGES)


def _check_words(words: tuple[str, ...], added: set[str]) -> None:
    if len(words) > MAX_LIST_ITEMS:
        raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MAX_LIST_ITEMS)
    if any(len(word) > MAX_WORD_CHARS for word in added):
        raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MAX_WORD_CHARS)
    sizes = [searched_size(word) for word in added]
    if any(letters < MIN_WORD_CHARS for letters, _ in sizes):
        raise Refused(Reason.WORD_TOO_SHORT, limit=MIN_WORD_CHARS)
    if any(letters > MAX_WORD_CHARS or parts > MAX_WORD_PARTS for letters, parts in sizes):
        raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MAX_WORD_PARTS)
    if sum(map(len, words)) > MAX_ALL_WORDS_CHARS:
        raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MAX_ALL_WORDS_CHARS)


def with_blocked_words(place: ServerSettings, words: tuple[str, ...], blocked: bool) -> ServerSettings:
    """Return *place* with each of *words* among its blocked words, or without it."""
    known = place.blocked_words
    if blocked:
        return replace(place, blocked_words=(*known, *(word for word in words if word not in known)))
    return replace(place, blocked_words=tuple(word for word in known if word not in words))


def effective_limits(place: ServerSettings, requester: Requester, limits: Limits) -> Limits:
    """The limits of *requester* in *place*: their best tier, else the server's own; never above *limits*."""
    member, server = limits.member_images_per_day, limits.server_images_per_month
    if not set(place.exempt_roles) & set(requester.roles):
        tiers = [tier.images_per_day for tier in place.tiers if tier.role_id in requester.roles]
        member = _lower(member, max(tiers, default=place.member_images_per_day))
    return replace(limits, member_images_per_day=member, server_images_per_month=_lower(server, place.images_per_month))


def _lower(ceiling: int, own: int | None) -> int:
    return ceiling if own is None else min(ceiling, own)


def check_access(place: ServerSettings, member: Member, requester: Requester) -> None:
    """Raise the Refused with which the server's rules answer *requester*, before any allowance is looked at."""
    if place.paused:
        raise Refused(Reason.SERVER_PAUSED)
    if member.blocked:
        raise Refused(Reason.MEMBER_BLOCKED)
    if place.channels and not set(place.channels) & {requester.channel_id, requester.parent_channel_id}:
        raise Refused(Reason.CHANNEL_NOT_ALLOWED, channels=_first_ids(place.channels))
    if place.age_restricted_only and not requester.age_restricted:
        raise Refused(Reason.AGE_RESTRICTED_ONLY)


def _first_ids(channel_ids: Sequence[int]) -> str:
    """Return the first channels as ids with commas between them. A sentence names no more than MAX_NAMED_CHANNELS."""
    return ",".join(map(str, channel_ids[:MAX_NAMED_CHANNELS]))
