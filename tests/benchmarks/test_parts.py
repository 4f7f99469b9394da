"""Parts of the bot are measured alone: the store's cycles, and the container's health check."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import parts
from benchmarks.bots import OURS
from benchmarks.driver import driver
from tests.postgres import Cluster


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ('HEALTHCHECK --interval=30s CMD ["python", "bot.py", "health"]', [sys.executable, "bot.py", "health"]),
        (
            'HEALTHCHECK \\\n  CMD ["sh", "-c", "exec /venv/bin/python -IS x.py"]',
            ["sh", "-c", f"exec {sys.executable} -IS x.py"],
        ),
        ("HEALTHCHECK CMD python x.py", [sys.executable, "x.py"]),
    ],
)
def test_the_health_check_of_a_dockerfile_runs_with_this_interpreter(
    tmp_path: Path, line: str, command: list[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.11\n{line}\nENTRYPOINT x\n", encoding="utf-8")

    assert parts.health_command(tmp_path) == command


async def test_the_health_check_of_a_running_bot_is_measured_in_its_own_process() -> None:
    async with driver() as local:
        found = await parts.health(local, OURS)

    assert found["health_cpu"] > 0
    assert found["health_mb"] > 1


async def test_the_decoder_is_measured_beside_the_same_decode_in_a_process() -> None:
    async with driver() as local:
        found = await parts.decoder(local, OURS)

    assert set(found) == {"decode", "decode_stall"}
    assert found["decode_stall"] > 0


async def test_two_processes_run_their_cycles_on_one_database(postgresql: Cluster) -> None:
    assert await parts.cycles_per_s(OURS, postgresql.database(), 2, cycles=8) > 0
