"""Sentences hold their numbers and names, and a missing fact breaks no sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text import formatters
from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.model import Failure
from imagegen.reports import Quotas, QuotaStatus
from tests.cogs.objects import NOON, a_job, an_entry


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_a_sentence_even_without_its_facts(reason: Reason) -> None:
    text = formatters.sentence_for(reason, {})

    assert "{" not in text
    assert text


def test_wans_request_id_is_in_the_small_print_of_a_failure() -> None:
    failure = Failure(Reason.WAN_REJECTED, {"request_id": "abc-1", "code": "InvalidParameter"})

    assert formatters.sentence(failure).endswith(" try again later.\n-# request abc-1")


def test_a_rejected_input_image_is_named_by_its_position() -> None:
    assert formatters.sentence(ImageRefused(Reason.IMAGE_HEIC, position=3)).startswith("Image 3 is a HEIC file")


def test_a_request_over_the_quota_names_the_quota_left_and_its_reset() -> None:
    refused = Refused(Reason.MORE_THAN_LEFT, quota="server", requested=4, left=3, resets_at=1_800_000_000)

    text = formatters.sentence(refused)

    assert "your quota has 3 left (for this server this month)" in text
    assert "<t:1800000000:R>" in text


def test_the_allowed_channels_are_links() -> None:
    text = formatters.sentence(Refused(Reason.CHANNEL_NOT_ALLOWED, channels="11,12"))

    assert "I only work in <#11>, <#12>." in text


def test_an_unknown_reason_of_a_newer_version_reads_as_a_defect() -> None:
    assert formatters.sentence_for("from_the_future", {}) == formatters.sentence_for(Reason.INTERNAL, {})


@given(st.dictionaries(st.sampled_from(["limit", "quota", "request_id", "position"]), st.text()))
def test_braces_in_facts_are_not_formatted(facts: dict[str, str]) -> None:
    assert formatters.sentence_for(Reason.IMAGE_HEIC, {"position": "{limit}", "limit": "no"}).count("{limit}") == 1
    assert formatters.sentence_for(Reason.MORE_THAN_LEFT, facts)


@pytest.mark.parametrize(
    ("position", "says"),
    [
        (0, "Generating…"), (1, "Next in queue"), (2, "2nd in queue"), (3, "3rd in queue"), (10, "10th in queue"),
        (11, "about 15th in queue"), (43, "about 45th in queue"), (101, "about 120th in queue"),
        (1801, "about 1900th in queue"),
    ],
)  # fmt: skip
def test_a_large_queue_position_is_rounded(position: int, says: str) -> None:
    assert formatters.queue_status(an_entry(position, 20)) == says


@pytest.mark.parametrize(("position", "status"), [(0, "Generating…"), (2, "2nd in queue ·")])
def test_the_wait_time_is_a_timestamp_that_clients_count_down_to(position: int, status: str) -> None:
    text = formatters.queue_status(an_entry(position, 61), ready_at=NOON + timedelta(seconds=61))

    assert text == f"{status} expected <t:{round(NOON.timestamp()) + 61}:R>"


def test_the_queue_status_names_a_pause() -> None:
    assert "has a problem" in formatters.queue_status(an_entry(1, 20, paused="key_refused"), ready_at=NOON)


@pytest.mark.parametrize(
    ("requested", "delivered", "says"),
    [(1, 1, "1 used, 14 of 20 left today"), (4, 3, "3 of 4 delivered, 3 used, 15 of 20 left today")],
)
def test_only_delivered_images_use_the_quota(requested: int, delivered: int, says: str) -> None:
    member_quota = QuotaStatus("member", used=6 - requested, reserved=requested, limit=20, resets_at=NOON)

    assert (
        formatters.quota_used(a_job(count=requested), delivered, Quotas((member_quota,), {"member": requested})) == says
    )


def quota_of(name: str, left: int, limit: int) -> QuotaStatus:
    return QuotaStatus(name, used=limit - left, reserved=0, limit=limit, resets_at=NOON)


@pytest.mark.parametrize(
    ("quotas", "says"),
    [
        ([quota_of("member", 0, 20), quota_of("grant", 3, 5)], "0 of 20 left today and 3 extra"),
        ([quota_of("member", 7, 20), quota_of("grant", 0, 5)], "7 of 20 left today"),
        ([quota_of("member", 7, 20), quota_of("person", 7, 40), quota_of("server", 900, 1000)], "7 of 20 left today"),
        ([quota_of("member", 7, 20), quota_of("person", 2, 40)], "2 of 40 left (across all servers today)"),
        (
            [quota_of("member", 2, 9), quota_of("grant", 5, 5), quota_of("server", 6, 8)],
            "6 of 8 left (for this server this month)",
        ),
        ([quota_of("person", 4, 40), quota_of("attempts", 0, 9)], "4 of 40 left today"),
    ],
)  # fmt: skip
def test_the_quota_left_is_the_members_with_extra_images_or_a_tighter_quota(
    quotas: list[QuotaStatus], says: str
) -> None:
    assert formatters.quota_left(quotas) == says


def test_a_refusal_says_that_the_quota_left_includes_extra_images() -> None:
    refused = Refused(Reason.MORE_THAN_LEFT, quota="member_with_grant", requested=4, left=3, resets_at=1_800_000_000)

    assert "your quota has 3 left (in this server today, extra images included)" in formatters.sentence(refused)


def test_without_a_database_a_result_names_only_the_quota_used() -> None:
    assert formatters.quota_used(a_job(), 1, None) == "1 used"


def test_changed_input_images_are_named_by_their_position() -> None:
    job = a_job(input_count=2, input_notes=((), ("first_frame", "reduced", "unknown")))

    assert formatters.inputs(job) == ["from 2 input images, in order", "image 2: first frame only, scaled down"]


@pytest.mark.parametrize(
    ("used", "reserved", "bar"), [(0, 0, "▰" * 10), (20, 0, "▱" * 10), (9, 1, "▰▰▰▰▰▱▱▱▱▱"), (30, 0, "▱" * 10)]
)
def test_the_quota_bar_shows_the_quota_left(used: int, reserved: int, bar: str) -> None:
    _, numbers, reset = formatters.quota_bar(QuotaStatus("member", used, reserved, 20, NOON)).splitlines()

    assert numbers.startswith(f"{bar} ")
    assert reset == f"-# resets <t:{round(NOON.timestamp())}:R>"
    assert ("reserved" in numbers) == bool(reserved)
