"""Run a command of bot.py as an operator would, in a process that needs no import."""

from __future__ import annotations

import signal
from pathlib import Path
from tempfile import TemporaryFile

from tests.warm_bot import forked


async def bot(folder: Path, *arguments: str, launcher: str = "bot", **settings: str) -> tuple[int, str]:
    """Run ``python bot.py`` with *arguments* in *folder*, and return its exit code and its output."""
    with TemporaryFile() as said:
        process = await forked([launcher, list(arguments), str(folder), settings], said.fileno())
        code = await process.wait()
        said.seek(0)
        return code, said.read().decode()


async def stopped(folder: Path, step: int, number: int, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run ``python bot.py``, which gets the signal *number* at a step, as dying_command.py counts."""
    return await bot(folder, str(step), str(number), *arguments, launcher="tests.hosting.dying_command", **settings)


async def killed(folder: Path, step: int, *arguments: str, **settings: str) -> bool:
    """Run ``python bot.py`` and kill it at a step. Return False if it ended before."""
    code, said = await stopped(folder, step, signal.SIGKILL, *arguments, **settings)
    assert code in (0, -signal.SIGKILL), said
    return code != 0
