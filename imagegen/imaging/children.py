"""Start the zygote, and run tasks in the children that it forks. Files in memory carry inputs and answers."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import cast

ROOT = str(Path(__file__).parents[2])
ZYGOTE = "imagegen.imaging._zygote"
# Not the bot's own, which has the token and the key. glibc asks for large pages, because a child that was forked takes
# 2.5 µs for each new page: https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html
# (2026-11-29).
ENVIRONMENT = {"PYTHONPATH": ROOT, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
END_S = 5.0  # for the zygote to end by itself


class ZygoteLost(Exception):
    """The zygote ended, or could not fork, before the child ended."""


def memory_file(data: bytes = b"") -> FileIO:
    """Return a file in memory with *data*. Outside Linux, return an unnamed file on disk.

    A child reads the file without a pipe, and this process does not keep its bytes.
    """
    if sys.platform == "linux":
        file = FileIO(os.memfd_create("image"), "w+b")
    else:
        file = cast(FileIO, tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - the caller closes it
    file.write(data)
    return file


class Zygote:
    """A running zygote (_zygote.py). ``close`` ends it and its children; so does the end of this process."""

    def __init__(self, program: str, max_memory_bytes: int, folder: str) -> None:
        """Start *program* in *folder*. Do not wait until it is ready: requests wait in its socket."""
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - a program of ours
                [sys.executable, "-P", "-m", program, str(max_memory_bytes)],  # -P: import nothing from its folder
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=ENVIRONMENT,
            )
        self.pid, self.close = process.pid, weakref.finalize(self, _end, self._socket, process)

    async def run(
        self, source: FileIO, answer: FileIO, task: str, arguments: Sequence[int | str], most_bytes: int
    ) -> int:
        """Run *task* in a child that reads *source* and writes at most *most_bytes* into *answer*.

        Return the child's exit code, or the negative number of the signal that ended the child. Raise ZygoteLost. If
        this call is canceled, end only after the child was killed.
        """
        request = json.dumps({"task": task, "arguments": arguments, "most_bytes": most_bytes}).encode()
        with ExitStack() as stack:
            connection, theirs = (stack.enter_context(end) for end in socket.socketpair())
            connection.setblocking(False)
            try:
                connection.send(request)
                socket.send_fds(self._socket, [b"."], [theirs.fileno(), source.fileno(), answer.fileno()])
                theirs.close()
                code = await _receive_code(connection)
            except OSError as error:
                raise ZygoteLost from error
        if not code:
            raise ZygoteLost
        return int(code)


async def _receive_code(connection: socket.socket) -> bytes:
    """Return what the zygote says of the child's end; nothing if the zygote ends first."""
    loop = asyncio.get_running_loop()
    try:
        return await loop.sock_recv(connection, 16)
    except asyncio.CancelledError:
        connection.shutdown(socket.SHUT_WR)  # the zygote then kills the child
        await loop.sock_recv(connection, 16)
        raise


def _end(connection: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Close the zygote's socket and wait for its end."""
    connection.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
