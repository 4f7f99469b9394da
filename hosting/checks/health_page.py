"""Check whether the health page's port can be opened."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Sequence

from hosting.health import trouble
from hosting.problems import Exit, Finding
from imagegen.settings import Settings


async def found(settings: Settings) -> Sequence[Finding]:
    """Open the port for a moment. If it is taken, ask whether a Wanvas has it."""
    host, port = str(settings.health_host), settings.health_port
    if not port or not (error := _error(host, port)):
        return ()
    if error == errno.EADDRINUSE and not await asyncio.to_thread(trouble, host, port, "/healthz"):
        return (Finding(f"a running Wanvas has HEALTH_PORT={port}. A second bot needs its own port.", Exit.GOOD),)
    why = "another program has it" if error == errno.EADDRINUSE else os.strerror(error)
    advice = "Set another HEALTH_PORT or HEALTH_HOST, or HEALTH_PORT=0 for no health page."
    return (Finding(f"The health page cannot use {host} port {port}: {why}. {advice}", Exit.RUN),)


def _error(host: str, port: int) -> int:
    """Return the number of the error that opening the port meets; 0 if none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as asyncio does
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.errno or errno.EIO
    return 0
