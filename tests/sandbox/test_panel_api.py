"""The page's panel reads and steers the sandbox: the clock, permissions, and no call answers a secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.sandbox.conftest import WireBot, write_log


async def test_the_clock_says_how_far_it_was_advanced(wire: WireBot) -> None:
    await wire.control.advance(900)
    await wire.control.advance(3600)

    clock = await wire.control.get("/clock")

    ahead = datetime.fromisoformat(clock["now"]) - datetime.now().astimezone()
    assert clock["ahead_s"] == 4500
    assert abs(ahead - timedelta(seconds=4500)) < timedelta(seconds=5)


@pytest.mark.parametrize("advance_s", ["-1", "NaN", "Infinity", "1e300", str(10**400), '"soon"', "null", "[]"])
async def test_a_step_that_no_clock_can_take_is_refused_and_the_clock_goes_on(wire: WireBot, advance_s: str) -> None:
    status = await wire.status("POST", "/clock", f'{{"advance_s": {advance_s}}}')

    assert status == 400
    assert (await wire.control.get("/clock"))["ahead_s"] == 0


async def test_the_permissions_of_a_channel_say_what_the_bot_and_the_person_may_do(wire: WireBot) -> None:
    await wire.control.post("/permissions", channel=wire.channel, deny=["ATTACH_FILES"])

    found = await wire.control.get("/permissions", channel=wire.channel, person=wire.ana.id)

    assert "ATTACH_FILES" in found["person"]
    assert "ATTACH_FILES" not in found["bot"]
    assert (found["deny"], found["allow"], found["changeable"]) == (["ATTACH_FILES"], [], True)
    assert set(found["bot"]) <= set(found["names"])


async def test_a_thread_has_no_permissions_of_its_own_to_change(wire: WireBot) -> None:
    thread = await wire.ana.thread(wire.channel, "talk")

    assert not (await wire.control.get("/permissions", channel=thread, person=wire.ana.id))["changeable"]
    assert await wire.status("GET", f"/permissions?channel=1&person={wire.ana.id}") == 400


async def test_no_call_of_the_panel_answers_a_secret(wire: WireBot, log: Path) -> None:
    box = wire.box
    payload = await wire.interaction()
    await wire.answer(payload, 4, content=f"https://cdn.example/a.png?ex=1&hm={'f' * 40} {box.token}")
    write_log(
        log,
        f"token {box.token} key {box.key} POST /webhooks/1/{payload['token']}/messages\n"
        f"GET https://cdn.example/a.png?ex=1&hm={'f' * 40}\n"
        f"Authorization: Bot {'M' * 24}.{'G' * 6}.{'h' * 38}\n",
    )
    async with wire.events():
        paths = ["/clock", "/faults", "/wan/bill", "/gateway/sessions", "/log"]
        paths += [f"/permissions?channel={wire.channel}&person={wire.ana.id}", "/log?job=1"]
        paths += [f"/record?part={part}&last=100" for part in box.record.as_json()]

        answers = {path: await text_of(wire, path) for path in paths}
        session_id = next(iter(box.gateway_server.sessions))

    secrets = [box.token, box.key, payload["token"], "f" * 40, "h" * 38, session_id]
    assert [(path, secret) for path, text in answers.items() for secret in secrets if secret in text] == []
    assert "GET https://cdn.example/a.png" in answers["/log"]


async def text_of(wire: WireBot, path: str) -> str:
    async with wire.session.get(wire.control.url + path) as answer:
        assert answer.status == 200
        return await answer.text()
