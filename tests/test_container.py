"""The container: its files suffice, it runs without rights on a file system that it cannot change, and it is pinned."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from imagegen.settings import Settings
from sandbox.bot_process import BotProcess
from sandbox.people import Control
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.end_to_end.conftest import is_result, photo
from tests.postgres import missing_is_a_failure
from tests.test_readme import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
IMAGE_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BOTS = {name: service for name, service in SERVICES.items() if "build" in service}
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
HOME = "/home/wanvas"
needs_bubblewrap = pytest.mark.skipif(
    not shutil.which("bwrap") and not missing_is_a_failure(), reason="bubblewrap is not installed"
)


class ContainedBot(BotProcess):
    """The bot from the image's files alone: user 10001, no capabilities, a read-only file system, and an init.

    bubblewrap stands in for the container engine. The base image's own programs and libraries are this machine's.
    """

    def __init__(self, sandbox: Sandbox, image: Path, folder: Path) -> None:
        super().__init__(sandbox, folder, DATABASE_URL="", PYTHONPATH="/home/launcher")
        self._image = image

    def _contained(self) -> list[str]:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        return [
            "bwrap", "--die-with-parent", "--unshare-user", "--unshare-pid", "--unshare-ipc",
            "--uid", "10001", "--gid", "10001", "--cap-drop", "ALL",
            "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",  # noqa: S108  # the container's
            "--tmpfs", str(ROOT), "--tmpfs", "/home",
            "--ro-bind", sys.prefix, "/home/venv", "--ro-bind", str(ROOT / "sandbox"), "/home/launcher/sandbox",
            "--ro-bind", str(self._image), HOME, "--bind", str(data), f"{HOME}/data", "--chdir", HOME,
            "--remount-ro", "/", "--remount-ro", "/home",
        ]  # fmt: skip

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._contained(), "/home/venv/bin/python", "-m", "sandbox.launch", "bot.py", *arguments,
                env=self.environment(), stdout=log, stderr=log,
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
    """The files that the Dockerfile copies into the image, compiled as it compiles them."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "data").mkdir()
    for source, target in re.findall(r"^COPY ([\w.]+) ([\w.]+)$", IMAGE_STAGE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, folder / target)
    (compilation,) = re.findall(r"^RUN /venv/bin/python (-m compileall .+)$", IMAGE_STAGE, re.MULTILINE)
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *compilation.split()], cwd=folder, env=env, check=True)  # noqa: S603  # as above
    yield folder
    shutil.rmtree(folder)


@asynccontextmanager
async def contained(image: Path, folder: Path) -> AsyncIterator[tuple[ContainedBot, Control]]:
    """Run the contained bot against a sandbox of its own."""
    async with described_sandbox() as sandbox, aiohttp.ClientSession() as session:
        bot = ContainedBot(sandbox, image, folder)
        try:
            await bot.start()
            yield bot, Control(session, sandbox.control)
        finally:
            if bot.process is not None and bot.process.returncode is None:
                await bot.stop()


@needs_bubblewrap
async def test_the_image_edits_an_image_without_rights_on_a_read_only_file_system(image: Path, tmp_path: Path) -> None:
    async with contained(image, tmp_path) as (bot, control):
        ana = await control.person("Ana")
        await control.post("/channels", name="general", deny=[])

        await ana.slash("general", "imagine", prompt="make it winter", image1=photo())
        await ana.see("general", is_result, "the edited image")
        code = await bot.stop()

    log = bot.log.read_text(encoding="utf-8")
    assert code == 0, log[-2000:]
    assert re.search(r"decoder_isolation.*seccomp=True", log)
    assert (tmp_path / "data" / "wanvas.db").stat().st_size


def test_the_image_runs_as_a_user_by_number() -> None:
    assert re.findall(r"^USER (\S+)$", IMAGE_STAGE, re.MULTILINE) == ["10001"]


def test_every_base_image_is_pinned_by_its_digest() -> None:
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    bases = [arguments[name] for name in re.findall(r"^FROM \$\{(\w+)\}", DOCKERFILE, re.MULTILINE)]
    images = bases + [service["image"] for service in SERVICES.values() if "build" not in service]

    assert len(bases) == DOCKERFILE.count("\nFROM ")
    assert [name for name in images if not PINNED.fullmatch(name)] == []


def test_make_writes_the_newest_digest_of_each_image(tmp_path: Path) -> None:
    for file in ("Makefile", "Dockerfile", "compose.yaml"):
        shutil.copy(ROOT / file, tmp_path)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(
        f"#!/bin/sh\n[ $6 = {'python:3.11-slim-bookworm'} ] && echo sha256:{'a' * 64} || echo sha256:{'b' * 64}\n"
    )
    docker.chmod(0o755)
    path = f"{docker.parent}:{os.environ['PATH']}"

    subprocess.run(["make", "-s", "pin-images"], cwd=tmp_path, env={"PATH": path}, check=True)  # noqa: S607

    pinned = PINNED.findall((tmp_path / "Dockerfile").read_text() + (tmp_path / "compose.yaml").read_text())
    assert pinned[0] == f"python:3.11-slim-bookworm@sha256:{'a' * 64}"
    assert {name.partition("@")[2] for name in pinned[1:]} == {f"sha256:{'b' * 64}"}
    assert len(pinned) == 4


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_no_rights_and_bounds(name: str) -> None:
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["pids_limit"] <= 128
    assert service["mem_limit"]
    assert "privileged" not in service


def test_ports_are_published_on_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert not [name for name in BOTS if "ports" in BOTS[name]]


def test_each_profile_runs_one_bot_and_shares_none() -> None:
    by_profile: dict[str, list[str]] = {}
    for name, service in SERVICES.items():
        (profile,) = service["profiles"]
        by_profile.setdefault(profile, []).append(name)

    assert by_profile == {
        "sqlite": ["wanvas"],
        "postgres": ["wanvas-0", "wanvas-1", "postgres"],
        "monitoring": ["prometheus", "grafana"],
    }


def test_the_two_processes_share_all_shards_and_one_database() -> None:
    environments = [service["environment"] for service in BOTS.values() if "postgres" in service["profiles"]]

    assert sorted(env["SHARD_IDS"] for env in environments) == ["0", "1"]
    assert {env["SHARD_COUNT"] for env in environments} == {"2"}
    assert len({env["DATABASE_URL"] for env in environments}) == 1


@pytest.mark.parametrize("name", BOTS)
def test_a_bot_gets_only_settings_that_exist_and_time_to_end(name: str) -> None:
    service = BOTS[name]

    assert service["environment"].keys() - {"PGPASSWORD"} <= {field.upper() for field in Settings.model_fields}
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings.model_fields["shutdown_grace_s"].default + 10
    assert service["mem_limit"] == service["memswap_limit"]


def test_no_password_is_written_in_the_file() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    assert set(re.findall(r"PASSWORD: \"?([^\"}\n]+\}?)", text)) == {"${POSTGRES_PASSWORD:-}"}


def test_the_database_lies_in_a_volume() -> None:
    (volume,) = re.findall(r"^VOLUME (\S+)$", IMAGE_STAGE, re.MULTILINE)

    assert SERVICES["wanvas"]["volumes"] == [f"data:{volume}"]
    assert "data" in COMPOSE["volumes"]
