"""Each error that a person sees says what happened, whether it was counted, and what to do next."""

from __future__ import annotations

import re
from datetime import timedelta
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text import phrases
from cogs.text.errors import SENTENCES
from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.model import Failure
from imagegen.reports import Quotas, QuotaStatus
from tests.cogs.objects import NOON, a_job, a_place

BACK_AT = {"used", "limit", "resets_at"}
FACTS: dict[Reason, set[str]] = {
    Reason.PROMPT_TOO_LONG: {"length", "limit"},
    Reason.NEGATIVE_TOO_LONG: {"length", "limit"},
    Reason.TOO_MANY_IMAGES: {"count", "limit"},
    Reason.COUNT_OUT_OF_RANGE: {"count", "limit"},
    Reason.SEED_OUT_OF_RANGE: {"limit"},
    Reason.MODEL_NOT_OFFERED: {"model"},
    Reason.MODEL_NEEDS_IMAGE: {"model"},
    Reason.MODEL_TAKES_NO_IMAGES: {"model"},
    Reason.MODEL_TELLS_NO_STORY: {"model"},
    Reason.MODEL_TAKES_NO_NEGATIVE: {"model"},
    Reason.MEMBER_EMPTY: BACK_AT,
    Reason.PERSON_EMPTY: BACK_AT,
    Reason.SERVER_EMPTY: BACK_AT,
    Reason.MONEY_DAY_EMPTY: BACK_AT,
    Reason.MONEY_MONTH_EMPTY: BACK_AT,
    Reason.ATTEMPTS_EMPTY: BACK_AT,
    Reason.PAID_EMPTY: BACK_AT,
    Reason.PLACE_CLOSED: {"counted"},
    Reason.MORE_THAN_LEFT: {"allowance", "asked", "left", "resets_at"},
    Reason.TOO_MANY_WAITING: {"limit"},
    Reason.QUEUE_FULL: {"limit"},
    Reason.INPUTS_OF_PERSON_FULL: {"limit_mb"},
    Reason.INPUT_ERASED: {"position"},
    Reason.MODERATION_PAUSE: {"resets_at"},
    Reason.MY_DATA_TOO_SOON: {"resets_at"},
    Reason.CHANNEL_NOT_ALLOWED: {"channels"},
    Reason.CONSENT_REFUSED: {"position"},
    Reason.FILE_NOT_AN_IMAGE: {"position"},
    Reason.FILE_EMPTY: {"position"},
    **{key: {"model"} for key in (Reason.MODEL_PAUSED, Reason.MODEL_REFUSED, Reason.CALL_REFUSED, Reason.WAN_SETUP)},
    Reason.RULE_OUT_OF_RANGE: {"limit"},
    Reason.WORD_TOO_SHORT: {"limit"},
    Reason.READS_TOO_FAST: {"wait_s"},
    Reason.PRESSED_TWICE: {"wait_s"},
    Reason.IMAGE_TOO_SMALL: {"width_px", "height_px", "limit_px"},
    Reason.IMAGE_TOO_LONG: {"limit"},
    Reason.IMAGE_KIND: {"kind"},
    Reason.IMAGE_TOO_LARGE: {"kind", "megapixels", "limit_megapixels"},
    Reason.IMAGE_TOO_HEAVY: {"limit_mb"},
    Reason.IMAGES_TOO_HEAVY_TOGETHER: {"limit_mb"},
}


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_sentence_in_three_parts(reason: Reason) -> None:
    text = SENTENCES[reason]

    assert len(re.findall(r"[^.]\.(?: |$)", text)) >= 3
    assert "counted" in text
    assert not text.endswith(("counted.", "counted against you."))


@pytest.mark.parametrize("reason", Reason)
def test_a_sentence_asks_only_for_facts_that_come_with_its_reason(reason: Reason) -> None:
    asked = {name for _, name, _, _ in Formatter().parse(SENTENCES[reason]) if name}

    assert asked <= FACTS.get(reason, set()) | ({"position"} if reason.name.startswith("IMAGE_") else set())


@pytest.mark.parametrize("reason", Reason)
def test_a_fact_that_is_not_there_keeps_no_sentence_from_being_said(reason: Reason) -> None:
    text = phrases.sentence_for(reason, {})

    assert "{" not in text
    assert text


def test_wans_own_request_id_stands_behind_a_failure() -> None:
    failure = Failure(Reason.WAN_REJECTED, {"request_id": "abc-1", "code": "InvalidParameter"})

    assert phrases.sentence(failure).endswith("(request abc-1)")


def test_a_refused_image_is_named_by_its_place() -> None:
    assert phrases.sentence(ImageRefused(Reason.IMAGE_HEIC, position=3)).startswith("Image 3 is a HEIC")


