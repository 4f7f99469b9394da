"""Keeps the waiting cards true, and never lets one overwrite what came of its job."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import discord
import structlog
from discord import ui

from cogs.delivery.edit_budget import EditBudget
from cogs.text import formatters
from cogs.text.i18n import translator_for
from cogs.ui import cards
from imagegen import ownership
from imagegen.errors import DeliverLater, OwnershipLost, StoreUnavailable
from imagegen.model import Job
from imagegen.reports import QueueEntry
from imagegen.service import Service
from imagegen.states import State

log = structlog.get_logger(__name__)

CARD_AFTER_S = 1.5  # an image that is done by then needs no card
CARD_EVERY_S = 5.0  # a card is edited no more often
STORY_EVERY_S = 1.5  # nor a story that is being told
LOOK_EVERY_S = 0.5
LOOK_SHARE = 10  # a long line is looked at more seldom: a tenth of the time at most
IDLE_S = 2.0  # beside the bell, which other processes do not ring
EDITS_AT_ONCE = 8
LEAST_S = 15.0  # what is expected sooner is not said: the moment would pass before the card can be edited
PASSING_S = 10.0  # a moment that is so near is taken away, or a later one is said
SLIPPED, SLIPPED_S = 1.5, 10  # an estimate is said anew when it takes so much longer than what is left of it
LONG_S = 60  # a longer one also when it takes half of that

MEND_EVERY_S, MEND_FOR_S = 0.5, 60.0  # how long a result that is on its way beside a late card is waited for

Show = Callable[[Job, ui.LayoutView], Awaitable[int | None]]  # the message that the card stands in; None for nowhere
Mend = Callable[[Job, int], Awaitable[None]]


async def _nothing(_job: Job, _message_id: int) -> None: ...


@dataclass(frozen=True)
class _Said:
    """What a card says, and when it was made to. *ready_s*: the expected moment, to which clients count down."""

    place: str
    may_cancel: bool
    ready_s: float | None
    at_s: float
    told: int = 0  # how much of a story it shows

    def is_stale(self, now: _Said) -> bool:
        """Whether *now* is worth an edit: more of a story, another place, Cancel gone, or an estimate that no longer
        holds or is about to pass.

        That time goes by is not: whoever reads the card sees it counted down.
        """
        if (self.told, self.place, self.may_cancel) != (now.told, now.place, now.may_cancel):
            return True
        if self.ready_s is None or now.ready_s is None:
            return self.ready_s is not now.ready_s
        left_s, takes_s = max(0.0, self.ready_s - now.at_s), now.ready_s - now.at_s
        halved = left_s > LONG_S and takes_s <= left_s / 2
        return halved or left_s <= PASSING_S or takes_s > left_s * SLIPPED + SLIPPED_S

    def is_passing(self, now_s: float) -> bool:
        """Whether the moment that it tells is here, or nearly."""
        return self.ready_s is not None and self.ready_s - now_s <= PASSING_S


@dataclass
class _Card:
    """A waiting card. ``over``: what came of its job is shown, or being shown."""

    said: _Said | None = None
    edited_s: float = float("-inf")
    channel_id: int | None = None  # whose limit its edits share; None where the interaction's own token edits it
    over: bool = False
    busy: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def rested_since_s(self) -> float:
        """Since when it was left alone; for ever where what it says is about to be untrue."""
        passing = self.said is not None and self.said.is_passing(time.monotonic())
        return float("-inf") if passing else self.edited_s


class StatusCards:
    """One loop over the line. *show* puts a card where its job was asked, and of a story that is being told what has
    come of it in the card's place; it may raise anything.

    *mend* is told the message of a card that came while another process ended its job: it may have overwritten the end.
    *shares* tells the channel whose limit an edit of a job's card would use up.
    """

    def __init__(
        self,
        service: Service,
        show: Show,
        mend: Mend = _nothing,
        *,
        shares: Callable[[Job], int | None] = lambda _: None,
    ) -> None:
        self._service, self._show, self._mend, self._shares = service, show, mend, shares
        self._cards: dict[int, _Card] = {}
        self._slots = asyncio.Semaphore(EDITS_AT_ONCE)
        self._pace = EditBudget()

    @asynccontextmanager
    async def ending(self, job_id: int) -> AsyncIterator[None]:
        """Hold a job's message alone: an edit that was under way is over, and no other follows."""
        card = self._cards.setdefault(job_id, _Card())
        async with card.lock:
            card.over = True
            yield

    async def run(self) -> None:
        """Look at the line again and again, until canceled. The edits it starts end with it."""
        async with asyncio.TaskGroup() as edits:
            while True:
                ticket = self._service.wake_signal.ticket()
                began_s = time.monotonic()
                line = await self.look()
                for waiting in self.due(line):
                    edits.create_task(self.keep(waiting))
                await asyncio.sleep(max(LOOK_EVERY_S, LOOK_SHARE * (time.monotonic() - began_s)))
                if not line:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(ticket.wait(), IDLE_S)

    async def look(self) -> Sequence[QueueEntry]:
        """The line as it is now, empty when it cannot be read. Cards that nobody needs any more are forgotten.

        A job that ended while the line was read still stands in it, and its card is remembered: it is over. One that
        does not stand in it never will again.
        """
        try:
            line = await self._service.display.queue_entries()
        except StoreUnavailable as error:
            log.warning("line_not_read", why=str(error))
            return ()
        waiting_ids = {waiting.job_id for waiting in line}
        self._cards = {job_id: card for job_id, card in self._cards.items() if card.busy or job_id in waiting_ids}
        return line

    def due(self, line: Sequence[QueueEntry]) -> Iterator[QueueEntry]:
        """Whose card is to be edited now, as many as the limits leave: those that were never shown or tell a moment
        that passes first, then those that were left alone for longest. Each is taken as begun."""
        waiting = filter(self.is_due, line)
        for one in sorted(waiting, key=lambda waiting: self._cards[waiting.job_id].rested_since_s):
            card = self._cards[one.job_id]
            if self._pace.take(card.channel_id):
                card.busy = True
                yield one

    def is_due(self, waiting: QueueEntry) -> bool:
        """Whether its card must be edited now, by this process: it says something new, and was left alone for long."""
        if not self._service.display.is_display_owner(waiting):
            return False
        card, now_s = self._cards.setdefault(waiting.job_id, _Card()), time.monotonic()
        every_s = STORY_EVERY_S if waiting.story_size else CARD_EVERY_S
        waited_s = (discord.utils.utcnow() - waiting.requested_at).total_seconds()
        if card.over or card.busy or waited_s < CARD_AFTER_S or now_s - card.edited_s < every_s:
            return False
        return card.said is None or card.said.is_stale(_said(waiting, now_s))

    async def keep(self, waiting: QueueEntry) -> None:
        """Make a card say what *waiting* says, unless its job is over by the time it is its turn."""
        card = self._cards.setdefault(waiting.job_id, _Card())
        try:
            async with self._slots, card.lock:
                job = None if card.over else await self._service.display.job(waiting.job_id)
                if job is None or not (job.state.is_waiting or job.state.is_in_flight) or not self._has_room(card, job):
                    return
                card.said = _said(waiting, time.monotonic())
                card.edited_s = card.said.at_s
                words = formatters.queue_status(waiting, translator_for(waiting.locale), _ready_at(card.said))
                with ownership.checked_by(partial(self._service.display.check_display_owner, job.id)):
                    message_id = await self._show(job, cards.waiting(job, words, may_cancel=card.said.may_cancel))
                if waiting.story_size:
                    card.edited_s = time.monotonic()  # its images are fetched and uploaded: that takes a while
            if message_id is not None:
                await self._look_back(card, waiting.job_id, message_id)
        except OwnershipLost as error:
            card.said = None  # it was not said; who keeps the card all the same says it
            log.warning("card_dropped", job_id=waiting.job_id, why=str(error))
        except (DeliverLater, StoreUnavailable) as error:
            card.said = None
            log.warning("card_not_kept", job_id=waiting.job_id, why=str(error))
        except Exception:  # a card is a courtesy: a defect in it must not end everybody's
            log.exception("card_not_kept", job_id=waiting.job_id)
        finally:
            card.busy = False

    async def _look_back(self, card: _Card, job_id: int, message_id: int) -> None:
        """No lock reaches into another process: whether it ended the job meanwhile is seen only afterwards."""
        until_s = time.monotonic() + MEND_FOR_S
        while not card.over and time.monotonic() < until_s:
            job = await self._service.display.job(job_id)
            if job is None or job.state.is_waiting or job.state.is_in_flight:
                break
            if job.state.has_ended:
                await self._mend_by(until_s, job, message_id)
                break
            await asyncio.sleep(MEND_EVERY_S)

    async def _mend_by(self, until_s: float, job: Job, message_id: int) -> None:
        """Again while Discord does not answer: nobody else knows of a card that came too late."""
        while True:
            try:
                await self._mend(job, message_id)
                break
            except DeliverLater as error:
                if time.monotonic() + error.delay_s > until_s:
                    raise
                await asyncio.sleep(max(error.delay_s, MEND_EVERY_S))

    def _has_room(self, card: _Card, job: Job) -> bool:
        """Whether its channel has room for one more; which that is, is remembered for the next time."""
        before, card.channel_id = card.channel_id, self._shares(job)
        return card.channel_id in (None, before) or self._pace.take_in(card.channel_id)  # ``due`` has counted *before*


def _said(waiting: QueueEntry, at_s: float) -> _Said:
    """Cancel is offered until the request was sent; of a task until Wan has begun it, and of a story until its end."""
    place = formatters.queue_status(waiting, translator_for(waiting.locale))
    told_s = None if waiting.paused or waiting.paused_model or (waiting.eta_s or 0) < LEAST_S else waiting.eta_s
    may_cancel = waiting.state.is_waiting or waiting.may_be_stopped
    may_cancel &= not (waiting.cancel_requested and waiting.state is State.SUBMITTED)
    return _Said(place, may_cancel, None if told_s is None else at_s + told_s, at_s, waiting.story_size)


def _ready_at(said: _Said) -> datetime | None:
    """The moment on the wall that a card tells as it is edited now."""
    return None if said.ready_s is None else discord.utils.utcnow() + timedelta(seconds=said.ready_s - said.at_s)
