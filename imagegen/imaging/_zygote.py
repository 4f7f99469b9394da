"""Zygote: a small process that has Pillow imported, and forks one child for each task.

``python -P -m imagegen.imaging._zygote <memory bytes> [<connection>:<child> …]``. Stdin is a socket of the bot. Each
byte on it brings three descriptors: the connection of one request, its input and the file for its answer. The request
is JSON on the connection, ``{"task", "arguments", "most_bytes"}``. The zygote answers with the child's exit code, or
with the negative number of the signal that ended the child. If the bot closes the connection, the zygote kills the
child. The zygote never reads an input. Decision 0030.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from imagegen.imaging import _decode, _fit, _mark, _sheet, _strokes
from imagegen.imaging._codecs import load_codecs
from imagegen.imaging.isolation import hide_this_process, isolate, limit_this_process

NICENESS = 5  # the bot's own process comes first on a busy machine
BOT = 0  # the descriptor of the bot's socket
MAX_FORKS = 100  # all children of one process image have the same addresses in memory
MAX_DESCRIPTORS = 64
MAX_REQUEST_BYTES = 64 * 1024
COMMAND = 5  # words of the command line before the connections
Task = Callable[..., bytes]


def isolated(answer: Task) -> Task:
    """Return a task that isolates its process and then calls *answer*."""

    def task(data: bytes, *arguments: int) -> bytes:
        isolate()
        return answer(data, *arguments)

    return task


TASKS: dict[str, Task] = {
    "decode": isolated(_decode.answer),
    "shrink": isolated(_fit.shrink),
    "tile": isolated(_sheet.tile),
    "sheet": isolated(_sheet.sheet),
    "numbered": isolated(_mark.numbered),
    "outlined": isolated(_mark.outlined),
    "strokes": isolated(_strokes.strokes),
    "protections": lambda data: json.dumps(isolate()).encode(),
}


class Zygote:
    """Forks a child for each request, and says on the request's connection how the child ended."""

    def __init__(self, max_memory_bytes: int, children: dict[int, int]) -> None:
        """*children*: connection → process, of the zygote that this one replaces."""
        self._max_memory_bytes, self._children = max_memory_bytes, children
        self._bot, self._forks, self._has_crashed = socket.socket(fileno=BOT), 0, False
        self._wake_up, woken = os.pipe()
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken)  # the end of a child ends ``select``

    def serve(self) -> None:
        """Serve requests until the bot ends. Then kill the children."""
        is_open = True
        while is_open:
            self._report_ended()
            if self._forks >= MAX_FORKS or self._has_crashed:
                self._renew()
            ready = select.select([BOT, self._wake_up, *self._children], [], [])[0]
            if self._wake_up in ready:
                os.read(self._wake_up, MAX_REQUEST_BYTES)
            for connection in self._children.keys() & set(ready):
                self._close(connection, self._kill(connection))
            is_open = BOT not in ready or self._accept()
        for connection in self._children:  # report nothing: the bot tries a child again if it still runs
            self._kill(connection)

    def _accept(self) -> bool:
        """Fork a child for the next request. Return False if the bot has ended."""
        byte, descriptors, _, _ = socket.recv_fds(self._bot, 1, 3)
        if not byte:
            return False
        connection, source, answer = descriptors
        request = os.read(connection, MAX_REQUEST_BYTES)
        self._forks += 1
        try:
            if not (child := os.fork()):
                _run(request, source, answer, self._max_memory_bytes)
            self._children[connection] = child
        except OSError:  # the system has no room for one more process
            os.close(connection)
        os.close(source)
        os.close(answer)
        return True

    def _report_ended(self) -> None:
        """Report the end of each child that has ended."""
        for connection, child in list(self._children.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                self._close(connection, status)

    def _kill(self, connection: int) -> int:
        """Kill the child of *connection*, and return its status."""
        os.kill(self._children[connection], signal.SIGKILL)
        return os.waitpid(self._children[connection], 0)[1]

    def _close(self, connection: int, status: int) -> None:
        """Report how a child ended, and forget it."""
        code = os.waitstatus_to_exitcode(status)
        self._has_crashed |= code < 0 and code != -signal.SIGKILL
        with suppress(OSError):  # the bot may have closed its end
            os.write(connection, b"%d" % code)
        os.close(connection)
        del self._children[connection]

    def _renew(self) -> None:
        """Run this program again in the same process, with new addresses in memory, beside the running children.

        A child that crashed may have been a guess at the addresses, so the next one gets others.
        """
        self._forks, self._has_crashed = 0, False
        for connection in self._children:
            os.set_inheritable(connection, True)
        kept = [f"{connection}:{child}" for connection, child in self._children.items()]
        with suppress(OSError):  # then continue as before
            os.execv(sys.executable, [*sys.orig_argv[:COMMAND], *kept])  # noqa: S606 - this program


def _run(request: bytes, source: int, answer: int, max_memory_bytes: int) -> NoReturn:
    """Run one task in this new process, with no other open files than its own, and end the process."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)  # its number may soon be another file's, such as the answer's
        os.dup2(source, 0)  # closes the bot's socket in this process
        os.dup2(answer, 1)
        os.closerange(3, MAX_DESCRIPTORS)
        wanted = json.loads(request)
        limit_this_process(max_memory_bytes, wanted["most_bytes"])
        data = os.pread(0, os.fstat(0).st_size, 0)
        rest = memoryview(TASKS[wanted["task"]](data, *wanted["arguments"]))
        while rest:
            rest = rest[os.write(1, rest) :]
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Prepare this process, and serve."""
    hide_this_process()  # other processes of the user cannot read or change it
    os.nice(max(0, NICENESS - os.nice(0)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_DESCRIPTORS, MAX_DESCRIPTORS))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the bot stops first, and then its end of the socket closes
    load_codecs()
    gc.freeze()  # a collection in a child does not copy what all children share
    kept = [word.split(":") for word in sys.argv[2:]]
    Zygote(int(sys.argv[1]), {int(connection): int(child) for connection, child in kept}).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
