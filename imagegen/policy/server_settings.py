"""What a server's managers decide, and what follows for a request. Frozen records, pure functions.

A server's own limits are never above the operator's: the lower of the two applies.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence, Sized
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from imagegen.errors import Reason, Refused
from imagegen.model import Requester
from imagegen.policy.blocklist import searched_size
from imagegen.policy.quota import Limits


@dataclass(frozen=True)
class Tier:
    """A daily image limit for members with one role. A member with several such roles gets the highest limit."""

    role_id: int
    images_per_day: int


@dataclass(frozen=True)
class ServerSettings:
    """The settings of one server. None, an empty value or False leaves the decision to the operator.

    Members with one of *exempt_roles* are free from the server's own member limit, not from the operator's.
    *blocked_words* are as a manager wrote them. Results are *private* by default in the whole server, or in
    *private_channels*. Managers look first at results in *hold_channels*, and of members who joined less than
    *hold_newcomers_days* days ago. *language* is that of public messages; None: the server's language in Discord.
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
    log_prompts: bool = False
    log_cost: bool = False
    private: bool = False
    private_channels: tuple[int, ...] = ()
    hold_channels: tuple[int, ...] = ()
    hold_newcomers_days: int | None = None
    language: str | None = None
    paused: bool = False


DEFAULT_SETTINGS = ServerSettings()


class Consent(StrEnum):
    """Whether other people may edit the images that a person posted, and the person's avatar."""

    ALLOW = "allow"
    NEVER = "never"


@dataclass(frozen=True)
class SettingsChange:
    """One change by a manager: which setting, its old and new value as JSON, by whom and when."""

    server_id: int
    user_id: int
    what: str  # a field of ServerSettings; or "blocked" or "granted" and a member's id
    before: str
    after: str
    at: datetime


@dataclass(frozen=True)
class ServerOverview:
    """What managers see of their server at once. *blocked* are ids of members; the newest of *changes* comes first."""

    settings: ServerSettings
    blocked: tuple[int, ...]
    changes: tuple[SettingsChange, ...]


@dataclass(frozen=True)
class Member:
    """What managers decided about one member. *granted* is the number of extra images this calendar month."""

    user_id: int
    blocked: bool = False
    granted: int = 0


LISTS = ("exempt_roles", "channels", "private_channels", "hold_channels")  # of ids
MAX_IMAGES = 100_000  # no operator's limit is higher
MAX_LIST_ITEMS = 50  # tiers, roles, channels or words each: a server's settings stay small
MAX_HOLD_DAYS = 365  # for which managers look first at the results of a new member
MAX_NAMED_CHANNELS = 5
MAX_WORD_CHARS = 50
MAX_WORD_PARTS = 12  # words of one blocked phrase
MAX_ALL_WORDS_CHARS = 1500  # of all blocked words together: every prompt is compared with all of them
MIN_WORD_CHARS = 2  # letters or digits; a single one is in almost every prompt


def validate_settings(settings: ServerSettings, before: ServerSettings = DEFAULT_SETTINGS) -> ServerSettings:
    """Return *settings* if their numbers and lists are in range.

    Raise Refused SETTING_OUT_OF_RANGE or BLOCKED_WORD_TOO_SHORT otherwise.

    Do not judge again what *before* has already: an older version may have accepted it, and the manager could then
    change no other setting. Discord enforces a command's ranges only in its own clients.
    """
    new = {field.name for field in fields(settings) if getattr(settings, field.name) != getattr(before, field.name)}
    _check_numbers(settings, new)
    lists: dict[str, Sized] = {name: getattr(settings, name) for name in ("tiers", *LISTS)}
    if any(len(listed) > MAX_LIST_ITEMS for name, listed in lists.items() if name in new):
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_LIST_ITEMS)
    if added := set(settings.blocked_words) - set(before.blocked_words):
        _check_words(settings.blocked_words, added)
    return settings


