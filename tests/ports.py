"""Find ports that stay free until a test uses them.

The system gives ports from 32768 on to the connections of all processes: one that was free a moment ago may be taken.
https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html, ip_local_port_range (2026-11-30)
"""

from __future__ import annotations

import itertools
import os
import socket

FIRST, EACH, WORKERS = 10_000, 1_000, 20  # each worker has a thousand ports of its own
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
PORTS = itertools.cycle(range(FIRST + WORKER * EACH, FIRST + (WORKER + 1) * EACH, 2))


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free, as the one after it is. RuntimeError if there is none."""
    for port in itertools.islice(PORTS, EACH // 2):
        if _is_free(port) and _is_free(port + 1):
            return port
    raise RuntimeError("every port of this worker is taken")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
