"""Quotas are plain arithmetic: which counters a request uses, in which window, and what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from imagegen.errors import Reason
from imagegen.model import DIRECT, INSTALL, Requester, Scope
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Reservation
from imagegen.reports import Quotas, QuotaStatus

BERLIN, TOKYO, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIMITS = Limits(BERLIN, 20, 40, 1000, 5_000_000, 50_000_000, 100, 5, 2000)
ANA = Requester(11, Scope(7))


def parts(member_left: int, granted_left: int, asked: int) -> list[tuple[str, int, int]]:
    """Return name, amount and limit of each reservation, for a member with 20 a day and 8 granted."""
    member = quota.image_reservations(ANA, asked, LIMITS, NOW)[0]
    grant = quota.grant_reservation(ANA, asked, 8, LIMITS, NOW)
    reservations = quota.split_over_grant(member, member_left, grant, granted_left)
    return [(reservation.name, reservation.amount, reservation.limit) for reservation in reservations]


def remaining(name: str, used: int, held: int, limit: int) -> QuotaStatus:
    return QuotaStatus(name, used, held, limit, NOW)


@pytest.mark.parametrize(
    ("member_left", "granted_left", "asked", "expected"),
    [
        (4, 8, 3, [("member", 3, 20)]),
        (4, 8, 4, [("member", 4, 20)]),
        (4, 8, 5, [("member", 4, 20), ("grant", 1, 8)]),
        (1, 3, 4, [("member", 1, 20), ("grant", 3, 8)]),
        (0, 8, 1, [("grant", 1, 8)]),
        (0, 4, 4, [("grant", 4, 8)]),
        (4, 0, 5, [("member", 5, 20)]),
    ],
    ids=["enough", "exactly the day's own", "one from the grant", "exactly both", "the grant alone",
         "exactly the grant", "no grant"],
)  # fmt: skip
def test_a_grant_is_used_after_the_days_quota(
    member_left: int, granted_left: int, asked: int, expected: list[tuple[str, int, int]]
) -> None:
    assert parts(member_left, granted_left, asked) == expected


def test_a_request_beyond_day_and_grant_is_refused_with_the_sum_of_both() -> None:
    member, grant = quota.image_reservations(ANA, 5, LIMITS, NOW)[0], quota.grant_reservation(ANA, 5, 8, LIMITS, NOW)

    (reservation,) = quota.split_over_grant(member, 1, grant, 3)

    assert (reservation.name, reservation.amount, reservation.limit) == ("member", 5, 23)
    assert reservation.refusal_name == quota.MEMBER_WITH_GRANT


def test_a_grant_belongs_to_a_member_a_server_and_a_month() -> None:
    reservation = quota.grant_reservation(ANA, 2, 8, LIMITS, NOW)

    assert (reservation.name, reservation.subject, reservation.window.label) == ("grant", "g:7:11", "2026-11")
    assert (reservation.amount, reservation.limit, reservation.refusal) == (2, 8, Reason.MEMBER_QUOTA_USED)


def test_in_a_server_the_member_refuses_first_then_the_person_then_the_server() -> None:
    reservations = quota.image_reservations(ANA, 3, LIMITS, NOW)

    assert [(r.name, r.subject, r.window.label, r.amount, r.limit, r.refusal) for r in reservations] == [
        ("member", "g:7:11", "2026-11-23", 3, 20, Reason.MEMBER_QUOTA_USED),
        ("person", "11", "2026-11-23", 3, 40, Reason.PERSON_QUOTA_USED),
        ("server", "g:7", "2026-11", 3, 1000, Reason.SERVER_QUOTA_USED),
    ]


@pytest.mark.parametrize("scope", [DIRECT, INSTALL])
def test_outside_a_server_only_the_persons_quota_counts(scope: Scope) -> None:
    (reservation,) = quota.image_reservations(Requester(11, scope), 3, LIMITS, NOW)

    assert (reservation.name, reservation.amount) == ("person", 3)


def test_sending_reserves_paid_images_the_servers_share_and_both_budgets() -> None:
    reservations = quota.spending_reservations(ANA, 3, 30_000, replace(LIMITS, share_microusd_per_month=2_000_000), NOW)

    assert [(r.name, r.subject, r.window.label, r.amount, r.limit, r.refusal) for r in reservations] == [
        ("paid", "11", "2026-11-23", 3, 80, Reason.PAID_IMAGES_USED),
        ("share", "g:7", "2026-11", 90_000, 2_000_000, Reason.SERVER_SHARE_USED),
        ("budget_day", "bot", "2026-11-23", 90_000, 5_000_000, Reason.DAY_BUDGET_USED),
        ("budget_month", "bot", "2026-11", 90_000, 50_000_000, Reason.MONTH_BUDGET_USED),
    ]


def test_a_request_is_one_attempt_for_any_number_of_images() -> None:
    reservation = quota.attempt_reservation(ANA, LIMITS, NOW)

    assert (reservation.name, reservation.subject, reservation.amount, reservation.limit) == ("attempts", "11", 1, 100)
    assert (reservation.window.label, reservation.refusal) == ("2026-11-23", Reason.ATTEMPTS_USED)


@pytest.mark.parametrize(
    ("now", "zone", "label", "ends_at"),
    [
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), BERLIN, "2026-11-30", datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), BERLIN, "2026-12-01", datetime(2026, 12, 1, 23, 0, tzinfo=UTC)),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), TOKYO, "2027-01-01", datetime(2027, 1, 1, 15, 0, tzinfo=UTC)),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), NEW_YORK, "2028-02-29", datetime(2028, 3, 1, 5, 0, tzinfo=UTC)),
    ],
    ids=["the last minute", "the first minute", "a new year", "a leap day"],
)
def test_a_day_ends_at_the_next_midnight_in_the_operators_time_zone(
    now: datetime, zone: ZoneInfo, label: str, ends_at: datetime
) -> None:
    assert quota.day_window(now, zone) == quota.Window(label, ends_at)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_a_day_has_23_or_25_hours_when_the_clocks_change(day: tuple[int, int, int], hours: int) -> None:
    begins_at = datetime(*day, tzinfo=BERLIN)

    ends_at = quota.day_window(begins_at, BERLIN).ends_at

    assert ends_at.astimezone(UTC) - begins_at.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("now", "zone", "label", "ends_at"),
    [
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), BERLIN, "2026-11", datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), BERLIN, "2026-12", datetime(2026, 12, 31, 23, 0, tzinfo=UTC)),
        (datetime(2026, 12, 31, 14, 59, tzinfo=UTC), TOKYO, "2026-12", datetime(2026, 12, 31, 15, 0, tzinfo=UTC)),
        (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), NEW_YORK, "2026-12", datetime(2027, 1, 1, 5, 0, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), BERLIN, "2026-01", datetime(2026, 1, 31, 23, 0, tzinfo=UTC)),
    ],
    ids=["november's end", "december", "december's end in the east", "december's end in the west", "january"],
)
def test_a_month_ends_in_the_operators_time_zone(now: datetime, zone: ZoneInfo, label: str, ends_at: datetime) -> None:
    assert quota.month_window(now, zone) == quota.Window(label, ends_at)


@pytest.mark.parametrize(
    ("name", "shown", "reserved", "used"),
    [
        ("member", 2, {"member": 3}, 2),
        ("member", 3, {"member": 1, "grant": 2}, 1),
        ("member", 1, {"member": 2, "grant": 2}, 1),
        ("grant", 3, {"member": 1, "grant": 2}, 2),
        ("grant", 1, {"member": 2, "grant": 2}, 0),
        ("grant", 2, {"grant": 3}, 2),
        ("person", 3, {"member": 1, "grant": 2, "person": 3}, 3),
        ("server", 3, {"member": 1, "grant": 2, "server": 3}, 3),
    ],
)
def test_delivered_images_use_the_days_quota_before_the_grant(
    name: str, shown: int, reserved: dict[str, int], used: int
) -> None:
    assert quota.images_used(name, shown, reserved) == used


def test_settling_a_job_releases_the_images_that_were_not_delivered() -> None:
    before = (remaining("member", 5, 3, 20), remaining("person", 9, 4, 40), remaining("attempts", 6, 0, 100))
    quotas = Quotas(before, {"member": 3, "person": 3})

    member, person, attempts = quota.settled_quotas(quotas, 2)

    assert (member.used, member.reserved, member.left) == (7, 0, 13)
    assert (person.used, person.reserved, person.left) == (11, 1, 28)
    assert attempts == before[2]


def test_a_job_from_yesterday_does_not_change_todays_quota() -> None:
    quotas = Quotas((remaining("member", 5, 0, 20),), {"member": 3}, over=frozenset({"member"}))

    assert quota.settled_quotas(quotas, 3) == quotas.remaining


def test_a_quota_lowered_below_its_use_has_zero_left() -> None:
    assert remaining("member", 5, 3, 7).left == 0
    assert remaining("member", 5, 3, 8).left == 0
    assert remaining("member", 5, 3, 9).left == 1


def test_a_reservation_has_no_other_name_by_default() -> None:
    assert (
        Reservation("member", "g:7:11", quota.day_window(NOW, BERLIN), 1, 20, Reason.MEMBER_QUOTA_USED).refusal_name
        == ""
    )
