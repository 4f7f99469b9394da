"""A request that waits at Wan as a task is canceled there, or delivered if Wan has begun it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sandbox.people import Json, Person, text_of
from tests.end_to_end.conftest import House, house_in, is_result, says
from tests.end_to_end.test_story import left, left_becomes


async def waiting_card(house: House, ana: Person, channel: str, prompt: str) -> Json:
    """Return the status card of a new request, as soon as the card says that the task waits at Wan."""
    await house.control.post("/wan/settings", pending_s=60.0, delay_s=60.0)
    await ana.slash(channel, "imagine", prompt=prompt)
    return await ana.see(channel, says("Waiting at the image service"), "the card")


def tasks(house: House) -> list[str | None]:
    """Return how each task of the local Wan ended."""
    return [task.ended for task in house.sandbox.local_wan.tasks.values()]


def cancels(house: House) -> int:
    return sum(entry["path"].endswith("/cancel") for entry in house.sandbox.record.part("wan"))


def closed(card: Json) -> Any:
    return lambda message: message["id"] == card["id"] and text_of(message) == "Canceled. It didn't use your quota."


async def test_a_task_that_waits_at_wan_is_canceled_there_and_uses_no_quota(tmp_path: Path) -> None:
    async with house_in(tmp_path, WAN_CALL="tasks") as house:
        ana, channel = await house.new_person(), await house.channel()
        before = await left(ana, channel)
        card = await waiting_card(house, ana, channel, "changed my mind at wan")

        await ana.press(card, "Cancel")
        await ana.see(channel, closed(card), "the card closed")

        assert (tasks(house), cancels(house), await house.control.bill()) == (["CANCELED"], 1, 0)
        await left_becomes(ana, channel, before)


async def test_a_cancel_survives_the_process_that_received_it(tmp_path: Path) -> None:
    async with house_in(tmp_path, WAN_CALL="tasks") as house:
        ana, channel = await house.new_person(), await house.channel()
        card = await waiting_card(house, ana, channel, "killed between wish and cancel")
        await house.control.arm("cancel_disconnect", times=100, done=False)
        await ana.press(card, "Cancel")
        await ana.see(channel, says("asked the image service to cancel"), "the answer")

        await house.bot.kill()
        house.sandbox.faults.disarm()
        await house.bot.start()
        await ana.see(channel, closed(card), "the card closed by the next process")

        assert (tasks(house), await house.control.bill()) == (["CANCELED"], 0)


async def test_a_running_task_is_not_canceled_and_its_requester_reads_so(tmp_path: Path) -> None:
    async with house_in(tmp_path, WAN_CALL="tasks") as house:
        ana, channel = await house.new_person(), await house.channel()
        card = await waiting_card(house, ana, channel, "too late at wan")
        await house.control.arm("cancel_disconnect", times=100, done=False)
        await ana.press(card, "Cancel")
        await ana.see(channel, says("asked the image service to cancel"), "the answer")

        await house.control.advance(60)
        house.sandbox.faults.disarm()
        await ana.see(channel, says("I can't cancel it"), "what came of it")
        late = await ana.see(channel, says("Too late to cancel. Generating…"), "the card")
        await house.control.advance(60)
        result = await ana.see(channel, is_result, "the image")

        assert (late["id"], result["id"]) == (card["id"], card["id"])
        assert "w1:cancel" not in json.dumps(late)
        assert (tasks(house), await house.control.bill()) == (["SUCCEEDED"], 1)
