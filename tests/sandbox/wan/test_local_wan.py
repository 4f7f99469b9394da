"""The local Wan behaves as Wan is documented, and the product's client handles each fault."""

from __future__ import annotations

import asyncio
import base64
import io
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr

from imagegen.errors import Reason, WanLinkLost, WanNotSent, WanRefused, WanUnanswered
from imagegen.model import Made
from imagegen.wan.client import WanClient
from imagegen.wan.requests import Generation
from imagegen.wan.tasks import TaskRunning
from sandbox.wan.app import WAN, fingerprint
from tests.sandbox.wan.house import House, body, data_uri


def edit_request(**changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "model": "wan2.6-image", "prompt": "make it night", "images": (data_uri(),), "n": 1, "size": "1K",
        "negative_prompt": "", "seed": 7, "enhance": True, "watermark": False,
    }  # fmt: skip
    return Generation(**{**fields, **changes})


def text_request(**changes: Any) -> Generation:
    return edit_request(**{"model": "wan2.6-t2i", "images": (), "size": "1280*1280", **changes})


async def test_an_edit_is_generated_billed_and_downloadable(house: House) -> None:
    made = await house.client.generate(edit_request())

    data = await house.client.download(made.links[0], 10_000_000)

    width, height = (int(side) for side in made.size.split("*"))
    assert Image.open(io.BytesIO(data)).size == (width, height)
    assert (made.image_count, house.app[WAN].bill()) == (1, {"images": 1, "requests": 1})
    assert house.record.part("wan")[0]["request_id"] == made.request_id


async def test_a_new_delay_applies_to_the_images_under_way(house: House) -> None:
    wan = house.app[WAN]
    wan.set(delay_s=60)
    image = asyncio.create_task(house.client.generate(text_request()))
    async with asyncio.timeout(10):
        while not sum(wan.in_flight_count.values()):  # noqa: ASYNC110  # a counter
            await asyncio.sleep(0.01)

    wan.set(delay_s=0)

    assert isinstance(await asyncio.wait_for(image, 10), Made)


async def test_a_task_runs_until_its_time_and_then_gives_its_images(house: House) -> None:
    house.app[WAN].set(delay_s=60)
    created = await house.client.create_task(text_request(n=2))
    assert isinstance(await house.client.query_task(created.task_id), TaskRunning)

    house.clock.advance(61)
    made = await house.client.query_task(created.task_id)

    assert isinstance(made, Made)
    assert (len(made.links), house.app[WAN].bill()["images"]) == (2, 2)


async def test_without_n_four_images_are_generated_and_billed(house: House) -> None:
    request = body()
    del request["parameters"]["n"]

    _, answer = await house.post(request)

    assert answer["usage"]["image_count"] == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": [{"text": "x"}]},
        {"content": [{"text": "x"}, *[{"image": data_uri()}] * 5]},
        {"content": [{"image": data_uri()}]},
        {"content": [{"text": "x"}, {"text": "y"}, {"image": data_uri()}]},
        {"messages": []},
        {"messages": [{"role": "user", "content": [{"text": "x"}]}] * 2},
        {"n": 5},
        {"n": 0},
        {"size": "1280x1280"},
        {"size": [1024, 1024]},
        {"size": "100*100"},
        {"size": "4000*500"},
        {"seed": -1},
        {"content": [{"text": "x"}, {"image": data_uri((400, 200))}]},
        {"content": [{"text": "x"}, {"image": "data:image/png;base64,AAAA"}]},
        {"model": "wan2.6-t2i"},
        {"enable_interleave": True},
    ],
)
async def test_a_forbidden_value_is_an_invalid_parameter(house: House, wrong: dict[str, Any]) -> None:
    status, answer = await house.post(body(**wrong))

    assert (status, answer["code"]) == (400, "InvalidParameter")
    assert house.app[WAN].bill()["images"] == 0


async def test_a_missing_key_and_a_wrong_key_have_different_messages(house: House) -> None:
    url = f"{house.base_url}/tasks"
    async with (
        house.session.get(url) as missing,
        house.session.get(url, headers={"Authorization": "Bearer x"}) as wrong,
    ):
        answers = [(answer.status, (await answer.json())["message"]) for answer in (missing, wrong)]

    assert answers == [(401, "No API-key provided."), (401, "Invalid API-key provided.")]


async def test_the_key_is_checked_without_a_bill(house: House) -> None:
    await house.client.check_key()
    wrong = WanClient(house.session, house.base_url, SecretStr("sandbox-wrong"))

    with pytest.raises(WanRefused) as refused:
        await wrong.check_key()

    assert refused.value.reason is Reason.KEY_REFUSED
    assert house.app[WAN].bill()["requests"] == 0


async def test_a_call_of_the_wrong_kind_is_denied(house: House) -> None:
    status, answer = await house.post(body(), **{"X-DashScope-Async": "enable"})

    assert (status, answer["code"]) == (403, "AccessDenied")


