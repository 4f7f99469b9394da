"""The local Wan refuses in the documented order and words, and any documented error can be had by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.wan.errors import DOCUMENTED
from tests.sandbox.wan.house import ASYNC, SYNC, TASK, House, Json, body, picture

WORDS = {"model": "wan2.6-t2i", "content": [{"text": "a lighthouse"}], "size": "1280*1280"}


@pytest.mark.parametrize("code", DOCUMENTED)
async def test_each_documented_error_can_be_had_by_its_code_alone(house: House, code: str) -> None:
    house.faults.arm("wan_error", code=code)

    async with house.send("POST", SYNC, body(**WORDS)) as answer:
        said = await answer.json()

    assert (answer.status, said["code"], said["message"]) == (DOCUMENTED[code][0], code, DOCUMENTED[code][1])
    assert said["request_id"] == answer.headers["x-request-id"]
    assert (answer.content_type, "Retry-After" in answer.headers) == ("application/json", False)
    assert house.wan.bill()["images"] == 0


# help.aliyun.com/zh/model-studio/error-code (2026-11-22), both spellings where there are two.
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


def test_each_code_of_the_documents_is_there_with_its_status() -> None:
    wanted = {code.replace("_AUTH", " AUTH"): status for status, codes in STATUSES.items() for code in codes.split()}

    assert {code: status for code, (status, _) in DOCUMENTED.items()} == wanted


async def test_an_error_takes_another_status_other_words_and_a_time_to_wait(house: House) -> None:
    house.faults.arm("wan_error", code="Throttling.AllocationQuota", status=403, message="later", retry_after_s=1.8e6)

    async with house.send("POST", SYNC, body(**WORDS)) as answer:
        said = await answer.json()

    assert (answer.status, said["message"], float(answer.headers["Retry-After"])) == (403, "later", 1.8e6)


@pytest.mark.parametrize("fault", ["wan_error", "stream_error", "task_failed", "sse_labelled_json"])
async def test_a_code_that_is_not_documented_is_refused_when_it_is_armed(house: House, fault: str) -> None:
    with pytest.raises(ValueError, match="'NoSuchCode' is not a documented error"):
        house.faults.arm(fault, code="NoSuchCode")

    house.faults.arm("wan_error", code="NoSuchCode", status=418)


async def test_the_shape_of_openai_was_seen_too(house: House) -> None:
    house.faults.arm("wan_error", code="model_not_found", openai=True)

    status, said = await house.post(body(**WORDS))

    assert (status, set(said), said["error"]["code"]) == (404, {"error"}, "model_not_found")


@pytest.mark.parametrize(("status", "words"), [(502, "upstream connect error"), (504, "upstream request timeout")])
async def test_a_gateway_answers_in_plain_text(house: House, status: int, words: str) -> None:
    house.faults.arm("gateway_error", status=status, retry_after_s=3)

    async with house.send("POST", SYNC, body(**WORDS)) as answer:
        text = await answer.text()

    assert (answer.status, answer.content_type, answer.headers["Retry-After"]) == (status, "text/plain", "3")
    assert text.startswith(words)
    assert house.record.part("wan")[0]["status"] == status


@pytest.mark.parametrize("side", ["input", "output"])
async def test_moderation_says_which_side_it_refused(house: House, side: str) -> None:
    house.faults.arm("prompt_rejected", side=side)

    _, said = await house.post(body(**WORDS))

    assert said["message"] == f"{side.capitalize()} data may contain inappropriate content."


async def test_a_forbidden_word_is_refused(house: House) -> None:
    status, said = await house.post(body(content=[{"text": "a forbidden-word"}, {"image": picture()}]))

    assert (status, said["code"]) == (400, "DataInspectionFailed")


Mend = Callable[[Json], None]


def _model(said: Json) -> None:
    said["body"]["model"] = "wan2.6-image"


def _path(said: Json) -> None:
    said["path"] = TASK


def _header(said: Json) -> None:
    said["headers"] |= ASYNC


def _content(said: Json) -> None:
    said["content"] += [{"text": "a forbidden-word"}, {"image": picture((100, 100))}]


def _n(said: Json) -> None:
    said["body"]["parameters"]["n"] = 1


def _image(said: Json) -> None:
    said["content"][1] = {"image": picture()}


def _text(said: Json) -> None:
    said["content"][0] = {"text": "a lighthouse"}


async def test_the_checks_come_in_their_order(house: House) -> None:
    house.wan.set(submit_rate=0)
    content: list[Json] = []
    messages = [{"role": "user", "content": content}]
    wrong = {"model": "none", "input": {"messages": messages}, "parameters": {"n": 9}}
    path = "/services/aigc/text2image/image-synthesis"
    said: Json = {"body": wrong, "path": path, "headers": {}, "content": content}
    mends: list[Mend] = [_model, _path, _header, _content, _n, _image, _text]

    seen = []
    for mend in [lambda _: None, *mends]:
        mend(said)
        status, answer = await house.post(said["body"], said["path"], **said["headers"])
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


async def test_the_key_comes_before_everything_and_the_body_after_it(house: House) -> None:
    async with (
        house.session.post(house.base_url + SYNC, data=b"{") as keyless,
        house.session.post(house.base_url + SYNC, data=b"{", headers={"Authorization": "Bearer sandbox-key"}) as broken,
    ):
        seen = [(answer.status, (await answer.json())["code"]) for answer in (keyless, broken)]

    assert seen == [(401, "InvalidApiKey"), (400, "InvalidParameter")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "InvalidParameter"),
        ({}, "BadRequest.EmptyModel"),
        ({"model": "wan2.6-image"}, "BadRequest.EmptyInput"),
        ({"model": "wan2.6-image", "input": "x"}, "InvalidParameter"),
        ({"model": "wan2.6-image", "input": {}}, "InvalidParameter"),
        ({**body(), "parameters": "x"}, "InvalidParameter"),
    ],
)
async def test_an_envelope_that_lacks_a_part_is_refused_by_its_name(house: House, said: object, code: str) -> None:
    status, answer = await house.post(said)

    assert (status, answer["code"]) == (400, code)


async def test_each_kind_of_call_has_its_own_words_of_denial(house: House) -> None:
    _, synchronous = await house.post(body(), TASK)
    _, asynchronous = await house.post(body(), SYNC, **ASYNC)

    assert synchronous["message"] == "current user api does not support synchronous calls."
    assert asynchronous["message"] == "current user api does not support asynchronous calls."


async def test_any_prefix_and_both_forms_of_an_address_are_taken(house: House) -> None:
    house.base_url = house.base_url.replace("/api/v1", "/some/gateway/api/v1")

    seen = [(await house.post(body(**WORDS), SYNC + slash))[0] for slash in ("", "/")]

    assert seen == [200, 200]
