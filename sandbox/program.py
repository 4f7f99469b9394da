"""Run the program that plays the bot: start, stop and restart it as a process with a log file."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

GRACE_S = 3.0  # how long a program may take to end after SIGTERM
FOLLOW_S = 0.1
MAX_LOG_BYTES, KEPT_LOG_BYTES = 16 * 1024 * 1024, 256 * 1024
PRIVATE = 0o600
# Waits for the end of its input, which comes when the sandbox dies, and then kills the process group that it is given.
GUARD = ("sh", "-c", 'read -r _; kill -s KILL -- "-$1"', "guard")


class CannotStart(ValueError):
    """The program cannot be started. The message is a sentence for the person who started it."""


class Program:
    """A program in a session of its own, so that a signal reaches its children too.

    Its output is appended to *log*. *on_exit* is called with the exit code each time the program ends by itself.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: Path
    ) -> None:
        self.name, self.log = name, log
        self.on_exit: Callable[[int], None] = lambda _code: None
        self._command, self._folder, self._environment = command, folder, environment
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._restart: asyncio.Task[None] | None = None
        self._is_stopping = False

    @property
    def running(self) -> bool:
        """Return whether the process runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def exit_code(self) -> int | None:
        """Return the exit code of the latest process, negative for a signal; None while it runs or before a start."""
        return None if self._process is None else self._process.returncode

    async def start(self) -> None:
        """Start the process without waiting for its connection. CannotStart if there is no such program."""
        self._is_stopping = False
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self._folder, env=dict(self._environment),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise CannotStart(_why_not(self._command[0], error)) from error
        finally:
            os.close(log)
        self._watch = asyncio.create_task(self._watch_process(self._process))

    async def _watch_process(self, process: asyncio.subprocess.Process) -> None:
        """Wait for the end of the process, and end its children, also if the sandbox dies before them."""
        guard = await asyncio.create_subprocess_exec(
            *GUARD, str(process.pid), start_new_session=True, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        code = await process.wait()
        _signal_group(process, signal.SIGKILL)  # children that outlived it
        with suppress(ProcessLookupError):
            guard.kill()
        await guard.wait()
        if not self._is_stopping:
            self.on_exit(code)

    async def stop(self) -> None:
        """Send SIGTERM to the process and its children, and SIGKILL to those that still run after GRACE_S."""
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.wait({self._restart})
        await self._stop()

    async def _stop(self) -> None:
        if self._process is None or self._watch is None:
            return
        self._is_stopping = True
        if self.running:
            _signal_group(self._process, signal.SIGTERM)
        _, late = await asyncio.wait({self._watch}, timeout=GRACE_S)
        if late:
            _signal_group(self._process, signal.SIGKILL)
        await self._watch

    async def restart(self) -> None:
        """Stop the process if it runs, and start it again. Two calls at once cause one restart.

        The restart is completed even if the caller is canceled. CannotStart as ``start`` does.
        """
        if self._restart is None or self._restart.done():
            self._restart = asyncio.create_task(self._start_again())
        await asyncio.shield(self._restart)

    async def _start_again(self) -> None:
        await self._stop()
        await self.start()

    async def follow(self, write: Callable[[bytes], object], until: asyncio.Event) -> None:
        """Pass on the log and what is added to it. Of a log of over 16 MiB, keep the end. Return after *until*."""
        position = 0
        while not until.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), FOLLOW_S)
            position = await asyncio.to_thread(self._pass_on, position, write)

    def _pass_on(self, position: int, write: Callable[[bytes], object]) -> int:
        """Pass on the log from *position*, and return the position after that."""
        if not self.log.exists():
            return 0
        with self.log.open("r+b") as log:
            log.seek(position)
            while found := log.read(1024 * 1024):
                write(found)
                position += len(found)
            return self._shorten(log, write) if position > MAX_LOG_BYTES else position

    def _shorten(self, log: BinaryIO, write: Callable[[bytes], object]) -> int:
        """Keep the end of the log, in whole lines, and return the position after it."""
        passed_on = min(KEPT_LOG_BYTES, log.tell())
        log.seek(-passed_on, os.SEEK_CUR)
        kept = log.read()  # to its end: with what the program has written meanwhile
        log.truncate(0)
        if new := kept[passed_on:]:
            write(new)
        with self.log.open("ab") as end:
            end.write(kept[kept.find(b"\n") + 1 :])
            return end.tell()

    def tail(self, max_chars: int = 2000) -> str:
        """Return the end of the log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4 * max_chars))
            return log.read().decode(errors="replace")[-max_chars:]


def _why_not(program: str, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"There is no program {program}. Write its whole path, and each word of the command by itself."
        case PermissionError():
            return f"{program} is not executable. Run chmod +x, or put python before it."
        case _:
            return f"{program} cannot be started: {error.strerror}."


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(process.pid, number)
