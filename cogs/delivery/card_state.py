"""What a status card shows, and when its content is outdated enough to be worth an edit."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import discord

from cogs.text import formatters
from imagegen.reports import QueueEntry
from imagegen.states import State

MIN_ETA_S = 15.0  # a shorter wait is not shown: the time would pass before the card can be edited again
PASSING_S = 10.0  # a time that is so near is removed, or replaced by a later one
SLOWER, SLOWER_S = 1.5, 10  # an estimate is replaced if it grew by half of what was left, plus 10 s
LONG_S = 60  # a longer estimate is also replaced if it shrank to half


@dataclass(frozen=True)
class CardContent:
    """What a card shows since *at_s*. *ready_s* is the expected end, to which clients count down; all monotonic s."""

    position: str  # in English: cards in other languages change when this does
    may_cancel: bool
    ready_s: float | None
    at_s: float
    story_size: int = 0  # how much of a story the card shows

    def is_outdated(self, now: CardContent) -> bool:
        """Return whether *now* is worth an edit.

        That is so for more of a story, another queue position, the end of Cancel, or an estimate that no longer holds
        or is about to pass. The passing of time alone is not worth an edit, because clients count down.
        """
        if (self.story_size, self.position, self.may_cancel) != (now.story_size, now.position, now.may_cancel):
            return True
        if self.ready_s is None or now.ready_s is None:
            return self.ready_s is not now.ready_s
        left_s, needed_s = max(0.0, self.ready_s - now.at_s), now.ready_s - now.at_s
        has_halved = left_s > LONG_S and needed_s <= left_s / 2
        return has_halved or left_s <= PASSING_S or needed_s > left_s * SLOWER + SLOWER_S

    def is_passing(self, now_s: float) -> bool:
        """Return whether the expected end is here, or nearly."""
        return self.ready_s is not None and self.ready_s - now_s <= PASSING_S


@dataclass
class Card:
    """A status card. *has_ended*: the end of its job is shown, or is being shown."""

    content: CardContent | None = None
    edited_s: float = float("-inf")
    channel_id: int | None = None  # whose rate limit an edit uses up; None while the interaction's token edits the card
    has_ended: bool = False
    is_busy: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def waiting_since_s(self) -> float:
        """Return since when the card waits for an edit; forever if what it shows is about to be wrong."""
        is_passing = self.content is not None and self.content.is_passing(time.monotonic())
        return float("-inf") if is_passing else self.edited_s


def content_of(entry: QueueEntry, at_s: float) -> CardContent:
    """Return what the card of *entry* is to show.

    Cancel is offered until the request is sent; for a task until Wan has begun it, and for a story until its end.
    """
    position = formatters.queue_status(entry)
    is_short = (entry.eta_s or 0) < MIN_ETA_S
    eta_s = None if entry.paused or entry.paused_model or is_short else entry.eta_s
    may_cancel = entry.state.is_waiting or entry.may_be_stopped
    may_cancel &= not (entry.cancel_requested and entry.state is State.SUBMITTED)
    return CardContent(position, may_cancel, None if eta_s is None else at_s + eta_s, at_s, entry.story_size)


def ready_at(content: CardContent) -> datetime | None:
    """Return the expected end as a time of day, for a card that is edited now."""
    if content.ready_s is None:
        return None
    return discord.utils.utcnow() + timedelta(seconds=content.ready_s - content.at_s)
