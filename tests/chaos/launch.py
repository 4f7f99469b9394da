"""Start bot.py as sandbox.launch does, and record what its store writes. None of this is in the product.

After each transaction that moved a job, or gave a job to a process, the move is written into a diary. If the armed file
names the state that was reached, the process kills itself, or puts itself to sleep: the transaction is committed, and
its caller does not know yet.

``CHAOS_DIARY`` and ``CHAOS_ARMED`` name the two files; ``CHAOS_BUG`` a deliberate bug of tests/chaos/bugs.py.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cogs.delivery import status_cards
from cogs.messaging import outcomes
from imagegen import ownership, starts
from imagegen.imaging import isolation
from imagegen.model import Job
from imagegen.policy.quota import Limits
from imagegen.reports import Submission
from imagegen.store import processes
from imagegen.store.engine import Store
from imagegen.worker import delivery, generate, loop, membership
from sandbox import launch
from tests.chaos import bugs
from tests.chaos.points import ADOPTED, DELIVERING, NOTIFIED

Write = Callable[..., Awaitable[Any]]
SLEEP = "sleep "  # before the state in the armed file: SIGSTOP instead of SIGKILL


@dataclass(frozen=True)
class Move:
    """One line of the diary. *knew_epoch* is the epoch that the caller knew, *epoch* that of the row it wrote."""

    pid: int
    at_s: float
    transaction: str
    job_id: int
    state: str
    epoch: int
    knew_epoch: int | None
    remote_id: str | None


def moves_in(diary: Path) -> list[Move]:
    """Return the lines that are written so far. Pass over a last line that is not complete."""
    whole, _, _ = diary.read_text(encoding="utf-8").rpartition("\n")
    return [Move(**json.loads(line)) for line in whole.splitlines()]


def moves(name: str, args: tuple[Any, ...], result: Any, *, keep: bool = False, **_more: object) -> list[Move]:
    """Return which job a transaction moved, from its arguments and its result.

    *keep*: the transaction counts the epoch up, and gives the job to its owner once more if it may.
    """
    after = result.job if isinstance(result, Submission) else result
    known = next((arg for arg in args if isinstance(arg, Job)), None)
    if isinstance(result, Submission) and result.repeated:
        return []
    if not isinstance(after, Job):
        return []
    if name == "next_to_deliver":
        return [Move(os.getpid(), time.time(), name, after.id, DELIVERING, after.epoch, None, after.remote_id)]
    if known is None and not isinstance(result, Submission) and name not in ("claim", "cancel"):
        return []  # claimed, not moved
    if known is not None and known.state is after.state and name != NOTIFIED:
        return []
    state = NOTIFIED if name == NOTIFIED else after.state.value
    knew = None if known is None else known.epoch
    moved = Move(os.getpid(), time.time(), name, after.id, state, after.epoch - keep, knew, after.remote_id)
    claimed = replace(moved, state=DELIVERING, epoch=after.epoch, knew_epoch=None)
    return [moved, claimed] if keep and after.owner is not None else [moved]


def watch(diary: Path, armed: Path) -> None:
    """Record every transaction that writes to the store, and die or sleep where that is armed."""
    write: Write = Store.write
    write_within: Write = Store.write_within
    adopted = watch_adoptions()

    def note(transaction: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any], result: Any) -> None:
        name = getattr(transaction, "func", transaction).__name__  # that of a partial's function
        moved = moves(name, args, result, **more)
        if name == "adopt":
            moved = [*adopted]
            adopted.clear()
        with diary.open("a", encoding="utf-8") as lines:
            lines.writelines(json.dumps(asdict(move)) + "\n" for move in moved)
        stop_at({move.state for move in moved}, armed)

    async def watched(store: Store, transaction: Callable[..., Any], *args: Any, **more: Any) -> Any:
        result = await write(store, transaction, *args, **more)
        note(transaction, args, more, result)
        return result

    async def watched_within(
        store: Store, limit_s: float, transaction: Callable[..., Any], *args: Any, **more: Any
    ) -> Any:
        result = await write_within(store, limit_s, transaction, *args, **more)
        note(transaction, args, more, result)
        return result

    bugs.patch(Store, "write", watched)
    bugs.patch(Store, "write_within", watched_within)


def watch_adoptions() -> list[Move]:
    """Return a list to which each adopted job is added."""
    adopt, moved = processes._adopt_one, []

    def watched(tx: Connection, owner: str, orphan: Job, in_doubt: int, limits: Limits, now: datetime) -> str:
        what = adopt(tx, owner, orphan, in_doubt, limits, now)
        moved.append(Move(os.getpid(), time.time(), what, orphan.id, ADOPTED, orphan.epoch + 1, None, orphan.remote_id))
        return what

    bugs.patch(processes, "_adopt_one", watched)
    return moved


def stop_at(reached: set[str], armed: Path) -> None:
    """Die or sleep if the armed state was reached. Of two processes only the one that renames the file does so."""
    if not reached or not armed.exists():
        return
    try:
        told = armed.read_text(encoding="utf-8")
        if told.removeprefix(SLEEP) in reached:
            armed.rename(armed.with_suffix(".fired"))
            os.kill(os.getpid(), signal.SIGSTOP if told.startswith(SLEEP) else signal.SIGKILL)
    except FileNotFoundError:
        return  # the other process was first


def hurry() -> None:
    """Shorten waits of the product. AttributeError for a wait that does not exist."""
    shorten(status_cards, CARD_AFTER_S=0.8, CARD_EVERY_S=0.5, READ_EVERY_S=0.2)
    shorten(outcomes, LATER_S=0.5)
    shorten(starts, MAX_WAIT_S=0.0)  # it is killed early again and again, on purpose
    shorten(delivery, LINK_RETRY_S=0.5)
    shorten(loop, HEARTBEAT_S=0.5, RELEASE_EVERY_S=1.0)
    shorten(ownership, LEASE=timedelta(seconds=2.5))
    shorten(membership, MARGIN=timedelta(seconds=0.3))
    defaults = generate.JobRunner.__init__.__kwdefaults__ or {}
    if "poll_s" not in defaults:
        raise AttributeError("JobRunner has no poll_s")
    defaults["poll_s"] = 0.3


def stay_visible() -> None:
    """Let tests.chaos.bots look up in /proc which bot holds a socket, also where it does not run as root."""
    shorten(isolation, hide_this_process=lambda: None)


def shorten(module: object, **waits: object) -> None:
    for name, wait in waits.items():
        getattr(module, name)
        bugs.patch(module, name, wait)


def main() -> None:
    hurry()
    stay_visible()
    watch(Path(os.environ["CHAOS_DIARY"]), Path(os.environ["CHAOS_ARMED"]))
    if bug := os.environ.get("CHAOS_BUG"):
        bugs.BUGS[bug]()
    launch.main()


if __name__ == "__main__":
    main()
