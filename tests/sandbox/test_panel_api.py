"""The calls of the page's panel: clock, faults with a seed, the bounded record, sessions, permissions and the log."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox import log_tail
from sandbox.clock import Clock
from sandbox.faults import DECLARED, MAX_TIMES, Faults
from sandbox.people import Refused
from sandbox.program import Program
from sandbox.record import Record
from sandbox.run import sandbox
from sandbox.wan.app import WAN, make_app
from tests.sandbox.conftest import WITH_CONTENT, WireBot


async def status_of(wire: WireBot, method: str, path: str, body: str | None = None) -> int:
    async with wire.session.request(method, wire.control.url + path, data=body) as answer:
        return answer.status


# The clock


async def test_the_clock_says_how_far_it_was_advanced(wire: WireBot) -> None:
    await wire.control.advance(900)
    await wire.control.advance(3600)

    clock = await wire.control.get("/clock")

    ahead = datetime.fromisoformat(clock["now"]) - datetime.now().astimezone()
    assert clock["ahead_s"] == 4500
    assert abs(ahead - timedelta(seconds=4500)) < timedelta(seconds=5)


@pytest.mark.parametrize("advance_s", ["-1", "NaN", "Infinity", "1e300", str(10**400), '"soon"', "null", "[]"])
async def test_a_step_that_no_clock_can_take_is_refused_and_the_clock_goes_on(wire: WireBot, advance_s: str) -> None:
    status = await status_of(wire, "POST", "/clock", f'{{"advance_s": {advance_s}}}')

    assert status == 400
    assert (await wire.control.get("/clock"))["ahead_s"] == 0


# Faults


async def pattern(wire: WireBot, **how: Any) -> tuple[list[int], dict[str, Any]]:
    """Arm an error for some of twelve calls, and return the calls' statuses and the fault as it was armed."""
    armed = await wire.control.post("/faults", name="server_error_before", match="/users/@me", times=12, **how)
    statuses = [(await wire.call("GET", "/users/@me"))[0] for _ in range(12)]
    return statuses, armed


async def test_the_same_seed_misbehaves_at_the_same_occasions(wire: WireBot) -> None:
    first, armed = await pattern(wire, one_in=3)
    again, _ = await pattern(wire, one_in=3, seed=armed["seed"])
    other, _ = await pattern(wire, one_in=3, seed=7)

    assert first == again != other
    assert set(other) == {200, 500}
    assert (await wire.control.get("/faults"))["armed"] == []


async def test_an_armed_fault_says_how_often_it_was_taken_and_how_many_occasions_are_left(wire: WireBot) -> None:
    await wire.control.arm("server_error_before", times=5, one_in=2, seed=4, match="/users/@me")
    statuses = [(await wire.call("GET", "/users/@me"))[0] for _ in range(3)]

    (armed,) = (await wire.control.get("/faults"))["armed"]

    assert (armed["times"], armed["taken"]) == (2, statuses.count(500))
    assert (armed["one_in"], armed["seed"]) == (2, 4)


async def test_one_fault_is_disarmed_and_the_others_stay(wire: WireBot) -> None:
    first = await wire.control.post("/faults", name="nonce_ignored")
    second = await wire.control.post("/faults", name="form_refused")

    statuses = [await status_of(wire, "DELETE", f"/faults?id={first['id']}") for _ in range(2)]

    assert statuses == [200, 400]
    assert [fault["id"] for fault in (await wire.control.get("/faults"))["armed"]] == [second["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "nothing"},
        {"name": "slow_rest", "seconds": "long"},
        {"name": "slow_rest", "seconds": -1},
        {"name": "slow_rest", "seconds": True},
        {"name": "server_error_before", "status": 999},
        {"name": "server_error_before", "status": 50.5},
        {"name": "server_error_before", "status": 0},
        {"name": "discord_error", "code": 1},
        {"name": "nonce_ignored", "times": 0},
        {"name": "nonce_ignored", "times": MAX_TIMES + 1},
        {"name": "nonce_ignored", "one_in": 0},
        {"name": "nonce_ignored", "one_in": "2"},
        {"name": "nonce_ignored", "seed": -1},
        {"name": "nonce_ignored", "seed": 1.5},
        {},
        [],
    ],
    ids=str,
)
async def test_a_fault_that_cannot_happen_is_refused_before_it_is_armed(wire: WireBot, body: Any) -> None:
    status = await status_of(wire, "POST", "/faults", json.dumps(body))

    assert status == 400
    assert (await wire.control.get("/faults"))["armed"] == []


