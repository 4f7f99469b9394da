"""The log of the bot is read at its end, while the bot writes it, whole or about one job."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import log_tail
from sandbox.people import Refused
from sandbox.program import Program
from tests.sandbox.conftest import WireBot, write_log

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


async def test_the_log_of_one_job_has_its_lines_and_their_tracebacks(wire: WireBot, log: Path) -> None:
    write_log(log, LINES)

    seven = (await wire.control.get("/log", job="7"))["lines"]
    twelve = (await wire.control.get("/log", job="12"))["lines"]

    lines = LINES.splitlines()
    assert seven == lines[1:5]
    assert twelve == [lines[0], *lines[5:7]]
    assert (await wire.control.get("/log", job="1"))["lines"] == []


async def test_the_log_goes_on_where_the_last_answer_ended(wire: WireBot, log: Path) -> None:
    write_log(log, LINES + "a line that is not")
    first = await wire.control.get("/log", last="2")
    write_log(log, " complete yet\n")

    second = await wire.control.get("/log", after=str(first["after"]))

    assert first["lines"] == LINES.splitlines()[-2:]
    assert second["lines"] == ["a line that is not complete yet"]


async def test_a_character_that_is_half_written_waits_for_its_other_half(wire: WireBot, log: Path) -> None:
    whole = "小梅\n".encode()
    write_log(log, b"one\n" + whole[:2])
    first = await wire.control.get("/log")
    write_log(log, whole[2:] + b"\xff\xfe \x1b[31mred\x1b[0m\n")

    second = await wire.control.get("/log", after=str(first["after"]))

    assert (first["lines"], second["lines"]) == (["one"], ["小梅", "\ufffd\ufffd red"])


async def test_a_log_that_was_rotated_is_read_from_its_start(wire: WireBot, log: Path) -> None:
    write_log(log, "old\n" * 100)
    before = (await wire.control.get("/log"))["after"]
    log.unlink()  # noqa: ASYNC240  # a small file of the test's own
    write_log(log, "new\n")

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
    write_log(log, LINES)

    assert await wire.status("GET", f"/log?{query}") == 400


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
