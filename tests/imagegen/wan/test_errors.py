"""An error of the endpoint keeps its reason, code and ids, and nothing that is unsafe to log."""

import json
import re
from typing import Any

import pytest

from imagegen.errors import Reason, WanError, WanRefused, WanUnanswered
from imagegen.wan import answers, tasks
from tests.imagegen.wan.refusals import refusal


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


@pytest.mark.parametrize("odd", ["\ud800", "a b", "x" * 65, "\n", 7, None])
def test_ids_and_codes_are_safe_to_write_anywhere(odd: object) -> None:
    raw = json.dumps({"code": odd, "message": "", "request_id": odd}).encode()

    error = answers.error_from(400, {"x-request-id": "r-3"}, raw)

    assert error.request_id == "r-3"
    assert re.fullmatch(r"[!-~ ]{0,64}", error.code)


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
