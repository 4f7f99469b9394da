"""Compute quotas: their windows, what a request reserves, and in which order quotas refuse it. Pure arithmetic.

Quotas of images are counted in units, hundredths of an image; limits are written in whole images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from imagegen.errors import Reason
from imagegen.model import UNITS_PER_IMAGE, Job, Requester, Scope
from imagegen.reports import Quotas, QuotaStatus

MEMBER, PERSON, SERVER, ATTEMPTS = "member", "person", "server", "attempts"
MEMBER_WITH_GRANT = "member_with_grant"  # names both quotas in a refusal; not a counter
GRANT = "grant"  # extra images of a member for one calendar month, used after the day's own
PAID = "paid"  # images that were generated for a person, delivered or not; settled with the budget
SHARE = "share"  # of the budget, for one server a calendar month; direct messages and installs are counted too
BUDGET_DAY, BUDGET_MONTH = "budget_day", "budget_month"
IMAGE_COUNTERS = (MEMBER, GRANT, PERSON, SERVER)  # settled when images are delivered; released otherwise
IN_UNITS = (*IMAGE_COUNTERS, PAID)  # counted in hundredths of an image
BUDGET_COUNTERS = (BUDGET_DAY, BUDGET_MONTH)
MONEY_COUNTERS = (SHARE, *BUDGET_COUNTERS)  # in micro-dollars; settled to what Wan bills, with the input images
BOT = "bot"
NO_SHARE = 2**62  # the limit of a server without a share: more than any budget
PAID_PER_PERSON = 2  # times the person's daily quota: some generated images are never delivered


@dataclass(frozen=True)
class Limits:
    """The operator's limits. A lowered limit refuses new reservations and changes nothing that is used already."""

    zone: ZoneInfo
    member_images_per_day: int
    person_images_per_day: int
    server_images_per_month: int
    budget_microusd_per_day: int
    budget_microusd_per_month: int
    attempts_per_day: int
    queued_per_member: int
    queued_max: int
    input_bytes_per_person: int = 100 * 1024 * 1024  # of the input images of queued and running jobs
    input_bytes: int = 2000 * 1024 * 1024
    share_microusd_per_month: int | None = None  # of each server, or of the requester's; None: no share
    image_microusd: int = 1  # the cheapest offered image: a budget with less left pays for none

    @property
    def paid_images_per_day(self) -> int:
        """Return the most images that may be generated for one person a day, delivered or not."""
        return PAID_PER_PERSON * self.person_images_per_day


@dataclass(frozen=True)
class Window:
    """A calendar day or month in the operator's time zone. *label* is its key in the store."""

    label: str
    ends_at: datetime


@dataclass(frozen=True)
class Charge:
    """What *images* are charged: *weight* units of the quotas each, and of the budgets the price of each.

    *input_price_microusd* is that of all input images, once for each send that Wan may bill.
    """

    images: int
    weight: int = UNITS_PER_IMAGE
    price_microusd: int = 0
    input_price_microusd: int = 0

    @property
    def units(self) -> int:
        """The units of quota of all images."""
        return self.images * self.weight

    @property
    def microusd(self) -> int:
        """The price of all images, without the input images."""
        return self.images * self.price_microusd

    @property
    def billed_microusd(self) -> int:
        """The price of all images with the input images, which are paid with the first image."""
        return self.microusd + (self.input_price_microusd if self.images else 0)


NOTHING = Charge(0)


def charge_of(job: Job, images: int | None = None) -> Charge:
    """Return what *images* of *job* are charged; None: all that were requested."""
    count = job.request.count if images is None else images
    return Charge(count, job.weight, job.price_microusd, job.input_price_microusd)


def units_of(name: str, whole: int, adjustment: int) -> int:
    """Return an amount of the counter *name* in its units. It is stored in two columns (imagegen/store/tables.py)."""
    return whole * (UNITS_PER_IMAGE if name in IN_UNITS else 1) + adjustment


