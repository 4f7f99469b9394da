"""Run the bot from the container's files alone, without rights, under bubblewrap in place of a container engine."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from sandbox.bot_process import BotProcess
from sandbox.people import Control
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.end_to_end.conftest import is_result, photo
from tests.postgres import missing_is_a_failure
from tests.test_readme import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
IMAGE_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
HOME = "/home/wanvas"
needs_bubblewrap = pytest.mark.skipif(
    not shutil.which("bwrap") and not missing_is_a_failure(), reason="bubblewrap is not installed"
)


Before = Callable[[], object] | None  # runs in the new process before the program


class ContainedBot(BotProcess):
    """The bot from the image's files alone: user 10001, no capabilities, a read-only file system, and an init.

    bubblewrap stands in for the container engine. The base image's own programs and libraries are this machine's.
    """

    def __init__(self, sandbox: Sandbox, image: Path, folder: Path, seccomp: Path | None, before: Before) -> None:
        super().__init__(sandbox, folder, DATABASE_URL="", PYTHONPATH="/home/launcher")
        self._image, self._seccomp, self._before = image, seccomp, before

    def _contained(self) -> list[str]:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        return [
            "bwrap", "--die-with-parent", "--unshare-user", "--unshare-pid", "--unshare-ipc",
            "--uid", "10001", "--gid", "10001", "--cap-drop", "ALL",
            "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",  # noqa: S108  # the container's
            "--tmpfs", str(ROOT), "--tmpfs", "/home", "--ro-bind", sys.base_prefix, sys.base_prefix,
            "--ro-bind", sys.prefix, "/home/venv", "--ro-bind", str(ROOT / "sandbox"), "/home/launcher/sandbox",
            "--ro-bind", str(self._image), HOME, "--bind", str(data), f"{HOME}/data", "--chdir", HOME,
            "--remount-ro", "/", "--remount-ro", "/home",
        ]  # fmt: skip

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log, (self._seccomp or Path(os.devnull)).open("rb") as rules:
            more = ["--seccomp", str(rules.fileno())] if self._seccomp else []
            self.process = await asyncio.create_subprocess_exec(
                *self._contained(), *more, "/home/venv/bin/python", "-m", "sandbox.launch", "bot.py", *arguments,
                env=self.environment(), stdout=log, stderr=log, pass_fds=[rules.fileno()], preexec_fn=self._before,
            )  # fmt: skip
        return self.process

    async def stop(self) -> int:
        """Send SIGTERM to the bot itself, as the container's init does, and return the exit code."""
        assert self.process is not None
        (init,) = _children(self.process.pid)
        for bot in _children(init):
            os.kill(bot, signal.SIGTERM)
        return await self.process.wait()


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The files that the Dockerfile copies from a checkout under umask 077, opened and compiled as it does."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "data").mkdir()
    for source, target in re.findall(r"^COPY ([\w.]+) ([\w.]+)$", IMAGE_STAGE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, folder / target)
    subprocess.run(["chmod", "-R", "go-rwx", folder], check=True)  # noqa: S603, S607  # the image's own steps
    (line,) = re.findall(r"^RUN (chmod .+ compileall .+)$", IMAGE_STAGE, re.MULTILINE)
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(["sh", "-c", line.replace("/venv/bin/python", sys.executable)], cwd=folder, env=env, check=True)  # noqa: S603, S607  # the image's own steps
    yield folder
    shutil.rmtree(folder)


@asynccontextmanager
async def contained(
    image: Path, folder: Path, *, seccomp: Path | None = None, before: Before = None
) -> AsyncIterator[tuple[ContainedBot, Control]]:
    """Run the contained bot against a sandbox of its own; *seccomp*: a file with a filter of its system calls."""
    async with described_sandbox() as sandbox, aiohttp.ClientSession() as session:
        bot = ContainedBot(sandbox, image, folder, seccomp, before)
        try:
            await bot.start()
            yield bot, Control(session, sandbox.control)
        finally:
            if bot.process is not None and bot.process.returncode is None:
                await bot.stop()


async def edits_an_image(control: Control) -> None:
    """Let a new person edit an image: the bot downloads, decodes, generates and delivers."""
    ana = await control.person("Ana")
    await control.post("/channels", name="winter", deny=[])
    await ana.slash("winter", "imagine", prompt="make it winter", image1=photo())
    await ana.see("winter", is_result, "the edited image")
