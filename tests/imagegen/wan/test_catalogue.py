"""Whatever shape is asked for, the size that is sent is valid for its model."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.model import Call, Picture, Quality, Shape
from imagegen.settings import CallStyle
from imagegen.wan import catalogue
from imagegen.wan.catalogue import BEIJING, EDIT, FRANKFURT, SINGAPORE, VIRGINIA, WORDS, Model

pictures = st.builds(Picture, st.just("data:"), st.integers(240, 2048), st.integers(240, 2048))


@given(st.sampled_from([EDIT, WORDS]), st.sampled_from(Shape), st.sampled_from(Quality), st.lists(pictures, max_size=4))
def test_every_size_is_valid_for_its_model(model: Model, shape: Shape, quality: Quality, given_: list[Picture]) -> None:
    if shape is Shape.SAME and not given_:
        return

    size = catalogue.size_for(model.name, shape, quality, given_)

    if size in ("1K", "2K"):
        assert (model, shape, len(given_)) == (EDIT, Shape.SAME, 1)
        return
    assert re.fullmatch(r"\d+\*\d+", size)
    width, height = (int(side) for side in size.split("*"))
    assert catalogue.is_valid(model, width, height)
    assert (width % 16, height % 16) == (0, 0)


@pytest.mark.parametrize("model", [EDIT, WORDS])
@pytest.mark.parametrize(("shape", "ratio"), catalogue.RATIOS.items())
@pytest.mark.parametrize("quality", Quality)
def test_a_shape_is_kept_within_two_percent(model: Model, shape: Shape, ratio: float, quality: Quality) -> None:
    width, height = catalogue.size_for(model.name, shape, quality, []).split("*")

    assert int(width) / int(height) == pytest.approx(ratio, rel=0.02)


def test_several_pictures_keep_the_shape_of_the_first() -> None:
    wide, tall = Picture("", 1600, 900), Picture("", 900, 1600)

    width, height = catalogue.size_for(EDIT.name, Shape.SAME, Quality.NORMAL, [wide, tall]).split("*")

    assert int(width) / int(height) == pytest.approx(16 / 9, rel=0.02)


def test_pictures_choose_the_model() -> None:
    assert catalogue.model_for(0) is WORDS
    assert catalogue.model_for(1) is EDIT


@pytest.mark.parametrize(
    ("url", "override", "region"),
    [
        ("https://dashscope.aliyuncs.com/api/v1", "", BEIJING),
        ("https://dashscope-intl.aliyuncs.com/api/v1", "", SINGAPORE),
        ("https://dashscope-us.aliyuncs.com/api/v1", "", VIRGINIA),
        ("https://ws1.eu-central-1.maas.aliyuncs.com/api/v1", "", FRANKFURT),
        ("https://ws1.cn-beijing.maas.aliyuncs.com/api/v1", "", BEIJING),
        ("http://127.0.0.1:9/api/v1", "", SINGAPORE),
        ("https://dashscope-intl.aliyuncs.com/api/v1", FRANKFURT, FRANKFURT),
    ],
)
def test_the_region_is_read_from_the_host(url: str, override: str, region: str) -> None:
    assert catalogue.region_of(url, override) == region


@pytest.mark.parametrize(
    ("region", "count", "quality", "style", "call"),
    [
        (SINGAPORE, 1, Quality.NORMAL, CallStyle.AUTO, Call.SYNC),
        (SINGAPORE, 2, Quality.NORMAL, CallStyle.AUTO, Call.TASK),
        (SINGAPORE, 1, Quality.HIGH, CallStyle.AUTO, Call.TASK),
        (SINGAPORE, 4, Quality.HIGH, CallStyle.SYNC, Call.SYNC),
        (SINGAPORE, 1, Quality.NORMAL, CallStyle.TASKS, Call.TASK),
        (FRANKFURT, 1, Quality.NORMAL, CallStyle.SYNC, Call.TASK),
    ],
)
def test_the_call_fits_the_ask_and_the_region(
    region: str, count: int, quality: Quality, style: CallStyle, call: Call
) -> None:
    assert catalogue.call_for(EDIT, region, count, quality, style) is call


def test_an_unknown_price_counts_as_the_dearest_known_and_a_setting_overrides() -> None:
    assert catalogue.price_microusd(EDIT, SINGAPORE, {}) == 30_000
    assert catalogue.price_microusd(EDIT, VIRGINIA, {}) == 30_000
    assert catalogue.price_microusd(EDIT, VIRGINIA, {EDIT.name: 0.07}) == 70_000


# Those that the documents recommend, and one that each refuses.
@pytest.mark.parametrize(
    ("model", "size", "valid"),
    [
        *((EDIT, size, True) for size in [(1280, 1280), (800, 1200), (1280, 720), (1344, 576), (2048, 2048)]),
        *((WORDS, size, True) for size in [(1280, 1280), (1104, 1472), (960, 1696), (768, 2700), (1440, 1440)]),
        *((EDIT, size, False) for size in [(512, 512), (2064, 2048), (4096, 512)]),
        *((WORDS, size, False) for size in [(1280, 720), (1024, 1024), (2048, 2048), (3072, 640)]),
    ],
)
def test_the_sizes_of_the_documents_are_valid_for_the_model_they_belong_to(
    model: Model, size: tuple[int, int], valid: bool
) -> None:
    assert catalogue.is_valid(model, *size) is valid


def test_an_undocumented_region_is_sent_to_at_the_slowest_known_rate() -> None:
    assert catalogue.rate_of(WORDS, "ap-northeast-1") == 1
