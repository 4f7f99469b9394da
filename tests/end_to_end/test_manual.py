"""docs/operating.md leads an operator from a clean checkout to a bot that runs, is backed up, moved and upgraded."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hosting import health
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.postgres import Cluster
from tests.test_readme import ROOT
from tests.walking import Block, blocks, clone, environment, run

PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
READY_S = 60.0
# Blocks that this machine cannot run, with the tests that read them.
ELSEWHERE = {
    "docker": "tests/test_container.py",  # needs a container engine
    "host": "tests/test_container.py",  # changes the machine
    "person": "tests/end_to_end/test_verify.py",  # needs a person, whom that test plays
}
# discord.py has no setting for Discord's addresses: a function of the shell starts bot.py with the sandbox's.
LAUNCHED = """
.venv/bin/python() {
  if [ "$1" = bot.py ]; then command .venv/bin/python -m sandbox.launch "$@"; else command .venv/bin/python "$@"; fi
}
"""


def of_this_machine() -> dict[str, str]:
    """Return how this machine reaches the package index. pip keeps nothing, and compiles nothing beforehand."""
    names = ("PIP_", "SSL_", "HTTPS_", "https_")
    network = {name: value for name, value in os.environ.items() if name.startswith(names)}
    return {**network, "PIP_NO_CACHE_DIR": "1", "PIP_COMPILE": "0"}


def of_locked_files(folder: Path) -> dict[str, str]:
    """Let pip look for packages among the files of the lock alone. Nothing if uv does not know their addresses.

    The index lists 50 times as many files for these packages, and pip judges each: the longest part of the walk.
    """
    lock, page = folder / "pylock.toml", folder / "files.html"
    line: list[str | Path] = [
        Path(sys.executable).with_name("uv"), "pip", "compile", "--quiet", "--no-deps", "--universal",
        "--format", "pylock.toml", "--output-file", lock, ROOT / "requirements-postgres.txt",
    ]  # fmt: skip
    if subprocess.run(line, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603  # the project's own lock
        return {}
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["packages"]
    files = [file for package in packages for file in package["wheels"]]
    links = [f'<a href="{file["url"]}">{file["url"].rpartition("/")[2]}</a>' for file in files]
    page.write_text("<!DOCTYPE html>\n" + "\n".join(links), encoding="utf-8")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(page)}


@dataclass
class Operator:
    """Walks the page in one folder, and keeps at most one bot running there."""

    folder: Path
    env: dict[str, str]
    health_port: int
    bot: asyncio.subprocess.Process | None = None
    said: list[str] = field(default_factory=list)

    async def take(self, block: Block) -> None:
        """Run a block as its note says; AssertionError if a command fails."""
        if block.note in ELSEWHERE:
            return
        if block.note == "stopped":
            await self.stop()
        if block.note == "runs":
            await self.start(block.commands)
        else:
            done = await asyncio.to_thread(run, LAUNCHED + block.commands, self.folder, self.env)
            self.said.append(done.stdout)
            assert done.returncode == 0, f"{block.commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"

    async def start(self, commands: str) -> None:
        """Start the bot, and wait until its health page says that all is well."""
        with (self.folder / "bot.log").open("ab") as log:
            line = ["/bin/bash", "-euc", LAUNCHED + commands]
            self.bot = await asyncio.create_subprocess_exec(
                *line, cwd=self.folder, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        async with asyncio.timeout(READY_S):
            while await asyncio.to_thread(health.trouble, health.DEFAULT_HOST, self.health_port, "/readyz"):
                assert self.bot.returncode is None, (self.folder / "bot.log").read_text()
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop the bot as Ctrl-C in its terminal does."""
        if self.bot is not None and self.bot.returncode is None:
            os.killpg(self.bot.pid, signal.SIGINT)
            await self.bot.wait()

    def write(self, **settings: str) -> None:
        """Write settings into .env, below those that stand there."""
        with (self.folder / ".env").open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())


def addresses(box: Sandbox) -> dict[str, str]:
    """Return the variables from which the launcher takes Discord's addresses."""
    return {"WANVAS_SANDBOX_REST": box.rest, "WANVAS_SANDBOX_GATEWAY": box.gateway, "WANVAS_SANDBOX_CDN": box.cdn}


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_an_operator_gets_from_a_checkout_to_a_bot_on_postgresql(
    tmp_path: Path, postgresql: Cluster, unused_tcp_port: int
) -> None:
    async with described_sandbox() as box:
        target = postgresql.database()
        pip = {**of_this_machine(), **of_locked_files(tmp_path)}
        env = environment(tmp_path, MOVE_TO=target, **addresses(box), **pip)
        operator = Operator(clone(tmp_path), env, unused_tcp_port)
        secrets = {"DISCORD_TOKEN": box.token, "DASHSCOPE_API_KEY": box.key, "DASHSCOPE_HTTP_BASE_URL": box.wan}
        try:
            for block in blocks(PAGE):
                await operator.take(block)
                if "cp .env.example .env" in block.commands:
                    operator.write(**secrets, SANDBOX_CDN_URL=box.cdn, HEALTH_PORT=str(unused_tcp_port))
                if "bot.py move" in block.commands:
                    operator.write(DATABASE_URL=target)
        finally:
            await operator.stop()

    said = "\n".join(operator.said)
    assert said.count("All good") == 2  # before the first start, and after the upgrade
    assert said.count("All invariants hold") >= 3  # after the restore and the move
    assert "bot_started" in (operator.folder / "bot.log").read_text()


def test_the_readme_shows_commands_of_the_manual_in_its_order() -> None:
    manual = [line for block in blocks(PAGE) for line in block.commands.splitlines()]

    lines = [line for block in blocks(README) for line in block.commands.splitlines()]
    assert lines
    assert [line for line in dict.fromkeys(manual) if line in lines] == lines


def test_each_block_that_is_not_run_here_is_read_by_another_test() -> None:
    notes = {block.note for block in blocks(PAGE)}

    assert notes == {"", "runs", "stopped", *ELSEWHERE}
    assert [name for name in ELSEWHERE.values() if not (ROOT / name).exists()] == []
