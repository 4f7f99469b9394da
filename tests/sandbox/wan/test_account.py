"""The local Wan bills by its list prices, limits by the row, and tells what the account may use."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.people import Control, Refused
from sandbox.run import sandbox
from sandbox.wan.models import MODELS, UNCERTAIN
from tests.sandbox.wan.house import SYNC, TASK, House, Json, body, data_uri

WORDS = [{"text": "a lighthouse"}]
MAX = "qwen-image-max"


def words(model: str, **parameters: Any) -> Json:
    return body(**{"model": model, "content": WORDS, **parameters})


def edit(model: str, images: int = 1, **parameters: Any) -> Json:
    return body(**{"model": model, "content": [*WORDS, *[{"image": data_uri()}] * images], **parameters})


@pytest.mark.parametrize(
    ("payload", "microusd"),
    [
        (words("wan2.6-t2i", n=2), 60_000),
        (edit("qwen-image-edit-plus", n=2, size="512*512"), 60_000),
        (words("z-image-turbo", size="512*512"), 15_000),
        (words("z-image-turbo", size="512*512", prompt_extend=True), 30_000),
        (edit("qwen-image-3.0-pro", 2, n=2, size="512*512"), 86_000),
        (words("qwen-image-3.0-pro", size="1536*1536"), 75_000),
        (words("wan2.7-image-pro", size="1K", thinking_mode=False), 75_000),
    ],
)
async def test_a_request_is_billed_by_its_list_price(house: House, payload: Json, microusd: int) -> None:
    house.wan.set(not_activated="")

    status, answer = await house.post(payload)

    assert (status, house.wan.bill_microusd()) == (200, microusd), answer
    assert house.record.part("wan")[0]["billed_microusd"] == microusd


async def test_a_task_is_billed_when_it_ends(house: House) -> None:
    house.wan.set(delay_s=60)
    await house.task(words("wan2.7-image", n=2))
    before = house.wan.bill_microusd()

    house.clock.advance(200)

    assert (before, house.wan.bill_microusd()) == (0, 60_000)


@pytest.mark.parametrize(
    "payload",
    [words("qwen-image-2.0-pro", size="512*512"), words(MAX), edit("qwen-image-edit-max", size="512*512")],
)
async def test_the_dearest_models_take_two_requests_a_minute(house: House, payload: Json) -> None:
    house.wan.set(submit_rate=None)
    for _ in range(2):
        house.wan.check_limits(MODELS[payload["model"]], queued=False)

    house.clock.advance(30)
    status, answer = await house.post(payload)
    house.clock.advance(30)

    assert (status, answer["code"]) == (429, "Throttling.RateQuota")
    assert (await house.post(payload))[0] == 200


async def test_a_model_without_tasks_has_no_limit_in_flight(house: House) -> None:
    house.wan.set(in_flight=0)

    assert (await house.post(words("z-image-turbo", size="512*512")))[0] == 200
    assert (await house.post(words("wan2.6-t2i")))[1]["code"] == "Throttling.Concurrency"


@pytest.mark.parametrize("model", UNCERTAIN)
async def test_an_uncertain_model_is_not_activated_at_first(house: House, model: str) -> None:
    status, answer = await house.post(words(model, size="512*512"))
    house.wan.set(not_activated="")

    assert (status, answer["code"]) == (403, "Model.AccessDenied")
    assert (await house.post(words(model, size="512*512")))[0] == 200


async def test_a_model_that_is_not_activated_is_refused_and_the_others_are_not(house: House) -> None:
    house.wan.set(not_activated=f"{MAX}, z-image-turbo")

    answers = [await house.post(words(model)) for model in (MAX, "z-image-turbo", "qwen-image")]

    assert [(status, answer.get("code")) for status, answer in answers] == [
        (403, "Model.AccessDenied"),
        (403, "Model.AccessDenied"),
        (200, None),
    ]
    assert (await house.post(words("wan2.7-image"), TASK, **{"X-DashScope-Async": "enable"}))[0] == 200


async def test_one_model_can_be_denied_once_although_it_is_listed(house: House) -> None:
    house.faults.arm("model_denied", model="qwen-image")

    other = await house.post(words("qwen-image-plus"))
    denied, again = [await house.post(words("qwen-image")) for _ in range(2)]

    assert (other[0], denied[0], denied[1]["code"], again[0]) == (200, 403, "Model.AccessDenied", 200)
    assert house.record.part("wan")[1]["fault"] == "model_denied"


async def test_only_a_known_model_can_be_denied(house: House) -> None:
    with pytest.raises(ValueError, match="the sandbox has no model 'qwen'"):
        house.faults.arm("model_denied", model="qwen")


async def names(house: House, path: str, rows: str) -> list[str]:
    output = (await house.get(path))["output"]
    return [row["model"] for row in output[rows]]


async def test_the_authorized_models_are_those_that_the_account_may_use(house: House) -> None:
    house.wan.set(not_activated=MAX)

    authorized = await names(
        house, "/models/permissions?authorization_scope=AUTHORIZED&action=INFERENCE&page_size=200", "permissions"
    )
    every = (await house.get("/models/permissions?page_size=200"))["output"]["permissions"]

    assert authorized == [name for name in MODELS if name != MAX]
    assert [row["model"] for row in every if not row["permissions"]["inference"]] == [MAX]


async def test_a_region_that_does_not_tell_answers_404(house: House) -> None:
    house.wan.set(lists_permissions=False)

    async with house.send("GET", "/models/permissions") as answer:
        assert answer.status == 404


async def test_the_catalog_lists_every_model_in_pages(house: House) -> None:
    house.wan.set(not_activated=MAX)
    first = (await house.get("/models?page_size=10"))["output"]
    second = await names(house, "/models?page_size=10&page_no=2", "models")

    assert [row["model"] for row in first["models"]] + second == list(MODELS)
    assert (first["total"], first["page_no"], first["page_size"]) == (len(MODELS), 1, 10)
    assert await names(house, "/models?name=2.7", "models") == ["wan2.7-image", "wan2.7-image-pro"]
    assert await names(house, "/models?model=qwen-image", "models") == ["qwen-image"]


@pytest.mark.parametrize("path", ["/quotas", "/models/limits"])
async def test_the_limits_of_a_model_are_told_under_both_spellings(house: House, path: str) -> None:
    found = [(await house.get(f"{path}?model={name}"))["output"]["quotas"][0] for name in (MAX, "wan2.6-t2i")]

    limits = [row["model_limit"] for row in found]
    assert [(limit["request_limit"], limit["request_limit_period"]) for limit in limits] == [(2, 60), (5, 1)]
    assert [limit["async_user_concurrency_limit"] for limit in limits] == [None, 5]


async def test_nothing_of_the_account_is_told_without_the_key_and_nothing_is_billed(house: House) -> None:
    for path in ("/models", "/models/permissions", "/quotas"):
        async with house.session.get(house.base_url + path) as answer:
            assert answer.status == 401

    assert house.wan.bill() == {"images": 0, "requests": 0}


async def test_the_control_port_denies_a_model_limits_it_and_tells_the_bill() -> None:
    async with sandbox() as box, aiohttp.ClientSession() as session:
        control = Control(session, box.control)
        url, headers = box.wan + SYNC, {"Authorization": f"Bearer {box.key}"}
        payload = words("z-image-turbo", size="512*512")

        async def status() -> int:
            async with session.post(url, json=payload, headers=headers) as answer:
                return answer.status

        await control.post("/wan/settings", not_activated="z-image-turbo", submit_rate=None)
        denied = await status()
        await control.post("/wan/settings", not_activated="")
        await control.arm("model_denied", model="z-image-turbo")
        denied_once = await status()

        assert (denied, denied_once, await status()) == (403, 403, 200)
        assert (await control.bill(), await control.bill_microusd()) == (1, 15_000)
        with pytest.raises(Refused, match="extra_n must be one of refuse, ignore"):
            await control.post("/wan/settings", extra_n="x")
