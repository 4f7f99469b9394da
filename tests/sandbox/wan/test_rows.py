"""Each row of the local Wan holds the documented facts of its model. The sources stand in sandbox/wan/models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from sandbox.wan import rules, sizes
from sandbox.wan.errors import Refusal
from sandbox.wan.models import MODELS, UNCERTAIN, Use
from sandbox.wan.requests import InputImage, ParsedRequest, RequestContext
from tests.sandbox.wan.house import Json, body

SYNC, TASK = RequestContext("sync"), RequestContext("task", asynchronous=True)
LINK = {"image": "http://sandbox/a.png"}


@dataclass(frozen=True)
class Fact:
    """What the documents say of a model. *default* and *edit_default* are its sizes without ``size``.

    *edit_default* is for a last input image of 2:1. *microusd* is the price of one image at 1,048,576 px.
    """

    name: str
    inputs: tuple[int, int]
    n: tuple[int, int]
    chars: int
    microusd: int
    a_period: tuple[int, int]
    default: str = ""
    edit_default: str = ""
    negative: int | None = 500
    tasks: bool = False


MINUTE, SECOND, FIVE = (2, 60), (2, 1), (5, 1)
FACTS = (
    Fact("wan2.6-image", (1, 4), (1, 4), 2000, 30_000, FIVE, "", "1808*912", tasks=True),
    Fact("wan2.6-t2i", (0, 0), (1, 4), 2100, 30_000, FIVE, "1280*1280", tasks=True),
    Fact("wan2.7-image", (0, 9), (1, 4), 5000, 30_000, FIVE, "2048*2048", "2896*1456", negative=0, tasks=True),
    Fact("wan2.7-image-pro", (0, 9), (1, 4), 5000, 75_000, FIVE, "2048*2048", "2896*1456", negative=0, tasks=True),
    Fact("qwen-image-2.0-pro", (0, 3), (1, 6), 1300, 75_000, MINUTE, "2048*2048", "1456*720"),
    Fact("qwen-image-2.0", (0, 3), (1, 6), 1300, 35_000, SECOND, "2048*2048", "1456*720"),
    Fact("qwen-image-max", (0, 0), (1, 1), 800, 75_000, MINUTE, "1664*928"),
    Fact("qwen-image-plus", (0, 0), (1, 1), 800, 30_000, SECOND, "1664*928"),
    Fact("qwen-image", (0, 0), (1, 1), 800, 35_000, SECOND, "1664*928"),
    Fact("qwen-image-edit-max", (1, 3), (1, 6), 800, 75_000, MINUTE, "", "1456*720"),
    Fact("qwen-image-edit-plus", (1, 3), (1, 6), 800, 30_000, SECOND, "", "1456*720"),
    Fact("qwen-image-edit", (1, 3), (1, 1), 800, 45_000, SECOND, "", "1456*720"),
    Fact("z-image-turbo", (0, 0), (1, 1), 800, 15_000, SECOND, "1024*1536", negative=0),
    Fact("qwen-image-3.0-pro", (0, 3), (1, 6), 4500, 40_000, (5, 60), "2048*2048", "2896*1448", tasks=True),
    Fact("qwen-image-3.0", (0, 3), (1, 6), 4500, 30_000, (5, 60), "2048*2048", "2896*1448", tasks=True),
    Fact("qwen-image-2.1-pro", (0, 10), (1, 6), 4500, 40_000, (20, 60), "2048*2048", "2896*1448", None),
    Fact("qwen-image-2.1-turbo", (0, 10), (1, 6), 4500, 16_000, (120, 60), "2048*2048", "2896*1448", None),
)
EACH = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)


def request(fact: Fact | str, images: int | None = None, **parameters: Any) -> Json:
    """Return a request that the model takes, with so many input *images* or its least."""
    found = next(known for known in FACTS if fact in (known, known.name))
    count = found.inputs[0] if images is None else images
    return body(model=found.name, content=[{"text": "x" * 6000}, *[LINK] * count], **parameters)


def parsed(fact: Fact | str, images: int | None = None, **parameters: Any) -> ParsedRequest:
    return rules.parse(request(fact, images, **parameters), SYNC, 1)


def refusal(fact: Fact | str, images: int | None = None, context: RequestContext = SYNC, **parameters: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        rules.parse(request(fact, images, **parameters), context, 1)
    return caught.value


def test_every_model_has_its_facts_here_and_the_uncertain_ones_say_so() -> None:
    assert [fact.name for fact in FACTS] == list(MODELS)
    assert sorted(UNCERTAIN) == [f"qwen-image-{name}" for name in ("2.1-pro", "2.1-turbo", "3.0", "3.0-pro")]


@EACH
def test_the_number_of_input_images_is_bounded(fact: Fact) -> None:
    low, high = fact.inputs

    for images in {low, high}:
        assert len(parsed(fact, images).links) == images
    for images in {low - 1, high + 1} - {-1}:
        assert refusal(fact, images).code == "InvalidParameter"


@EACH
def test_n_is_bounded(fact: Fact) -> None:
    low, high = fact.n

    assert [parsed(fact, n=n).n for n in (low, high)] == [low, high]
    assert [refusal(fact, n=n).code for n in (low - 1, high + 1, True, "1")] == ["InvalidParameter"] * 4


@EACH
def test_only_models_with_tasks_take_the_task_path(fact: Fact) -> None:
    if fact.tasks:
        assert rules.parse(request(fact), TASK, 1).model.name == fact.name
        return
    refused = refusal(fact, context=TASK)

    assert (refused.status, refused.code) == (403, "AccessDenied")
    assert refused.message == "current user api does not support asynchronous calls."


@EACH
def test_a_longer_prompt_is_cut(fact: Fact) -> None:
    assert len(parsed(fact).prompt) == fact.chars


@EACH
def test_a_longer_negative_prompt_is_cut_ignored_or_refused(fact: Fact) -> None:
    if fact.negative is None:
        assert refusal(fact, negative_prompt="blur").message == "negative_prompt is not supported by this model"
        return

    assert len(parsed(fact, negative_prompt="x" * 501).negative_prompt) == fact.negative


@EACH
def test_without_a_size_the_result_has_the_documented_one(fact: Fact) -> None:
    wide = [InputImage(b"", 300, 300), InputImage(b"", 800, 400)]
    found = []
    for images, expected in ((0, fact.default), (2, fact.edit_default)):
        if expected:
            width, height = sizes.sides(parsed(fact, images), None, wide[:images])
            found.append((f"{width}*{height}", expected))

    assert found
    assert [got for got, _ in found] == [expected for _, expected in found]


@EACH
def test_the_price_and_the_rate_limit_are_the_documented_ones(fact: Fact) -> None:
    model = MODELS[fact.name]

    assert model.price.of(3, 1024 * 1024, 0, rewritten=False) == 3 * fact.microusd
    assert model.price.of(0, 1024 * 1024, 2, rewritten=True) == 0
    assert (model.limit.requests, model.limit.period_s) == fact.a_period


def test_three_point_zero_costs_more_when_large_and_with_inputs_and_z_image_when_rewritten() -> None:
    pro, z_image = MODELS["qwen-image-3.0-pro"].price, MODELS["z-image-turbo"].price

    assert [pro.of(2, area, 0, rewritten=True) for area in (2_250_000, 2_250_001)] == [80_000, 150_000]
    assert pro.of(2, 1, 3, rewritten=True) == 2 * 40_000 + 3 * 3_000
    assert [z_image.of(1, 1, 0, rewritten=rewritten) for rewritten in (False, True)] == [15_000, 30_000]


def test_only_z_image_and_the_first_edit_model_do_not_rewrite_by_default() -> None:
    assert {fact.name for fact in FACTS if not parsed(fact).rewrites} == {"z-image-turbo", "qwen-image-edit"}


def test_only_z_image_has_no_watermark() -> None:
    assert [fact.name for fact in FACTS if not parsed(fact, watermark=True).watermark] == ["z-image-turbo"]


def test_too_many_images_are_refused_in_the_vendors_words() -> None:
    assert refusal("qwen-image-2.0-pro", 4).message == (
        "Model 'qwen-image-2.0-2in1' supports 0~3 image content items. Got 4 image items. "
        "(0 images = T2I mode, 1~3 images = I2I mode)"
    )
    assert refusal("qwen-image-edit", 0).message == (
        "For image editing, the message must contain 1~3 image content items. Got 0 image items."
    )


@pytest.mark.parametrize(
    "model", ["qwen-image-max", "qwen-image-plus", "qwen-image", "qwen-image-edit", "z-image-turbo"]
)
def test_a_model_of_one_image_says_so(model: str) -> None:
    assert refusal(model, n=2).message == "num_images_per_prompt must be 1"


@pytest.mark.parametrize(
    ("model", "size", "message"),
    [
        ("qwen-image-2.0", "511*512", "Image area must be between 262144 (512x512) and 4194304 (2048x2048)"),
        ("qwen-image-2.0", "2688*1568", "Image area must be between 262144 (512x512) and 4194304 (2048x2048)"),
        ("qwen-image-2.0-pro", "2K", "Expected format: '<width>*<height>'"),
        ("qwen-image-edit-plus", "1K", "Expected format: '<width>*<height>'"),
        ("qwen-image-edit-max", "2064*1024", "size 2064*1024 is out of range"),
        ("qwen-image-edit-max", "496*1024", "size 496*1024 is out of range"),
        ("qwen-image-edit", "1024*1024", "size is not supported by this model"),
        ("qwen-image-max", "1024*1024", "size 1024*1024 is out of range [512*512, 1664*1664]"),
        ("qwen-image-plus", "2K", "Invalid size format: 2K"),
        ("z-image-turbo", "2K", "Invalid size format: 2K"),
        ("z-image-turbo", "512*504", "Image area must be between 262144 and 4194304 pixels"),
        ("wan2.7-image", "768*767", "Total pixels (589056) must be between 589824 and 4194304"),
        ("wan2.7-image-pro", "4112*4096", "Total pixels (16842752) must be between 589824 and 16777216"),
        ("wan2.7-image", "4K", "Maximum supported size is 2K"),
        ("qwen-image-3.0", "1K", "Expected format: '<width>*<height>'"),
    ],
)
def test_a_wrong_size_is_refused_in_the_vendors_words(model: str, size: str, message: str) -> None:
    assert refusal(model, size=size).message == message


@EACH
@pytest.mark.parametrize("size", ["", "1024x1024", "1024 * 1024", 1024])
def test_a_size_of_another_form_is_refused(fact: Fact, size: object) -> None:
    assert refusal(fact, size=size).code == "InvalidParameter"


@pytest.mark.parametrize("size", ["1664*928", "928*1664", "1328*1328", "1472*1104", "1104*1472"])
@pytest.mark.parametrize("model", ["qwen-image-max", "qwen-image-plus", "qwen-image"])
def test_the_five_sizes_of_the_models_for_words_are_accepted(model: str, size: str) -> None:
    assert parsed(model, size=size).size == size


@pytest.mark.parametrize(
    ("model", "size", "result"),
    [
        ("qwen-image-2.0", "2688*1536", (2688, 1536)),
        ("qwen-image-edit-plus", "1033*1032", (1040, 1024)),
        ("qwen-image-edit-max", "2048*872", (2048, 864)),
        ("z-image-turbo", "1023*1537", (1023, 1537)),
        ("qwen-image-3.0", "2304*1728", (2304, 1728)),
    ],
)
def test_sides_become_multiples_of_sixteen_where_that_is_documented(
    model: str, size: str, result: tuple[int, int]
) -> None:
    assert sizes.sides(parsed(model, size=size), size, []) == result


def test_size_is_checked_before_n() -> None:
    assert "Maximum supported size" in refusal("wan2.7-image", size="4K", n=13).message
    assert refusal("wan2.7-image", size="2K", n=13).message == "Range of n should be [1, 4]"


def test_the_agent_rewrites_for_words_alone() -> None:
    assert parsed("qwen-image-3.0", prompt_extend_mode="agent").rewrites

    assert refusal("qwen-image-3.0", 1, prompt_extend_mode="agent").code == "InvalidParameter"


def test_n_and_size_may_be_ignored_by_models_without_them() -> None:
    lenient = replace(SYNC, ignores_n=True, ignores_size=True)

    found = rules.parse(request("qwen-image-edit", n=99, size="1024*1024"), lenient, 1)

    assert (found.n, found.size, found.use) == (1, None, Use.EDIT)
