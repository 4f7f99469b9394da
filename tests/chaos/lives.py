"""What is printed beside a finding: all records of one job, or of one interaction."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.record import Entry

if TYPE_CHECKING:
    from tests.chaos.books import Books

AROUND_S = 8.0


def at_s(entry: Entry) -> float:
    """Return when a request came to the sandbox, in seconds."""
    return datetime.fromisoformat(entry["at"]).timestamp()


def of_job(books: Books, job_id: int) -> list[str]:
    """Return all records of one job in order of time, to find out what went wrong."""
    job = next(job for job in books.jobs if job["id"] == job_id)
    events = [(move.at_s, f"{move.transaction} -> {move.state} by {move.pid}") for move in books.moves
              if move.job_id == job_id]  # fmt: skip
    events += [(sent.at_s, f"{sent.kind} by {sent.pid}: handled {sent.handled}, refused {sent.refused}, "
                f"billed {books.billed(sent)}") for sent in books.sent if sent.is_of(job)]  # fmt: skip
    first, last = min(at for at, _ in events), max(at for at, _ in events)
    events += [(kill.at_s, f"killed {kill.pid} of shard {kill.shard[0]}, "
                f"heard again {kill.ready_at_s - kill.at_s:.2f} s later")
               for kill in books.kills if first - 3 < kill.at_s < last + 3]  # fmt: skip
    events += [(at_s(entry), f"fault {entry['fault']}") for entry in books.record if entry.get("fault")
               if first - 3 < at_s(entry) < last + 3]  # fmt: skip
    events += [(at_s(entry), f"{entry['method']} {entry['path'][-50:]} {entry.get('status')} with its images")
               for entry in books.record if f"wanvas-{job_id}-" in str(entry.get("files"))]  # fmt: skip
    about = f"job {job_id} {job['key']} {job['state']} {job['failure_reason']} asked {job['requested_at']:%T.%f}"
    return [about, *(f"  {at - first:+8.2f} {what}" for at, what in sorted(events))]


def around(books: Books, name: str, then_s: float) -> str:
    """Return what became of an interaction, and what happened in the seconds around it."""
    made = books.world.interactions.get(name)
    about = [] if made is None else [
        f"type {made.payload['type']} {made.payload['data'].get('name') or made.payload['data'].get('custom_id')}",
        f"acknowledged after {made.acknowledged_ms} ms by {made.callback_type}",
        f"answer {'there' if made.original_id in books.world.messages else 'gone'}, {len(made.followups)} more",
    ]  # fmt: skip
    about += [f"shard {kill.shard[0]} killed {kill.at_s - then_s:+.2f} to {kill.ready_at_s - then_s:+.2f} s"
              for kill in books.kills if abs(kill.at_s - then_s) < AROUND_S]  # fmt: skip
    about += [f"{entry['fault']} {entry.get('method')} {entry.get('path', '')[-40:]} {at_s(entry) - then_s:+.2f} s"
              for entry in books.record if entry.get("fault") and abs(at_s(entry) - then_s) < AROUND_S]  # fmt: skip
    return f" ({'; '.join(about)})"
