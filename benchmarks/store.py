"""Measure the store with few old jobs and with many: ``python -m benchmarks.store --sizes 1000,1000000``.

The old jobs are 1,000 that were really requested, generated and delivered, copied in SQL with their ledger entries and
counters, so that the audit of all of them passes. The floor is a transaction of one row on the same engine in the same
run.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from benchmarks import report
from imagegen.address import Address
from imagegen.image_request import ImageRequest
from imagegen.model import Call, Job, Made, Request, Requester, Scope
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import Limits
from imagegen.store import admission, jobs, processes, queue, queue_positions
from imagegen.store.admission import SubmissionPlan
from imagegen.store.audit import audited
from imagegen.store.engine import Store, open_store
from imagegen.store.tables import ledger as ledger_table
from imagegen.store.tables_jobs import jobs as job_table
from imagegen.worker.retention import RetentionLoop, RetentionPolicy
from tests import postgres

TEMPLATES = 1000
CYCLES, PURGES = 400, 20
PEOPLE = 200
PAGE_BYTES = 4096
PAGE = Path(__file__).parent.parent / "docs/benchmarks.md"
MODEL_QUEUE = ModelQueue("wan2.6-t2i", in_flight=10**6, per_s=1e9)
PLAN = SubmissionPlan(MODEL_QUEUE.model, Call.SYNC, 30_000, 0)
MADE = Made(("https://x.aliyuncs.com/1.png",), 1, "1280*1280", "request")
LIMITS = Limits(
    zone=ZoneInfo("UTC"),
    member_images_per_day=10**9,
    person_images_per_day=10**9,
    server_images_per_month=10**9,
    budget_microusd_per_day=10**15,
    budget_microusd_per_month=10**15,
    attempts_per_day=10**9,
    queued_per_member=10**6,
    queued_max=10**6,
)


@dataclass
class Bench:
    """A store under measurement. Times are in milliseconds, a list for each step."""

    store: Store
    took_ms: dict[str, list[float]] = field(default_factory=dict)
    submitted: int = 0

    async def timed(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run *work* and note its time under *name*."""
        began = time.perf_counter()
        result = await work()
        self.took_ms.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        return result

    async def submit(self) -> Job:
        """Precheck and accept one request."""
        self.submitted += 1
        person = self.submitted % PEOPLE
        requester = Requester(person, Scope(person % 7))
        image_request = ImageRequest("a lighthouse at dusk, oil on canvas", seed=5)
        address = Address(token="x" * 200, channel_id=5, message_id=self.submitted)
        request = Request(f"i:{time.time_ns()}", requester, image_request, address)
        read, write = self.store.read, self.store.write
        await self.timed("precheck", lambda: read(admission.precheck, request, plan=PLAN, limits=LIMITS, now=now()))
        accepted = await self.timed(
            "accept", lambda: write(admission.accept, request, plan=PLAN, limits=LIMITS, now=now())
        )
        job: Job = accepted.job
        return job

    async def serve(self) -> None:
        """Move the next job from claimed to made and done. The process that made a job delivers it, as in the bot."""
        write, owner = self.store.write, self.store.owner
        job = None
        while not isinstance(job, Job):  # another process may have locked the first job
            job = await self.timed("claim", lambda: write(queue.claim, owner, limits=[MODEL_QUEUE], now=now()))
        shown = await self.timed("made", lambda: write(jobs.generated, job, MADE, now=now(), keep=True))
        await self.timed("done", lambda: write(jobs.done, shown, 1, 5, now=now()))

    async def cycle(self) -> None:
        """Take one request from the precheck to the delivered result."""
        await self.submit()
        began = time.perf_counter()
        await self.serve()
        self.took_ms.setdefault("cycle", []).append(self.took_ms["accept"][-1] + (time.perf_counter() - began) * 1000)

    async def floor(self) -> None:
        """Time the floor: one heartbeat."""
        await self.timed("floor", lambda: self.store.write(processes.heartbeat, "bench", now=now()))

    async def positions(self) -> None:
        """Time the reading of all queue positions."""
        await self.timed(
            "queue", lambda: self.store.read(queue_positions.queue_entries, limits=[MODEL_QUEUE], now=now())
        )

    async def purge(self) -> None:
        """Time one step of the purge."""
        policy = RetentionPolicy(timedelta(hours=24), timedelta(days=60))
        await self.timed("purge", RetentionLoop(self.store, policy, now).step)


def now() -> datetime:
    return datetime.now(UTC)


def copy_templates(tx: Connection, size: int) -> None:
    """Copy the first 1,000 jobs until there are *size*, each copy earlier than the one before."""
    times = {column.name for column in job_table.c if column.name.endswith("_at") and column.name != "forget_token_at"}
    earlier = "t.{0} - n.k * 7000000"  # microseconds: a million jobs span 80 days
    values = {column.name: f"t.{_quoted(column.name)}" for column in job_table.c}
    values |= {name: earlier.format(name) for name in times}
    values |= {
        "id": f"t.id + n.k * {TEMPLATES}",
        "key": "t.key || '-' || n.k",
        "message_id": f"t.message_id + n.k * {TEMPLATES}",
    }
    _copy(tx, "jobs", values, "t.id", size)
    entries = {column.name: f"t.{_quoted(column.name)}" for column in ledger_table.c}
    entries |= {
        "id": f"t.id + n.k * {16 * TEMPLATES}",
        "job_id": f"t.job_id + n.k * {TEMPLATES}",
        "at": earlier.format("at"),
    }
    _copy(tx, "ledger", entries, "t.job_id", size)
    tx.execute(text(f"UPDATE counters SET used = used * {size // TEMPLATES}"))