def test_every_fault_can_be_armed_with_its_defaults() -> None:
    faults = Faults()

    for name in DECLARED:
        faults.arm(name)

    assert len(faults.armed()) > 50


# The record


@pytest.mark.usefixtures("description")
async def test_a_requests_entry_says_whether_it_kept_to_the_description(wire: WireBot) -> None:
    await wire.post({"content": "hello"})
    await wire.post({"contents": "hello"})
    await wire.call("GET", "/jokes")
    await wire.control.arm("too_many_requests", match="/users/@me")
    await wire.call("GET", "/users/@me")

    kept, broken, unknown, limited = (await wire.control.get("/record", part="discord", last="4"))["discord"]

    assert [entry["check"] for entry in (kept, broken, unknown, limited)] == ["kept", "broken", "no route", "not read"]
    assert "contents" in broken["violation"]
    assert (limited["status"], limited["fault"]) == (429, "too_many_requests")
    assert all(entry["duration_ms"] >= 0 for entry in (kept, broken, unknown, limited))


async def test_without_a_description_no_request_is_said_to_have_kept_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)
    async with sandbox() as box, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bot {box.token}"}
        async with session.get(f"{box.rest}/users/@me", headers=headers):
            pass

    assert box.record.part("discord")[0]["check"] == "no description"


async def test_the_record_is_read_from_a_number_on(wire: WireBot) -> None:
    (newest,) = (await wire.control.get("/record", part="discord", last="1"))["discord"]
    for _ in range(3):
        await wire.call("GET", "/users/@me")

    after = (await wire.control.get("/record", part="discord", after=str(newest["number"]), last="2"))["discord"]

    assert [entry["number"] for entry in after] == [newest["number"] + 2, newest["number"] + 3]


@pytest.mark.parametrize("query", ["part=wan&last=0", "part=wan&last=9999", "part=wan&after=x", "part=bogus", "part="])
async def test_a_part_or_number_that_does_not_exist_is_refused(wire: WireBot, query: str) -> None:
    assert await status_of(wire, "GET", f"/record?{query}") == 400


@pytest.mark.parametrize("status", [503, 520])  # Cloudflare has statuses of its own
async def test_a_fault_answers_any_status_that_was_seen_in_front_of_discord(wire: WireBot, status: int) -> None:
    await wire.control.arm("server_error_before", match="/users/@me", status=status)

    assert (await wire.call("GET", "/users/@me"))[0] == status


def test_the_record_keeps_its_newest_entries_and_their_numbers() -> None:
    record = Record(max_entries=3)

    for n in range(10):
        record.add("cdn", n=n)

    assert [entry["n"] for entry in record.part("cdn")] == [7, 8, 9]
    assert record.tail("cdn", after=8, last=5) == [{"number": 9, "n": 8}, {"number": 10, "n": 9}]
    assert [entry["number"] for entry in record.tail("cdn", after=0, last=2)] == [9, 10]


def test_the_bill_counts_the_requests_that_the_record_dropped() -> None:
    record = Record(max_entries=1)
    wan = make_app(key="sandbox-key", clock=Clock(), faults=Faults(), record=record)[WAN]

    for _ in range(3):
        record.add("wan", billed=2, billed_microusd=60_000)
    record.add("wan", billed=0)

    assert (wan.bill(), wan.bill_microusd()) == ({"images": 6, "requests": 3}, 180_000)


# Gateway sessions


