"""Sentences hold their numbers and names, and a missing fact breaks no sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text import formatters, receipts
from cogs.text.i18n import translator_for
from cogs.text.request_errors import WITH_OTHER_MODEL
from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.model import Failure
from imagegen.policy.quota import units_of
from imagegen.reports import Quotas, QuotaStatus, Receipt
from tests.cogs.objects import NOON, a_job, an_entry


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_a_sentence_even_without_its_facts(reason: Reason) -> None:
    text = formatters.sentence_for(reason, {})

    assert "{" not in text
    assert text


def test_wans_request_id_is_in_the_small_print_of_a_failure() -> None:
    failure = Failure(Reason.WAN_REJECTED, {"request_id": "abc-1", "code": "InvalidParameter"})

    assert formatters.sentence(failure).endswith(" try again later.\n-# request abc-1")


REFUSED: dict[str, str | int] = {"length": 900, "limit": 3, "count": 9, "model": "qwen-image-edit", "option": "quality"}


@pytest.mark.parametrize("reason", WITH_OTHER_MODEL)
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_refusal_names_the_model_that_takes_the_request_by_its_word(reason: Reason, locale: str) -> None:
    translate = translator_for(locale)

    without = formatters.sentence_for(reason, REFUSED, translate)
    text = formatters.sentence_for(reason, {**REFUSED, "other": "z-image-turbo"}, translate)

    word = {"en-US": "Draft (z-image-turbo)", "zh-CN": "草稿（z-image-turbo）"}[locale]
    assert word in text
    assert word not in without
    assert len(text) <= 240


@pytest.mark.parametrize(
    ("total", "without", "says", "in_chinese"),
    [
        ("120", 0, "add up to 120%. It didn't use your quota. Make them 100% together", "合计为 120%。"),
        ("100", 2, "add up to 100%, which leaves nothing for colors without one.", "没有留给未写占比的颜色。"),
    ],
)
def test_shares_of_a_palette_are_refused_with_what_is_wrong_about_them(
    total: str, without: int, says: str, in_chinese: str
) -> None:
    facts: dict[str, str | int] = {"total": total, "without": without}

    assert says in formatters.sentence_for(Reason.PALETTE_SHARES, facts)
    assert in_chinese in formatters.sentence_for(Reason.PALETTE_SHARES, facts, translator_for("zh-CN"))


def test_a_model_that_generates_one_image_a_request_has_no_range() -> None:
    facts: dict[str, str | int] = {"count": 4, "limit": 1, "model": "z-image-turbo"}

    alone = formatters.sentence_for(Reason.COUNT_OUT_OF_RANGE, facts)
    beside = formatters.sentence_for(Reason.COUNT_OUT_OF_RANGE, {**facts, "other": "wan2.6-t2i"})

    assert alone == (
        "You requested 4 images; Draft (z-image-turbo) generates one a request. It didn't use your quota. Request one."
    )
    assert beside.endswith("Request one, or use Standard (wan2.6-t2i).")


@pytest.mark.parametrize(
    ("facts", "says", "in_chinese"),
    [
        ({"part": "quality", "quality": "4k", "beside": "images"}, "4K with input images", "4K 超清和输入图片"),
        (
            {"part": "quality", "quality": "high", "beside": "image_set"},
            "high quality with an image set",
            "高画质和组图",
        ),
        ({"part": "palette", "beside": "negative_prompt"}, "a palette with a negative prompt", "配色和反向提示词"),
        ({"part": "aspect_ratio", "beside": "thinking"}, "that aspect ratio with thinking", "这个宽高比和思考"),
    ],
)
def test_what_no_model_combines_is_named(facts: dict[str, str | int], says: str, in_chinese: str) -> None:
    text = formatters.sentence_for(Reason.PARTS_CLASH, facts)
    translated = formatters.sentence_for(Reason.PARTS_CLASH, facts, translator_for("zh-CN"))

    assert text == f"No model here combines {says}. It didn't use your quota. Leave one of them out."
    assert translated.startswith(f"这里没有模型能同时支持{in_chinese}。")


@pytest.mark.parametrize(
    ("facts", "says"),
    [({"option": "quality", "quality": "4k"}, "4K"), ({"option": "palette", "quality": "normal"}, "a palette")],
)
def test_an_option_that_a_model_lacks_is_named_by_its_value(facts: dict[str, str | int], says: str) -> None:
    text = formatters.sentence_for(Reason.OPTION_NOT_TAKEN, {"model": "wan2.6-t2i", **facts})

    assert text == f"Standard (wan2.6-t2i) doesn't support {says}. It didn't use your quota. Leave the option empty."


def test_another_model_is_recommended_only_by_name() -> None:
    reasons = [*WITH_OTHER_MODEL, Reason.PARTS_CLASH, Reason.ASPECT_RATIO_NEEDS_IMAGE]

    texts = [formatters.sentence_for(reason, REFUSED) for reason in reasons]

    assert not [text for text in texts if "another model" in text]


def test_a_refused_model_is_followed_by_what_to_choose() -> None:
    known = formatters.sentence_for(
        Reason.MODEL_NOT_OFFERED, {"model": "z-image-turbo", "offered": "standard,detailed"}
    )
    unknown = formatters.sentence_for(Reason.MODEL_NOT_OFFERED, {"model": "", "offered": "standard"})

    assert known == (
        "Draft (z-image-turbo) isn't available here. It didn't use your quota. "
        "Choose one of these, or leave it empty: Standard, Detailed."
    )
    assert unknown.startswith("That model isn't available here.")


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
    used, reserved = (6 - requested) * 100, requested * 100
    member_quota = QuotaStatus("member", used, reserved, limit=2000, resets_at=NOON)
    quotas = Quotas((member_quota,), {"member": reserved})

    assert formatters.quota_used(a_job(count=requested), delivered, quotas) == says


@pytest.mark.parametrize(
    ("weight", "requested", "delivered", "says"),
    [
        (50, 2, 2, "2 images used 1 image of your quota, 13 of 20 left today"),
        (50, 1, 1, "1 image used ½ image of your quota, 13½ of 20 left today"),
        (250, 1, 1, "1 image used 2½ images of your quota, 11½ of 20 left today"),
        (10, 2, 1, "1 of 2 delivered, 0.1 image of your quota used, 13.9 of 20 left today"),
        (50, 2, 0, "0 of 2 delivered, 0 images of your quota used, 14 of 20 left today"),
    ],
)
def test_a_card_says_what_the_images_of_a_weighted_model_used(
    weight: int, requested: int, delivered: int, says: str
) -> None:
    job, reserved = a_job(count=requested, weight=weight), requested * weight
    quotas = Quotas((QuotaStatus("member", 600, reserved, 2000, NOON),), {"member": reserved})

    assert formatters.quota_used(job, delivered, quotas) == says


def test_the_foot_of_a_weighted_story_says_what_its_images_used() -> None:
    assert formatters.story_quota_used(a_job(count=4, weight=250), 3, None) == (
        "3 of up to 4 images, 7½ images of your quota used"
    )


def test_a_weighted_job_is_told_in_chinese_too() -> None:
    translate = translator_for("zh-CN")

    assert formatters.quota_used(a_job(count=2, weight=50), 2, None, translate) == "2 张图片用了 1 张额度"
    assert formatters.quota_used(a_job(count=2, weight=50), 1, None, translate) == "发出 1/2 张，用了 ½ 张额度"
    story = formatters.story_quota_used(a_job(count=4, weight=250), 3, None, translate)
    assert story == "生成 3 张（最多 4 张），用了 7½ 张额度"


def quota_of(name: str, left: int, limit: int) -> QuotaStatus:
    unit = units_of(name, 1, 0)
    return QuotaStatus(name, used=(limit - left) * unit, reserved=0, limit=limit * unit, resets_at=NOON)


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


@pytest.mark.parametrize(
    ("used", "reserved", "bar"), [(0, 0, "▰" * 10), (20, 0, "▱" * 10), (9, 1, "▰▰▰▰▰▱▱▱▱▱"), (30, 0, "▱" * 10)]
)
def test_the_quota_bar_shows_the_quota_left(used: int, reserved: int, bar: str) -> None:
    one = QuotaStatus("member", used * 100, reserved * 100, 2000, NOON)

    _, numbers, reset = formatters.quota_bar(one).splitlines()

    assert numbers.startswith(f"{bar} ")
    assert reset == f"-# resets <t:{round(NOON.timestamp())}:R>"
    assert ("reserved" in numbers) == bool(reserved)


def test_a_bar_tells_images_and_attempts_apart() -> None:
    images = formatters.quota_bar(QuotaStatus("member", 50, 250, 2000, NOON))
    attempts = formatters.quota_bar(QuotaStatus("attempts", 50, 0, 100, NOON))

    assert "17 of 20 left, 2½ reserved" in images
    assert "50 of 100 attempts left" in attempts


def test_chinese_counts_attempts_in_times_and_lists_nouns_with_its_own_mark() -> None:
    chinese = translator_for("zh-CN")

    attempts = formatters.quota_bar(QuotaStatus("attempts", 3, 0, 100, NOON), chinese)
    images = formatters.quota_bar(QuotaStatus("member", 300, 0, 2000, NOON), chinese)
    facts: dict[str, str | int] = {"model": "", "offered": "standard,draft,lettering"}
    offered = formatters.sentence_for(Reason.MODEL_NOT_OFFERED, facts, chinese)
    channels = formatters.sentence_for(Reason.CHANNEL_NOT_ALLOWED, {"channels": "1,2"}, chinese)

    assert "还剩 97/100 次" in attempts
    assert "还剩 17/20 张" in images
    assert "请选择其中一个，或留空：通用、草稿、文字。" in offered
    assert "<#1>、<#2>" in channels


@pytest.mark.parametrize(
    ("reason", "facts", "english", "chinese"),
    [
        (
            Reason.MEMBER_QUOTA_USED,
            {"limit_units": 2000},
            "You've used all 20 of your images in this server today.",
            "20",
        ),
        (
            Reason.MORE_UNITS_THAN_LEFT,
            {"quota": "member", "needed_units": 500, "remaining_units": 300, "left": 1},
            "Your request needs 5 images of your quota, which has 3 left (in this server today). It didn't use your "
            "quota. Request 1 or fewer, choose a model that uses less, or wait: it resets <t:9:R>.",
            "你的请求需要 5 张图片的额度，但额度只剩 3 张（今天，本服务器）。",
        ),
        (
            Reason.LESS_THAN_ONE_LEFT,
            {"quota": "person", "needed_units": 100, "remaining_units": 50, "left": 0},
            "Your request needs 1 image of your quota, which has ½ left (across all servers today). It didn't use "
            "your quota. Choose a model that uses less, or wait: it resets <t:9:R>.",
            "你的请求需要 1 张图片的额度，但额度只剩 ½ 张（今天，所有服务器）。",
        ),
        (
            Reason.CHANNEL_CLOSED,
            {"counted": 2, "counted_units": 500},
            "It used 5 images of your quota.",
            "占用了你 5 张额度",
        ),
        (Reason.CHANNEL_CLOSED, {"counted": 2, "counted_units": 200}, "It used 2 of your quota.", "占用了你 2 张额度"),
        (Reason.CHANNEL_CLOSED, {"counted": 2}, "It used 2 of your quota.", "2 张额度"),
    ],
)
def test_a_refusal_counts_in_images(reason: Reason, facts: dict[str, str | int], english: str, chinese: str) -> None:
    facts = {**facts, "resets_at": 9}

    assert english in formatters.sentence_for(reason, facts)
    assert chinese in formatters.sentence_for(reason, facts, translator_for("zh-CN"))


@pytest.mark.parametrize(
    ("reserved", "used", "says"),
    [
        (250, None, "2½ reserved, in progress"),
        (250, 250, "2½ reserved, 2½ used"),
        (100, 50, "1 reserved, ½ used, the rest released"),
        (50, 0, "½ reserved, 0 used, the rest released"),
    ],
)
def test_a_receipt_counts_in_images(reserved: int, used: int | None, says: str) -> None:
    assert receipts.receipt(Receipt(a_job(), reserved, used), "a lighthouse").endswith(f"-# {says}")


@pytest.mark.parametrize(("weight", "used"), [(100, "12"), (250, "30 images"), (50, "6 images"), (25, "3 images")])
def test_an_image_set_says_before_what_it_may_use(weight: int, used: str) -> None:
    job = a_job(count=12, weight=weight)
    a_set = replace(job, request=replace(job.request, image_set=True))

    assert formatters.set_reserved(a_set) == [f"Up to 12 related images, and up to {used} of your quota"]
    assert formatters.set_reserved(job) == []
