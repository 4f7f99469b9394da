"""Pure arithmetic of allowances: windows, what an ask holds, in which order it is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from imagegen.errors import Reason
from imagegen.model import Requester
from imagegen.reports import Quotas, QuotaStatus

MEMBER, PERSON, SERVER, ATTEMPTS = "member", "person", "server", "attempts"
MEMBER_WITH_GRANT = "member_with_grant"  # a word of a refusal, no counter
GRANT = "grant"  # extra images of a member, good in a calendar month, used after each day's own
PAID = "paid"  # images that were generated for a person, delivered or not; closed with the money
MONEY_DAY, MONEY_MONTH = "money_day", "money_month"
IMAGE_COUNTERS = (MEMBER, GRANT, PERSON, SERVER)  # closed when shown, or returned
BUDGET_COUNTERS = (MONEY_DAY, MONEY_MONTH)  # in micro-dollars; closed by what Wan bills
BOT = "bot"
PAID_PER_PERSON = 2  # so many times a person's images a day may be generated for them: some are lost on the way


@dataclass(frozen=True)
class Limits:
    """The operator's ceilings. A lowered limit refuses new holds and breaks nothing."""

    zone: ZoneInfo
    member_images_per_day: int
    person_images_per_day: int
    server_images_per_month: int
    budget_microusd_per_day: int
    budget_microusd_per_month: int
    attempts_per_day: int
    queued_per_member: int
    queued_max: int
    input_bytes_per_person: int = 100 * 1024 * 1024  # of input images that wait or are being generated
    input_bytes: int = 2000 * 1024 * 1024

    @property
    def paid_images_per_day(self) -> int:
        """The most images that may be generated for one person a day, whatever becomes of them."""
        return PAID_PER_PERSON * self.person_images_per_day


@dataclass(frozen=True)
class Window:
    """A calendar day or month in the operator's time zone; *label* is its key in the store."""

    label: str
    ends_at: datetime


@dataclass(frozen=True)
class Reservation:
    """So much of one counter, up to its limit. *empty* is the reason where nothing is left of it."""

    name: str
    subject: str
    window: Window
    amount: int
    limit: int
    refusal: Reason
    refusal_name: str = ""  # what the refusal names it by, where that is not *name*


def day_window(now: datetime, zone: ZoneInfo) -> Window:
    """The calendar day of *now*. A day may have 23 or 25 hours: it ends at the next midnight on the wall."""
    local = now.astimezone(zone)
    tomorrow = local.date() + timedelta(days=1)
    return Window(local.date().isoformat(), datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone))


def month_window(now: datetime, zone: ZoneInfo) -> Window:
    """The calendar month of *now*."""
    local = now.astimezone(zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    return Window(f"{local:%Y-%m}", datetime(year, month, 1, tzinfo=zone))


def image_reservations(requester: Requester, count: int, limits: Limits, now: datetime) -> tuple[Reservation, ...]:
    """The allowances of *requester* where they ask, nearest first: the order in which they refuse."""
    day, month = day_window(now, limits.zone), month_window(now, limits.zone)
    person = Reservation(PERSON, str(requester.user_id), day, count, limits.person_images_per_day, Reason.PERSON_EMPTY)
    if not requester.scope.startswith("g:"):
        return (person,)
    subject = f"{requester.scope}:{requester.user_id}"
    member = Reservation(MEMBER, subject, day, count, limits.member_images_per_day, Reason.MEMBER_EMPTY)
    server = Reservation(SERVER, requester.scope, month, count, limits.server_images_per_month, Reason.SERVER_EMPTY)
    return (member, person, server)


def grant_reservation(requester: Requester, count: int, granted: int, limits: Limits, now: datetime) -> Reservation:
    """*count* of the images that were granted to *requester* this month."""
    subject, month = f"{requester.scope}:{requester.user_id}", month_window(now, limits.zone)
    return Reservation(GRANT, subject, month, count, granted, Reason.MEMBER_EMPTY)


def split_over_grant(member: Reservation, left: int, grant: Reservation, grant_left: int) -> tuple[Reservation, ...]:
    """What a member asks for, first from what is *left* of the day, the rest from what is left of the grant.

    Where both together are too little, one hold that is refused and names what both have.
    """
    if member.amount <= left or not grant_left:
        return (member,)
    if member.amount > left + grant_left:
        return (replace(member, limit=member.limit + grant_left, refusal_name=MEMBER_WITH_GRANT),)
    own, extra = replace(member, amount=left), replace(grant, amount=member.amount - left)
    return (own, extra) if left else (extra,)


def paid_reservation(user_id: int, count: int, limits: Limits, now: datetime) -> Reservation:
    """*count* images that will be paid for one person: nobody spends the money by making results undeliverable."""
    return Reservation(
        PAID, str(user_id), day_window(now, limits.zone), count, limits.paid_images_per_day, Reason.PAID_EMPTY
    )


def spending_reservations(
    user_id: int, count: int, price_microusd: int, limits: Limits, now: datetime
) -> tuple[Reservation, ...]:
    """What one send of *count* images holds, in the order in which counters are taken."""
    return (paid_reservation(user_id, count, limits, now), *budget_reservations(price_microusd * count, limits, now))


def budget_reservations(cost_microusd: int, limits: Limits, now: datetime) -> tuple[Reservation, ...]:
    """The operator's two ceilings."""
    day, month = day_window(now, limits.zone), month_window(now, limits.zone)
    per_day, per_month = limits.budget_microusd_per_day, limits.budget_microusd_per_month
    return (
        Reservation(MONEY_DAY, BOT, day, cost_microusd, per_day, Reason.MONEY_DAY_EMPTY),
        Reservation(MONEY_MONTH, BOT, month, cost_microusd, per_month, Reason.MONEY_MONTH_EMPTY),
    )


def attempt_reservation(requester: Requester, limits: Limits, now: datetime) -> Reservation:
    """One accepted ask, whatever comes of it."""
    day = day_window(now, limits.zone)
    return Reservation(ATTEMPTS, str(requester.user_id), day, 1, limits.attempts_per_day, Reason.ATTEMPTS_EMPTY)


def settled_quotas(quotas: Quotas, shown: int) -> tuple[QuotaStatus, ...]:
    """What is left once the open job is settled to the images *shown*, as the ledger will have it then."""
    touched = set(quotas.reserved) - quotas.over
    return tuple(_settled(one, quotas.reserved, shown) if one.name in touched else one for one in quotas.remaining)


def _settled(one: QuotaStatus, reserved: Mapping[str, int], shown: int) -> QuotaStatus:
    used = images_used(one.name, shown, reserved)
    return replace(one, used=one.used + used, held=one.held - reserved[one.name])


def images_used(name: str, shown: int, reserved: Mapping[str, int]) -> int:
    """How many of the images *shown* are used of the quota *name*: of a member's, the day's own before the grant."""
    own = reserved.get(MEMBER, 0)
    if name == GRANT:
        return max(0, shown - own)
    return min(shown, own) if name == MEMBER and GRANT in reserved else shown


def tightest(lefts: Sequence[int]) -> int:
    """What may still be asked for: the least of what is left anywhere, never below zero."""
    return max(0, min(lefts, default=0))
