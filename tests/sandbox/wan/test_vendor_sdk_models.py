"""The vendor's SDK drives every model of the local Wan, by the class that the vendor's pages use for it."""

from __future__ import annotations

from typing import Any

import pytest
from dashscope import Models, MultiModalConversation
from dashscope.aigc.image_generation import ImageGeneration

from sandbox.wan.models import MODELS, Use
from tests.sandbox.wan.house import House, data_uri
from tests.sandbox.wan.test_vendor_sdk import blocking, vendor

__all__ = ["vendor"]  # a fixture

# The SDK's annotations are wrong: a "string" may be None, and a return value may be a generator.
Conversation: Any = MultiModalConversation
Generation: Any = ImageGeneration
Catalog: Any = Models
SMALL = {"wan2.6-image": "768*768", "wan2.7": "768*768", "qwen-image-2.0": "512*512", "qwen-image-edit-": "512*512"}


def arguments(model: str, images: int = 0, **parameters: Any) -> dict[str, Any]:
    """Return what a call of the SDK takes, with the smallest size that the model has."""
    content = [*[{"image": data_uri()}] * images, {"text": "a lighthouse"}]
    small = [size for prefix, size in SMALL.items() if model.startswith(prefix)]
    size = {"size": small[0]} if small else {}
    return {"model": model, "messages": [{"role": "user", "content": content}], "n": 1, **size, **parameters}


def links(answer: Any) -> list[str]:
    assert answer.status_code == 200, (answer.code, answer.message)
    items = [item for choice in answer.output.choices for item in choice.message.content]
    return [item["image"] for item in items if "image" in item]


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_answers_the_vendors_class(vendor: House, model: str) -> None:
    vendor.wan.set(not_activated="")
    images = 0 if Use.TEXT in MODELS[model].modes else 1
    caller = Generation if model.startswith("wan") else Conversation

    answer = await blocking(caller.call, **arguments(model, images))

    (link,) = links(answer)
    assert (await vendor.drawn(link)).format == "PNG"
    assert vendor.record.part("wan")[0]["body"]["model"] == model


async def test_several_images_of_qwen_are_items_of_one_choice(vendor: House) -> None:
    answer = await blocking(Conversation.call, **arguments("qwen-image-2.0", 3, n=4, prompt_extend=False))

    assert (len(answer.output.choices), len(links(answer)), answer.usage["image_count"]) == (1, 4, 4)


async def test_z_images_prompt_comes_back_through_the_sdk(vendor: House) -> None:
    answer = await blocking(Conversation.call, **arguments("z-image-turbo", size="512*512", prompt_extend=True))

    message = answer.output.choices[0].message
    assert [set(item) for item in message.content] == [{"image"}, {"text"}]
    assert message["reasoning_content"]
    assert vendor.wan.bill_microusd() == 30_000


async def test_a_set_comes_through_the_sdk_as_one_choice(vendor: House) -> None:
    vendor.wan.set(set_images=3)

    answer = await blocking(Generation.call, **arguments("wan2.7-image", n=5, enable_sequential=True))

    assert (len(answer.output.choices), len(links(answer)), answer.usage.image_count) == (1, 3, 3)


async def test_boxes_and_a_palette_pass_through_the_sdk(vendor: House) -> None:
    colors = [{"hex": color, "ratio": "25.00%"} for color in ("#112233", "#445566", "#778899", "#aabbcc")]

    boxed = await blocking(Generation.call, **arguments("wan2.7-image-pro", 1, bbox_list=[[[1, 2, 30, 40]]]))
    colored = await blocking(Generation.call, **arguments("wan2.7-image", color_palette=colors))

    assert (len(links(boxed)), len(links(colored))) == (1, 1)


async def test_a_task_of_wan_2_7_is_created_and_awaited(vendor: House) -> None:
    vendor.wan.set(set_images=2)
    created = await blocking(Generation.async_call, **arguments("wan2.7-image", n=4, enable_sequential=True))

    done = await blocking(Generation.wait, created, wait_timeout=20)

    assert (len(done.output.choices), len(links(done)), done.usage.image_count) == (1, 2, 2)


async def test_a_task_of_a_synchronous_model_is_refused_through_the_sdk(vendor: House) -> None:
    refused = await blocking(Generation.async_call, **arguments("qwen-image-2.0"))

    assert (refused.status_code, refused.code) == (403, "AccessDenied")


async def test_a_model_that_is_not_activated_is_refused_through_the_sdk(vendor: House) -> None:
    vendor.wan.set(not_activated="qwen-image-max")

    refused = await blocking(Conversation.call, **arguments("qwen-image-max"))

    assert (refused.status_code, refused.code) == (403, "Model.AccessDenied")


async def test_the_sdk_lists_the_models_and_finds_one(vendor: House) -> None:
    listed = await blocking(Catalog.list, page=2, page_size=10)
    found = await blocking(Catalog.get, "z-image-turbo")
    missing = await blocking(Catalog.get, "wan9-image")

    assert (listed.status_code, listed.output["total"], listed.output["page_no"]) == (200, len(MODELS), 2)
    assert (found.output["model"], missing.status_code) == ("z-image-turbo", 404)
