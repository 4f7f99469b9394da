"""Any discord.py program runs in the sandbox as it is, with the sandbox's token in place of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.other_bot import SITE, isolating_option, name_of, other_bot
from sandbox.play import Play, play
from sandbox.program import Program
from sandbox.run import sandbox
from sandbox.site.sitecustomize import ADDRESSES
from tests.sandbox.playing import EXAMPLE, ROOT, until

PYTHON = sys.executable
BOT = """#!{python}
import asyncio, pkgutil, sys, discord

class Bot(discord.Client):
    async def on_ready(self):
        await asyncio.sleep(0.3 * ("--wait" in sys.argv))
        print(self.user.id, sys.flags.dev_mode, discord.Asset.BASE)
        print("cogs" in [name for _, name, _ in pkgutil.iter_modules()])
        await self.close()

Bot(intents=discord.Intents.default()).run({token})
"""


async def test_a_bot_that_ends_leaves_the_sandbox_running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bot = tmp_path / "short.py"
    bot.write_text(BOT.format(python=PYTHON, token="'a real token'"))
    stop, said = asyncio.Event(), [""]

    def has_ended() -> bool:
        said[0] += capsys.readouterr().err
        return "ended" in said[0]

    run = asyncio.create_task(play(Play("short", (PYTHON, str(bot), "--wait")), stop))
    await until(has_ended)
    still_plays = not run.done()
    stop.set()
    code = await run

    assert said[0] == "short ended with exit code 0. Restart it in the page's panel. Its output is above.\n"
    assert (still_plays, code) == (True, 0)


async def test_every_way_to_start_a_bot_uses_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package").mkdir()
    for name, token in (("bot.py", "'a real token'"), ("package/__main__.py", "None")):
        (tmp_path / name).write_text(BOT.format(python=PYTHON, token=token))
        (tmp_path / name).chmod(0o700)
    commands = [
        [PYTHON, "-m", "package"],
        ["./bot.py"],
        ["env", "A=b", PYTHON, "-X", "dev", "bot.py"],
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path}")

    async with sandbox() as box:
        bots = [other_bot(found, "bot", box, tmp_path / f"{n}.log") for n, found in enumerate(commands)]
        codes = await asyncio.gather(*(ended(bot) for bot in bots))

    assert codes == [0] * 3
    for bot in bots:
        assert f"{box.world.bot_id} {bot is bots[2]} {box.cdn}\nFalse\n" in bot.tail()


async def ended(bot: Program) -> int:
    """Run a program until it ends by itself, and return its exit code."""
    code = asyncio.get_running_loop().create_future()
    bot.on_exit = code.set_result
    await bot.start()
    async with asyncio.timeout(30):
        return int(await code)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python bots/other_bot.py --verbose", "other_bot"),
        ("python -m package", "package"),
        ("python -m package.__main__", "package"),
        ("python -X dev bot.py", "bot"),
        ("./bot.py", "bot"),
        ("env A=b python bot.py", "bot"),
        ("poetry run bot", "poetry"),
        (f"python {'long' * 10}.py", "long" * 8),
    ],
)
def test_a_bot_is_named_after_its_file_or_module(command: str, name: str) -> None:
    assert name_of(command.split()) == name


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("python -I bot.py", "-I"),
        ("env A=b .venv/bin/python3.11 -u -sE bot.py", "-sE"),
        ("python -X dev -u -S bot.py", "-S"),
        ("python -X dev -u bot.py -I", None),
        ("python -mSIE", None),
        ("python -m package -S", None),
        ("./bot.py -I", None),
    ],
)
def test_an_option_that_keeps_the_sandbox_out_is_found(command: str, option: str | None) -> None:
    assert isolating_option(command.split()) == option


def test_another_sitecustomize_still_runs(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('the other one')")

    assert python("import sitecustomize; print(sitecustomize.__file__)", f"{SITE}:{tmp_path}") == (
        f"the other one\n{tmp_path}/sitecustomize.py\n"
    )


def test_an_address_off_this_machine_stops_the_program() -> None:
    away = dict.fromkeys(ADDRESSES, "http://127.0.0.1.example.com/api/v10")

    assert (
        python("import discord", str(SITE), **away) == "http://127.0.0.1.example.com/api/v10 is not on this machine\n"
    )


def test_a_library_that_is_not_discord_py_stops_the_program(tmp_path: Path) -> None:
    (tmp_path / "discord").mkdir()
    for name in ("__init__", "http", "gateway"):
        (tmp_path / "discord" / f"{name}.py").write_text(
            "class Route: pass\nclass DiscordWebSocket: pass\nAsset = Route\n"
        )
    here = dict.fromkeys(ADDRESSES, "http://127.0.0.1:1")

    assert python("import discord; print('went on')", f"{SITE}:{tmp_path}", **here) == (
        f"{tmp_path}/discord/__init__.py is not discord.py 2. The sandbox cannot set its addresses.\n"
    )


def test_without_the_sandbox_discord_py_is_as_it_was() -> None:
    assert python("from discord.http import Route; print(Route.BASE)", str(SITE)) == "https://discord.com/api/v10\n"


def python(program: str, path: str, **environment: str) -> str:
    """Run a program with a PYTHONPATH, and return what it prints."""
    found = {"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment}
    done = subprocess.run([PYTHON, "-c", program], env=found, capture_output=True, text=True, check=False)  # noqa: S603  # a program of this file
    return done.stdout + done.stderr


def test_the_readme_has_the_example_in_full() -> None:
    program = EXAMPLE.read_text(encoding="utf-8").split('"""\n\n', 1)[1]
    block = "".join(f"    {line}" if line.strip() else line for line in program.splitlines(keepends=True))

    assert block in (ROOT / "sandbox" / "README.md").read_text(encoding="utf-8")