async def test_more_than_the_rate_is_throttled(house: House) -> None:
    house.app[WAN].set(submit_rate=1)
    await house.client.generate(text_request())

    with pytest.raises(WanRefused) as refused:
        await house.client.generate(text_request())
    house.clock.advance(1)
    await house.client.generate(text_request())

    assert refused.value.code == "Throttling.RateQuota"


async def test_more_than_the_tasks_in_flight_are_throttled(house: House) -> None:
    house.app[WAN].set(delay_s=60, in_flight=1)
    await house.client.create_task(text_request())

    with pytest.raises(WanRefused) as refused:
        await house.client.create_task(text_request())

    assert refused.value.code == "Throttling.Concurrency"


async def test_the_same_prompt_and_seed_give_the_same_image(house: House) -> None:
    links = [(await house.client.generate(text_request(seed=seed))).links[0] for seed in (1, 1, 2)]
    first, same, other = [await house.client.download(link, 10_000_000) for link in links]

    assert first == same
    assert first != other


async def test_an_edit_shows_its_input_image(house: House) -> None:
    made = await house.client.generate(edit_request(size="1280*960"))
    data = await house.client.download(made.links[0], 10_000_000)

    middle = Image.open(io.BytesIO(data)).crop((400, 260, 880, 700)).resize((8, 8), Image.Resampling.BOX).convert("L")
    rows = [sum(middle.tobytes()[row * 8 : row * 8 + 8]) / 8 for row in range(8)]
    assert rows == sorted(rows)  # the input image's gradient


async def test_a_result_expires_after_a_day(house: House) -> None:
    made = await house.client.generate(text_request())
    house.clock.advance(24 * 3600 + 1)

    with pytest.raises(WanLinkLost):
        await house.client.download(made.links[0], 10_000_000)


@pytest.mark.parametrize(
    ("fault", "arguments", "error", "reason", "billed"),
    [
        ("prompt_rejected", {}, WanRefused, Reason.MODERATION, 0),
        ("wan_error", {"status": 400, "code": "Arrearage"}, WanRefused, Reason.ACCOUNT_OVERDUE, 0),
        ("wan_error", {"status": 401, "code": "InvalidApiKey"}, WanRefused, Reason.KEY_REFUSED, 0),
        ("wan_error", {}, WanRefused, Reason.WAN_DOWN, 0),
        ("gateway_error", {}, WanUnanswered, Reason.UNANSWERED, 0),
        ("wan_slow", {"seconds": 5.0}, WanUnanswered, Reason.UNANSWERED, 1),
        ("wan_disconnect", {}, WanUnanswered, Reason.UNANSWERED, 1),
    ],
)
async def test_each_fault_becomes_the_products_error(
    house: House, fault: str, arguments: dict[str, Any], error: type[Exception], reason: Reason, billed: int
) -> None:
    house.faults.arm(fault, **arguments)

    with pytest.raises(error) as caught:
        await house.client.generate(text_request())

    assert getattr(caught.value, "reason", None) is reason
    assert house.app[WAN].bill()["images"] == billed


@pytest.mark.parametrize("shape", ["a", "b", "c"])
async def test_a_failed_task_is_read_in_each_documented_shape(house: House, shape: str) -> None:
    house.app[WAN].set(failed_shape=shape)
    house.faults.arm("task_failed", code="DataInspectionFailed")
    created = await house.client.create_task(text_request())

    with pytest.raises(WanRefused) as refused:
        await house.client.query_task(created.task_id)

    assert refused.value.reason is Reason.MODERATION


@pytest.mark.parametrize(
    ("fault", "error"),
    [("truncated_image", WanUnanswered), ("expired_link", WanLinkLost), ("result_down", WanUnanswered)],
)
async def test_a_broken_result_is_noticed(house: House, fault: str, error: type[Exception]) -> None:
    made = await house.client.generate(text_request())
    house.faults.arm(fault)

    with pytest.raises(error):
        await house.client.download(made.links[0], 10_000_000)
    assert await house.client.download(made.links[0], 10_000_000)


async def test_a_request_to_a_missing_endpoint_counts_as_not_sent(house: House) -> None:
    no_client = WanClient(house.session, "http://127.0.0.1:9/api/v1", SecretStr("sandbox-key"))

    with pytest.raises(WanNotSent):
        await no_client.generate(text_request())


async def test_nothing_is_downloaded_from_another_host(house: House) -> None:
    for link in ("https://example.com/a.png", "http://127.0.0.1:1/a.png", "file:///etc/passwd"):
        with pytest.raises(WanLinkLost):
            await house.client.download(link, 1000)


async def test_the_record_holds_an_images_fingerprint_and_no_bytes(house: House) -> None:
    await house.client.generate(edit_request())

    (image,) = house.record.part("wan")[0]["images"]
    assert image["fingerprint"] == fingerprint(base64.b64decode(data_uri().partition(",")[2]))
    assert "base64" not in str(house.record.part("wan")[0]["body"])
