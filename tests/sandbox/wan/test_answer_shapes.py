"""The local Wan's answers have the documented shape of each model: the same fields and types as the samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.wan.house import House, Json, body, data_uri

SAMPLES = Path(__file__).parents[2] / "samples"
QWEN_3 = "qwen_image_3_0_uncertain"


def words(model: str, **parameters: Any) -> Json:
    return body(**{"model": model, "content": [{"text": "a lighthouse"}], "seed": 1, **parameters})


def edit(model: str, images: int = 1, **parameters: Any) -> Json:
    content = [*[{"image": data_uri()}] * images, {"text": "make it night"}]
    return body(**{"model": model, "content": content, "seed": 1, **parameters})


TWO: dict[str, Any] = {"n": 2, "size": "512*768"}
# Each model with the sample of its answers. Models of one document have one sample.
ASKED: list[tuple[str, Json]] = [
    ("qwen_image_2_0", words("qwen-image-2.0", **TWO)),
    ("qwen_image_2_0", words("qwen-image-2.0-pro", **TWO)),
    ("qwen_image_edit_plus", edit("qwen-image-2.0", **TWO)),
    ("qwen_image_edit_plus", edit("qwen-image-2.0-pro", **TWO)),
    ("qwen_image_edit_plus", edit("qwen-image-edit-plus", negative_prompt=" ", **TWO)),
    ("qwen_image_edit_plus", edit("qwen-image-edit-max", **TWO)),
    ("qwen_image_edit", edit("qwen-image-edit")),
    ("qwen_image_max", words("qwen-image-max")),
    ("qwen_image_max", words("qwen-image-plus")),
    ("qwen_image_max", words("qwen-image")),
    ("z_image", words("z-image-turbo", size="512*560", prompt_extend=False)),
    ("z_image_rewritten", words("z-image-turbo", size="512*560", prompt_extend=True)),
    (QWEN_3, edit("qwen-image-3.0", n=2, size="1536*1536", prompt_extend=False)),
    (QWEN_3, edit("qwen-image-3.0-pro", n=2, size="1536*1536", prompt_extend=False)),
    ("wan27_boxes", edit("wan2.7-image", 2, size="1K", bbox_list=[[], [[9, 9, 99, 99]]])),
    ("wan27_boxes", edit("wan2.7-image-pro", 2, size="1K", bbox_list=[[], [[9, 9, 99, 99]]])),
    ("wan27_set", words("wan2.7-image", enable_sequential=True, n=4, size="768*768")),
    ("wan27_set", words("wan2.7-image-pro", enable_sequential=True, n=4, size="768*768")),
]
REQUESTS = dict(reversed(ASKED))  # the first model of each sample
ANSWERS = [pytest.param(*case, id=f"{case[1]['model']}, {case[0]}") for case in ASKED]


def shape(value: Any) -> Any:
    """Return the fields, list lengths and types of JSON, without its values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def sample(kind: str, name: str) -> Json:
    found: Json = json.loads((SAMPLES / kind / name / "body").read_text())
    return found


@pytest.mark.parametrize(("name", "request_body"), ANSWERS)
async def test_an_answer_has_the_shape_of_the_documented_sample(house: House, name: str, request_body: Json) -> None:
    house.wan.set(not_activated="", set_images=4)

    status, answer = await house.post(request_body)

    assert status == 200, answer
    assert shape(answer) == shape(sample("made", name))


async def test_a_task_of_three_point_zero_has_the_shape_of_the_documented_sample(house: House) -> None:
    house.wan.set(not_activated="")
    task_id = await house.task(words("qwen-image-3.0-pro", size="1024*1024", prompt_extend=False))

    answer = await house.get(f"/tasks/{task_id}")

    times = {"submit_time": "str", "scheduled_time": "str", "end_time": "str"}
    expected = shape(sample("task", QWEN_3))
    assert shape(answer) == {**expected, "output": {**times, **expected["output"]}}
    assert answer["usage"]["output_image_type"] == "qima_output_1k"


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("qwen_image_2_0", {"image_count": 2, "width": 512, "height": 768}),
        ("qwen_image_max", {"image_count": 1, "width": 1664, "height": 928}),
        ("wan27_set", {"image_count": 4, "size": "768*768"}),
        (QWEN_3, {"output_image_count": 2, "input_image_count": 1, "output_image_type": "qima_output_2k"}),
    ],
)
async def test_usage_says_what_was_billed_and_each_file_has_that_size(house: House, name: str, usage: Json) -> None:
    house.wan.set(not_activated="", set_images=4)

    _, answer = await house.post(REQUESTS[name])

    links = [item["image"] for choice in answer["output"]["choices"] for item in choice["message"]["content"]]
    images = [await house.drawn(link) for link in links]
    billed = usage.get("image_count", usage.get("output_image_count"))
    sides = {(image.width, image.height) for image in images}
    assert usage.items() <= answer["usage"].items()
    assert (len(images), house.wan.bill()["images"], len(sides)) == (billed, billed, 1)
    assert sides <= {(512, 768), (1664, 928), (768, 768), (1536, 1536)}


async def test_z_image_echoes_the_prompt_and_says_how_it_rewrote_it(house: House) -> None:
    (_, plain), (_, rewritten) = [await house.post(REQUESTS[name]) for name in ("z_image", "z_image_rewritten")]

    messages = [answer["output"]["choices"][0]["message"] for answer in (plain, rewritten)]
    assert (messages[0]["content"][1], messages[0]["reasoning_content"]) == ({"text": "a lighthouse"}, "")
    assert messages[1]["content"][1]["text"].startswith("a lighthouse, ")
    assert messages[1]["reasoning_content"]
    assert (plain["usage"]["total_tokens"], rewritten["usage"]["output_tokens_details"]["reasoning_tokens"]) == (0, 12)


async def test_a_request_for_a_transparent_image_gives_one_from_the_models_that_have_them(house: House) -> None:
    house.wan.set(not_activated="")
    modes = []
    for model in ("qwen-image-2.1-pro", "qwen-image-3.0"):
        content = [{"text": "a fox on a transparent background"}]
        _, answer = await house.post(body(model=model, content=content, size="512*512"))
        modes.append((await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])).mode)

    assert modes == ["RGBA", "RGB"]


async def test_a_negative_prompt_changes_the_image_up_to_its_limit(house: House) -> None:
    async def drawn(negative: str) -> bytes:
        payload = words("qwen-image-2.0", size="512*512", negative_prompt=negative)
        _, answer = await house.post(payload)
        return (await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])).tobytes()

    none, whole, longer = await drawn(""), await drawn("x" * 500), await drawn("x" * 501)

    assert none != whole == longer


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_qwen_reads_more_formats_than_wan_and_transparent_images(house: House, kind: str, mode: str) -> None:
    image = {"image": data_uri((300, 100), mode, kind)}
    payload = body(model="qwen-image-edit-plus", content=[image, {"text": "x"}], size="512*512")

    assert (await house.post(payload))[0] == 200
    if (kind, mode) != ("PNG", "RGB"):
        assert (await house.post(body(content=[image, {"text": "x"}])))[0] == 400


async def test_a_model_without_n_or_size_may_ignore_them_and_bills_one_image(house: House) -> None:
    house.wan.set(extra_n="ignore", extra_size="ignore")

    status, answer = await house.post(edit("qwen-image-edit", n=99, size="512*512"))

    assert (status, answer["usage"]["image_count"], house.wan.bill_microusd()) == (200, 1, 45_000)
    assert (answer["usage"]["width"], answer["usage"]["height"]) == (1184, 880)
