"""The local Wan refuses with the documented errors, in order, and each can be armed by its code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.wan.errors import DOCUMENTED
from tests.sandbox.wan.house import ASYNC, SYNC, TASK, House, Json, body, data_uri

TEXT_TO_IMAGE = {"model": "wan2.6-t2i", "content": [{"text": "a lighthouse"}], "size": "1280*1280"}


@pytest.mark.parametrize("code", DOCUMENTED)
async def test_each_documented_error_can_be_armed_by_its_code(house: House, code: str) -> None:
    house.faults.arm("wan_error", code=code)

    async with house.send("POST", SYNC, body(**TEXT_TO_IMAGE)) as answer:
        error = await answer.json()

    assert (answer.status, error["code"], error["message"]) == (DOCUMENTED[code][0], code, DOCUMENTED[code][1])
    assert error["request_id"] == answer.headers["x-request-id"]
    assert (answer.content_type, "Retry-After" in answer.headers) == ("application/json", False)
    assert house.wan.bill()["images"] == 0


# help.aliyun.com/zh/model-studio/error-code (2026-11-22), in both spellings if there are two.
STATUSES = {
    400: "InvalidParameter invalid_parameter_error InvalidParameter.DataInspection DataInspectionFailed "
    "data_inspection_failed IPInfringementSuspect CustomRoleBlocked FaqRuleBlocked Arrearage InvalidURL "
    "InvalidURL.ConnectionRefused InvalidURL.Timeout InvalidImage.FileFormat InvalidImageFormat InvalidImageResolution "
    "InvalidImage.ImageSize BadRequest.EmptyInput BadRequest.EmptyParameters BadRequest.EmptyModel "
    "BadRequest.IllegalInput BadRequest.InputDownloadFailed BadRequest.TooLarge UnsupportedOperation",
    401: "InvalidApiKey invalid_api_key NOT_AUTHORIZED",
    403: "AccessDenied AccessDenied.Unpurchased Model.AccessDenied Workspace.AccessDenied App.AccessDenied "
    "Endpoint.AccessDenied AllocationQuota.FreeTierOnly",
    404: "ModelNotFound model_not_found model_not_supported Model.NotExist WorkSpaceNotFound NotFound",
    409: "Conflict",
    429: "Throttling Throttling.RateQuota LimitRequests limit_requests Throttling.BurstRate limit_burst_rate "
    "Throttling.Concurrency Throttling.ServiceOverloaded Throttling.ResourceExhausted Throttling.AllocationQuota "
    "insufficient_quota CommodityNotPurchased PrepaidBillOverdue PostpaidBillOverdue BudgetLimitExceeded",
    500: "InternalError internal_error InternalError.Algo SystemError ModelServiceFailed InternalError.FileUpload "
    "InternalError.Upload InternalError.Timeout RequestTimeOut ResponseTimeout RewriteFailed",
    503: "ModelServingError ModelUnavailable ServiceUnavailable",
    504: "GatewayTimeout",
}


def test_each_documented_code_has_its_status() -> None:
    wanted = {code.replace("_AUTH", " AUTH"): status for status, codes in STATUSES.items() for code in codes.split()}

    assert {code: status for code, (status, _) in DOCUMENTED.items()} == wanted


async def test_an_armed_error_takes_a_status_a_message_and_a_retry_time(house: House) -> None:
    house.faults.arm("wan_error", code="Throttling.AllocationQuota", status=403, message="later", retry_after_s=1.8e6)

    async with house.send("POST", SYNC, body(**TEXT_TO_IMAGE)) as answer:
        error = await answer.json()

    assert (answer.status, error["message"], float(answer.headers["Retry-After"])) == (403, "later", 1.8e6)


@pytest.mark.parametrize("fault", ["wan_error", "stream_error", "task_failed", "sse_labelled_json"])
async def test_an_undocumented_code_cannot_be_armed(house: House, fault: str) -> None:
    with pytest.raises(ValueError, match="'NoSuchCode' is not a documented error"):
        house.faults.arm(fault, code="NoSuchCode")

    house.faults.arm("wan_error", code="NoSuchCode", status=418)


async def test_an_armed_error_can_have_openais_shape(house: House) -> None:
    house.faults.arm("wan_error", code="model_not_found", openai=True)

    status, error = await house.post(body(**TEXT_TO_IMAGE))

    assert (status, set(error), error["error"]["code"]) == (404, {"error"}, "model_not_found")


@pytest.mark.parametrize(("status", "text"), [(502, "upstream connect error"), (504, "upstream request timeout")])
async def test_a_gateway_answers_in_plain_text(house: House, status: int, text: str) -> None:
    house.faults.arm("gateway_error", status=status, retry_after_s=3)

    async with house.send("POST", SYNC, body(**TEXT_TO_IMAGE)) as answer:
        text = await answer.text()

    assert (answer.status, answer.content_type, answer.headers["Retry-After"]) == (status, "text/plain", "3")
    assert text.startswith(text)
    assert house.record.part("wan")[0]["status"] == status


@pytest.mark.parametrize("side", ["input", "output"])
async def test_moderation_says_which_side_it_rejected(house: House, side: str) -> None:
    house.faults.arm("prompt_rejected", side=side)

    _, error = await house.post(body(**TEXT_TO_IMAGE))

    assert error["message"] == f"{side.capitalize()} data may contain inappropriate content."


async def test_a_forbidden_word_is_rejected(house: House) -> None:
    status, error = await house.post(body(content=[{"text": "a forbidden-word"}, {"image": data_uri()}]))

    assert (status, error["code"]) == (400, "DataInspectionFailed")


Mend = Callable[[Json], None]


def _model(call: Json) -> None:
    call["body"]["model"] = "wan2.6-image"


def _path(call: Json) -> None:
    call["path"] = TASK


def _header(call: Json) -> None:
    call["headers"] |= ASYNC


def _content(call: Json) -> None:
    call["content"] += [{"text": "a forbidden-word"}, {"image": data_uri((100, 100))}]


def _n(call: Json) -> None:
    call["body"]["parameters"]["n"] = 1


def _image(call: Json) -> None:
    call["content"][1] = {"image": data_uri()}


def _text(call: Json) -> None:
    call["content"][0] = {"text": "a lighthouse"}


async def test_the_checks_run_in_order(house: House) -> None:
    house.wan.set(submit_rate=0)
    content: list[Json] = []
    messages = [{"role": "user", "content": content}]
    wrong = {"model": "none", "input": {"messages": messages}, "parameters": {"n": 9}}
    path = "/services/aigc/text2image/image-synthesis"
    call: Json = {"body": wrong, "path": path, "headers": {}, "content": content}
    mends: list[Mend] = [_model, _path, _header, _content, _n, _image, _text]

    seen = []
    for mend in [lambda _: None, *mends]:
        mend(call)
        status, answer = await house.post(call["body"], call["path"], **call["headers"])
        seen.append((status, answer["code"], answer["message"].split()[0]))

    assert seen == [
        (404, "ModelNotFound", "Model"),
        (400, "InvalidParameter", "url"),
        (403, "AccessDenied", "current"),
        (400, "InvalidParameter", "lack"),
        (400, "InvalidParameter", "Range"),
        (400, "InvalidParameter", "the"),
        (400, "DataInspectionFailed", "Input"),
        (429, "Throttling.RateQuota", "Requests"),
    ]


async def test_the_key_is_checked_first_and_the_body_next(house: House) -> None:
    async with (
        house.session.post(house.base_url + SYNC, data=b"{") as keyless,
        house.session.post(house.base_url + SYNC, data=b"{", headers={"Authorization": "Bearer sandbox-key"}) as broken,
    ):
        seen = [(answer.status, (await answer.json())["code"]) for answer in (keyless, broken)]

    assert seen == [(401, "InvalidApiKey"), (400, "InvalidParameter")]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ([], "InvalidParameter"),
        ({}, "BadRequest.EmptyModel"),
        ({"model": "wan2.6-image"}, "BadRequest.EmptyInput"),
        ({"model": "wan2.6-image", "input": "x"}, "InvalidParameter"),
        ({"model": "wan2.6-image", "input": {}}, "InvalidParameter"),
        ({**body(), "parameters": "x"}, "InvalidParameter"),
    ],
)
async def test_a_body_without_a_required_part_is_refused_with_its_code(
    house: House, payload: object, code: str
) -> None:
    status, answer = await house.post(payload)

    assert (status, answer["code"]) == (400, code)


async def test_each_kind_of_denied_call_has_its_own_message(house: House) -> None:
    _, synchronous = await house.post(body(), TASK)
    _, asynchronous = await house.post(body(), SYNC, **ASYNC)

    assert synchronous["message"] == "current user api does not support synchronous calls."
    assert asynchronous["message"] == "current user api does not support asynchronous calls."


async def test_any_prefix_and_a_trailing_slash_are_accepted(house: House) -> None:
    house.base_url = house.base_url.replace("/api/v1", "/some/gateway/api/v1")

    seen = [(await house.post(body(**TEXT_TO_IMAGE), SYNC + slash))[0] for slash in ("", "/")]

    assert seen == [200, 200]
