"""The container's health check asks the health page, and knows no secret."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

from hosting import health
from hosting.health_server import health_server
from imagegen.settings import Settings

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "DISCORD_TOKEN": "secret", "DASHSCOPE_API_KEY": "secret"}


def command() -> list[str]:
    """Return the command of the Dockerfile's health check, for this machine's Python."""
    (found,) = re.findall(
        r"^HEALTHCHECK .*?CMD (\[.*?\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL
    )
    return [part.replace("/venv/bin/python", sys.executable) for part in json.loads(found)]


async def run(line: list[str], **env: str) -> tuple[int | None, str]:
    """Return the exit code and the output of *line*."""
    process = await asyncio.create_subprocess_exec(
        *line,
        cwd=ROOT,
        env={**ENVIRONMENT, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_the_health_check_fails_and_names_what_is_wrong(unused_tcp_port: int) -> None:
    troubles = ["gateway: not ready yet", "database: no answer within 2 s"]

    async def look() -> list[str]:
        return troubles

    async with health_server(unused_tcp_port, look):
        sick = await run(command(), HEALTH_PORT=str(unused_tcp_port))
        troubles.clear()
        well = await run(command(), HEALTH_PORT=str(unused_tcp_port))

    assert sick == (1, "The bot is not healthy: gateway: not ready yet\ndatabase: no answer within 2 s.\n")
    assert well == (0, "")


async def test_the_health_check_fails_if_nothing_answers(unused_tcp_port: int) -> None:
    code, said = await run(command(), HEALTH_PORT=str(unused_tcp_port))

    assert code == 1
    assert "refused" in said


async def test_the_health_check_passes_if_the_health_page_is_off() -> None:
    assert await run(command(), HEALTH_PORT="0") == (0, "")


async def test_the_health_check_has_no_secret_in_its_environment() -> None:
    shell, option, line = command()
    instead = line.replace(f"{sys.executable} -IS hosting/health.py", "env")

    assert await run([shell, option, instead], HEALTH_PORT="8080") == (0, "HEALTH_PORT=8080\n")


def test_the_health_check_asks_the_port_of_the_settings() -> None:
    assert Settings.model_fields["health_port"].default == health.DEFAULT_PORT
