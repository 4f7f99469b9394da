"""Each row of the catalogue has the figures of the vendor's documents, written here a second time from them.

The documents and their dates are in docs/models.md; the figures were read on 2026-11-29.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.image_request import AspectRatio, ImageRequest, InputImage, PaletteColor, Quality
from imagegen.model import Call
from imagegen.wan import sizes
from imagegen.wan.catalogue import MODELS, cost, price_microusd, request_limits, requests_per_second, weight
from imagegen.wan.hosts import BEIJING, SINGAPORE
from imagegen.wan.models.wan26 import WAN26_IMAGE, WAN26_T2I
from imagegen.wan.record import Model, Use
from imagegen.wan.requests import generation_request
from imagegen.worker.generation import generation_for

UNCONFIRMED = {"qwen-image-3.0-pro", "qwen-image-3.0", "qwen-image-2.1-pro", "qwen-image-2.1-turbo"}
QWEN = ("n", "size", "prompt_extend", "watermark", "seed", "negative_prompt")
WORDS, EDIT = Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING
FIVE = ("1664*928", "1472*1104", "1328*1328", "1104*1472", "928*1664")


@dataclass(frozen=True)
class Row:
    """What the documents say of a model in one use."""

    images: tuple[int, int]
    most: int
    prompt: int
    negative: int
    parameters: tuple[str, ...]
    calls: tuple[Call, ...] = (Call.SYNC,)


SHEET: dict[tuple[str, Use], Row] = {
    ("qwen-image-2.0-pro", WORDS): Row((0, 0), 6, 1300, 500, QWEN),
    ("qwen-image-2.0-pro", EDIT): Row((1, 3), 6, 1300, 500, QWEN),
    ("qwen-image-2.0", WORDS): Row((0, 0), 6, 1300, 500, QWEN),
    ("qwen-image-2.0", EDIT): Row((1, 3), 6, 1300, 500, QWEN),
    ("qwen-image-max", WORDS): Row((0, 0), 1, 800, 500, QWEN),
    ("qwen-image-plus", WORDS): Row((0, 0), 1, 800, 500, QWEN),
    ("qwen-image", WORDS): Row((0, 0), 1, 800, 500, QWEN),
    ("qwen-image-edit-max", EDIT): Row((1, 3), 6, 800, 500, QWEN),
    ("qwen-image-edit-plus", EDIT): Row((1, 3), 6, 800, 500, QWEN),
    ("qwen-image-edit", EDIT): Row((1, 3), 1, 800, 500, ("n", "watermark", "seed", "negative_prompt")),
    ("z-image-turbo", WORDS): Row((0, 0), 1, 800, 0, ("n", "size", "prompt_extend", "seed")),
}
TASKS = (Call.SYNC, Call.TASK)
_27 = ("n", "size", "enable_sequential", "watermark", "seed")
for _name in ("wan2.7-image", "wan2.7-image-pro"):
    SHEET |= {
        (_name, WORDS): Row((0, 0), 4, 5000, 0, (*_27, "color_palette", "thinking_mode"), TASKS),
        (_name, EDIT): Row((1, 9), 4, 5000, 0, (*_27, "color_palette", "bbox_list"), TASKS),
        (_name, Use.IMAGE_SET): Row((0, 9), 12, 5000, 0, _27, TASKS),
    }
MONEY = {  # US dollars and requests a minute in Singapore, yuan in Beijing
    "qwen-image-2.0-pro": (0.075, 2, 0.50),
    "qwen-image-2.0": (0.035, 120, 0.20),
    "qwen-image-max": (0.075, 2, 0.50),
    "qwen-image-plus": (0.03, 120, 0.20),
    "qwen-image": (0.035, 120, 0.25),
    "qwen-image-edit-max": (0.075, 2, 0.50),
    "qwen-image-edit-plus": (0.03, 120, 0.20),
    "qwen-image-edit": (0.045, 120, 0.30),
    "z-image-turbo": (0.015, 120, 0.10),
    "wan2.7-image": (0.03, 300, 0.20),
    "wan2.7-image-pro": (0.075, 300, 0.50),
}


def test_the_sheet_has_every_confirmed_model_and_use() -> None:
    confirmed = [model for model in MODELS.values() if model not in (WAN26_IMAGE, WAN26_T2I) and not model.doubts]

    assert {(model.name, use) for model in confirmed for use in model.modes} == set(SHEET)
    assert {model.name for model in MODELS.values() if model.doubts} == UNCONFIRMED


@pytest.mark.parametrize(("name", "use"), SHEET, ids=str)
def test_a_row_has_the_figures_of_the_documents(name: str, use: Use) -> None:
    said, mode = SHEET[name, use], MODELS[name].modes[use]

    assert (mode.images, mode.max_count, mode.prompt_chars) == (said.images, said.most, said.prompt)
    assert (mode.negative_chars, mode.calls) == (said.negative, said.calls)
    assert set(mode.parameters) == set(said.parameters)
    assert ("negative_prompt" in mode.parameters) is bool(mode.negative_chars)


@pytest.mark.parametrize("name", MONEY)
def test_a_price_and_a_rate_are_those_of_the_documents(name: str) -> None:
    usd, a_minute, yuan = MONEY[name]
    model = MODELS[name]

    assert price_microusd(model, SINGAPORE, {}) == round(usd * 1_000_000)
    assert model.prices[0].cny[BEIJING] == yuan
    assert requests_per_second(model, SINGAPORE) * 60 == pytest.approx(a_minute)
    assert requests_per_second(model, BEIJING) * 60 == pytest.approx(a_minute)


@pytest.mark.parametrize(
    ("name", "use", "valid", "invalid"),
    [
        ("qwen-image-2.0", WORDS, ["2048*2048", "512*512", "2688*1536"], ["1K", "2K", "2064*2048", "496*512"]),
        ("qwen-image-2.0-pro", WORDS, ["2368*1728", "1536*2688"], ["4096*4096", "1024x1024"]),
        ("qwen-image-max", WORDS, FIVE, ["1024*1024", "1664*936", "1K"]),
        ("qwen-image", WORDS, FIVE, ["1328*1312"]),
        ("qwen-image-edit-plus", EDIT, ["1024*1024", "1536*1024", "2048*872"], ["2688*1536", "1024*448", "1K"]),
        ("qwen-image-edit", EDIT, [], ["1024*1024", "1328*1328"]),
        ("z-image-turbo", WORDS, ["1024*1536", "1344*576", "2016*864"], ["1K", "2560*2560"]),
        ("wan2.7-image-pro", WORDS, ["4K", "4096*4096"], ["4112*4096"]),
        ("wan2.7-image", WORDS, ["2K", "2048*2048"], ["4K", "4096*4096"]),
        ("wan2.7-image-pro", Use.IMAGE_SET, ["2K"], ["4K", "4096*4096"]),
    ],
)
def test_the_documented_sizes_are_taken_and_others_are_not(
    name: str, use: Use, valid: list[str], invalid: list[str]
) -> None:
    mode = MODELS[name].modes[use]

    assert [size for size in valid if not sizes.accepts_size(mode, size)] == []
    assert [size for size in invalid if sizes.accepts_size(mode, size)] == []


EVERY = [(model, use) for model in MODELS.values() for use in model.modes]


def body_of(model: Model, use: Use, request: ImageRequest) -> dict[str, object]:
    """Return the parameters that are sent for *request* with as few input images as the model takes."""
    images = [InputImage(f"data:{n}", 900, 600) for n in range(model.modes[use].images[0])]
    generation = generation_for(request, model.name, images, watermark=False)
    body = json.loads("".join(generation_request(generation, model.modes[use].calls[-1]).body))
    assert body["model"] == model.name
    parameters: dict[str, object] = body["parameters"]
    return parameters


def simple(use: Use, **options: object) -> ImageRequest:
    of_use = {"story": use is Use.STORY, "image_set": use is Use.IMAGE_SET}
    return ImageRequest("a fox", **of_use, **options)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(("model", "use"), EVERY, ids=lambda value: getattr(value, "name", str(value)))
def test_a_request_names_each_parameter_and_no_other(model: Model, use: Use) -> None:
    mode = model.modes[use]
    negative = "fog" if mode.negative_chars else ""

    sent = body_of(model, use, simple(use, seed=7, negative_prompt=negative))

    optional = {"color_palette", "bbox_list", "stream"}
    assert set(mode.parameters) - optional == set(sent)
    assert (sent["n"], sent["seed"]) == (1, 7)
    assert sent.get("watermark", False) is False
    assert sent.get("enable_sequential", False) is (use is Use.IMAGE_SET)
    assert sent.get("size") != ""


@pytest.mark.parametrize(
    ("name", "options", "sent"),
    [
        ("z-image-turbo", {}, {"prompt_extend": False}),
        ("z-image-turbo", {"enhance": True}, {"prompt_extend": True}),
        ("qwen-image", {}, {"prompt_extend": True, "size": "1328*1328"}),
        ("qwen-image", {"aspect_ratio": AspectRatio.WIDE}, {"size": "1664*928"}),
        ("qwen-image", {"enhance": False}, {"prompt_extend": False}),
        ("wan2.7-image", {"thinking": False}, {"thinking_mode": False}),
        ("wan2.7-image", {"enhance": False}, {"thinking_mode": False}),
        ("wan2.7-image", {"enhance": False, "thinking": True}, {"thinking_mode": True}),
        ("wan2.7-image-pro", {"quality": Quality.FOUR_K}, {"size": "4096*4096"}),
        (
            "wan2.7-image",
            {"palette": (PaletteColor("#C2D1E6", 5025), PaletteColor("#000000", 4000), PaletteColor("#FFFFFF", 975))},
            {
                "color_palette": [
                    {"hex": "#C2D1E6", "ratio": "50.25%"},
                    {"hex": "#000000", "ratio": "40.00%"},
                    {"hex": "#FFFFFF", "ratio": "9.75%"},
                ]
            },
        ),
    ],
)
def test_an_option_is_sent_as_the_model_reads_it(
    name: str, options: dict[str, object], sent: dict[str, object]
) -> None:
    body = body_of(MODELS[name], WORDS, ImageRequest("a fox", **options))  # type: ignore[arg-type]  # by name

    assert {key: body.get(key) for key in sent} == sent


@pytest.mark.parametrize(
    ("name", "images"), [("wan2.6-image", "last"), ("wan2.7-image", "first"), ("qwen-image-2.0", "first")]
)
def test_images_stand_where_the_documents_show_them(name: str, images: str) -> None:
    inputs = [InputImage("data:1", 900, 600), InputImage("data:2", 900, 600)]
    generation = generation_for(ImageRequest("a fox"), name, inputs, watermark=False)

    content = json.loads("".join(generation_request(generation, Call.SYNC).body))["input"]["messages"][0]["content"]

    links, text = [{"image": "data:1"}, {"image": "data:2"}], [{"text": "a fox"}]
    assert content == (links + text if images == "first" else text + links)


def of_request(name: str, use: Use, images: int = 0, **options: object) -> tuple[int, int, int]:
    found = cost(MODELS[name], use, simple(use, **options), images, SINGAPORE, {}, {})
    return found.image_microusd, found.input_microusd, found.weight


def test_a_price_depends_on_size_options_and_input_images() -> None:
    assert of_request("z-image-turbo", WORDS) == (15_000, 0, 50)
    assert of_request("z-image-turbo", WORDS, enhance=True) == (30_000, 0, 100)
    assert of_request("qwen-image-3.0-pro", WORDS) == (40_000, 0, 150)
    assert of_request("qwen-image-3.0-pro", WORDS, quality=Quality.HIGH) == (75_000, 0, 281)
    assert of_request("qwen-image-3.0-pro", EDIT, images=1) == (75_000, 3_000, 281)  # the size may be ignored
    assert of_request("qwen-image-3.0", EDIT, images=3) == (30_000, 9_000, 100)
    assert of_request("wan2.6-image", EDIT, images=3) == (30_000, 0, 100)


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("wan2.6-image", 100),
        ("wan2.6-t2i", 100),
        ("wan2.7-image", 100),
        ("wan2.7-image-pro", 250),
        ("qwen-image", 100),
        ("qwen-image-edit", 150),
        ("z-image-turbo", 50),
    ],
)
def test_a_weight_follows_from_the_price_in_halves(name: str, units: int) -> None:
    assert weight(MODELS[name], {}) == units


@given(st.sampled_from(EVERY), st.sampled_from(Quality), st.sampled_from(AspectRatio))
def test_no_size_is_dearer_than_its_request_was_counted(
    which: tuple[Model, Use], quality: Quality, ratio: AspectRatio
) -> None:
    model, use = which
    mode = model.modes[use]
    if quality not in mode.target_px or ratio not in sizes.aspect_ratios(mode) or not mode.takes_size:
        return
    inputs = [InputImage("", 900, 600)] * min(1, mode.images[1])
    size = sizes.size_for(mode, ratio, quality, inputs)
    if "*" not in size:
        return
    width, height = map(int, size.split("*"))

    counted = cost(model, use, simple(use, quality=quality), len(inputs), SINGAPORE, {}, {}).image_microusd

    fitting = [price for price in model.prices if price.max_px is None or width * height <= price.max_px]
    assert counted >= min(price.usd[SINGAPORE] for price in fitting) * 1_000_000


@pytest.mark.parametrize(("model", "use"), EVERY, ids=lambda value: getattr(value, "name", str(value)))
def test_every_offered_ratio_has_a_size_that_the_model_takes(model: Model, use: Use) -> None:
    mode = model.modes[use]
    inputs = [InputImage("", 4000, 1000)] * min(1, mode.images[1])

    for ratio in request_limits(model, use).aspect_ratios:
        for quality in request_limits(model, use).qualities:
            size = sizes.size_for(mode, ratio, quality, inputs)
            assert sizes.accepts_size(mode, size) or (not mode.takes_size and size == ""), (ratio, quality, size)


@pytest.mark.parametrize(("model", "use"), EVERY, ids=lambda value: getattr(value, "name", str(value)))
def test_every_offered_quality_changes_the_size(model: Model, use: Use) -> None:
    mode, qualities = model.modes[use], request_limits(model, use).qualities

    sent = {quality: sizes.size_for(mode, AspectRatio.SQUARE, quality, ()) for quality in qualities}

    assert len(set(sent.values())) == len(qualities), sent


@pytest.mark.parametrize(("model", "use"), EVERY, ids=lambda value: getattr(value, "name", str(value)))
def test_a_job_of_a_quality_that_its_model_lost_has_the_largest_size(model: Model, use: Use) -> None:
    qualities = request_limits(model, use).qualities

    found = [body_of(model, use, simple(use, quality=each)).get("size") for each in (Quality.FOUR_K, qualities[-1])]

    assert found[0] == found[1]
    assert cost(model, use, simple(use, quality=Quality.FOUR_K), 0, SINGAPORE, {}, {}).image_microusd > 0
