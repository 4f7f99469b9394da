"""Check the database, what stands in it, and the room for it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cogs.text import operator_alerts
from hosting.checks.application import clock
from hosting.problems import Exit, Finding
from imagegen.ownership import LEASE
from imagegen.settings import Settings
from imagegen.store.engine import sqlite_path
from imagegen.store.inspection import Found, look, what_a_start_does

LEAST_FREE_MB = 200  # the journal of a busy hour, and a copy of a small database while it is rewritten


async def found(settings: Settings) -> Sequence[Finding]:
    """Read the database beside a bot that may be running. Raise StoreUnavailable if a start could not use it."""
    return await asyncio.to_thread(_found, settings)


def _found(settings: Settings) -> list[Finding]:
    url = settings.database_url.get_secret_value()
    path = sqlite_path(url)
    room = [] if path is None else list(disk(_free_mb(path), settings))
    if note := what_a_start_does(url):
        return [Finding(note, Exit.GOOD), *room]
    seen = look(url)
    offered = (operator_alerts.EVERY, *settings.models)
    paused = [Finding(operator_alerts.found(pause), Exit.RUN) for pause in seen.pauses if pause.model in offered]
    return [*paused, *running(seen.alive_at, datetime.now(UTC)), *_clock(seen), *room]


def running(alive_at: datetime | None, now: datetime) -> Iterator[Finding]:
    """Yield a note if a process on this database gave a sign of life within its lease."""
    if alive_at is not None and (ago := now - alive_at) < LEASE:
        yield Finding(
            f"the bot is running (last sign of life {max(0, ago.total_seconds()):.0f} s ago). Restart it to use "
            "changed settings.",
            Exit.GOOD,
        )


def _clock(seen: Found) -> Iterator[Finding]:
    if seen.database_ahead_s is not None:
        yield from clock(-seen.database_ahead_s, "the database's")


def disk(free_mb: float, settings: Settings) -> Iterator[Finding]:
    """Yield a finding if the disk has no room for what the bot keeps."""
    if free_mb < LEAST_FREE_MB:
        yield Finding(f"The database's disk has {free_mb:.0f} MB left. Make room: a full disk stops the bot.", Exit.RUN)
    elif free_mb < settings.input_mb:
        yield Finding(
            f"the database's disk has {free_mb:.0f} MB left, less than INPUT_MB={settings.input_mb}. Make room, or "
            "lower INPUT_MB.",
            Exit.GOOD,
        )


def _free_mb(path: Path) -> float:
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    return shutil.disk_usage(folder).free / 1024**2
