"""Start a bot under measurement: ``python -P benchmarks/launch.py bot.py``. It imports nothing of this package, so that
it can start the bot of another commit.

``BENCH_LIFT=1`` lifts the pace of the requests to Wan. ``BENCH_COUNTS=FILE`` counts transactions and statements, and
with ``BENCH_WATCH=1`` it notes the longest stall of the event loop. Each SIGUSR1 writes the counts to the file and
starts again from zero.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sandbox import launch

TICK_S = 0.002
PER_S, IN_FLIGHT = 100_000.0, 100_000
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass
class Counts:
    """What happened since the last signal. *stall_ms* is wall time; *busy_ms* is the loop's own CPU time."""

    transactions: int = 0
    statements: int = 0
    stall_ms: float = 0.0
    busy_ms: float = 0.0


counts = Counts()


def count_statements() -> None:
    """Count each transaction and each statement but BEGIN, COMMIT and ROLLBACK."""
    from sqlalchemy import Engine, event  # noqa: PLC0415  # the floor has no database

    def begin(_connection: Any) -> None:
        counts.transactions += 1

    def execute(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        counts.statements += not statement.lstrip().upper().startswith(NOT_COUNTED)

    event.listen(Engine, "begin", begin)
    event.listen(Engine, "before_cursor_execute", execute)


async def watch_loop() -> None:
    """Note the longest time between two turns of the event loop."""
    while True:
        before_s, busy_s = time.perf_counter(), time.thread_time()
        await asyncio.sleep(TICK_S)
        counts.stall_ms = max(counts.stall_ms, (time.perf_counter() - before_s - TICK_S) * 1000)
        counts.busy_ms = max(counts.busy_ms, (time.thread_time() - busy_s) * 1000)


def watch_every_loop() -> None:
    """Run ``watch_loop`` beside whatever the program runs."""
    run = asyncio.run

    async def watched(main: Coroutine[Any, Any, Any]) -> Any:
        task = asyncio.create_task(watch_loop())
        try:
            return await main
        finally:
            task.cancel()

    def run_watched(main: Coroutine[Any, Any, Any], **more: Any) -> Any:
        return run(watched(main), **more)

    asyncio.run = run_watched


def write_at_signal(path: Path) -> None:
    """Write the counts at SIGUSR1."""

    def write(*_: object) -> None:
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(counts)), encoding="utf-8")
        counts.__init__()  # type: ignore[misc]  # the handlers above keep this object
        draft.rename(path)

    signal.signal(signal.SIGUSR1, write)


def lift_pace() -> None:
    """Let Wan take as many requests as come."""
    from imagegen.wan import catalogue  # noqa: PLC0415  # the floor has none

    for name, model in list(catalogue.MODELS.items()):
        catalogue.MODELS[name] = replace(model, per_s=dict.fromkeys(model.per_s, PER_S), in_flight=IN_FLIGHT)


def stay_visible() -> None:
    """Let the driver read the memory of the process also where it does not run as root."""
    from imagegen.imaging import isolation  # noqa: PLC0415  # the floor has none

    isolation.hide_this_process = lambda: None


def main() -> None:
    """Prepare what the environment asks for, and run the program as the sandbox does."""
    is_ours = Path(sys.argv[1]).name == "bot.py"
    if is_ours:
        stay_visible()
    if is_ours and os.environ.get("BENCH_LIFT"):
        lift_pace()
    if path := os.environ.get("BENCH_COUNTS"):
        if is_ours:
            count_statements()
        if os.environ.get("BENCH_WATCH"):
            watch_every_loop()  # it wakes the loop 500 times a second, so other figures are measured without it
        write_at_signal(Path(path))
    launch.main()


if __name__ == "__main__":
    main()
