"""Read each sampled answer of the endpoint as the result or error that it is."""

import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagegen.errors import Reason, WanError, WanRefused, WanUnanswered
from imagegen.model import Made, StoryText
from imagegen.wan import answers, tasks
from imagegen.wan.tasks import TaskCanceled, TaskRunning

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


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 1), ("1800000", 300), ("soon", None)])
def test_retry_after_is_clamped(header: str, seconds: float | None) -> None:
    raw = b'{"code":"Throttling","message":"","request_id":"r"}'

    with pytest.raises(WanRefused) as refused:
        answers.read_made(429, {"Retry-After": header}, raw)

    assert refused.value.retry_after_s == seconds


def test_a_moderation_error_keeps_the_side_and_ids_but_not_the_message() -> None:
    raw = b'{"code":"DataInspectionFailed","message":"Output data may contain: a secret","request_id":"r-1"}'

    with pytest.raises(WanRefused) as refused:
        answers.read_made(400, {}, raw)

    assert refused.value.reason is Reason.MODERATION
    assert refused.value.facts == {
        "code": "DataInspectionFailed", "status": 400, "request_id": "r-1", "side": "output",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "side"),
    [
        ("Output data may be bad.", "output"),
        ("the OUTPUT image", "output"),
        ("Input data is bad", "input"),
        ("", "input"),
    ],
)
def test_moderation_refused_the_output_only_if_wan_says_so(words: str, side: str) -> None:
    raw = json.dumps({"code": "DataInspectionFailed", "message": words}).encode()

    with pytest.raises(WanRefused) as refused:
        answers.read_made(400, {}, raw)

    assert refused.value.facts["side"] == side


def test_no_other_error_has_a_side() -> None:
    with pytest.raises(WanRefused) as refused:
        answers.read_made(400, {}, b'{"code":"InvalidParameter","message":"output format is not known"}')

    assert "side" not in refused.value.facts


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_an_answer_with_an_error_status_is_an_error(status: int) -> None:
    raw = b'{"output":{"choices":[{"message":{"content":[{"image":"https://a.aliyuncs.com/1.png"}]}}]}}'

    with pytest.raises(WanError):
        answers.read_made(status, {}, raw)


def test_the_request_id_comes_from_the_headers_if_the_body_has_none() -> None:
    with pytest.raises(WanUnanswered) as unanswered:
        answers.read_made(502, {"x-request-id": "r-2"}, b"<html>Bad Gateway</html>")

    assert unanswered.value.request_id == "r-2"


@pytest.mark.parametrize("task_id", ["../uploads", "", 7, None])
def test_a_created_task_with_an_unusable_id_may_have_been_paid(task_id: object) -> None:
    raw = json.dumps({"output": {"task_id": task_id, "task_status": "PENDING"}, "request_id": "r"}).encode()

    with pytest.raises(WanUnanswered):
        tasks.read_created(200, {}, raw)


@pytest.mark.parametrize("odd", ["\ud800", "a b", "x" * 65, "\n", 7, None])
def test_ids_and_codes_are_safe_to_write_anywhere(odd: object) -> None:
    raw = json.dumps({"code": odd, "message": "", "request_id": odd}).encode()

    error = answers.error_from(400, {"x-request-id": "r-3"}, raw)

    assert error.request_id == "r-3"
    assert re.fullmatch(r"[!-~ ]{0,64}", error.code)


def answered(**changes: Any) -> bytes:
    """Return a success of one image, with *changes*."""
    choice = {"message": {"content": [{"image": "https://a/1.png"}]}}
    answer = {"output": {"choices": [choice]}, "usage": {"image_count": 1, "size": "8*8"}, "request_id": "r-4"}
    return json.dumps({**answer, **changes}).encode()


@pytest.mark.parametrize("code", ["", None])
def test_a_success_with_an_empty_code_is_a_success(code: str | None) -> None:
    made = answers.read_made(200, {}, answered(code=code, message=code))

    assert made == Made(("https://a/1.png",), 1, "8*8", "r-4")


def refusal(raw: bytes, status: int = 200, **headers: str) -> WanRefused:
    with pytest.raises(WanRefused) as refused:
        answers.read_made(status, headers, raw)
    return refused.value


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


