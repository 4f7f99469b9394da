"""Start bots quickly: import their modules once, then fork a process for each start.

A fresh Python needs about a second of processor time until it has imported the bot. The tests start some two hundred
bots, so they share one import. ``tests/warm_bot.py`` starts this server and sends it one order for each bot. Tests of
the command line and of the tour still start ``python bot.py`` itself.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

MAX_ORDER_BYTES = 1 << 17
MAX_FILES = 1 << 12
# Everything that a bot imports until it serves, for either database.
MODULES = ("bot", "alembic.command", "psycopg", "sqlalchemy.dialects.postgresql.psycopg")


@dataclass(frozen=True)
class Order:
    """One start. *log* and *status* are open files: the bot's output, and where its id and exit code are written."""

    launcher: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    log: int
    status: int


def serve(door: socket.socket) -> Order | None:
    """Fork for each order. Return the order in the fork, and None in the server when the tests have ended."""
    poller, running = select.poll(), dict[int, tuple[int, int]]()
    poller.register(door, select.POLLIN)
    while True:
        for ready, _ in poller.poll():
            if ready in running:
                poller.unregister(ready)
                _report_exit(ready, *running.pop(ready))
                continue
            if (order := _received(door)) is None:
                _kill(running)
                return None
            if (pid := os.fork()) == 0:
                door.detach()
                return order
            os.write(order.status, b"%d\n" % pid)
            os.close(order.log)
            exit_event = os.pidfd_open(pid)
            running[exit_event] = pid, order.status
            poller.register(exit_event, select.POLLIN)


def _received(door: socket.socket) -> Order | None:
    message, files, _, _ = socket.recv_fds(door, MAX_ORDER_BYTES, 2)
    return Order(*json.loads(message), *files) if message else None


def _report_exit(exit_event: int, pid: int, status: int) -> None:
    _, code = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        os.write(status, b"%d\n" % os.waitstatus_to_exitcode(code))
    os.close(status)
    os.close(exit_event)


def _kill(running: dict[int, tuple[int, int]]) -> None:
    """Kill the bots that are left, as the end of a test run would leave none."""
    for pid, _ in running.values():
        os.kill(pid, signal.SIGKILL)


def run(order: Order) -> None:
    """Become the process that was ordered: its files, folder and environment, and nothing of the server's."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(order.log, stream)
    os.closerange(3, MAX_FILES)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    sys.path[0] = order.folder  # as for ``python -m``
    sys.argv = [order.launcher, *order.arguments]
    runpy.run_module(order.launcher, run_name="__main__", alter_sys=True)


def main() -> None:
    for name in MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page of what was imported
    order = serve(socket.socket(fileno=int(sys.argv[1])))
    if order is not None:
        run(order)


if __name__ == "__main__":
    main()
