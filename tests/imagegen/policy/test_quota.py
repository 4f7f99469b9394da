"""Quotas are plain arithmetic: which counters a request uses, in which window, and what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from imagegen.errors import Reason
from imagegen.model import DIRECT, INSTALL, Requester, Scope
from imagegen.policy import quota
from imagegen.policy.quota import Charge, Limits
from imagegen.reports import Quotas, QuotaStatus

BERLIN, TOKYO, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIMITS = Limits(BERLIN, 20, 40, 1000, 5_000_000, 50_000_000, 100, 5, 2000)
ANA = Requester(11, Scope(7))


def split(member_left: int, granted_left: int, charge: Charge) -> tuple[quota.Reservation, ...]:
    """Return the reservations of a member with 20 images a day and 8 granted; what is left is in units."""
    member = quota.image_reservations(ANA, charge, LIMITS, NOW)[0]
    grant = quota.grant_reservation(ANA, charge, 8, LIMITS, NOW)
    return quota.split_over_grant(member, member_left, grant, granted_left)


def parts(member_left: int, granted_left: int, asked: int) -> list[tuple[str, int, int]]:
    """Return name, whole images and limit of each reservation of a model with the weight of one image."""
    reservations = split(member_left * 100, granted_left * 100, Charge(asked))
    assert {one.adjustment for one in reservations} == {0}
    return [(one.name, one.whole, one.limit // 100) for one in reservations]


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
    (reservation,) = split(100, 300, Charge(5))

    assert (reservation.name, reservation.amount, reservation.limit) == ("member", 500, 2300)
    assert reservation.refusal_name == quota.MEMBER_WITH_GRANT


def test_a_grant_belongs_to_a_member_a_server_and_a_month() -> None:
    reservation = quota.grant_reservation(ANA, Charge(2), 8, LIMITS, NOW)

    assert (reservation.name, reservation.subject, reservation.window.label) == ("grant", "g:7:11", "2026-11")
    assert (reservation.amount, reservation.limit, reservation.refusal) == (200, 800, Reason.MEMBER_QUOTA_USED)


def test_in_a_server_the_member_refuses_first_then_the_person_then_the_server() -> None:
    reservations = quota.image_reservations(ANA, Charge(3), LIMITS, NOW)

    assert [(r.name, r.subject, r.window.label, r.amount, r.limit, r.refusal) for r in reservations] == [
        ("member", "g:7:11", "2026-11-23", 300, 2000, Reason.MEMBER_QUOTA_USED),
        ("person", "11", "2026-11-23", 300, 4000, Reason.PERSON_QUOTA_USED),
        ("server", "g:7", "2026-11", 300, 100_000, Reason.SERVER_QUOTA_USED),
    ]


@pytest.mark.parametrize("scope", [DIRECT, INSTALL])
def test_outside_a_server_only_the_persons_quota_counts(scope: Scope) -> None:
    (reservation,) = quota.image_reservations(Requester(11, scope), Charge(3), LIMITS, NOW)

    assert (reservation.name, reservation.amount) == ("person", 300)


def test_sending_reserves_paid_images_the_servers_share_and_both_budgets() -> None:
    limits = replace(LIMITS, share_microusd_per_month=2_000_000)

    reservations = quota.spending_reservations(ANA, Charge(3, price_microusd=30_000), limits, NOW)

    assert [(r.name, r.subject, r.window.label, r.amount, r.limit, r.refusal) for r in reservations] == [
        ("paid", "11", "2026-11-23", 300, 8000, Reason.PAID_IMAGES_USED),
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
    assert quota.part_used(name, shown, reserved) == used


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


WEIGHTS = st.integers(1, 1000)


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 12), WEIGHTS, st.data())
def test_an_image_may_be_split_and_its_parts_settle_to_exactly_what_was_delivered(
    day_left: int, grant_left: int, asked: int, weight: int, data: st.DataObject
) -> None:
    charge = Charge(asked, weight)
    reservations = split(day_left, grant_left, charge)
    assume(charge.units <= day_left + grant_left)
    shown = data.draw(st.integers(0, asked))
    whole = {one.name: one.whole for one in reservations}
    units = {one.name: one.amount for one in reservations}

    used = {name: quota.part_used(name, shown * weight, units) for name in units}

    assert (sum(whole.values()), sum(units.values())) == (asked, charge.units)
    assert sum(used.values()) == shown * weight
    assert sum(quota.part_used(name, shown, whole) for name in whole) == shown
    assert all(0 <= used[name] <= units[name] for name in units)
    assert units.get("member", 0) <= day_left
    assert units.get("grant", 0) <= grant_left


@given(st.integers(1, 12), WEIGHTS)
def test_an_amount_is_its_whole_images_and_their_adjustment(asked: int, weight: int) -> None:
    for one in quota.image_reservations(ANA, Charge(asked, weight), LIMITS, NOW):
        assert quota.units_of(one.name, one.whole, one.adjustment) == one.amount == asked * weight


@pytest.mark.parametrize(
    ("left", "images"), [(0, 0), (120_000, 0), (149_999, 0), (150_000, 1), (180_000, 2), (209_999, 2)]
)
def test_a_budget_has_room_for_images_only_after_their_input_images(left: int, images: int) -> None:
    share = quota.share_reservation(Scope(7), Charge(2, 100, 30_000, 120_000), LIMITS, NOW)

    assert (share.amount, share.whole, share.adjustment, share.images) == (180_000, 60_000, 120_000, 2)
    assert share.images_within(left) == images


def test_settling_a_weighted_job_uses_the_weight_of_what_was_delivered() -> None:
    before = (remaining("member", 500, 150, 2000), remaining("person", 900, 150, 4000))

    member, person = quota.settled_quotas(Quotas(before, {"member": 150, "person": 150}), 2 * 50)

    assert (member.used, member.reserved, member.left) == (600, 0, 1400)
    assert (person.used, person.reserved, person.left) == (1000, 0, 3000)
