"""The health check of the container and the operator's command ask the health page."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from hosting import health
from hosting.health_server import Health, health_server
from imagegen.settings import Settings

ROOT = Path(__file__).parent.parent.parent
OPERATORS = [sys.executable, str(ROOT / "bot.py"), "health"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "DISCORD_TOKEN": "secret", "DASHSCOPE_API_KEY": "secret"}


def command() -> list[str]:
    """Return the command of the Dockerfile's health check, for this machine's Python."""
    (found,) = re.findall(
        r"^HEALTHCHECK .*?CMD (\[.*?\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL
    )
    return [part.replace("/venv/bin/python", sys.executable) for part in json.loads(found)]


def answering(*troubles: str) -> Callable[[], Awaitable[Sequence[str]]]:
    """Return a function that finds these troubles."""

    async def look() -> Sequence[str]:
        return troubles

    return look


async def run(line: list[str], folder: Path = ROOT, **env: str) -> tuple[int | None, str]:
    """Return the exit code and the output of *line*."""
    process = await asyncio.create_subprocess_exec(
        *line,
        cwd=folder,
        env={**ENVIRONMENT, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_the_containers_check_passes_while_the_process_lives_though_its_database_is_away(
    unused_tcp_port: int,
) -> None:
    health_page = Health(answering("database: no answer within 2 s"))

    async with health_server("127.0.0.1", unused_tcp_port, health_page):
        said = await run(command(), HEALTH_PORT=str(unused_tcp_port))

    assert said == (0, "The bot is well.\n")


async def test_the_operators_command_fails_and_names_each_part_that_does_not_work(
    unused_tcp_port: int, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"HEALTH_PORT={unused_tcp_port}\n")
    health_page = Health(answering("gateway: not ready yet", "database: no answer within 2 s"))

    async with health_server("127.0.0.1", unused_tcp_port, health_page):
        sick = await run(OPERATORS, tmp_path)
        health_page.troubles = answering()
        well = await run(OPERATORS, tmp_path)

    assert sick == (1, "The bot is not well: gateway: not ready yet\ndatabase: no answer within 2 s.\n")
    assert well == (0, "The bot is well.\n")


async def test_a_bot_that_listens_on_every_address_is_asked_on_loopback(unused_tcp_port: int) -> None:
    for host in ("0.0.0.0", "::"):  # noqa: S104  # that is what is tried
        async with health_server(host, unused_tcp_port, Health(answering())):
            said = await run([*command()], HEALTH_HOST=host, HEALTH_PORT=str(unused_tcp_port))

        assert said == (0, "The bot is well.\n")


async def test_the_health_check_fails_if_nothing_answers(unused_tcp_port: int) -> None:
    code, said = await run(command(), HEALTH_PORT=str(unused_tcp_port))

    assert code == 1
    assert "refused" in said


async def _another_program(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 200 OK\r\nServer: Bakery\r\n\r\nok")
    writer.close()


async def test_another_program_on_the_port_is_no_bot_that_is_well(unused_tcp_port: int) -> None:
    async with await asyncio.start_server(_another_program, "127.0.0.1", unused_tcp_port):
        said = await run(command(), HEALTH_PORT=str(unused_tcp_port))

    what = f"another program answers on 127.0.0.1 port {unused_tcp_port}, which HEALTH_HOST and HEALTH_PORT name"
    assert said == (1, f"The bot is not well: {what}.\n")


async def _drips(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        while not writer.is_closing():
            writer.write(b"a")
            await asyncio.sleep(0.01)


async def test_an_answer_that_never_ends_is_no_answer(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "TIMEOUT_S", 0.2)

    async with await asyncio.start_server(_drips, "127.0.0.1", unused_tcp_port):
        found = await asyncio.to_thread(health.trouble, "127.0.0.1", unused_tcp_port, "/healthz")

    assert found == f"no answer from 127.0.0.1 port {unused_tcp_port} (timed out)"


async def test_a_health_page_that_is_off_is_said_to_be_off_and_fails_no_check(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HEALTH_PORT=0\n")

    assert await run(command(), HEALTH_PORT="0") == (0, f"{health.OFF}\n")
    assert await run(OPERATORS, tmp_path) == (0, f"{health.OFF}\n")


async def test_a_host_that_is_no_address_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HEALTH_HOST=localhost\n")

    code, said = await run(OPERATORS, tmp_path)

    assert code == 2
    assert "HEALTH_HOST must be an IP address" in said


async def test_a_port_that_is_no_number_is_named() -> None:
    assert await run(command(), HEALTH_PORT="http") == (1, "HEALTH_PORT is not a number.\n")


async def test_the_health_check_has_no_secret_in_its_environment() -> None:
    shell, option, line = command()
    instead = line.replace(f"{sys.executable} -IS hosting/health.py", "env")

    assert await run([shell, option, instead], HEALTH_PORT="8080") == (0, "HEALTH_HOST=\nHEALTH_PORT=8080\n")


def test_the_health_check_asks_the_address_of_the_settings() -> None:
    assert str(Settings.model_fields["health_host"].default) == health.DEFAULT_HOST
    assert Settings.model_fields["health_port"].default == health.DEFAULT_PORT
