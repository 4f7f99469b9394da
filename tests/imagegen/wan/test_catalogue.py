"""Every requested aspect ratio gives a size that is valid for the model; the figures match the documents."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import ImageRefused, Reason
from imagegen.image_request import AspectRatio, ImageRequest, InputImage, Quality
from imagegen.model import Call
from imagegen.wan import calls, catalogue, models, sizes
from imagegen.wan.calls import CallStyle
from imagegen.wan.catalogue import MODELS, SOURCES, request_limits
from imagegen.wan.hosts import BEIJING, FRANKFURT, SINGAPORE, VIRGINIA
from imagegen.wan.models.wan26 import WAN26_IMAGE, WAN26_T2I
from imagegen.wan.record import Mode, Model, Use, use_for

NEWER, PRO = MODELS["wan2.7-image"], MODELS["wan2.7-image-pro"]
EDIT, STORY, WORDS = (
    WAN26_IMAGE.modes[Use.IMAGE_EDITING],
    WAN26_IMAGE.modes[Use.STORY],
    WAN26_T2I.modes[Use.TEXT_TO_IMAGE],
)
EVERY = [(model.name, use) for model in MODELS.values() for use in model.modes]

images = st.builds(InputImage, st.just("data:"), st.integers(240, 8000), st.integers(240, 8000))


@given(st.sampled_from(EVERY), st.sampled_from(AspectRatio), st.sampled_from(Quality), st.data())
def test_every_size_is_valid_for_its_model_and_use(
    which: tuple[str, Use], shape: AspectRatio, quality: Quality, data: st.DataObject
) -> None:
    name, use = which
    mode = MODELS[name].modes[use]
    inputs = data.draw(st.lists(images, min_size=mode.images[0], max_size=min(4, mode.images[1])))
    if (shape is AspectRatio.SAME and not inputs) or shape not in sizes.aspect_ratios(mode):
        return
    if quality not in mode.target_px:
        return

    size = sizes.size_for(mode, shape, quality, inputs)

    assert use_for(len(inputs), story=use is Use.STORY, image_set=use is Use.IMAGE_SET) is use
    if not mode.takes_size:
        assert size == ""
        return
    assert sizes.accepts_size(mode, size)
    if size in ("1K", "2K"):
        first, last = (image.width_px / image.height_px for image in (inputs[0], inputs[-1]))
        assert (name, use, shape) == (WAN26_IMAGE.name, Use.IMAGE_EDITING, AspectRatio.SAME)
        assert first == pytest.approx(last, rel=0.011)
        return
    width, height = (int(side) for side in size.split("*"))
    assert (width % 16, height % 16) == (0, 0)


@pytest.mark.parametrize("which", EVERY, ids=str)
@pytest.mark.parametrize(("shape", "ratio"), sizes.RATIOS.items())
@pytest.mark.parametrize("quality", Quality)
def test_an_aspect_ratio_is_kept_within_two_percent(
    which: tuple[str, Use], shape: AspectRatio, ratio: float, quality: Quality
) -> None:
    name, use = which
    mode = MODELS[name].modes[use]
    if shape not in sizes.aspect_ratios(mode) or quality not in mode.target_px:
        return
    inputs = [InputImage("", 500, 500)] * mode.images[0]

    width, height = sizes.size_for(mode, shape, quality, inputs).split("*")

    assert int(width) / int(height) == pytest.approx(ratio, rel=0.02)


def test_the_keyword_is_sent_if_the_last_image_has_the_ratio_of_the_first() -> None:
    wide, tall, wide_too = InputImage("", 1600, 900), InputImage("", 900, 1600), InputImage("", 1280, 720)

    sent = [sizes.size_for(EDIT, AspectRatio.SAME, Quality.NORMAL, [wide, *more]) for more in ([], [tall, wide_too])]

    assert sent == ["1K", "1K"]


def test_several_images_keep_the_aspect_ratio_of_the_first() -> None:
    wide, tall = InputImage("", 1600, 900), InputImage("", 900, 1600)

    width, height = sizes.size_for(EDIT, AspectRatio.SAME, Quality.NORMAL, [wide, tall]).split("*")

    assert int(width) / int(height) == pytest.approx(16 / 9, rel=0.02)


@pytest.mark.parametrize(
    ("mode", "region", "count", "quality", "style", "call"),
    [
        (EDIT, SINGAPORE, 1, Quality.NORMAL, CallStyle.AUTO, Call.SYNC),
        (EDIT, SINGAPORE, 2, Quality.NORMAL, CallStyle.AUTO, Call.TASK),
        (EDIT, SINGAPORE, 1, Quality.HIGH, CallStyle.AUTO, Call.TASK),
        (EDIT, SINGAPORE, 4, Quality.HIGH, CallStyle.SYNC, Call.SYNC),
        (EDIT, SINGAPORE, 1, Quality.NORMAL, CallStyle.TASKS, Call.TASK),
        (EDIT, FRANKFURT, 1, Quality.NORMAL, CallStyle.SYNC, Call.TASK),
        (WORDS, FRANKFURT, 1, Quality.NORMAL, CallStyle.AUTO, Call.TASK),
        (STORY, SINGAPORE, 5, Quality.NORMAL, CallStyle.AUTO, Call.STREAM),
        (STORY, SINGAPORE, 1, Quality.NORMAL, CallStyle.SYNC, Call.STREAM),
        (STORY, SINGAPORE, 1, Quality.NORMAL, CallStyle.TASKS, Call.TASK),
        (STORY, FRANKFURT, 3, Quality.NORMAL, CallStyle.AUTO, Call.TASK),
    ],
)
def test_the_call_fits_the_request_and_the_region(
    mode: Mode, region: str, count: int, quality: Quality, style: CallStyle, call: Call
) -> None:
    request = ImageRequest("a fox", count=count, quality=quality)

    assert calls.call_for(mode, region, request, style) is call


def asked(**options: bool) -> tuple[Call, float]:
    """Return the call and the time limit of one normal image from a model that can think."""
    mode, request = PRO.modes[Use.TEXT_TO_IMAGE], ImageRequest("a fox", **options)  # type: ignore[arg-type]  # by name
    return calls.call_for(mode, SINGAPORE, request, CallStyle.AUTO), calls.answer_timeout_s(mode, request)


def test_a_request_with_thinking_is_a_task() -> None:
    assert asked() == asked(enhance=True) == asked(thinking=True, enhance=False) == (Call.TASK, 310)
    assert asked(enhance=False) == asked(thinking=False) == (Call.SYNC, 120)


@pytest.mark.parametrize("count", [1, 2, 12])
def test_an_image_set_is_a_task_and_a_forced_synchronous_call_waits_for_all_its_images(count: int) -> None:
    mode, request = NEWER.modes[Use.IMAGE_SET], ImageRequest("a comic", count=count, image_set=True)

    assert calls.call_for(mode, SINGAPORE, request, CallStyle.AUTO) is Call.TASK
    assert calls.call_for(mode, SINGAPORE, request, CallStyle.SYNC) is Call.SYNC
    assert calls.answer_timeout_s(mode, request) == calls.PLATFORM_TIMEOUT_S


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_call_times_out_only_when_no_paid_result_can_come(model: Model) -> None:
    for mode in model.modes.values():
        normal = calls.answer_timeout_s(mode, ImageRequest("a fox", thinking=False))
        slow = [ImageRequest("a fox", count=2), ImageRequest("a fox", quality=Quality.HIGH)]

        assert normal >= 4 * 27  # four times the slowest measured answer
        assert {calls.answer_timeout_s(mode, request) for request in slow} == {310}


@pytest.mark.parametrize(
    ("mode", "region", "call", "style", "other"),
    [
        (EDIT, SINGAPORE, Call.TASK, CallStyle.AUTO, Call.SYNC),
        (EDIT, SINGAPORE, Call.SYNC, CallStyle.AUTO, Call.TASK),
        (STORY, SINGAPORE, Call.STREAM, CallStyle.AUTO, Call.TASK),
        (STORY, SINGAPORE, Call.TASK, CallStyle.AUTO, Call.STREAM),
        (EDIT, SINGAPORE, Call.TASK, CallStyle.TASKS, None),
        (EDIT, SINGAPORE, Call.SYNC, CallStyle.SYNC, None),
        (EDIT, FRANKFURT, Call.TASK, CallStyle.AUTO, None),
    ],
)
def test_the_other_call_is_allowed_by_mode_region_and_operator(
    mode: Mode, region: str, call: Call, style: CallStyle, other: Call | None
) -> None:
    assert calls.other_call(mode, region, call, style) is other


def test_an_unknown_price_counts_as_the_highest_and_a_setting_overrides() -> None:
    assert catalogue.price_microusd(WAN26_IMAGE, SINGAPORE, {}) == 30_000
    assert catalogue.price_microusd(WAN26_IMAGE, VIRGINIA, {}) == 30_000
    assert catalogue.price_microusd(PRO, SINGAPORE, {}) == 75_000
    assert catalogue.price_microusd(WAN26_IMAGE, VIRGINIA, {WAN26_IMAGE.name: 0.07}) == 70_000


def test_a_price_in_yuan_is_covered_at_any_rate_above_six_seventy() -> None:
    for model in MODELS.values():
        for price in model.prices:
            alone = replace(model, prices=(price,))
            assert catalogue.price_microusd(alone, BEIJING, {}) >= price.cny[BEIJING] / 6.7 * 1_000_000, model.name


# Sizes that the documents recommend or show, and one beyond each bound.
@pytest.mark.parametrize(
    ("mode", "size", "valid"),
    [
        *((EDIT, size, True) for size in ["1280*1280", "800*1200", "1280*720", "1344*576", "2048*2048", "1K", "2K"]),
        *((WORDS, size, True) for size in ["1280*1280", "1104*1472", "960*1696", "768*2700", "1440*1440"]),
        *((STORY, size, True) for size in ["1280*1280", "768*768", "1344*576"]),
        *((PRO.modes[Use.TEXT_TO_IMAGE], size, True) for size in ["4K", "4096*4096", "1K", "4096*512"]),
        *((NEWER.modes[Use.IMAGE_EDITING], size, True) for size in ["2K", "2048*2048", "2176*272"]),
        *((EDIT, size, False) for size in ["512*512", "2064*2048", "4096*512", "4K", "1k", "0*0", ""]),
        *((WORDS, size, False) for size in ["1280*720", "1024*1024", "2048*2048", "3072*640", "1K"]),
        *((STORY, size, False) for size in ["1440*1440", "2048*2048", "1K", "512*512"]),
        *((PRO.modes[Use.IMAGE_EDITING], size, False) for size in ["4K", "4096*4096"]),
        *((NEWER.modes[Use.TEXT_TO_IMAGE], size, False) for size in ["4K", "4096*4096", "3072*256"]),
    ],
)
def test_the_documented_sizes_are_valid_only_for_their_models(mode: Mode, size: str, valid: bool) -> None:
    assert sizes.accepts_size(mode, size) is valid


def test_an_undocumented_region_has_the_lowest_known_rate() -> None:
    assert catalogue.requests_per_second(WAN26_T2I, "ap-northeast-1") == 1
    assert catalogue.requests_per_second(WAN26_T2I, BEIJING) == 1
    assert catalogue.requests_per_second(WAN26_T2I, SINGAPORE) == 5


def test_no_prompt_is_longer_than_a_form_takes() -> None:
    assert request_limits(NEWER, Use.TEXT_TO_IMAGE).prompt_chars == 4000
    assert request_limits(WAN26_T2I, Use.TEXT_TO_IMAGE).prompt_chars == 2100


def test_every_figure_has_a_source_that_is_listed() -> None:
    rows = Path(models.__file__).parent.glob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in (*rows, Path(catalogue.__file__)))

    comments = re.findall(r"#.*$|^    All answer.*$", text, re.MULTILINE)
    named = {tag for comment in comments for tag in re.findall(r"\[([\w.-]+)\]", comment)}

    assert named == set(SOURCES)
    assert {mode.source for model in MODELS.values() for mode in model.modes.values()} <= set(SOURCES)


@pytest.mark.parametrize("size", [(2048, 240), (240, 2048)])
def test_an_image_too_long_for_the_model_is_refused_before_sending(size: tuple[int, int]) -> None:
    long = [InputImage("", 500, 500), InputImage("", *size)]

    sizes.check_images(EDIT, long)
    with pytest.raises(ImageRefused) as refused:
        sizes.check_images(NEWER.modes[Use.IMAGE_EDITING], long)

    assert (refused.value.reason, refused.value.facts) == (Reason.IMAGE_TOO_LONG, {"position": 2, "limit": 8})
