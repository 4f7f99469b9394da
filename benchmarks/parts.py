"""Measure parts of the bot alone: the decoder, the store, the health check. The floor has none of them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import socket
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bots import HERE, MB, Subject, environment, running
from benchmarks.driver import Driver, Stuck
from tests import postgres

CYCLES = 240
Values = dict[str, float]
# A small process in between, because the kernel counts the memory of the process that starts another.
MEASURED = """
import json, os, sys
child = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))
"""


async def decoder(_driver: Driver, subject: Subject) -> Values:
    """Decode the same photo in the process and in a child."""
    process = await _started(subject, "decoding.py")
    said, _ = await process.communicate()
    found: Values = json.loads(said.splitlines()[-1])
    return found


async def store_sqlite(_driver: Driver, subject: Subject) -> Values:
    """Run job cycles on SQLite."""
    with TemporaryDirectory(prefix="wanvas-bench-") as folder:
        return {"cycle_sqlite": await cycles_per_s(subject, f"sqlite:///{folder}/wanvas.db", 1)}


async def store_postgresql(_driver: Driver, subject: Subject) -> Values:
    """Run job cycles on PostgreSQL, in one process and in two. Nothing if PostgreSQL is not installed."""
    if postgres.binaries() is None:
        return {}
    with postgres.cluster() as server:
        one, two = [await cycles_per_s(subject, server.database(), count) for count in (1, 2)]
    return {"cycle_pg_1": one, "cycle_pg_2": two, "cycle_pg_rise": two / one}


async def cycles_per_s(subject: Subject, url: str, count: int, cycles: int = CYCLES) -> float:
    """Return the cycles a second of *count* processes that use the database at the same time."""
    processes = [await _started(subject, "cycle.py", url, str(cycles)) for _ in range(count)]
    for process in processes:
        while (await _line(process)).strip() != b"ready":
            pass
    for process in processes:
        if process.stdin is not None:
            process.stdin.write(b"go\n")
    times: list[tuple[float, float]] = [json.loads(await _line(process)) for process in processes]
    for process in processes:
        await process.wait()
    return count * cycles / (max(ended for _, ended in times) - min(began for began, _ in times))


async def _line(process: Process) -> bytes:
    """Return the next line of a process. Stuck if it ended."""
    line = b"" if process.stdout is None else await process.stdout.readline()
    if not line:
        raise Stuck(f"a measuring process ended with {await process.wait()}")
    return line


async def _started(subject: Subject, script: str, *arguments: str) -> Process:
    env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(subject.root)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(HERE / script), *arguments, env=env, cwd=subject.root, stdin=PIPE, stdout=PIPE
    )


async def health(driver: Driver, subject: Subject) -> Values:
    """Run the container's health check against a running bot."""
    port = str(_free_port())
    async with running(driver, subject, HEALTH_PORT=port) as bot:
        await asyncio.sleep(1.0)
        env = environment(driver, subject, bot.folder) | {"HEALTH_PORT": port}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-E", "-c", MEASURED, *health_command(subject.root),
            cwd=subject.root, env=env, stdout=PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
    code, cpu_s, memory = json.loads(said.splitlines()[-1])
    if code:
        raise Stuck(f"the health check of a running bot ended with {code}")
    return {"health_cpu": cpu_s, "health_mb": memory / MB}


def health_command(root: Path) -> list[str]:
    """Return the command of the Dockerfile's health check, with this interpreter in place of the container's."""
    whole = (root / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    line = next(line for line in whole.splitlines() if line.startswith("HEALTHCHECK"))
    text = re.sub(r"(?<![\w/])(/venv/bin/)?python(?=[ \"])", sys.executable, line.partition("CMD ")[2])
    words: list[str] = json.loads(text) if text.startswith("[") else shlex.split(text)
    return words


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
