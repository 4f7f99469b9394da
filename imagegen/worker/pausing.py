"""Pause sending, in every process, where Wan refuses more than one request: a key, a model, a call style."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog

from imagegen.errors import Reason, StoreUnavailable, WanError
from imagegen.model import Job
from imagegen.policy import retry
from imagegen.reports import Alert
from imagegen.store import pauses
from imagegen.wan.client import WanClient

log = structlog.get_logger(__name__)


class Pausing:
    """Stores pauses with *commit*, which returns once they are stored, and alerts the operator to each once."""

    def __init__(
        self,
        wan: WanClient,
        commit: Callable[..., Awaitable[Any]],
        alarm: Callable[[Alert], Awaitable[None]],
        clock: Callable[[], datetime],
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        """*refresh* reads the pauses of all processes for menus. It may raise StoreUnavailable."""
        self._wan, self._commit, self._alarm, self._clock = wan, commit, alarm, clock
        self.refresh = refresh

    async def check_key(self) -> None:
        """Ask Wan, without cost, whether it takes the key, before a member asks for an image.

        If not, pause sending. If so, end the pause that an earlier refusal of every call began.
        """
        asked_at = self._clock()
        try:
            await self._wan.check_key()
        except WanError as error:
            log.warning("key_check_failed", why=str(error))
            if (pause := retry.shared_pause(error)) is not None and pause.reach is retry.Reach.ACCOUNT:
                await self.pause(pause, error)
        else:
            await self._commit(pauses.lift_gate, asked_at)

    async def pause(self, pause: retry.PauseSending, error: WanError, job: Job | None = None) -> None:
        """Pause what Wan refused. *job* met the refusal; it is needed unless the whole account is refused."""
        now = self._clock()
        until = now + timedelta(seconds=pause.delay_s)
        model = pauses.EVERY if job is None or pause.reach is retry.Reach.ACCOUNT else job.model
        call = job.call.value if job is not None and pause.reach is retry.Reach.CALL else pauses.EVERY
        where = {"model": model, "call": call, "code": error.code}
        first = await self._commit(pauses.pause, pause.reason, until, **where, now=now)
        with suppress(StoreUnavailable):  # the next heartbeat reads them
            await self.refresh()
        log.error("sending_paused", reason=pause.reason, **where, first=first, until=until.isoformat(), why=str(error))
        if first and (pause.reason is not Reason.GATEWAY_REFUSED or pause.delay_s > retry.MIN_ALERT_S):
            await self._alarm(Alert(pause.reason, model, call, error.code, error.status))