def test_more_than_left_names_the_allowance_what_is_left_and_when_more_comes() -> None:
    refused = Refused(Reason.MORE_THAN_LEFT, allowance="server", asked=4, left=3, resets_at=1_800_000_000)

    text = phrases.sentence(refused)

    assert "this server's allowance this month has 3 left" in text
    assert "<t:1800000000:R>" in text


def test_a_reason_of_a_newer_version_is_told_as_a_defect() -> None:
    assert phrases.sentence_for("from_the_future", {}) == SENTENCES[Reason.INTERNAL]


@given(st.dictionaries(st.sampled_from(["limit", "allowance", "request_id", "position"]), st.text()))
def test_facts_are_never_read_as_templates(facts: dict[str, str]) -> None:
    assert phrases.sentence_for(Reason.IMAGE_HEIC, {"position": "{limit}", "limit": "no"}).count("{limit}") == 1
    assert phrases.sentence_for(Reason.MORE_THAN_LEFT, facts)


@pytest.mark.parametrize(
    ("position", "says"),
    [
        (0, "Painting"), (1, "Next in line"), (2, "2nd in line"), (3, "3rd in line"), (10, "10th in line"),
        (11, "about 15th in line"), (43, "about 45th in line"), (101, "about 120th in line"),
        (1801, "about 1900th in line"),
    ],
)  # fmt: skip
def test_a_place_in_the_line_is_said_coarsely(position: int, says: str) -> None:
    assert phrases.waiting(a_place(position, 20)) == says


def test_an_estimate_is_a_moment_that_clients_count_down_to() -> None:
    said = phrases.waiting(a_place(2, 61), ready_at=NOON + timedelta(seconds=61))

    assert said == f"2nd in line, expected <t:{round(NOON.timestamp()) + 61}:R>"


def test_a_paused_line_says_so() -> None:
    assert "needs attention" in phrases.waiting(a_place(1, 20, paused="key_refused"), ready_at=NOON)


@pytest.mark.parametrize(
    ("asked", "shown", "says"),
    [(1, 1, "1 counted, 14 left of today's 20"), (4, 3, "3 of 4 came, 3 counted, 15 left of today's 20")],
)
def test_what_was_taken_counts_only_what_is_shown(asked: int, shown: int, says: str) -> None:
    held = QuotaStatus("member", used=6 - asked, held=asked, limit=20, resets_at=NOON)

    assert phrases.counted(a_job(count=asked), shown, Quotas((held,), {"member": asked})) == says


def of(name: str, left: int, limit: int) -> QuotaStatus:
    return QuotaStatus(name, used=limit - left, held=0, limit=limit, resets_at=NOON)


@pytest.mark.parametrize(
    ("remaining", "says"),
    [
        ([of("member", 0, 20), of("grant", 3, 5)], "0 left of today's 20 and 3 extra"),
        ([of("member", 7, 20), of("grant", 0, 5)], "7 left of today's 20"),
        ([of("member", 7, 20), of("person", 7, 40), of("server", 900, 1000)], "7 left of today's 20"),
        ([of("member", 7, 20), of("person", 2, 40)], "2 left of 40 (your allowance over all servers today)"),
        (
            [of("member", 2, 9), of("grant", 5, 5), of("server", 6, 8)],
            "6 left of 8 (this server's allowance this month)",
        ),
        ([of("person", 4, 40), of("attempts", 0, 9)], "4 left of today's 40"),
    ],
)  # fmt: skip
def test_what_is_left_is_the_nearest_quota_with_its_extra_or_a_tighter_one(
    remaining: list[QuotaStatus], says: str
) -> None:
    assert phrases.left(remaining) == says


def test_a_refusal_that_counts_extra_images_says_so() -> None:
    refused = Refused(Reason.MORE_THAN_LEFT, allowance="member_with_grant", asked=4, left=3, resets_at=1_800_000_000)

    assert "your allowance in this server today, with your extra images, has 3 left" in phrases.sentence(refused)


def test_without_a_database_it_says_what_was_counted_and_no_more() -> None:
    assert phrases.counted(a_job(), 1, None) == "1 counted"


def test_images_put_right_are_named_by_their_place() -> None:
    job = a_job(input_count=2, input_notes=((), ("first_frame", "reduced", "unknown")))

    assert phrases.given(job) == ["from 2 images, in the order given", "image 2: its first frame, made smaller"]


@pytest.mark.parametrize(
    ("used", "held", "bar"), [(0, 0, "▰" * 10), (20, 0, "▱" * 10), (9, 1, "▰▰▰▰▰▱▱▱▱▱"), (30, 0, "▱" * 10)]
)
def test_an_allowance_is_a_bar_of_what_is_left(used: int, held: int, bar: str) -> None:
    _, line, back = phrases.quota_line(QuotaStatus("member", used, held, 20, NOON)).splitlines()

    assert line.startswith(f"{bar} ")
    assert back == f"-# full again <t:{round(NOON.timestamp())}:R>"
    assert ("on their way" in line) == bool(held)
