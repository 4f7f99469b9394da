"""Store outcomes that must not be lost, and wake the loops that have work then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog

from imagegen.errors import StoreUnavailable
from imagegen.model import Job
from imagegen.states import State
from imagegen.store.engine import Store
from imagegen.wakeup import Wake, WakeSignal

T = TypeVar("T")

log = structlog.get_logger(__name__)

PAUSE_S = 2.0  # between two attempts


class Outcomes:
    """Writes outcomes to the database, for as long as that takes."""

    def __init__(self, store: Store, wake_signal: WakeSignal) -> None:
        self._store, self._wake_signal = store, wake_signal

    async def commit(self, transaction: Callable[..., T], *args: object, **more: object) -> T:
        """Store an outcome: retry while the database is away, and finish even if this task is canceled."""
        is_first = True
        while True:
            try:
                result = await asyncio.shield(self._store.write(transaction, *args, **more))
            except StoreUnavailable as error:
                if is_first:
                    log.error("outcome_not_stored", transaction=transaction.__name__, why=str(error), hint="retried")
                is_first = False
                await asyncio.sleep(PAUSE_S)
            else:
                self._wake(result)
                return result

    def _wake(self, result: object) -> None:
        """Wake who has work after a transaction: by the job's new state, or because a pause may have ended."""
        if not isinstance(result, Job):
            self._wake_signal.send(Wake.GENERATE)
        elif is_kept(result):
            self._wake_signal.send(Wake.ROOM)
        else:
            self._wake_signal.send_for(result.state)


def is_kept(job: Job) -> bool:
    """Return whether the task that generated *job* delivers it too."""
    return job.state is State.GENERATED and job.owner is not None