def _copy(tx: Connection, table: str, values: dict[str, str], job_id: str, size: int) -> None:
    names, selected = ", ".join(map(_quoted, values)), ", ".join(values.values())
    tx.execute(text(
        f"INSERT INTO {table} ({names}) WITH RECURSIVE n(k) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT k + 1 FROM n"
        f" WHERE k < {size // TEMPLATES - 1}) SELECT {selected} FROM {table} t CROSS JOIN n"
        f" WHERE {job_id} <= {TEMPLATES}"
    ))  # fmt: skip


def _quoted(name: str) -> str:
    return f'"{name}"'


def after_copying(tx: Connection) -> None:
    """Let the identities continue after the copies, and tell PostgreSQL's planner what autovacuum would tell it."""
    if tx.dialect.name == "postgresql":
        for table in ("jobs", "ledger"):
            tx.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"))
        tx.execute(text("ANALYZE"))


async def filled(url: str, size: int) -> Bench:
    """Return a store with *size* old jobs."""
    bench = Bench(await open_store(url))
    for _ in range(TEMPLATES):
        await bench.cycle()
    if size > TEMPLATES:
        with bench.store._engine.connect() as tx:  # not in the store's own threads, because this takes a minute
            postgresql = tx.dialect.name == "postgresql"
            tx.execute(text("SET statement_timeout = 0" if postgresql else "PRAGMA cache_size = -400000"))
            copy_templates(tx, size)
            after_copying(tx)
            tx.commit()
            tx.execute(text("SET statement_timeout = 10000" if postgresql else "PRAGMA cache_size = -2000"))
    return Bench(bench.store)


async def measured(urls: Sequence[str], sizes: Sequence[int], *, audit: bool = True) -> list[dict[str, list[float]]]:
    """Return the times of each step beside each number of old jobs and 200 queued. At the end, audit the ledgers
    unless told not to.

    The databases take turns, so that a machine that is busy for a while is busy for each.
    """
    benches = [await filled(url, size) for url, size in zip(urls, sizes, strict=True)]
    for bench in benches:
        for _ in range(PEOPLE):
            await bench.submit()
        bench.took_ms.clear()
    for _ in range(CYCLES):
        for bench in benches:
            await bench.cycle()
            await bench.floor()
            await bench.positions()
    for _ in range(PURGES):
        for bench in benches:
            await bench.purge()
    for bench, url in zip(benches, urls, strict=True):
        await bench.store.close()
        if audit:
            audit_ledger(bench, url)
    return [bench.took_ms for bench in benches]


def audit_ledger(bench: Bench, url: str) -> None:
    """Time the audit of the ledger. SystemExit if it finds an error."""
    began = time.perf_counter()
    found = audited(url)
    bench.took_ms["audit"] = [(time.perf_counter() - began) * 1000]
    if found.broken:
        raise SystemExit("\n".join(found.broken))


async def queued(url: str, size: int) -> tuple[float, float]:
    """Return the MB that *size* queued jobs add to the process, and the milliseconds to read their positions."""
    bench = Bench(await open_store(url))
    for _ in range(100):
        await bench.submit()
        await bench.positions()
    gc.collect()
    before = rss_mb()
    for _ in range(size):
        await bench.submit()
    bench.took_ms.clear()
    for _ in range(20):
        await bench.positions()
    added = rss_mb() - before
    await bench.store.close()
    return added, median(bench.took_ms["queue"])


def rss_mb() -> float:
    """Return the memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 1e6


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(values, n=100)[98] if len(values) > 1 else values[0]


def table(sizes: Sequence[int], found: Sequence[dict[str, list[float]]]) -> str:
    """Return a Markdown table: milliseconds at each size, the last against the first, and against the floor."""
    heads = [f"{size:,} old: median / p99 ms" for size in sizes]
    rows = [f"| step | {' | '.join(heads)} | ratio | × floor |", "| --- " * (len(sizes) + 3) + "|"]
    floor = median(found[-1]["floor"])
    for name in found[-1]:
        cells = [f"{median(one[name]):.1f} / {p99(one[name]):.1f}" for one in found]
        ratio = median(found[-1][name]) / median(found[0][name])
        rows.append(f"| {name} | {' | '.join(cells)} | {ratio:.2f} | {median(found[-1][name]) / floor:.1f} |")
    rates = " / ".join(f"{1000 / (sum(one['cycle']) / len(one['cycle'])):.0f}" for one in found)
    return "\n".join([*rows, "", f"Full cycles a second, one after another: {rates}."])


@contextmanager
def empty_databases(count: int, *, postgresql: bool) -> Iterator[list[str]]:
    """Yield the addresses of new databases, which are removed afterwards."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = stack.enter_context(postgres.cluster()) if postgresql else None
        yield [server.database() if server else f"sqlite:///{folder}/{number}.db" for number in range(count)]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000", help="numbers of old jobs, the smallest first")
    parser.add_argument("--queued", type=int, default=10_000, help="queued jobs whose memory is measured")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own; default: SQLite")
    parser.add_argument("--no-audit", action="store_true", help="do not audit the ledger of the copies")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the server, and remove the databases
    sizes = [int(size) for size in options.sizes.split(",")]
    with empty_databases(1 + len(sizes), postgresql=options.postgresql) as (first, *urls):
        added, read_ms = await queued(first, options.queued)
        found = await measured(urls, sizes, audit=not options.no_audit)
    said = f"{options.queued:,} queued: {added:+.1f} MB of memory; all positions are read in {read_ms:.0f} ms."
    shown = "\n".join([table(sizes, found), said, f"{date.today()}, {os.cpu_count()} cores."])
    print(shown)
    if options.write:
        report.write_between(PAGE, "postgresql" if options.postgresql else "sqlite", shown)


if __name__ == "__main__":
    asyncio.run(main())
