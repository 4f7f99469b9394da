"""Check whether the health page's port can be opened."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence

import aiohttp

from hosting.health import EVERY_ADDRESS
from hosting.problems import Exit, Finding
from imagegen.settings import Settings

ASK_S = 3.0


async def found(settings: Settings) -> Sequence[Finding]:
    """Open the port for a moment. If it is taken, ask whether a Wanvas has it."""
    host, port = str(settings.health_host), settings.health_port
    if not port or not (error := _trouble(host, port)):
        return ()
    if error == errno.EADDRINUSE and await _is_wanvas(host, port):
        return (Finding(f"a running Wanvas has HEALTH_PORT={port}. A second bot needs its own port.", Exit.GOOD),)
    why = "another program has it" if error == errno.EADDRINUSE else os.strerror(error)
    advice = "Set another HEALTH_PORT or HEALTH_HOST, or HEALTH_PORT=0 for no health page."
    return (Finding(f"The health page cannot use {host} port {port}: {why}. {advice}", Exit.RUN),)


def _trouble(host: str, port: int) -> int:
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


async def _is_wanvas(host: str, port: int) -> bool:
    address = EVERY_ADDRESS.get(host, host)
    url = f"http://[{address}]:{port}/metrics" if ":" in address else f"http://{address}:{port}/metrics"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_S)) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return b"wanvas_" in await answer.content.read(65536)
    except (aiohttp.ClientError, TimeoutError):
        return False
