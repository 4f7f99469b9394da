"""Requests have the documented form, and exactly the parameters that their model and use accept."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.model import Call
from imagegen.wan import requests, tasks
from imagegen.wan.requests import Generation


def example(**changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "model": "wan2.6-image",
        "prompt": "make it night",
        "images": ("data:image/png;base64,AA",),
        "n": 2,
        "size": "1280*1280",
        "negative_prompt": "gray",
        "seed": 7,
        "enhance": False,
        "watermark": True,
    }
    return Generation(**{**fields, **changes})


def test_a_prompt_alone_is_sent_with_its_models_parameters_only() -> None:
    body = json.loads("".join(requests.generation_request(example(model="wan2.6-t2i", images=()), Call.SYNC).body))

    assert body["parameters"] == {
        "prompt_extend": False,
        "watermark": True,
        "n": 2,
        "size": "1280*1280",
        "seed": 7,
        "negative_prompt": "gray",
    }
    assert body["input"]["messages"][0]["content"] == [{"text": "make it night"}]


@pytest.mark.parametrize("enhance", [True, False])
@pytest.mark.parametrize("model", ["wan2.7-image", "wan2.7-image-pro"])
@pytest.mark.parametrize("images", [(), ("https://a/1.png",)])
def test_wan_27_gets_only_parameters_that_it_knows_and_no_costly_default(
    model: str, images: tuple[str, ...], enhance: bool
) -> None:
    body = json.loads(
        "".join(requests.generation_request(example(model=model, images=images, thinks=enhance), Call.TASK).body)
    )

    thinking = {} if images else {"thinking_mode": enhance}
    assert (
        body["parameters"]
        == {
            "watermark": True,
            "n": 2,
            "enable_sequential": False,
            "size": "1280*1280",
            "seed": 7,
        }
        | thinking
    )


@given(st.text(), st.lists(st.text() | st.text('dat:/",\\A\n').map("data:{}".format), min_size=1, max_size=4))
def test_any_prompt_and_image_survives_the_encoding(prompt: str, images: list[str]) -> None:
    request = requests.generation_request(example(prompt=prompt, images=tuple(images)), Call.SYNC)

    text, *sent = json.loads("".join(request.body))["input"]["messages"][0]["content"]
    assert (text["text"], [image["image"] for image in sent]) == (prompt, images)


STORY = {"enable_interleave": True, "n": 1, "max_images": 3, "watermark": True, "seed": 7, "negative_prompt": "gray"}


@pytest.mark.parametrize("size", ["1280*720", "1K", "2048*2048", ""])
@pytest.mark.parametrize(("call", "stream"), [(Call.STREAM, {"stream": True}), (Call.TASK, {})])
def test_a_story_is_requested_in_interleave_mode(size: str, call: Call, stream: dict[str, bool]) -> None:
    request = requests.generation_request(example(n=1, size=size, max_images=3, enhance=True), call)

    fits = {"size": size} if size == "1280*720" else {}
    assert json.loads("".join(request.body))["parameters"] == STORY | stream | fits
    assert (request.headers.get("X-DashScope-Sse") == "enable") is (call is Call.STREAM)
    assert (request.headers.get("X-DashScope-Async") == "enable") is (call is Call.TASK)


def test_a_task_has_its_own_path_and_header() -> None:
    request = requests.generation_request(example(), Call.TASK)

    assert request.path == "/services/aigc/image-generation/generation"
    assert request.headers["X-DashScope-Async"] == "enable"


@pytest.mark.parametrize("task_id", ["", "../uploads", "a/b", "a?b", "x" * 129, "a b"])
def test_a_task_id_that_could_change_the_path_is_refused(task_id: str) -> None:
    with pytest.raises(ValueError, match="task id"):
        tasks.query_request(task_id)


def test_a_repr_does_not_show_the_prompt() -> None:
    assert "night" not in repr(example())
    assert "night" not in repr(requests.generation_request(example(), Call.SYNC))


def test_a_request_goes_out_in_small_pieces_and_says_its_length() -> None:
    images = ("data:image/png;base64," + "A" * 3_000_000, 'data:image/png;base64,"}', "https://a/é.png")

    request = requests.generation_request(example(images=images), Call.SYNC)

    pieces = list(request.pieces())
    assert max(map(len, pieces)) == requests.PIECE_BYTES
    assert len(b"".join(pieces)) == request.body_bytes
    content = json.loads(b"".join(pieces))["input"]["messages"][0]["content"]
    assert [item["image"] for item in content[1:]] == list(images)
