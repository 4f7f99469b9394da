"""What the page is given: one channel's newest messages, and the modals of its own tab."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.callbacks import DEFERRED, TOKEN_LIFETIME_S
from sandbox.people import Refused
from tests.sandbox.conftest import WireBot


async def page(wire: WireBot, **about: Any) -> Any:
    query = {"person": wire.ana.id, "shown": wire.channel, **{name: str(value) for name, value in about.items()}}
    return await wire.control.get("/state", **query)


async def open_modal(wire: WireBot, tab: str) -> str:
    """Open a modal by a command that was sent from *tab*, and return its id."""
    sent = await wire.control.post(
        "/act/slash", person=wire.ana.id, channel=wire.channel, command="ping", options={}, tab=tab
    )
    name = {"type": 4, "custom_id": "name", "label": "Name", "style": 1}
    payload = wire.box.world.interactions[sent["interaction"]].payload
    status, _ = await wire.answer(payload, 9, custom_id="m", title="T", components=[{"type": 1, "components": [name]}])
    assert status == 200
    return str((await wire.ana.state())["modals"][-1]["id"])


async def test_the_page_gets_the_newest_messages_of_the_shown_channel_only(wire: WireBot) -> None:
    ids = [await wire.ana.say(wire.channel, str(number)) for number in range(5)]
    other = await wire.control.post("/channels", name="other")
    elsewhere = await wire.ana.say(other["id"], "elsewhere")

    found = await page(wire, last=2)

    assert [message["id"] for message in found["messages"]] == ids[-2:]
    assert found["older"] is True
    assert found["newest"] == {wire.channel: ids[-1], other["id"]: elsewhere}


async def test_a_channel_that_is_gone_is_replaced_by_the_first(wire: WireBot) -> None:
    found = await page(wire, shown="nowhere")

    assert found["shown"] == wire.channel


async def test_nobody_is_a_clear_answer(wire: WireBot) -> None:
    async with wire.session.get(wire.box.control + "/state?person=1&shown=") as answer:
        status, body = answer.status, await answer.json()

    assert status == 404
    assert body["error"]


async def test_a_modal_carries_the_tab_that_asked(wire: WireBot) -> None:
    await open_modal(wire, "left")

    found = await page(wire)

    assert [modal["tab"] for modal in found["modals"]] == ["left"]


async def test_a_dismissed_modal_never_returns_and_cannot_be_submitted(wire: WireBot) -> None:
    modal = await open_modal(wire, "left")

    await wire.control.post("/act/dismiss", person=wire.ana.id, modal=modal)

    assert (await page(wire))["modals"] == []
    with pytest.raises(Refused, match="no longer open"):
        await wire.control.post("/act/modal", person=wire.ana.id, modal=modal, values={"name": "x"})


async def test_nobody_dismisses_the_modal_of_another_person(wire: WireBot) -> None:
    modal = await open_modal(wire, "left")
    bo = next(one["id"] for one in await wire.control.get("/people") if one["name"] == "Bo")

    with pytest.raises(Refused, match="another person"):
        await wire.control.post("/act/dismiss", person=bo, modal=modal)

    assert len((await page(wire))["modals"]) == 1


async def test_a_message_says_that_the_bot_can_no_longer_answer(wire: WireBot) -> None:
    payload = await wire.interaction()
    await wire.answer(payload, DEFERRED)

    thinking = await page(wire)
    known = {"since": thinking["order"][0], "known": f"{thinking['run']}-{thinking['revision']}"}
    await wire.control.advance(TOKEN_LIFETIME_S + 1)
    expired = await page(wire, **known)
    wire.box.world.interactions.clear()  # as after a restart
    restarted = await page(wire)

    assert [message.get("failed", False) for message in thinking["messages"]] == [False]
    assert [message["failed"] for message in (*expired["messages"], *restarted["messages"])] == [True, True]
