"""A streamed story gives the same parts however its bytes are split, and an early end is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagegen.errors import WanRefused, WanUnanswered
from imagegen.model import StoryPart, StoryText
from imagegen.wan import tasks
from imagegen.wan.answers import StoryEnd
from imagegen.wan.stream import MAX_FRAME_BYTES, FrameSplitter, StoryStream, read_unstreamed
from imagegen.wan.tasks import TaskRunning

SAMPLES = Path(__file__).parents[2] / "samples"


def cases(kind: str) -> list[Any]:
    found = sorted((SAMPLES / kind).glob("*/*.json"))
    return [pytest.param(case, id=case.parent.name) for case in found]


def plain(part: StoryPart | StoryEnd) -> Any:
    """Return a text as itself, an image as the number in its link, an end as its three facts."""
    if isinstance(part, StoryEnd):
        return [part.image_count, part.size, part.request_id]
    return part.text if isinstance(part, StoryText) else int(part.link.rpartition("/")[2].partition(".")[0])


def outcome_of(chunks: list[bytes], status: int = 200) -> dict[str, Any]:
    story = StoryStream(status, {})
    parts: list[StoryPart | StoryEnd] = []
    ending: dict[str, Any] = {}
    try:
        for chunk in chunks:
            parts += story.feed(chunk)
        parts += story.close()
    except WanRefused as refused:
        ending = {"refused": refused.reason}
    except WanUnanswered as unanswered:
        ending = {"unanswered": unanswered.facts.get("cause", "")}
    if parts and isinstance(parts[-1], StoryEnd):
        ending = {"end": plain(parts.pop())}
    return {"parts": [plain(part) for part in parts], **ending}


def outcome_unstreamed(story: Any) -> dict[str, Any]:
    try:
        *parts, end = list(story)
    except WanRefused as refused:
        return {"parts": [], "refused": refused.reason}
    except WanUnanswered as unanswered:
        return {"parts": [], "unanswered": unanswered.facts.get("cause", "")}
    return {"parts": [plain(part) for part in parts], "end": plain(end)}


def each_byte(raw: bytes) -> list[bytes]:
    return [raw[at : at + 1] for at in range(len(raw))]


@pytest.mark.parametrize("case", cases("stream"))
def test_each_sample_is_read_byte_by_byte_as_expected(case: Path) -> None:
    raw = (case.parent / "body").read_bytes()

    assert outcome_of(each_byte(raw)) == json.loads(case.read_text())


@pytest.mark.parametrize("case", cases("whole"))
def test_each_answer_labeled_json_is_read_as_expected(case: Path) -> None:
    raw = (case.parent / "body").read_bytes()

    assert outcome_unstreamed(read_unstreamed(int(case.stem), {}, raw)) == json.loads(case.read_text())


@pytest.mark.parametrize("case", cases("story_task"))
def test_a_task_keeps_its_story_parts_in_order(case: Path) -> None:
    raw = (case.parent / "body").read_bytes()

    def parts() -> Any:
        made = tasks.read_task(200, {}, raw, story=True)
        assert not isinstance(made, TaskRunning)
        yield from made.parts
        yield StoryEnd(made.image_count, made.size, made.request_id)

    assert outcome_unstreamed(parts()) == json.loads(case.read_text())


TEXTS = st.text(min_size=1).map(lambda text: {"type": "text", "text": text})
IMAGES = st.integers(1, 99).map(lambda number: {"type": "image", "image": f"https://a.aliyuncs.com/{number}.png"})
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Draw a valid stream: any texts and images, any line end, comments and empty lines between."""
    items, end = draw(st.lists(TEXTS | IMAGES, min_size=1, max_size=8)), draw(LINE_ENDS)
    lines: list[str] = []
    for number, item in enumerate(items, start=1):
        choice = {"message": {"content": [item]}, "finish_reason": "stop" if number == len(items) else "null"}
        usage = {"image_count": number, "size": "1280*1280"}
        data = json.dumps({"output": {"choices": [choice]}, "usage": usage}, ensure_ascii=draw(st.booleans()))
        lines += [
            f"id:{number}",
            "event:result",
            ":HTTP_STATUS/200",
            f"data:{data}",
            "",
            *[""] * draw(st.integers(0, 2)),
        ]
        lines += draw(st.sampled_from([[], [":ping", ""]]))
    return "".join(line + end for line in lines).encode("utf-8", "surrogatepass")


@settings(max_examples=200)
@given(streams(), st.data())
def test_any_split_of_a_stream_gives_the_same_parts(raw: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    chunks = [raw[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]

    whole = outcome_of([raw])

    assert "end" in whole
    assert outcome_of(chunks) == outcome_of(each_byte(raw)) == whole


@given(st.lists(st.binary(max_size=60), max_size=5), st.sampled_from([200, 400, 500]))
def test_no_bytes_break_the_stream(chunks: list[bytes], status: int) -> None:
    assert outcome_of(chunks, status)
    assert outcome_of([b"data:" + chunk + b"\n\n" for chunk in chunks], status)
    assert outcome_unstreamed(read_unstreamed(status, {}, b"".join(chunks)))


@pytest.mark.parametrize("piece", [b"x" * 4096, b"data:xy\n" * 512])
def test_an_endless_frame_is_refused_before_it_fills_the_memory(piece: bytes) -> None:
    splitter, fits = FrameSplitter(), MAX_FRAME_BYTES // len(piece)
    for _ in range(fits):
        list(splitter.feed(piece))

    with pytest.raises(WanUnanswered):
        list(splitter.feed(piece))


def test_a_cut_story_keeps_its_request_id() -> None:
    raw = (SAMPLES / "stream/cut_between_frames/body").read_bytes()
    story = StoryStream(200, {"x-request-id": "from-the-headers"})

    with pytest.raises(WanUnanswered) as cut:
        [*story.feed(raw), *story.close()]

    assert cut.value.request_id == "9d1b2c3e-0000-4000-8000-00000000000a"


def test_a_repr_does_not_show_the_story() -> None:
    raw = (SAMPLES / "stream/plain/body").read_bytes()

    assert "Step" not in repr([*StoryStream(200, {}).feed(raw)])
    assert "Step" not in repr([*FrameSplitter().feed(raw)])
    assert "Signature" not in repr([*StoryStream(200, {}).feed(raw)])
