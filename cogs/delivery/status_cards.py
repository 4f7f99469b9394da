"""Keep the status cards current, and never let a card overwrite the result of its job."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import discord
import structlog
from discord import ui

from cogs.delivery.card_state import Card, content_of, ready_at
from cogs.delivery.edit_budget import EditBudget
from cogs.text import formatters
from cogs.ui import cards
from imagegen import ownership
from imagegen.errors import DeliverLater, OwnershipLost, StoreUnavailable
from imagegen.logs import about_job
from imagegen.model import Job
from imagegen.reports import QueueEntry
from imagegen.service import Service
from imagegen.wakeup import Wake

log = structlog.get_logger(__name__)

CARD_AFTER_S = 1.5  # a job that ends before needs no card
CARD_EVERY_S = 5.0  # the shortest time between two edits of a card
STORY_EVERY_S = 1.5  # the same for a story that is being generated
READ_EVERY_S = 0.5  # the shortest time between two readings of the queue
READ_SHARE = 10  # reading the queue takes at most a tenth of the time, so a long queue is read less often
IDLE_S = 2.0  # an empty queue is read this often, because other processes do not send this process a wake-up signal
EDITS_AT_ONCE = 8
# How often, and for how long, to look whether another process has ended a job whose card was just edited.
REPAIR_EVERY_S, REPAIR_FOR_S = 0.5, 60.0

Show = Callable[[Job, ui.LayoutView], Awaitable[int | None]]
Repair = Callable[[Job, int], Awaitable[None]]


async def _no_repair(_job: Job, _message_id: int) -> None: ...


class StatusCards:
    """One loop over the queue.

    *show* shows a card, or the story so far, and returns the id of its message (None: no message); it may raise
    anything. *repair* is called with the message of a card that was edited while another process ended the job: the
    card may have overwritten the result. *channel_limit* returns the channel whose rate limit an edit uses up.
    """

    def __init__(
        self,
        service: Service,
        show: Show,
        repair: Repair = _no_repair,
        *,
        channel_limit: Callable[[Job], int | None] = lambda _: None,
    ) -> None:
        self._service, self._show, self._repair, self._channel_limit = service, show, repair, channel_limit
        self._cards: dict[int, Card] = {}
        self._slots = asyncio.Semaphore(EDITS_AT_ONCE)
        self._budget = EditBudget()

    @asynccontextmanager
    async def ending(self, job_id: int) -> AsyncIterator[None]:
        """Hold the messages of a job that has ended alone: wait for an edit that has begun, and allow no other."""
        card = self._cards.setdefault(job_id, Card())
        async with card.lock:
            card.has_ended = True
            yield

    async def run(self) -> None:
        """Read the queue and edit the cards until canceled; then the edits that have begun end too."""
        async with asyncio.TaskGroup() as edits:
            while True:
                ticket = self._service.wake_signal.ticket(Wake.CARDS)
                began_s = time.monotonic()
                queue = await self.read_queue()
                for entry in self.due(queue):
                    edits.create_task(self.update(entry))
                await asyncio.sleep(max(READ_EVERY_S, READ_SHARE * (time.monotonic() - began_s)))
                if not queue:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(ticket.wait(), IDLE_S)
                        await asyncio.sleep(CARD_AFTER_S - READ_EVERY_S)  # many jobs end before they need a card

    async def read_queue(self) -> Sequence[QueueEntry]:
        """Return the queue; empty if the database does not answer. Forget the cards of jobs outside the queue.

        A job that ended during the reading is still in the queue that was read, and its card is remembered as ended.
        A job outside the queue never comes back.
        """
        try:
            queue = await self._service.display.queue_entries()
        except StoreUnavailable:  # the store logs it
            return ()
        queued = {entry.job_id for entry in queue}
        self._cards = {job_id: card for job_id, card in self._cards.items() if card.is_busy or job_id in queued}
        return queue

    def due(self, queue: Sequence[QueueEntry]) -> Iterator[QueueEntry]:
        """Yield the entries whose cards to edit now, as many as the rate limits leave, and count each edit as begun.

        First come cards that were never shown or show a time that is about to pass, then those not edited for longest.
        """
        due = filter(self.is_due, queue)
        for entry in sorted(due, key=lambda entry: self._cards[entry.job_id].waiting_since_s):
            card = self._cards[entry.job_id]
            if self._budget.take(card.channel_id):
                card.is_busy = True
                yield entry

    def is_due(self, entry: QueueEntry) -> bool:
        """Return whether this process must edit a card now: its content is new, and its last edit long enough ago."""
        if not self._service.display.is_display_owner(entry):
            return False
        card, now_s = self._cards.setdefault(entry.job_id, Card()), time.monotonic()
        every_s = STORY_EVERY_S if entry.story_size else CARD_EVERY_S
        waited_s = (discord.utils.utcnow() - entry.requested_at).total_seconds()
        if card.has_ended or card.is_busy or waited_s < CARD_AFTER_S or now_s - card.edited_s < every_s:
            return False
        return card.content is None or card.content.is_outdated(content_of(entry, now_s))

    async def update(self, entry: QueueEntry) -> None:
        """Make a card show *entry*, unless the job has ended before the edit begins."""
        card = self._cards.setdefault(entry.job_id, Card())
        with about_job(entry.job_id):
            try:
                if (message_id := await self._edit(card, entry)) is not None:
                    await self._repair_if_late(card, entry.job_id, message_id)
            except OwnershipLost as error:
                card.content = None  # nothing was shown; this process tries again if it still owns the card
                log.warning("card_dropped", why=str(error))
            except (DeliverLater, StoreUnavailable) as error:
                card.content = None
                log.warning("card_not_updated", why=str(error))
            except Exception:  # a defect in one card must not end the loop over all cards
                log.exception("card_not_updated")
            finally:
                card.is_busy = False

    async def _edit(self, card: Card, entry: QueueEntry) -> int | None:
        """Edit one card when its turn comes, and return its message; None if nothing was shown."""
        async with self._slots, card.lock:
            job = None if card.has_ended else await self._service.display.job(entry.job_id)
            if job is None or not (job.state.is_waiting or job.state.is_in_flight) or not self._has_room(card, job):
                return None
            card.content = content_of(entry, time.monotonic())
            card.edited_s = card.content.at_s
            text = formatters.queue_status(entry, cards.translator_for_job(job), ready_at(card.content))
            with ownership.checked_by(partial(self._service.display.check_display_owner, job.id)):
                message_id = await self._show(job, cards.status_card(job, text, may_cancel=card.content.may_cancel))
            if entry.story_size:
                card.edited_s = time.monotonic()  # downloading and uploading the images of a story takes a while
        return message_id

    async def _repair_if_late(self, card: Card, job_id: int, message_id: int) -> None:
        """Repair the result if another process has ended the job meanwhile: no lock reaches into that process."""
        until_s = time.monotonic() + REPAIR_FOR_S
        while not card.has_ended and time.monotonic() < until_s:
            job = await self._service.display.job(job_id)
            if job is None or job.state.is_waiting or job.state.is_in_flight:
                break
            if job.state.has_ended:
                await self._repair_until(until_s, job, message_id)
                break
            await asyncio.sleep(REPAIR_EVERY_S)

    async def _repair_until(self, until_s: float, job: Job, message_id: int) -> None:
        """Repair the result, and try again while Discord does not answer: no other process knows of the late card."""
        while True:
            try:
                await self._repair(job, message_id)
                break
            except DeliverLater as error:
                if time.monotonic() + error.delay_s > until_s:
                    raise
                await asyncio.sleep(max(error.delay_s, REPAIR_EVERY_S))

    def _has_room(self, card: Card, job: Job) -> bool:
        """Return whether the card's channel takes one more edit. Remember the channel for the next time."""
        before, card.channel_id = card.channel_id, self._channel_limit(job)
        # ``due`` has counted this edit in the channel known before
        return card.channel_id in (None, before) or self._budget.take_in(card.channel_id)
