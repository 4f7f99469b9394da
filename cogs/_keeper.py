"""Keeps the waiting cards true, and never lets one overwrite what came of its job."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import discord
import structlog
from discord import ui

from cogs import _cards, _replies
from cogs._words import words_for
from imagegen.errors import DeliverLater, StoreUnavailable
from imagegen.model import Job, State, Waiting
from imagegen.service import Service

log = structlog.get_logger(__name__)

CARD_AFTER_S = 1.5  # a picture that is done by then needs no card
CARD_EVERY_S = 5.0  # a card is edited no more often
LOOK_EVERY_S = 0.5
LOOK_SHARE = 10  # a long line is looked at more seldom: a tenth of the time at most
IDLE_S = 2.0  # beside the bell, which other processes do not ring
EDITS_AT_ONCE = 8

MEND_EVERY_S, MEND_FOR_S = 0.5, 60.0  # how long a result that is on its way beside a late card is waited for

Show = Callable[[Job, ui.LayoutView], Awaitable[int | None]]  # the message that the card stands in; None for nowhere
Mend = Callable[[Job, int], Awaitable[None]]


async def _nothing(_job: Job, _message_id: int) -> None: ...


@dataclass
class _Card:
    """What a waiting card says, and since when. ``over``: what came of its job is shown, or being shown."""

    says: tuple[str, bool] | None = None
    edited_s: float = float("-inf")
    over: bool = False
    busy: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class CardKeeper:
    """One loop over the line. *show* puts a card where its job was asked; it may raise anything.

    *mend* is told the message of a card that came while another process ended its job: it may have overwritten the end.
    """

    def __init__(self, service: Service, show: Show, mend: Mend = _nothing) -> None:
        self._service, self._show, self._mend = service, show, mend
        self._cards: dict[int, _Card] = {}
        self._slots = asyncio.Semaphore(EDITS_AT_ONCE)

    @asynccontextmanager
    async def ending(self, job_id: int) -> AsyncIterator[None]:
        """Hold a job's message alone: an edit that was under way is over, and no other follows."""
        card = self._cards.setdefault(job_id, _Card())
        async with card.lock:
            card.over = True
            yield

    async def run(self) -> None:
        """Look at the line again and again, until cancelled. The edits it starts end with it."""
        async with asyncio.TaskGroup() as edits:
            while True:
                ticket = self._service.bell.ticket()
                began_s = time.monotonic()
                line = await self.look()
                for waiting in line:
                    if self.is_due(waiting):
                        self._cards[waiting.job_id].busy = True
                        edits.create_task(self.keep(waiting))
                await asyncio.sleep(max(LOOK_EVERY_S, LOOK_SHARE * (time.monotonic() - began_s)))
                if not line:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(ticket.wait(), IDLE_S)

    async def look(self) -> Sequence[Waiting]:
        """The line as it is now, empty when it cannot be read. Cards that nobody needs any more are forgotten.

        A job that ended while the line was read still stands in it, and its card is remembered: it is over. One that
        does not stand in it never will again.
        """
        try:
            line = await self._service.line()
        except StoreUnavailable as error:
            log.warning("line_not_read", why=str(error))
            return ()
        waiting_ids = {waiting.job_id for waiting in line}
        self._cards = {job_id: card for job_id, card in self._cards.items() if card.busy or job_id in waiting_ids}
        return line

    def is_due(self, waiting: Waiting) -> bool:
        """Whether its card must be edited now, by this process: it says something new, and was left alone for long."""
        if not self._service.shows(waiting):
            return False
        card = self._cards.setdefault(waiting.job_id, _Card())
        waited_s = (discord.utils.utcnow() - waiting.asked_at).total_seconds()
        if card.over or card.busy or waited_s < CARD_AFTER_S or card.says == _says(waiting):
            return False
        return time.monotonic() - card.edited_s >= CARD_EVERY_S

    async def keep(self, waiting: Waiting) -> None:
        """Make a card say what *waiting* says, unless its job is over by the time it is its turn."""
        card = self._cards.setdefault(waiting.job_id, _Card())
        words, may_cancel = _says(waiting)
        try:
            async with self._slots, card.lock:
                job = None if card.over else await self._service.job(waiting.job_id)
                if job is None or job.state.ended:
                    return
                card.says, card.edited_s = (words, may_cancel), time.monotonic()
                message_id = await self._show(job, _cards.waiting(job, words, may_cancel=may_cancel))
            if message_id is not None:
                await self._look_back(card, waiting.job_id, message_id)
        except (DeliverLater, StoreUnavailable) as error:
            card.says = None
            log.warning("card_not_kept", job_id=waiting.job_id, why=str(error))
        except Exception:  # a card is a courtesy: a defect in it must not end everybody's
            log.exception("card_not_kept", job_id=waiting.job_id)
        finally:
            card.busy = False

    async def _look_back(self, card: _Card, job_id: int, message_id: int) -> None:
        """No lock reaches into another process: whether it ended the job meanwhile is seen only afterwards."""
        until_s = time.monotonic() + MEND_FOR_S
        while not card.over and time.monotonic() < until_s:
            job = await self._service.job(job_id)
            if job is None or job.state in (State.ASKED, State.QUEUED, State.SUBMITTING, State.SUBMITTED):
                break
            if job.state.ended:
                await self._mend(job, message_id)
                break
            await asyncio.sleep(MEND_EVERY_S)


def _says(waiting: Waiting) -> tuple[str, bool]:
    """What a card says, and whether it offers Cancel: not once the request was sent."""
    return _replies.waiting(waiting, words_for(waiting.locale)), waiting.state in (State.ASKED, State.QUEUED)
