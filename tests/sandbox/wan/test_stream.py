"""The local Wan tells a story as a stream, to the letter of the documents, and misbehaves when it is told to."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox.wan.stream import frame, split_inside_character
from tests.sandbox.wan.house import SSE, SYNC, Chunk, House, body, chunks, picture, story


def words(told: list[Chunk]) -> str:
    return "".join(chunk.item.get("text", "") for chunk in told)


def links(told: list[Chunk]) -> list[str]:
    return [chunk.item["image"] for chunk in told if chunk.item["type"] == "image"]


async def test_a_story_is_framed_to_the_letter(house: House) -> None:
    async with house.send("POST", SYNC, story(), **SSE) as answer:
        raw = await answer.read()

    assert answer.headers["Content-Type"] == "text/event-stream;charset=UTF-8"
    assert raw.startswith(b'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{')
    assert raw.endswith(b"}\n\n")
    assert b"[DONE]" not in raw
    assert chunks(raw)[0].body["request_id"] == answer.headers["x-request-id"]


async def test_words_come_in_fragments_and_pictures_whole_in_narrative_order(house: House) -> None:
    told = await house.stream(story())

    kinds = "".join(chunk.item["type"][0] for chunk in told)
    assert max(len(chunk.item.get("text", "")) for chunk in told) < 8
    assert [len(part) > 10 for part in kinds.split("i")] == [True, True, False]
    assert words(told).startswith("**1.** “a lighthouse”")
    assert [(await house.drawn(link)).size for link in links(told)] == [(1024, 640)] * 2


async def test_the_last_picture_stands_on_the_chunk_that_says_stop(house: House) -> None:
    told = await house.stream(story())

    assert [chunk.finish for chunk in told] == ["null"] * (len(told) - 1) + ["stop"]
    assert [chunk.body["output"]["finished"] for chunk in told] == [False] * (len(told) - 1) + [True]
    assert told[-1].item["type"] == "image"


async def test_the_usage_grows_with_what_was_told_and_is_billed(house: House) -> None:
    told = await house.stream(story())

    usages = [chunk.body["usage"] for chunk in told]
    first_picture = next(place for place, chunk in enumerate(told) if chunk.item["type"] == "image")
    assert (usages[0]["image_count"], usages[0]["size"], usages[0]["output_tokens"]) == (0, "0*0", 1)
    before, at = usages[first_picture - 1], usages[first_picture]
    assert (at["image_count"], at["output_tokens"] - before["output_tokens"]) == (1, 124)
    assert (usages[-1]["image_count"], usages[-1]["size"]) == (2, "1024*640")
    assert house.wan.bill() == {"images": 2, "requests": 1}


async def test_the_same_words_and_seed_tell_the_same_story(house: House) -> None:
    first, same, other = [await house.stream(story(seed=seed)) for seed in (1, 1, 2)]

    assert words(first) == words(same) != words(other)
    pictures = [(await house.drawn(links(told)[0])).tobytes() for told in (first, same, other)]
    assert pictures[0] == pictures[1] != pictures[2]


@pytest.mark.parametrize(("decides", "max_images", "made"), [(5, None, 5), (5, 1, 1), (2, 3, 2), (0, 3, 0)])
async def test_the_model_makes_as_many_pictures_as_it_decides_and_never_more(
    house: House, decides: int, max_images: int | None, made: int
) -> None:
    house.wan.set(story_images=decides)
    asked = story() if max_images is None else story(max_images=max_images)
    if max_images is None:
        del asked["parameters"]["max_images"]

    told = await house.stream(asked)

    assert (len(links(told)), told[-1].finish) == (made, "stop")
    assert house.wan.bill()["images"] == made
    assert words(told)


async def test_a_story_may_end_in_words(house: House) -> None:
    house.wan.set(story_ends_in_text=True)

    told = await house.stream(story())

    assert (told[-1].item["type"], told[-1].finish, len(links(told))) == ("text", "stop", 2)


async def test_a_letter_of_several_bytes_is_split_across_writes(house: House) -> None:
    first, rest = split_inside_character(frame(1, "result", 200, {"text": "灯塔"}))

    with pytest.raises(UnicodeDecodeError):
        first.decode()
    assert (first + rest).decode().endswith('data:{"text":"灯塔"}\n\n')


@pytest.mark.parametrize(("given", "size"), [((400, 300), "400*304"), ((3000, 2000), "1568*1040"), (None, "1280*1280")])
async def test_a_story_without_a_size_follows_its_picture(
    house: House, given: tuple[int, int] | None, size: str
) -> None:
    content = [{"text": "on"}, *([{"image": picture(given)}] if given else [])]
    asked = story(content=content, max_images=1)
    del asked["parameters"]["size"]

    told = await house.stream(asked)

    assert told[-1].body["usage"]["size"] == size


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 2},
        {"max_images": 0},
        {"max_images": 6},
        {"size": "1K"},
        {"size": "1440*1440"},
        {"content": [{"text": "x"}, *[{"image": picture()}] * 2]},
        {"content": [{"image": picture()}]},
    ],
)
async def test_what_a_story_may_not_be_is_an_invalid_parameter(house: House, wrong: dict[str, Any]) -> None:
    status, answer = await house.post(story(**wrong), **SSE)

    assert (status, answer["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("strict", "stream", "header", "status"),
    [(True, True, True, 200), (True, False, True, 400), (True, True, False, 400), (False, False, True, 200),
     (False, True, False, 400)],
)  # fmt: skip
async def test_a_synchronous_story_needs_the_header_and_strictly_the_parameter_too(
    house: House, strict: bool, stream: bool, header: bool, status: int
) -> None:
    house.wan.set(strict_stream=strict)

    async with house.send("POST", SYNC, story(stream=stream), **(SSE if header else {})) as answer:
        assert answer.status == status


async def test_an_edit_is_answered_whole_whatever_the_header_says(house: House) -> None:
    status, answer = await house.post(body(stream=True), **SSE)

    assert (status, answer["output"]["finished"]) == (200, True)


async def test_a_story_as_a_task_is_one_choice_of_whole_paragraphs_and_pictures(house: House) -> None:
    told = await house.stream(story())

    task_id = await house.task(story(stream=False))
    answer = await house.get(f"/tasks/{task_id}")

    (choice,) = answer["output"]["choices"]
    content = choice["message"]["content"]
    assert [item["type"] for item in content] == ["text", "image"] * 2
    assert "".join(item.get("text", "") for item in content) == words(told)
    assert answer["usage"]["image_count"] == 2


async def test_a_reader_that_hangs_up_stops_the_story(house: House) -> None:
    house.wan.set(chunk_s=0.001, delay_s=0.05)

    async with house.send("POST", SYNC, story(max_images=5), **SSE) as answer:
        heard = b""
        while b'"image":' not in heard:
            heard += await answer.content.readany()
    await asyncio.sleep(0.3)

    (entry,) = house.record.part("wan")
    assert (entry["disconnected"], entry["billed"], house.wan.in_flight_count["wan2.6-image"]) == (True, 1, 0)


async def test_a_story_grows_at_the_pace_that_is_set(house: House) -> None:
    house.wan.set(chunk_s=0.02)
    loop = asyncio.get_running_loop()

    async with house.send("POST", SYNC, story(max_images=1), **SSE) as answer:
        await answer.content.readuntil(b"\n\n")
        began = loop.time()
        await answer.content.readuntil(b"id:11\n")

    assert loop.time() - began >= 0.15


async def test_an_error_ends_a_story_under_http_200(house: House) -> None:
    house.faults.arm("stream_error", code="DataInspectionFailed", after=0, images=1)

    told = await house.stream(story())

    assert [chunk.event for chunk in told[-2:]] == ["result", "error"]
    assert told[-2].item["type"] == "image"
    assert (told[-1].body["code"], house.wan.bill()["images"]) == ("DataInspectionFailed", 1)


async def test_an_error_before_the_first_chunk_may_have_a_status_of_its_own(house: House) -> None:
    house.faults.arm("stream_error", code="InvalidParameter", after=0, status=400)

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        raw = await answer.read()

    assert (answer.status, answer.content_type) == (400, "text/event-stream")
    assert raw.startswith(b"id:1\nevent:error\n:HTTP_STATUS/400\ndata:{")


async def test_a_cut_story_breaks_off_in_the_middle(house: House) -> None:
    house.faults.arm("stream_disconnect", after=3)

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        heard = [await answer.content.readuntil(b"\n\n") for _ in range(3)]
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()

    assert len(chunks(b"".join(heard))) == 3


async def test_a_story_may_end_without_stop_as_if_nothing_were_missing(house: House) -> None:
    house.faults.arm("stream_disconnect", after=3, clean=True)

    told = await house.stream(story())

    assert [chunk.finish for chunk in told] == ["null"] * 3


async def test_a_story_may_fall_silent(house: House) -> None:
    house.faults.arm("stream_slow", after=2, seconds=0.3)

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        await answer.content.readuntil(b"id:2\n")
        await answer.content.readuntil(b"\n\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answer.content.readany(), 0.2)
        rest = await answer.read()

    assert b'"stop"' in rest


async def test_finished_may_be_said_on_each_chunk(house: House) -> None:
    house.faults.arm("finished_everywhere")

    told = await house.stream(story())

    assert {chunk.body["output"]["finished"] for chunk in told} == {True}
    assert {chunk.body["usage"]["image_count"] for chunk in told} == {2}
    assert [chunk.finish for chunk in told[-2:]] == ["null", "stop"]


async def test_a_story_may_say_anything(house: House) -> None:
    house.faults.arm("story_text", text="@everyone look\n")

    told = await house.stream(story())

    assert words(told) == "@everyone look\n" * 2


async def test_fewer_pictures_than_the_story_may_have_are_made_and_billed(house: House) -> None:
    house.faults.arm("fewer_images")

    told = await house.stream(story())

    assert (len(links(told)), house.wan.bill()["images"]) == (1, 1)


async def test_an_error_may_be_an_event_that_is_labelled_json(house: House) -> None:
    house.faults.arm("sse_labelled_json", code="InvalidParameter")

    async with house.send("POST", SYNC, story(), **SSE) as answer:
        raw = await answer.read()

    assert (answer.status, answer.content_type) == (400, "application/json")
    assert raw.startswith(b"id:1\nevent:error\n:HTTP_STATUS/400\ndata:{")
