"""Report results, and let managers decide about them. Discord decides who is a manager."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from imagegen.deadline import read_in_time
from imagegen.model import Job
from imagegen.policy.review import MAX_WHY_CHARS, CardKind, Decision, Report, ReviewCard
from imagegen.store import reviews
from imagegen.store.engine import Store
from imagegen.wakeup import Wake, WakeSignal

# A card that cannot be posted is tried again after a tenth of its age.
AGE_SHARE, LEAST, MOST = 10, timedelta(seconds=30), timedelta(hours=1)


class Review:
    """Reports and cards. Each method is one transaction."""

    def __init__(self, store: Store, wake_signal: WakeSignal, clock: Callable[[], datetime]) -> None:
        self._store, self._wake_signal, self._clock = store, wake_signal, clock

    async def report(self, said: Report) -> ReviewCard | None:
        """Store a report. Return its card, which is due; None if the member has reported the message before."""
        return await self._store.write(reviews.report, said, now=self._clock())

    async def card(self, job_id: int, kind: CardKind) -> ReviewCard | None:
        """Return a card, or None."""
        return await read_in_time(self._store, reviews.card, job_id, kind)

    async def messages(self, job: Job) -> tuple[tuple[int, int], ...]:
        """Return the channel and the id of every message that shows *job* to others than its requester."""
        return await read_in_time(self._store, reviews.messages_of, job)

    async def claim(self, card: ReviewCard) -> ReviewCard | None:
        """Claim a card that is due, to bring it up to date; None if there is nothing to do, or another caller does."""
        return await self._store.write(reviews.claim, card.job_id, card.kind, now=self._clock())

    async def claim_next(self) -> ReviewCard | None:
        """Claim the next card that is due; None if there is none."""
        return await self._store.write(reviews.claim_next, now=self._clock())

    async def placed(self, held: ReviewCard, channel_id: int, message_id: int) -> None:
        """Record where a claimed card is."""
        await self._store.write(reviews.placed, held, channel_id, message_id)

    async def finished(self, held: ReviewCard) -> None:
        """End a claim: the card is up to date, unless a report or a decision came meanwhile."""
        await self._store.write(reviews.finished, held, again_at=None, now=self._clock())

    async def put_off(self, held: ReviewCard) -> None:
        """End a claim: the card could not be brought up to date, and is tried again later."""
        now = self._clock()
        again_at = now + max(LEAST, min(MOST, (now - held.at) / AGE_SHARE))
        await self._store.write(reviews.finished, held, again_at=again_at, now=now)

    async def decide(self, card: ReviewCard, decision: Decision, *, user_id: int) -> tuple[ReviewCard, bool] | None:
        """Store a manager's decision about reports. Return the card, and whether this decision is the first.

        None: the card is gone. The first decision counts; BLOCKED also blocks the requester in the server.
        """
        now = self._clock()
        return await self._store.write(reviews.decide, card.job_id, card.kind, decision, user_id=user_id, now=now)

    async def show(self, job_id: int, *, user_id: int) -> tuple[ReviewCard, bool] | None:
        """Show a held result now. Return as ``decide`` does."""
        found = await self._store.write(reviews.show, job_id, user_id=user_id, now=self._clock())
        self._wake_signal.send(Wake.DELIVER)
        return found

    async def withhold(self, job_id: int, *, user_id: int, why: str) -> tuple[ReviewCard, bool] | None:
        """Withhold a held result, and tell the requester *why*. Return as ``decide`` does."""
        now = self._clock()
        found = await self._store.write(reviews.withhold, job_id, user_id=user_id, why=why[:MAX_WHY_CHARS], now=now)
        self._wake_signal.send(Wake.DELIVER)
        return found
