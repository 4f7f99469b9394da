"""The program that plays the bot is started, restarted and ended with its children."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from sandbox import program
from sandbox.people import Refused
from sandbox.program import CannotStart, Program
from tests.sandbox.conftest import WireBot
from tests.sandbox.playing import ROOT, children, is_alive, until


def made(folder: Path, script: str) -> Program:
    command = ["sh", "-c", script]
    return Program("bot", command, folder=folder, environment={"PATH": os.environ["PATH"]}, log=folder / "bot.log")


async def test_two_restarts_at_once_start_the_program_once(tmp_path: Path) -> None:
    starts = []

    class Counting(Program):
        async def start(self) -> None:
            starts.append(self.running)
            await super().start()

    bot = Counting("bot", ["sleep", "60"], folder=tmp_path, environment={}, log=tmp_path / "bot.log")
    await bot.start()

    await asyncio.gather(bot.restart(), bot.restart())
    await bot.stop()

    assert starts == [False, False]


async def test_children_end_with_a_program_that_ends_by_itself(tmp_path: Path) -> None:
    bot = made(tmp_path, "sleep 60 & echo $!")

    await bot.start()
    await until(lambda: not bot.running and bot.tail().endswith("\n"))

    await until(lambda: not is_alive(int(bot.tail())))


RUN = """
import asyncio, sys
from pathlib import Path
from sandbox.program import Program

async def run() -> None:
    command = ["sh", "-c", "sleep 60 & echo $!; wait"]
    await Program("bot", command, folder=Path(), environment={}, log=Path(sys.argv[1])).start()
    await asyncio.sleep(60)

asyncio.run(run())
"""


async def test_children_end_with_a_sandbox_that_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    sandbox = await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, str(log), cwd=ROOT)
    await until(lambda: log.exists() and log.read_text().endswith("\n"))
    child = int(log.read_text())
    await until(lambda: len(children(sandbox.pid)) == 2)  # the bot and its guard

    sandbox.kill()
    await sandbox.wait()

    await until(lambda: not is_alive(child))


async def test_a_restart_is_completed_though_its_caller_is_gone(tmp_path: Path) -> None:
    bot = made(tmp_path, "trap 'sleep 0.2; exit 0' TERM; echo started; sleep 60 & wait")
    await bot.start()
    await until(lambda: "started" in bot.tail())
    caller = asyncio.create_task(bot.restart())
    await asyncio.sleep(0)

    caller.cancel()
    await until(lambda: bot.tail().count("started") == 2)

    assert bot.running
    await bot.stop()


async def test_a_stop_ends_a_program_and_a_child_that_both_ignore_sigterm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "GRACE_S", 0.1)
    bot = made(tmp_path, "trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & echo $!; wait; sleep 60")
    await bot.start()
    await until(lambda: bot.tail().endswith("\n"))

    await bot.stop()

    await until(lambda: not is_alive(int(bot.tail())))
    assert bot.exit_code == -9


async def test_the_end_of_a_program_is_noticed_unless_it_was_stopped(tmp_path: Path) -> None:
    codes: list[int] = []
    bot = made(tmp_path, "test -e stay && exec sleep 60; exit 3")
    bot.on_exit = codes.append

    await bot.start()
    await until(lambda: bool(codes))
    (tmp_path / "stay").touch()
    await bot.restart()
    await bot.stop()

    assert codes == [3]


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("./nowhere.py", "There is no program ./nowhere.py. Write its whole path"),
        (
            "python bot.py",
            "There is no program python bot.py. Write its whole path, and each word of the command by itself.",
        ),
        ("./bot.py", "./bot.py is not executable. Run chmod +x, or put python before it."),
        ("./no_shebang.py", "./no_shebang.py cannot be started: Exec format error."),
    ],
)
async def test_a_program_that_cannot_be_started_is_named(tmp_path: Path, program: str, sentence: str) -> None:
    (tmp_path / "bot.py").write_text("#!/usr/bin/env python\n")
    (tmp_path / "no_shebang.py").write_text("print()\n")
    (tmp_path / "no_shebang.py").chmod(0o700)
    bot = Program("bot", [program], folder=tmp_path, environment={}, log=tmp_path / "bot.log")

    with pytest.raises(CannotStart, match=re.escape(sentence)):
        await bot.start()


async def test_the_page_hears_that_a_program_cannot_be_restarted(wire: WireBot, tmp_path: Path) -> None:
    wire.box.controls.program = Program("bot", ["./gone"], folder=tmp_path, environment={}, log=tmp_path / "bot.log")

    with pytest.raises(Refused, match=r"There is no program \./gone"):
        await wire.control.post("/program/restart")


async def test_output_is_passed_on_once_and_a_long_log_keeps_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "MAX_LOG_BYTES", 5)
    monkeypatch.setattr(program, "KEPT_LOG_BYTES", 4)
    monkeypatch.setattr(program, "FOLLOW_S", 0.01)
    passed: list[bytes] = []
    ended = asyncio.Event()
    bot = made(tmp_path, "printf '1234\\n56\\n'; while [ ! -e go ]; do sleep 0.01; done; printf 78")
    following = asyncio.create_task(bot.follow(passed.append, ended))

    await bot.start()
    await until(lambda: passed == [b"1234\n56\n"] and bot.tail() == "56\n")
    (tmp_path / "go").touch()
    await until(lambda: not bot.running)
    ended.set()
    await following

    assert (b"".join(passed), bot.tail()) == (b"1234\n56\n78", "56\n78")