def _check_numbers(settings: ServerSettings, new: set[str]) -> None:
    """Raise Refused if a changed number is out of range."""
    numbers = {name: getattr(settings, name) for name in ("member_images_per_day", "images_per_month")}
    chosen = [number for name, number in numbers.items() if name in new]
    chosen += [tier.images_per_day for tier in settings.tiers if "tiers" in new]
    if any(number is not None and not 1 <= number <= MAX_IMAGES for number in chosen):
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_IMAGES)
    days = settings.hold_newcomers_days if "hold_newcomers_days" in new else None
    if days is not None and not 1 <= days <= MAX_HOLD_DAYS:
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_HOLD_DAYS)


def _check_words(words: tuple[str, ...], added: set[str]) -> None:
    """Raise Refused if the blocked words are too many or too long, or one of *added* cannot be searched for."""
    if len(words) > MAX_LIST_ITEMS:
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_LIST_ITEMS)
    if any(len(word) > MAX_WORD_CHARS for word in added):
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_WORD_CHARS)
    sizes = [searched_size(word) for word in added]
    if any(letters < MIN_WORD_CHARS for letters, _ in sizes):
        raise Refused(Reason.BLOCKED_WORD_TOO_SHORT, limit=MIN_WORD_CHARS)
    if any(letters > MAX_WORD_CHARS or parts > MAX_WORD_PARTS for letters, parts in sizes):
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_WORD_PARTS)
    if sum(map(len, words)) > MAX_ALL_WORDS_CHARS:
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_ALL_WORDS_CHARS)


def with_list_changed(
    settings: ServerSettings, name: str, shown: Collection[int], chosen: Sequence[int]
) -> ServerSettings:
    """Return *settings* without the ids that a manager removed from *shown* of the list *name*, and with those added.

    What the manager did not see stays: another manager may have changed the list meanwhile.
    """
    removed = set(shown) - set(chosen)
    kept = tuple(one for one in getattr(settings, name) if one not in removed)
    added = tuple(one for one in dict.fromkeys(chosen) if one not in kept and one not in shown)
    changed: dict[str, Any] = {name: (*kept, *added)}
    return replace(settings, **changed)


def with_tier(settings: ServerSettings, role_id: int, images_per_day: int | None) -> ServerSettings:
    """Return *settings* with the daily limit of a role; None removes it."""
    others = tuple(tier for tier in settings.tiers if tier.role_id != role_id)
    new = () if images_per_day is None else (Tier(role_id, images_per_day),)
    return replace(settings, tiers=(*others, *new))


def effective_limits(settings: ServerSettings, requester: Requester, limits: Limits) -> Limits:
    """Return the limits of *requester* in a server: the best tier, else the server's own, never above *limits*."""
    member, server = limits.member_images_per_day, limits.server_images_per_month
    if not set(settings.exempt_roles) & set(requester.roles):
        tiers = [tier.images_per_day for tier in settings.tiers if tier.role_id in requester.roles]
        member = _lower(member, max(tiers, default=settings.member_images_per_day))
    return replace(
        limits, member_images_per_day=member, server_images_per_month=_lower(server, settings.images_per_month)
    )


def _lower(ceiling: int, own: int | None) -> int:
    """Return the lower of the operator's and the server's own limit."""
    return ceiling if own is None else min(ceiling, own)


def check_access(settings: ServerSettings, member: Member, requester: Requester) -> None:
    """Raise Refused if the server's settings exclude *requester*. This comes before any quota is read."""
    if settings.paused:
        raise Refused(Reason.SERVER_PAUSED)
    if member.blocked:
        raise Refused(Reason.MEMBER_BLOCKED)
    if settings.channels and not set(settings.channels) & {requester.channel_id, requester.parent_channel_id}:
        raise Refused(Reason.CHANNEL_NOT_ALLOWED, channels=_first_ids(settings.channels))
    if settings.age_restricted_only and not requester.age_restricted:
        raise Refused(Reason.AGE_RESTRICTED_ONLY)


def _first_ids(channel_ids: Sequence[int]) -> str:
    """Return the first channels as ids with commas between them. A sentence names no more than MAX_NAMED_CHANNELS."""
    return ",".join(map(str, channel_ids[:MAX_NAMED_CHANNELS]))