@dataclass(frozen=True)
class Reservation:
    """An amount of one counter, up to the counter's limit. *refusal* is the reason if nothing is left.

    Of quotas of images, *amount* and *limit* are in units, and *whole* is a number of images. Of budgets, *whole*
    leaves the input images out. *per_image* is the amount of one image: less than that is as good as nothing.
    """

    name: str
    subject: str
    window: Window
    amount: int
    limit: int
    refusal: Reason
    whole: int
    per_image: int = 1
    refusal_name: str = ""  # the quota that a refusal names, if not *name*

    @property
    def adjustment(self) -> int:
        """What *whole* lacks of the amount, in the counter's units. Below zero if an image weighs less than one."""
        return self.amount - units_of(self.name, self.whole, 0)

    @property
    def images(self) -> int:
        """The images for which it is reserved."""
        return self.images_within(self.amount)

    def images_within(self, left: int) -> int:
        """Return for how many images *left* is enough."""
        inputs = self.adjustment if self.name in MONEY_COUNTERS else 0
        return max(0, left - inputs) // max(1, self.per_image)


def day_window(now: datetime, zone: ZoneInfo) -> Window:
    """Return the calendar day of *now*. It ends at the next local midnight, so it may have 23 or 25 hours."""
    local = now.astimezone(zone)
    tomorrow = local.date() + timedelta(days=1)
    return Window(local.date().isoformat(), datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone))


