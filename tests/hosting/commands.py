"""Run a command of bot.py as an operator would, in a process that needs no import."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from tests.warm_bot import forked


async def bot(folder: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run ``python bot.py`` with *arguments* in *folder*, and return its exit code and its output."""
    with TemporaryFile() as said:
        process = await forked(["bot", list(arguments), str(folder), settings], said.fileno())
        code = await process.wait()
        said.seek(0)
        return code, said.read().decode()