@pytest.mark.parametrize(
    ("body_id", "expected"), [({}, "r-5"), ({"request_id": None}, "r-5"), ({"request_id": "r-6"}, "r-6")]
)
@pytest.mark.parametrize("inner", [False, True], ids=["wan", "openai"])
def test_an_error_without_a_request_id_takes_the_headers_id(
    body_id: dict[str, Any], expected: str, inner: bool
) -> None:
    error = {"code": "ModelUnavailable", "message": ""}
    body = {"error": error, **body_id} if inner else {**error, **body_id}

    refused = refusal(json.dumps(body).encode(), 503, **{"x-request-id": "r-5"})

    assert (refused.request_id, refused.facts["request_id"]) == (expected, expected)


def test_a_failure_without_any_request_id_has_an_empty_one() -> None:
    raw = json.dumps({"output": {"task_status": "FAILED", "code": "InternalError", "message": ""}}).encode()

    with pytest.raises(WanRefused) as refused:
        tasks.read_task(200, {}, raw)

    assert (refused.value.code, refused.value.request_id) == ("InternalError", "")


def test_an_error_in_openais_format_uses_its_type_if_it_has_no_code() -> None:
    raw = b'{"error":{"message":"x","type":"invalid_request_error","code":null},"request_id":"r-7"}'

    error = refusal(raw, 400)

    assert (error.reason, error.code, error.request_id) == (Reason.WAN_REJECTED, "invalid_request_error", "r-7")


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


@pytest.mark.parametrize(("header", "seconds"), [("7", 60), ("600", 600), ("86400", 3600), ("soon", 60), ("nan", 60)])
@pytest.mark.parametrize(("status", "reason"), [(401, Reason.KEY_REFUSED), (429, Reason.GATEWAY_REFUSED)])
@pytest.mark.parametrize("raw", [b"error code: 1015", b"", b"<html>", b"[]", b'{"detail":"no"}'])
def test_a_gateways_refusal_was_not_paid_and_waits(
    raw: bytes, status: int, reason: Reason, header: str, seconds: float
) -> None:
    error = refusal(raw, status, **{"Retry-After": header})

    assert (error.reason, error.code, error.retry_after_s) == (reason, "", seconds)


@pytest.mark.parametrize(
    ("status", "raw", "reason"),
    [
        (200, b"<html>maintenance</html>", Reason.WAN_UNREADABLE),
        (403, b"<Error><Code>AccessDenied</Code></Error>", Reason.WAN_UNREADABLE),
        (404, b"<html>", Reason.WAN_UNREADABLE),
        (408, b"", Reason.UNANSWERED),
        (502, b"<html>", Reason.UNANSWERED),
    ],
)
def test_an_answer_that_is_not_wans_may_have_been_paid(status: int, raw: bytes, reason: Reason) -> None:
    with pytest.raises(WanUnanswered) as unanswered:
        answers.read_made(status, {}, raw)

    assert (unanswered.value.reason, unanswered.value.status) == (reason, status)


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        ("InvalidParameter", "url error, please check url！", Reason.WAN_SETUP),
        ("InvalidParameter", "current user api does not support http call.", Reason.WAN_SETUP),
        ("AccessDenied", "current user api does not support asynchronous calls", Reason.CALL_REFUSED),
        ("InternalError.Algo.InvalidParameter", "This model only support stream mode, please", Reason.WAN_SETUP),
        ("InvalidParameter", "Model not exist.", Reason.WAN_SETUP),
        ("InvalidParameter", "Range of n should be [1, 4]", Reason.WAN_REJECTED),
        ("InternalError.Algo.InvalidParameter", "Failed to download", Reason.WAN_REJECTED),
        ("DataInspectionFailed", "url error", Reason.MODERATION),
    ],
)
def test_the_message_tells_a_wrong_setup_from_a_wrong_request(code: str, message: str, reason: Reason) -> None:
    raw = json.dumps({"code": code, "message": message, "request_id": "r"}).encode()

    assert refusal(raw, 400).reason is reason


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
