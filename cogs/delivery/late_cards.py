"""Restore the message of a job that a status card of this process reached after another process had ended the job.

No lock reaches into another process, so a status card may overwrite a result. Afterwards this is repaired.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from cogs.messaging.job_messages import JobMessages, is_complete
from cogs.messaging.outcomes import RouteClosed
from imagegen.model import Job
from imagegen.service import Service
from imagegen.states import State

log = structlog.get_logger(__name__)

Restore = Callable[[Job], Awaitable[object]]


class LateCards:
    """*deliver* delivers a finished job again, and *notify* notifies of a canceled one again."""

    def __init__(self, service: Service, messages: JobMessages, *, deliver: Restore, notify: Restore) -> None:
        self._service, self._messages, self._deliver, self._notify = service, messages, deliver, notify

    async def repair(self, job: Job, message_id: int) -> None:
        """Undo what the late card in *message_id* did to a job that has ended. Raises as *deliver* and *notify* do."""
        log.info("late_card_found", state=job.state)
        if job.state is State.DONE and job.message_id == message_id:
            if await self._is_overwritten(job):
                await self._deliver(job)
        elif job.state is State.CANCELED:
            await self._notify(job)
        else:
            await self._messages.remove(at_message(job, message_id))

    async def _is_overwritten(self, job: Job) -> bool:
        """Return whether a card has replaced what was delivered, by the job's messages themselves.

        A card that came before the end did no harm. A message that people deleted, or that the bot cannot read, is not
        delivered again.
        """
        spans = job.request.may_span_messages
        further = await self._service.display.further_messages(job.id) if spans else ()
        copies = [at_message(job, message_id) for message_id in (job.message_id, *further)]
        try:
            return not is_complete(job, [await self._messages.own(copy) for copy in copies])
        except RouteClosed:
            return False


def at_message(job: Job, message_id: int | None) -> Job:
    """Return *job* with the address of another message."""
    return replace(job, address=replace(job.address, message_id=message_id))
