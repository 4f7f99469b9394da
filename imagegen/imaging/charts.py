"""Draw charts, each in a process that starts for it and ends with it: the chart library takes 60 MB of memory.

The process gets numbers and names of ours, no image and no secret (decision 0055).
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from imagegen.imaging.children import ROOT

log = structlog.get_logger(__name__)

PROGRAM = "imagegen.imaging._chart"
# Not the bot's own, which has the token and the key. The library keeps the list of its fonts in its folder, and needs
# no second thread.
ENVIRONMENT = {"PYTHONPATH": ROOT, "MPLCONFIGDIR": ".", "OPENBLAS_NUM_THREADS": "1"}
DRAW_S = 20.0  # of wall-clock time on a busy machine; usually one


class Charts:
    """Draws one chart at a time."""

    def __init__(self) -> None:
        self._turn, self._folder = asyncio.Semaphore(), ""

    async def draw(self, days: Sequence[str], bars: Mapping[str, Sequence[float]], *, sign: str, dark: bool) -> bytes:
        """Return a PNG of the *bars* of each day, from bottom to top; nothing if it cannot be drawn in time.

        *sign* is written before each number.
        """
        wanted = {"days": days, "bars": list(bars.items()), "sign": sign, "dark": dark}
        async with self._turn:
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAW_S):
                    return await self._answer(json.dumps(wanted).encode())
        log.warning("chart_too_slow")
        return b""

    async def _answer(self, wanted: bytes) -> bytes:
        """Return what the process writes; nothing if it fails. Kill it if this call is canceled."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=self._own_folder(),
            env=ENVIRONMENT,
        )
        try:
            drawn, _ = await process.communicate(wanted)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            log.warning("chart_failed", code=process.returncode)
        return b"" if process.returncode else drawn

    def _own_folder(self) -> str:
        """Return a folder of these charts: the library keeps the list of its fonts there."""
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="wanvas-charts-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder
