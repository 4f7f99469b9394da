"""Tasks of the local Wan wait, run and end by the clock, and can be queried, canceled and listed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from imagegen.errors import WanUnanswered
from tests.sandbox.wan.house import ASYNC, TASK, House, Json, body


def text_request(**changes: Any) -> Json:
    return body(**{"model": "wan2.6-t2i", "content": [{"text": "a lighthouse"}], "size": "1280*1280", **changes})


async def status(house: House, task_id: str) -> str:
    return str((await house.get(f"/tasks/{task_id}"))["output"]["task_status"])


async def test_a_task_is_pending_then_running_then_ended_by_the_clock(house: House) -> None:
    house.wan.set(pending_s=10, delay_s=60)
    task_id = await house.task(text_request())

    seen = []
    for seconds in (0, 11, 60):
        house.clock.advance(seconds)
        seen.append(await status(house, task_id))

    assert seen == ["PENDING", "RUNNING", "SUCCEEDED"]


async def test_a_tasks_times_are_in_utc_plus_8_without_an_offset(house: House) -> None:
    house.wan.set(pending_s=10, delay_s=60)
    before = house.clock.now() + timedelta(hours=8)
    task_id = await house.task(text_request())
    waiting = (await house.get(f"/tasks/{task_id}"))["output"]
    house.clock.advance(71)

    ended = (await house.get(f"/tasks/{task_id}"))["output"]

    assert set(waiting) == {"task_id", "task_status", "submit_time"}
    assert waiting["submit_time"][:16] in {
        f"{before:%Y-%m-%d %H:%M}",
        f"{before + timedelta(seconds=5):%Y-%m-%d %H:%M}",
    }
    assert ended["submit_time"] < ended["scheduled_time"] < ended["end_time"]
    assert len(ended["end_time"]) == len("2026-11-24 07:00:00.000")


async def test_a_finished_task_is_billed_without_a_query(house: House) -> None:
    house.wan.set(delay_s=60)
    await house.task(text_request(n=3))
    before = house.wan.bill()["images"]

    house.clock.advance(61)

    assert (before, house.wan.bill()["images"]) == (0, 3)


async def test_only_a_pending_task_can_be_canceled_and_is_not_billed(house: House) -> None:
    house.wan.set(pending_s=10, delay_s=10)
    pending, running = await house.task(text_request()), await house.task(text_request())
    canceled, answer = await house.post(None, f"/tasks/{pending}/cancel")
    house.clock.advance(11)

    refused, why = await house.post(None, f"/tasks/{running}/cancel")
    house.clock.advance(20)

    assert (canceled, set(answer)) == (200, {"request_id"})
    assert (refused, why["code"]) == (400, "UnsupportedOperation")
    assert (await status(house, pending), await status(house, running)) == ("CANCELED", "SUCCEEDED")
    assert house.wan.bill()["images"] == 1


async def test_a_canceled_task_frees_its_slot_in_flight(house: House) -> None:
    house.wan.set(pending_s=60, in_flight=1)
    first = await house.task(text_request())
    full, _ = await house.post(text_request(), TASK, **ASYNC)
    await house.post(None, f"/tasks/{first}/cancel")

    free, _ = await house.post(text_request(), TASK, **ASYNC)

    assert (full, free) == (429, 200)


async def test_tasks_over_the_limit_can_wait_as_pending(house: House) -> None:
    house.wan.set(delay_s=60, in_flight=1, queue_tasks=True)
    first, second, third = [await house.task(text_request()) for _ in range(3)]

    seen = []
    for _ in range(3):
        seen.append([await status(house, task_id) for task_id in (first, second, third)])
        house.clock.advance(61)

    assert seen == [
        ["RUNNING", "PENDING", "PENDING"],
        ["SUCCEEDED", "RUNNING", "PENDING"],
        ["SUCCEEDED", "SUCCEEDED", "RUNNING"],
    ]


async def test_an_unknown_id_is_unknown_under_http_200(house: House) -> None:
    assert await status(house, "00000000-0000-0000-0000-000000000000") == "UNKNOWN"


async def test_a_task_expires_after_a_day(house: House) -> None:
    task_id = await house.task(text_request())
    house.clock.advance(24 * 3600 - 60)
    before = await status(house, task_id)

    house.clock.advance(120)

    assert (before, await status(house, task_id)) == ("SUCCEEDED", "UNKNOWN")
    assert (await house.get("/tasks"))["total"] == 0


@pytest.mark.parametrize("shape", ["a", "b", "c"])
async def test_failed_has_three_documented_shapes_under_http_200(house: House, shape: str) -> None:
    house.wan.set(failed_shape=shape)
    house.faults.arm("task_failed", code="InternalError.Timeout")
    task_id = await house.task(text_request())

    answer = await house.get(f"/tasks/{task_id}")

    where = answer["output"] if shape == "b" else answer
    assert where["code"] == "InternalError.Timeout"
    assert where["message"].startswith("An internal timeout error")
    assert answer.get("output", {}).get("task_status") == (None if shape == "c" else "FAILED")
    assert house.wan.bill()["images"] == 0


async def test_another_client_can_cancel_a_task(house: House) -> None:
    house.faults.arm("task_canceled")
    task_id = await house.task(text_request())

    assert (await house.get(f"/tasks/{task_id}"))["output"] == {"task_id": task_id, "task_status": "CANCELED"}
    assert house.wan.bill()["images"] == 0


async def test_a_suspended_task_continues(house: House) -> None:
    house.wan.set(delay_s=60)
    task_id = await house.task(text_request())
    house.faults.arm("task_suspended")

    assert [await status(house, task_id) for _ in range(2)] == ["SUSPENDED", "RUNNING"]


@pytest.mark.parametrize(
    ("arguments", "status", "kind"),
    [
        ({}, 500, "application/json"),
        ({"code": "Throttling.RateQuota", "retry_after_s": 2}, 429, "application/json"),
        ({"gateway": True}, 502, "text/plain"),
    ],
)
async def test_a_query_can_fail_while_its_task_continues(
    house: House, arguments: dict[str, Any], status: int, kind: str
) -> None:
    task_id = await house.task(text_request())
    house.faults.arm("query_error", **arguments)

    async with house.send("GET", f"/tasks/{task_id}") as answer:
        assert (answer.status, answer.content_type) == (status, kind)
    assert (await house.get(f"/tasks/{task_id}"))["output"]["task_status"] == "SUCCEEDED"


async def test_an_invalid_setting_is_refused(house: House) -> None:
    for wrong in ({"failed_shape": "d"}, {"alpha": "maybe"}, {"no_such_setting": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            house.wan.set(**wrong)


async def test_a_choice_without_an_image_is_not_billed(house: House) -> None:
    house.faults.arm("empty_choice")
    task_id = await house.task(text_request(n=3))

    answer = await house.get(f"/tasks/{task_id}")

    contents = [choice["message"]["content"] for choice in answer["output"]["choices"]]
    assert [len(content) for content in contents] == [0, 1, 1]
    assert (answer["usage"]["image_count"], house.wan.bill()["images"]) == (2, 2)


async def test_a_trailing_slash_and_a_body_of_cancel_are_accepted(house: House) -> None:
    house.wan.set(pending_s=60)
    task_id = await house.task(text_request())

    await house.get(f"/tasks/{task_id}/")
    await house.get("/tasks/")
    answer, _ = await house.post({"model": "", "parameters": {}, "input": ""}, f"/tasks/{task_id}/cancel/")

    assert answer == 200


@pytest.mark.parametrize(("done", "stands"), [(True, "CANCELED"), (False, "PENDING")])
async def test_a_cancel_can_be_lost_before_and_after_it_takes_effect(house: House, done: bool, stands: str) -> None:
    house.wan.set(pending_s=60)
    house.faults.arm("cancel_disconnect", done=done)
    task_id = await house.task(text_request())

    with pytest.raises(WanUnanswered):
        await house.client.cancel_task(task_id)

    assert await status(house, task_id) == stands


async def test_the_list_is_paged(house: House) -> None:
    made = [await house.task(text_request()) for _ in range(5)]

    page = await house.get("/tasks?page_no=2&page_size=2")

    assert [row["task_id"] for row in page["data"]] == made[2:4]
    assert {name: page[name] for name in ("total", "total_page", "page_no", "page_size")} == {
        "total": 5, "total_page": 3, "page_no": 2, "page_size": 2,
    }  # fmt: skip


async def test_the_list_filters_by_status_model_and_id(house: House) -> None:
    house.wan.set(pending_s=60)
    first, second = await house.task(text_request()), await house.task(body())
    await house.post(None, f"/tasks/{first}/cancel")

    async def listed(query: str) -> list[str]:
        return [row["task_id"] for row in (await house.get(f"/tasks?{query}"))["data"]]

    assert await listed("status=CANCELED") == [first]
    assert await listed("model_name=wan2.6-image") == [second]
    assert await listed(f"task_id={second}") == [second]
    assert await listed("status=SUCCEEDED") == []


async def test_the_list_filters_by_a_time_range_in_utc_plus_8(house: House) -> None:
    task_id = await house.task(text_request())
    now = house.clock.now() + timedelta(hours=8)
    around = [f"{now + timedelta(minutes=minutes):%Y%m%d%H%M%S}" for minutes in (-5, 5, 10)]

    seen = await house.get(f"/tasks?start_time={around[0]}&end_time={around[1]}")
    unseen = await house.get(f"/tasks?start_time={around[1]}&end_time={around[2]}")

    assert [row["task_id"] for row in seen["data"]] == [task_id]
    assert unseen["total"] == 0
    assert seen["data"][0]["gmt_create"] == pytest.approx(house.clock.now().timestamp() * 1000, abs=5000)


@pytest.mark.parametrize(
    "query",
    ["page_no=0", "page_size=x", "start_time=yesterday", "start_time=20260101000000&end_time=20260102000001"],
)
async def test_an_invalid_list_query_is_an_invalid_parameter(house: House, query: str) -> None:
    async with house.send("GET", f"/tasks?{query}") as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "InvalidParameter")


async def test_each_kind_of_query_is_limited_to_twenty_a_second(house: House) -> None:
    house.wan.set(query_rate=20)

    statuses = []
    for _ in range(21):
        async with house.send("GET", "/tasks/x") as answer:
            statuses.append(answer.status)
    listed = await house.get("/tasks")
    house.clock.advance(1)

    assert statuses == [200] * 20 + [429]
    assert listed["total"] == 0
    assert await status(house, "x") == "UNKNOWN"
