"""Four deliberate bugs that the launcher patches into the bot's process. The comparison must find each."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from cogs import Delivery
from imagegen.errors import WanError, WanUnanswered
from imagegen.model import Delivered, Job
from imagegen.ownership import StillOwned
from imagegen.policy import retry
from imagegen.states import State
from imagegen.store import jobs, tables_jobs
from imagegen.store.engine import Store
from imagegen.worker.membership import Membership


def patch(owner: object, name: str, value: object) -> None:
    """Replace the attribute *name* of *owner* by *value*."""
    setattr(owner, name, value)


def settled_before_shown() -> None:
    """Settle the quota first, then deliver the images."""
    deliver, opened = Delivery.deliver, Store.__init__
    stores: list[Store] = []

    def noted(store: Store, *args: Any, **more: Any) -> None:
        opened(store, *args, **more)
        stores.append(store)

    async def too_early(delivery: Delivery, job: Job) -> Delivered:
        await stores[-1].write(jobs.done, job, job.request.count, job.message_id, now=datetime.now(UTC))
        return await deliver(delivery, job)

    patch(Store, "__init__", noted)
    patch(Delivery, "deliver", too_early)


def no_epoch_check() -> None:
    """Let every process write a job's row, whichever process owns the job by now."""
    step = jobs.transition

    def unfenced(tx: Connection, job: Job, to: State, **changes: object) -> Job | None:
        fence = select(tables_jobs.jobs.c.owner, tables_jobs.jobs.c.epoch).where(tables_jobs.jobs.c.id == job.id)
        row = tx.execute(fence).one()
        return step(tx, replace(job, owner=row.owner, epoch=row.epoch), to, **changes)

    for module in [module for name, module in sys.modules.items() if name.startswith("imagegen.store")]:
        if getattr(module, "transition", None) is step:
            patch(module, "transition", unfenced)


def sent_again_after_a_timeout() -> None:
    """Send again if Wan does not answer, as if Wan had refused."""
    decide = retry.decide

    def hopeful(error: WanError, **more: Any) -> retry.RetryLater | retry.PauseSending | retry.GiveUp:
        return retry.RetryLater(0.1) if isinstance(error, WanUnanswered) else decide(error, **more)

    patch(retry, "decide", hopeful)


def no_ownership_check() -> None:
    """Send and deliver a claimed job, whichever process owns the job by now."""

    async def trusting(_membership: Membership, _job: Job) -> StillOwned:
        return lambda: None

    patch(Membership, "check", trusting)


BUGS = {
    bug.__name__: bug for bug in (settled_before_shown, no_epoch_check, sent_again_after_a_timeout, no_ownership_check)
}