async def test_a_session_is_listed_with_its_intents_and_its_heartbeat(wire: WireBot) -> None:
    async with wire.events(WITH_CONTENT) as events:
        assert events.socket is not None
        await events.socket.send_json({"op": 1, "d": None})
        await events.socket.receive_json()
        await events.socket.receive_json()

        (session,) = await wire.control.get("/gateway/sessions")

    assert session["connected"]
    assert session["intents"] == ["GUILDS", "GUILD_MESSAGES", "DIRECT_MESSAGES", "MESSAGE_CONTENT"]
    assert (session["shard"], session["events"]) == ([0, 1], 2)
    assert session["heartbeat_at"]


@pytest.mark.parametrize(
    ("code", "seen", "answer"),
    [(4000, 4000, "RESUMED"), (1006, 1006, "RESUMED"), (4009, 4009, None), (1000, 1000, None), (4004, 4004, None)],
)
async def test_a_dropped_session_can_be_resumed_unless_its_code_ends_it(
    wire: WireBot, code: int, seen: int, answer: str | None
) -> None:
    async with wire.events() as events:
        assert events.socket is not None
        session_id = next(iter(wire.box.gateway_server.sessions))
        await wire.control.post("/gateway/drop", session=session_id[:6], code=code)
        while (end := await events.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        closed = end.data if end.type is aiohttp.WSMsgType.CLOSE else 1006

    assert closed == seen
    assert await resume(wire, session_id) == answer


async def resume(wire: WireBot, session_id: str) -> str | None:
    """Resume a session after its third event, and return the name of the answer; None if it is refused."""
    async with wire.session.ws_connect(wire.box.gateway) as socket:
        await socket.receive_json()
        data = {"token": wire.box.token, "session_id": session_id, "seq": 2}
        await socket.send_json({"op": 6, "d": data})
        answer = await socket.receive_json()
    return str(answer["t"]) if answer["op"] == 0 else None


async def test_a_reconnect_is_asked_for_by_opcode_7(wire: WireBot) -> None:
    async with wire.events() as events:
        assert events.socket is not None
        (session,) = await wire.control.get("/gateway/sessions")
        await events.next("GUILD_CREATE")

        await wire.control.post("/gateway/reconnect", session=session["id"])

        assert (await events.socket.receive_json())["op"] == 7


async def test_an_invalidated_session_is_not_resumed(wire: WireBot) -> None:
    async with wire.events():
        session_id = next(iter(wire.box.gateway_server.sessions))
        await wire.control.post("/gateway/invalidate", session=session_id[:6])
        await wire.control.post("/gateway/drop", session=session_id[:6], code=4000)

    assert await resume(wire, session_id) is None
    assert await wire.control.get("/gateway/sessions") == []


@pytest.mark.parametrize(("session", "code"), [("bogus", 4000), ("", 4000), (None, 4242), (None, "x")])
async def test_a_session_or_code_that_does_not_exist_is_refused(wire: WireBot, session: str | None, code: Any) -> None:
    async with wire.events():
        (found,) = await wire.control.get("/gateway/sessions")
        with pytest.raises(Refused):
            await wire.control.post("/gateway/drop", session=found["id"] if session is None else session, code=code)

        assert (await wire.control.get("/gateway/sessions"))[0]["connected"]


# Permissions


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
    assert await status_of(wire, "GET", f"/permissions?channel=1&person={wire.ana.id}") == 400


# The log


LINES = """\
2026-11-29T20:26:39Z [info     ] job_accepted  [cogs.imagine] job=12 person=4
2026-11-29T20:26:40Z [error    ] job_failed    [imagegen] job=7
Traceback (most recent call last):
  File "generate.py", line 1, in generate
ValueError: …
{"event": "job_done", "job": 12, "level": "info"}
    a second line of it
printed by something else
2026-11-29T20:26:41Z [info     ] idle
"""


def write(log: Path, text: str | bytes) -> None:
    """Append to a log, as the program does."""
    with log.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


@pytest.fixture
def log(tmp_path: Path, wire: WireBot) -> Path:
    """Give the sandbox a program that is not started, and return its log's path."""
    path = tmp_path / "bot.log"
    wire.box.controls.program = Program("bot", ["true"], folder=tmp_path, environment={}, log=path)
    return path


async def test_the_log_of_one_job_has_its_lines_and_their_tracebacks(wire: WireBot, log: Path) -> None:
    write(log, LINES)

    seven = (await wire.control.get("/log", job="7"))["lines"]
    twelve = (await wire.control.get("/log", job="12"))["lines"]

    lines = LINES.splitlines()
    assert seven == lines[1:5]
    assert twelve == [lines[0], *lines[5:7]]
    assert (await wire.control.get("/log", job="1"))["lines"] == []


async def test_the_log_goes_on_where_the_last_answer_ended(wire: WireBot, log: Path) -> None:
    write(log, LINES + "a line that is not")
    first = await wire.control.get("/log", last="2")
    write(log, " complete yet\n")

    second = await wire.control.get("/log", after=str(first["after"]))

    assert first["lines"] == LINES.splitlines()[-2:]
    assert second["lines"] == ["a line that is not complete yet"]


async def test_a_character_that_is_half_written_waits_for_its_other_half(wire: WireBot, log: Path) -> None:
    whole = "小梅\n".encode()
    write(log, b"one\n" + whole[:2])
    first = await wire.control.get("/log")
    write(log, whole[2:] + b"\xff\xfe \x1b[31mred\x1b[0m\n")

    second = await wire.control.get("/log", after=str(first["after"]))

    assert (first["lines"], second["lines"]) == (["one"], ["小梅", "\ufffd\ufffd red"])


async def test_a_log_that_was_rotated_is_read_from_its_start(wire: WireBot, log: Path) -> None:
    write(log, "old\n" * 100)
    before = (await wire.control.get("/log"))["after"]
    log.unlink()  # noqa: ASYNC240  # a small file of the test's own
    write(log, "new\n")

    found = await wire.control.get("/log", after=str(before))

    assert (found["lines"], found["after"], found["restarted"]) == (["new"], 4, True)


async def test_a_log_that_is_missing_is_empty(wire: WireBot, log: Path) -> None:
    found = await wire.control.get("/log", after="99")

    assert (found["lines"], found["after"], found["running"]) == ([], 0, False)


def test_a_huge_log_is_read_at_its_end_only(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    log.write_bytes(b"x" * 10_000_000 + b"\n" + b"short\n" * 3)

    found = log_tail.read(log, after=None, job=None, last=10)
    long = log_tail.read(log, after=0, job=None, last=10)

    assert found.lines == ["short"] * 3
    assert long.lines == found.lines
    assert long.after == log.stat().st_size


@pytest.mark.parametrize("query", ["after=-1", "after=x", "job=-1", "job=1.5", "last=0"])
async def test_a_place_in_the_log_that_cannot_be_is_refused(wire: WireBot, log: Path, query: str) -> None:
    write(log, LINES)

    assert await status_of(wire, "GET", f"/log?{query}") == 400


async def test_without_a_program_the_log_says_so_and_nothing_is_restarted(wire: WireBot) -> None:
    assert (await wire.control.get("/log"))["program"] is None
    with pytest.raises(Refused, match="runs no program"):
        await wire.control.post("/program/restart")


async def test_a_restart_starts_the_program_again(wire: WireBot, log: Path) -> None:
    program = Program("bot", ["sh", "-c", "echo up; exec sleep 60"], folder=log.parent, environment={}, log=log)
    wire.box.controls.program = program
    await program.start()

    await wire.control.post("/program/restart")
    found = await wire.control.get("/log")
    await program.stop()

    assert (found["program"], found["running"]) == ("bot", True)


# Secrets


async def test_no_call_of_the_panel_answers_a_secret(wire: WireBot, log: Path) -> None:
    box = wire.box
    payload = await wire.interaction()
    await wire.answer(payload, 4, content=f"https://cdn.example/a.png?ex=1&hm={'f' * 40} {box.token}")
    write(
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
