"""The local Wan streams a story exactly as documented, and misbehaves as armed."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox.wan.stream import frame, split_inside_character
from tests.sandbox.wan.house import SSE, SYNC, Chunk, House, body, chunks, data_uri, story


def text_of(received: list[Chunk]) -> str:
    return "".join(chunk.item.get("text", "") for chunk in received)


def links(received: list[Chunk]) -> list[str]:
    return [chunk.item["image"] for chunk in received if chunk.item["type"] == "image"]


async def test_a_story_is_framed_exactly_as_documented(house: House) -> None:
    async with house.send("POST", SYNC, story(), **SSE) as answer:
        raw = await answer.read()

    assert answer.headers["Content-Type"] == "text/event-stream;charset=UTF-8"
    assert raw.startswith(b'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{')
    assert raw.endswith(b"}\n\n")
    assert b"[DONE]" not in raw
    assert chunks(raw)[0].body["request_id"] == answer.headers["x-request-id"]


async def test_text_arrives_in_fragments_and_images_whole_in_order(house: House) -> None:
    received = await house.stream(story())

    kinds = "".join(chunk.item["type"][0] for chunk in received)
    assert max(len(chunk.item.get("text", "")) for chunk in received) < 8
    assert [len(part) > 10 for part in kinds.split("i")] == [True, True, False]
    assert text_of(received).startswith("**1.** “a lighthouse”")
    assert [(await house.drawn(link)).size for link in links(received)] == [(1024, 640)] * 2


async def test_the_chunk_that_says_stop_carries_the_last_image(house: House) -> None:
    received = await house.stream(story())

    assert [chunk.finish for chunk in received] == ["null"] * (len(received) - 1) + ["stop"]
    assert [chunk.body["output"]["finished"] for chunk in received] == [False] * (len(received) - 1) + [True]
    assert received[-1].item["type"] == "image"


async def test_the_usage_grows_with_the_story_and_is_billed(house: House) -> None:
    received = await house.stream(story())

    usages = [chunk.body["usage"] for chunk in received]
    first_image = next(position for position, chunk in enumerate(received) if chunk.item["type"] == "image")
    assert (usages[0]["image_count"], usages[0]["size"], usages[0]["output_tokens"]) == (0, "0*0", 1)
    before, at = usages[first_image - 1], usages[first_image]
    assert (at["image_count"], at["output_tokens"] - before["output_tokens"]) == (1, 124)
    assert (usages[-1]["image_count"], usages[-1]["size"]) == (2, "1024*640")
    assert house.wan.bill() == {"images": 2, "requests": 1}


async def test_the_same_prompt_and_seed_give_the_same_story(house: House) -> None:
    first, same, other = [await house.stream(story(seed=seed)) for seed in (1, 1, 2)]

    assert text_of(first) == text_of(same) != text_of(other)
    images = [(await house.drawn(links(received)[0])).tobytes() for received in (first, same, other)]
    assert images[0] == images[1] != images[2]


@pytest.mark.parametrize(("decides", "max_images", "made"), [(5, None, 5), (5, 1, 1), (2, 3, 2), (0, 3, 0)])
async def test_the_model_decides_how_many_images_up_to_those_requested(
    house: House, decides: int, max_images: int | None, made: int
) -> None:
    house.wan.set(story_images=decides)
    payload = story() if max_images is None else story(max_images=max_images)
    if max_images is None:
        del payload["parameters"]["max_images"]

    received = await house.stream(payload)

    assert (len(links(received)), received[-1].finish) == (made, "stop")
    assert house.wan.bill()["images"] == made
    assert text_of(received)


async def test_a_story_can_end_in_text(house: House) -> None:
    house.wan.set(story_ends_in_text=True)

    received = await house.stream(story())

    assert (received[-1].item["type"], received[-1].finish, len(links(received))) == ("text", "stop", 2)


async def test_a_multi_byte_character_is_split_across_writes(house: House) -> None:
    first, rest = split_inside_character(frame(1, "result", 200, {"text": "灯塔"}))

    with pytest.raises(UnicodeDecodeError):
        first.decode()
    assert (first + rest).decode().endswith('data:{"text":"灯塔"}\n\n')


@pytest.mark.parametrize(
    ("input_size", "size"), [((400, 300), "400*304"), ((3000, 2000), "1568*1040"), (None, "1280*1280")]
)
async def test_a_story_without_a_size_follows_its_input_image(
    house: House, input_size: tuple[int, int] | None, size: str
) -> None:
    content = [{"text": "on"}, *([{"image": data_uri(input_size)}] if input_size else [])]
    payload = story(content=content, max_images=1)
    del payload["parameters"]["size"]

    received = await house.stream(payload)

    assert received[-1].body["usage"]["size"] == size


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 2},
        {"max_images": 0},
        {"max_images": 6},
        {"size": "1K"},
        {"size": "1440*1440"},
        {"content": [{"text": "x"}, *[{"image": data_uri()}] * 2]},
        {"content": [{"image": data_uri()}]},
    ],
)
async def test_an_invalid_story_is_an_invalid_parameter(house: House, wrong: dict[str, Any]) -> None:
    status, answer = await house.post(story(**wrong), **SSE)

    assert (status, answer["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("strict", "stream", "header", "status"),
    [(True, True, True, 200), (True, False, True, 400), (True, True, False, 400), (False, False, True, 200),
     (False, True, False, 400)],
)  # fmt: skip
async def test_a_synchronous_story_needs_the_header_and_if_strict_the_parameter(
    house: House, strict: bool, stream: bool, header: bool, status: int
) -> None:
    house.wan.set(strict_stream=strict)

    async with house.send("POST", SYNC, story(stream=stream), **(SSE if header else {})) as answer:
        assert answer.status == status


async def test_an_edit_is_answered_whole_with_any_header(house: House) -> None:
    status, answer = await house.post(body(stream=True), **SSE)

    assert (status, answer["output"]["finished"]) == (200, True)


async def test_a_story_as_a_task_is_one_choice_of_whole_paragraphs_and_images(house: House) -> None:
    received = await house.stream(story())

    task_id = await house.task(story(stream=False))
    answer = await house.get(f"/tasks/{task_id}")

    (choice,) = answer["output"]["choices"]
    content = choice["message"]["content"]
    assert [item["type"] for item in content] == ["text", "image"] * 2
    assert "".join(item.get("text", "") for item in content) == text_of(received)
    assert answer["usage"]["image_count"] == 2


async def test_a_disconnected_client_stops_the_story(house: House) -> None:
    house.wan.set(chunk_s=0.001, delay_s=0.05)

    async with house.send("POST", SYNC, story(max_images=5), **SSE) as answer:
        heard = b""
        while b'"image":' not in heard:
            heard += await answer.content.readany()
    await asyncio.sleep(0.3)

    (entry,) = house.record.part("wan")
    assert (entry["disconnected"], entry["billed"], house.wan.in_flight_count["wan2.6-image"]) == (True, 1, 0)


async def test_a_story_grows_at_the_set_pace(house: House) -> None:
    house.wan.set(chunk_s=0.02)
    loop = asyncio.get_running_loop()

    async with house.send("POST", SYNC, story(max_images=1), **SSE) as answer:
        await answer.content.readuntil(b"\n\n")
        began = loop.time()
        await answer.content.readuntil(b"id:11\n")

    assert loop.time() - began >= 0.15


async def test_an_error_ends_a_story_under_http_200(house: House) -> None:
    house.faults.arm("stream_error", code="DataInspectionFailed", after=0, images=1)

    received = await house.stream(story())

    assert [chunk.event for chunk in received[-2:]] == ["result", "error"]
    assert received[-2].item["type"] == "image"
    assert (received[-1].body["code"], house.wan.bill()["images"]) == ("DataInspectionFailed", 1)


async def test_an_error_before_the_first_chunk_can_have_its_own_status(house: House) -> None:
    house.faults.arm("stream_error", code="InvalidParameter", after=0, status=400)

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        raw = await answer.read()

    assert (answer.status, answer.content_type) == (400, "text/event-stream")
    assert raw.startswith(b"id:1\nevent:error\n:HTTP_STATUS/400\ndata:{")


async def test_a_disconnected_story_breaks_off_in_the_middle(house: House) -> None:
    house.faults.arm("stream_disconnect", after=3)

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        heard = [await answer.content.readuntil(b"\n\n") for _ in range(3)]
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()

    assert len(chunks(b"".join(heard))) == 3


async def test_a_story_can_end_cleanly_without_stop(house: House) -> None:
    house.faults.arm("stream_disconnect", after=3, clean=True)

    received = await house.stream(story())

    assert [chunk.finish for chunk in received] == ["null"] * 3


async def test_a_story_can_pause(house: House) -> None:
    house.faults.arm("stream_slow", after=2, seconds=0.3)

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        await answer.content.readuntil(b"id:2\n")
        await answer.content.readuntil(b"\n\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answer.content.readany(), 0.2)
        rest = await answer.read()

    assert b'"stop"' in rest


async def test_each_chunk_can_say_finished(house: House) -> None:
    house.faults.arm("finished_everywhere")

    received = await house.stream(story())

    assert {chunk.body["output"]["finished"] for chunk in received} == {True}
    assert {chunk.body["usage"]["image_count"] for chunk in received} == {2}
    assert [chunk.finish for chunk in received[-2:]] == ["null", "stop"]


async def test_a_storys_text_can_be_set(house: House) -> None:
    house.faults.arm("story_text", text="@everyone look\n")

    received = await house.stream(story())

    assert text_of(received) == "@everyone look\n" * 2


async def test_a_story_with_one_image_less_is_billed_for_those_generated(house: House) -> None:
    house.faults.arm("fewer_images")

    received = await house.stream(story())

    assert (len(links(received)), house.wan.bill()["images"]) == (1, 1)


async def test_an_error_can_be_an_event_labeled_json(house: House) -> None:
    house.faults.arm("sse_labelled_json", code="InvalidParameter")

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        raw = await answer.read()

    assert (answer.status, answer.content_type) == (400, "application/json")
    assert raw.startswith(b"id:1\nevent:error\n:HTTP_STATUS/400\ndata:{")