def month_window(now: datetime, zone: ZoneInfo) -> Window:
    """Return the calendar month of *now*."""
    local = now.astimezone(zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    return Window(f"{local:%Y-%m}", datetime(year, month, 1, tzinfo=zone))


def image_reservations(requester: Requester, charge: Charge, limits: Limits, now: datetime) -> tuple[Reservation, ...]:
    """Return a request's reservation in each image quota, nearest quota first: the order in which quotas refuse."""
    day, month = day_window(now, limits.zone), month_window(now, limits.zone)
    person = _of_images(
        PERSON, str(requester.user_id), day, charge, limits.person_images_per_day, Reason.PERSON_QUOTA_USED
    )
    if requester.scope.server_id is None:
        return (person,)
    subject = f"{requester.scope}:{requester.user_id}"
    member = _of_images(MEMBER, subject, day, charge, limits.member_images_per_day, Reason.MEMBER_QUOTA_USED)
    server = _of_images(
        SERVER, str(requester.scope), month, charge, limits.server_images_per_month, Reason.SERVER_QUOTA_USED
    )
    return (member, person, server)


def _of_images(name: str, subject: str, window: Window, charge: Charge, images: int, refusal: Reason) -> Reservation:
    """Return the reservation of *charge* in a quota of *images*."""
    limit = images * UNITS_PER_IMAGE
    return Reservation(name, subject, window, charge.units, limit, refusal, charge.images, charge.weight)


def grant_reservation(requester: Requester, charge: Charge, granted: int, limits: Limits, now: datetime) -> Reservation:
    """Return a reservation of *charge* in the *granted* images of *requester* this month."""
    subject, month = f"{requester.scope}:{requester.user_id}", month_window(now, limits.zone)
    return _of_images(GRANT, subject, month, charge, granted, Reason.MEMBER_QUOTA_USED)


def split_over_grant(member: Reservation, left: int, grant: Reservation, grant_left: int) -> tuple[Reservation, ...]:
    """Return the reservations of a member's request: first from what is *left* of the day, the rest from the grant.

    If both together are too little, return one reservation that is refused and that names the sum of both. An image
    may be split between them; as a whole image it counts for the grant.
    """
    if member.amount <= left or not grant_left:
        return (member,)
    if member.amount > left + grant_left:
        return (replace(member, limit=member.limit + grant_left, refusal_name=MEMBER_WITH_GRANT),)
    own = replace(member, amount=left, whole=left // member.per_image)
    rest = replace(grant, amount=member.amount - left, whole=member.whole - own.whole)
    return (own, rest) if left else (rest,)


def paid_reservation(user_id: int, charge: Charge, limits: Limits, now: datetime) -> Reservation:
    """Return a reservation of *charge* in the images that are paid for a person.

    This quota keeps a person from spending the budget on results that are never delivered.
    """
    day, images = day_window(now, limits.zone), limits.paid_images_per_day
    return _of_images(PAID, str(user_id), day, charge, images, Reason.PAID_IMAGES_USED)


def spending_reservations(
    requester: Requester, charge: Charge, limits: Limits, now: datetime
) -> tuple[Reservation, ...]:
    """Return what sending a request reserves, in the order in which the counters are locked."""
    return (
        paid_reservation(requester.user_id, charge, limits, now),
        share_reservation(requester.scope, charge, limits, now),
        *budget_reservations(charge, limits, now),
    )


def share_reservation(scope: Scope, charge: Charge, limits: Limits, now: datetime) -> Reservation:
    """Return the reservation of *charge* in the share of *scope*.

    What has no share is counted too: the operator sees what each server spends, and may give it a share later.
    """
    share = None if scope.server_id is None else limits.share_microusd_per_month
    refusal = Reason.SERVER_NOT_ALLOWED if share == 0 else Reason.SERVER_SHARE_USED
    limit = NO_SHARE if share is None else share
    return _of_money(SHARE, str(scope), month_window(now, limits.zone), charge, limit, refusal)


def budget_reservations(charge: Charge, limits: Limits, now: datetime) -> tuple[Reservation, ...]:
    """Return the reservations in the operator's two budgets."""
    day, month = day_window(now, limits.zone), month_window(now, limits.zone)
    per_day, per_month = limits.budget_microusd_per_day, limits.budget_microusd_per_month
    return (
        _of_money(BUDGET_DAY, BOT, day, charge, per_day, Reason.DAY_BUDGET_USED),
        _of_money(BUDGET_MONTH, BOT, month, charge, per_month, Reason.MONTH_BUDGET_USED),
    )


def _of_money(name: str, subject: str, window: Window, charge: Charge, limit: int, refusal: Reason) -> Reservation:
    amount = charge.microusd + charge.input_price_microusd
    return Reservation(name, subject, window, amount, limit, refusal, charge.microusd, charge.price_microusd)


def percent_used(status: QuotaStatus, limits: Limits) -> int:
    """Return how much of a budget or share is used, in percent: 100 if what is left pays for no image."""
    gone = status.used + status.reserved
    if not gone or not status.limit:
        return 0
    return 100 if status.left < limits.image_microusd else gone * 100 // status.limit


def attempt_reservation(requester: Requester, limits: Limits, now: datetime) -> Reservation:
    """Return the reservation of one accepted request, which counts however the job ends."""
    day, limit = day_window(now, limits.zone), limits.attempts_per_day
    return Reservation(ATTEMPTS, str(requester.user_id), day, 1, limit, Reason.ATTEMPTS_USED, whole=1)


def settled_quotas(quotas: Quotas, shown_units: int) -> tuple[QuotaStatus, ...]:
    """Return the quotas as they will be once the open job is settled to delivered images of *shown_units*."""
    touched = set(quotas.reserved) - quotas.over
    return tuple(
        _settled(status, quotas.reserved, shown_units) if status.name in touched else status
        for status in quotas.remaining
    )


def _settled(status: QuotaStatus, reserved: Mapping[str, int], shown: int) -> QuotaStatus:
    """Return *status* as it will be once its part of *reserved* is settled."""
    used = part_used(status.name, shown, reserved)
    return replace(status, used=status.used + used, reserved=status.reserved - reserved[status.name])


def part_used(name: str, shown: int, reserved: Mapping[str, int]) -> int:
    """Return how much of *shown* uses the quota *name*, in units or in whole images, as *shown* and *reserved* are.

    A member's day is used before the grant.
    """
    own = reserved.get(MEMBER, 0)
    if name == GRANT:
        return max(0, shown - own)
    return min(shown, own) if name == MEMBER and GRANT in reserved else shown
