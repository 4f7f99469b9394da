"""The processes under measurement: start them, read their CPU time and memory, and stop them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.driver import Driver

HERE = Path(__file__).parent
ROOT = HERE.parent
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MB = 1_000_000
COUNTS_S = 10.0
GENEROUS = {
    "MEMBER_IMAGES_PER_DAY": "100000",
    "PERSON_IMAGES_PER_DAY": "100000",
    "SERVER_IMAGES_PER_MONTH": "100000",
    "BUDGET_USD_PER_DAY": "100000",
    "BUDGET_USD_PER_MONTH": "100000",
    "ATTEMPTS_PER_DAY": "100000",
    "QUEUED_PER_MEMBER": "10000",
    "QUEUED_MAX": "100000",
    "INPUT_MB_PER_PERSON": "100000",
    "INPUT_MB": "100000",
}


@dataclass(frozen=True)
class Subject:
    """A bot that can be measured. *root* is the checkout that its modules come from."""

    name: str
    root: Path
    program: Path

    @property
    def is_ours(self) -> bool:
        """Return whether this is the real bot, not the floor."""
        return self.program.name == "bot.py"


FLOOR = Subject("floor", ROOT, HERE / "floor.py")
OURS = Subject("ours", ROOT, ROOT / "bot.py")


@contextmanager
def checked_out(ref: str) -> Iterator[Subject]:
    """Yield the bot of another commit, in a working tree that is removed afterwards."""
    with TemporaryDirectory(prefix="wanvas-bench-") as folder:
        root = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(root), ref)
        try:
            yield Subject(ref, root, root / "bot.py")
        finally:
            _git("worktree", "remove", "--force", str(root))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)  # noqa: S603, S607  # git is installed


class ProcessMemory:
    """The memory of a process, as the kernel counts it."""

    def __init__(self, pid: int) -> None:
        self._status, self._clear = Path(f"/proc/{pid}/status"), Path(f"/proc/{pid}/clear_refs")

    def mb(self, name: str) -> float:
        """Return ``VmRSS``, the memory now, or ``VmHWM``, the most since ``forget``, in MB."""
        line = next(line for line in self._status.read_text().splitlines() if line.startswith(name))
        return int(line.split()[1]) * 1024 / MB

    def forget(self) -> None:
        """Reset ``VmHWM``."""
        self._clear.write_text("5")


class Running:
    """A running bot."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, began_s: float) -> None:
        self._process, self.folder = process, folder
        self._proc, self._memory = Path(f"/proc/{process.pid}"), ProcessMemory(process.pid)
        self.began_s, self.ready_s = began_s, began_s

    @property
    def start_s(self) -> float:
        """Return the seconds from the start of the process until it was ready."""
        return self.ready_s - self.began_s

    def cpu_s(self) -> float:
        """Return the CPU seconds of the process and its children, in user and kernel mode."""
        return sum(_cpu_s(pid) for pid in (self._process.pid, *_descendants(self._process.pid)))

    def own_cpu_s(self) -> float:
        """Return the CPU seconds of the process's living threads, to the nanosecond."""
        stats = [path.read_text() for path in (self._proc / "task").glob("*/schedstat")]
        return sum(int(text.split()[0]) for text in stats) / 1e9

    def memory_mb(self, name: str = "VmRSS") -> float:
        """Return ``VmRSS``, the memory now, or ``VmHWM``, the most since ``forget_peak``, in MB."""
        return self._memory.mb(name)

    def children_mb(self) -> float:
        """Return the memory of all children in MB, where a page that several share counts in parts."""
        return sum(_pss_mb(pid) for pid in _descendants(self._process.pid))

    def forget_peak(self) -> None:
        """Reset ``VmHWM``."""
        self._memory.forget()

    async def counts(self) -> dict[str, Any]:
        """Return the counts of benchmarks/launch.py since the last call."""
        path = self.folder / "counts"
        path.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(COUNTS_S):
            while not path.exists():  # noqa: ASYNC110  # a file has no event
                await asyncio.sleep(0.005)
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def log(self) -> str:
        """Return the end of the bot's log."""
        return (self.folder / "bot.log").read_text(encoding="utf-8")[-2000:]

    async def stop(self) -> None:
        """Kill the process: how it stops is not measured."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def running(
    driver: Driver, subject: Subject, *, lift: bool = True, watch: bool = False, **settings: str
) -> AsyncIterator[Running]:
    """Run *subject* in a fresh process with an empty database until the end of the block.

    *lift*: without a limit on the pace of the requests to Wan. *watch*: note the longest stall of its event loop.
    """
    driver.expect()
    with TemporaryDirectory(prefix="wanvas-bench-") as name:
        folder = Path(name)
        env = environment(driver, subject, folder)
        env |= {"BENCH_LIFT": "1" if lift else "", "BENCH_WATCH": "1" if watch else ""}
        began_s = time.perf_counter()
        with (folder / "bot.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", str(HERE / "launch.py"), str(subject.program),
                cwd=folder, env=env | settings, stdout=log, stderr=log,
            )  # fmt: skip
        found = Running(process, folder, began_s)
        driver.bot_cpu_s = found.own_cpu_s
        try:
            found.ready_s = await driver.ready(commands=subject.is_ours)
            yield found
        except Exception as error:
            error.add_note(f"{subject.name} logged: {found.log()}")
            raise
        finally:
            await found.stop()


def environment(driver: Driver, subject: Subject, folder: Path) -> dict[str, str]:
    """Return the whole environment of a bot. Only PATH comes from this process."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(subject.root),
        "WANVAS_SANDBOX_REST": driver.rest,
        "WANVAS_SANDBOX_GATEWAY": driver.gateway,
        "WANVAS_SANDBOX_CDN": driver.cdn,
        "DISCORD_TOKEN": "sandbox-token",
        "DASHSCOPE_API_KEY": "sandbox-key",
        "DASHSCOPE_HTTP_BASE_URL": driver.wan,
        "SANDBOX_CDN_URL": driver.cdn,
        "DATABASE_URL": f"sqlite:///{folder}/wanvas.db",
        "HEALTH_PORT": "0",
        "BENCH_COUNTS": str(folder / "counts"),
        **GENEROUS,
    }


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from _descendants(child)


def _cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that ended. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS_PER_S
    return 0.0


def _pss_mb(pid: int) -> float:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024 / MB
    return 0.0
