"""Read each sampled answer of the endpoint as the result or error that it is."""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagegen.errors import Reason, WanRefused, WanUnanswered
from imagegen.model import Made, StoryText
from imagegen.wan import answers, tasks
from imagegen.wan.tasks import TaskCanceled, TaskRunning
from tests.imagegen.wan.refusals import refusal

SAMPLES = Path(__file__).parents[2] / "samples"
READERS: dict[str, Any] = {
    "made": answers.read_made,
    "task": tasks.read_task,
    "cancel": tasks.read_canceled,
    "list": answers.read_answer,
}
CASES = sorted(case for kind in READERS for case in (SAMPLES / kind).glob("*/*.json"))


def outcome(kind: str, status: int, raw: bytes) -> dict[str, Any]:
    try:
        answer = READERS[kind](status, {}, raw)
    except WanRefused as refused:
        return {"refused": refused.reason}
    except WanUnanswered as unanswered:
        return {"unanswered": unanswered.status}
    if isinstance(answer, TaskRunning):
        return {"running": answer.status}
    if isinstance(answer, TaskCanceled):
        return {"canceled": answer.request_id}
    if isinstance(answer, dict):
        return {"answered": True}
    assert isinstance(answer, Made)
    return {"made": [len(answer.links), answer.image_count, answer.size]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.parent.name}/{case.parent.name}")
def test_each_sample_is_read_as_expected(case: Path) -> None:
    raw = (case.parent / "body").read_bytes()

    assert outcome(case.parent.parent.name, int(case.stem), raw) == json.loads(case.read_text())


@given(st.binary(max_size=200), st.sampled_from([200, 400, 429, 500, 502]))
@example(b"[" * 100_000, 200)
def test_no_bytes_break_the_reader(raw: bytes, status: int) -> None:
    assert all(outcome(kind, status, raw) for kind in READERS)


ANSWER_KEYS = ["output", "data", "task_id", "task_status", "usage", "image_count", "code", "request_id"]
KEYS = st.sampled_from([*ANSWER_KEYS, "choices", "message", "content", "image"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(ANY_JSON)
def test_no_json_breaks_the_reader(answer: object) -> None:
    whole = json.dumps({"output": answer, "usage": answer, "code": answer, "data": answer, "total": answer}).encode()

    assert all(outcome(kind, 200, whole) for kind in READERS)


@pytest.mark.parametrize("task_id", ["../uploads", "", 7, None])
def test_a_created_task_with_an_unusable_id_may_have_been_paid(task_id: object) -> None:
    raw = json.dumps({"output": {"task_id": task_id, "task_status": "PENDING"}, "request_id": "r"}).encode()

    with pytest.raises(WanUnanswered):
        tasks.read_created(200, {}, raw)


def answered(**changes: Any) -> bytes:
    """Return a success of one image, with *changes*."""
    choice = {"message": {"content": [{"image": "https://a/1.png"}]}}
    answer = {"output": {"choices": [choice]}, "usage": {"image_count": 1, "size": "8*8"}, "request_id": "r-4"}
    return json.dumps({**answer, **changes}).encode()


@pytest.mark.parametrize("code", ["", None])
def test_a_success_with_an_empty_code_is_a_success(code: str | None) -> None:
    made = answers.read_made(200, {}, answered(code=code, message=code))

    assert made == Made(("https://a/1.png",), 1, "8*8", "r-4")


@pytest.mark.parametrize("code", ["", None])
def test_a_success_without_an_image_ignores_an_empty_code(code: str | None) -> None:
    error = refusal(answered(output={"choices": []}, usage={"image_count": 0}, code=code))

    assert (error.reason, error.code, error.status, error.request_id) == (Reason.NO_IMAGE, "", 200, "r-4")


def test_an_empty_code_without_output_may_have_been_paid() -> None:
    with pytest.raises(WanUnanswered) as unanswered:
        answers.read_made(200, {}, answered(output=None, code=""))

    assert (unanswered.value.status, unanswered.value.request_id) == (200, "r-4")


EMPTY: dict[str, Any] = {"choices": [{"message": {"content": []}}]}


@pytest.mark.parametrize("output", [{"choices": []}, EMPTY, {"choices": [{"message": {"content": [{"image": ""}]}}]}])
@pytest.mark.parametrize(("billed", "reason"), [(1, Reason.RESULT_LOST), (0, Reason.NO_IMAGE)])
def test_a_billed_image_that_is_missing_is_lost(output: Any, billed: int, reason: Reason) -> None:
    error = refusal(answered(output=output, usage={"image_count": billed}))

    assert (error.reason, error.status, error.request_id) == (reason, 200, "r-4")


def test_results_of_older_models_are_read() -> None:
    made = answers.read_made(200, {}, answered(output={"results": [{"url": "https://a/2.png"}, {"code": "x"}]}))

    assert made.links == ("https://a/2.png",)


@pytest.mark.parametrize("billed", [10**30, 1001, -1, True, 1.0, "1", None])
def test_an_impossible_image_count_is_ignored(billed: object) -> None:
    made = answers.read_made(200, {}, answered(usage={"image_count": billed, "size": "8*8"}))

    assert made.image_count is None


@pytest.mark.parametrize("size", ["٨*8", "8*8\n", "0*0", "8x8", ["8*8"], None])
def test_an_invalid_size_is_ignored(size: object) -> None:
    assert answers.read_made(200, {}, answered(usage={"size": size})).size == ""


@pytest.mark.parametrize("story", [False, True])
def test_half_characters_are_replaced(story: bool) -> None:
    choice = {"message": {"content": [{"text": "a \ud83d b \ud83d\ude00"}, {"image": "https://a/1.png"}]}}

    made = answers.read_made(200, {}, answered(output={"choices": [choice]}), story=story)

    assert [part.text for part in made.parts if isinstance(part, StoryText)] == (["a \ufffd b 😀"] if story else [])


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("name", ["code", "message", "request_id", "usage", "output"])
def test_a_deeply_nested_answer_is_read(name: str) -> None:
    levels = sys.getrecursionlimit() - len(inspect.stack()) - 60
    raw = json.dumps({"code": "InternalError", "message": "", "request_id": "r", name: deep(levels // 2)}).encode()

    assert all(outcome(kind, 500, raw) for kind in READERS)
