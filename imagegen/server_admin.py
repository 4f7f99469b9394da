"""The managers' door: a server's rules, its members, what it used. Who is a manager, Discord says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from imagegen.errors import Reason, Refused, WanvasError
from imagegen.imaging.images import Decoder
from imagegen.policy import quota
from imagegen.policy.blocklist import find_blocked
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import Member, ServerSettings, SettingsChange, validate_settings
from imagegen.policy.usage import Usage, summarize_usage
from imagegen.store import history, server_settings
from imagegen.store.engine import Store

CHANGES = 8  # shown beside the rules
MOST_GRANTED = 1000  # at once
MOST_DAYS = 90


class ServerAdmin:
    """Each method is one transaction; every change is recorded with who made it."""

    def __init__(self, store: Store, decoder: Decoder, limits: Limits, clock: Callable[[], datetime]) -> None:
        self.limits = limits  # the operator's: no server's are above them
        self._store, self._decoder, self._zone, self._clock = store, decoder, limits.zone, clock

    async def place(self, server_id: int) -> ServerSettings:
        return await self._store.read(server_settings.place_of, server_id)

    async def change(
        self, server_id: int, change: Callable[[ServerSettings], ServerSettings], *, user_id: int
    ) -> tuple[SettingsChange, ...]:
        """Write what *change* makes of a server's rules; what is different now. Refused when they cannot be so.

        *change* is called with the rules as they are then: another manager may have changed them since they were read.
        """

        def make(before: ServerSettings) -> ServerSettings:
            return validate_settings(change(before), before)

        return await self._store.write(
            server_settings.change_place, server_id, make, user_id=user_id, now=self._clock()
        )

    async def blocked_in(self, server_id: int, prompt: str) -> tuple[str, ...]:
        """The server's blocked words that *prompt* holds, however disguised."""
        words = (await self.place(server_id)).blocked_words
        return await asyncio.to_thread(find_blocked, prompt, words)

    async def block(self, server_id: int, member_id: int, blocked: bool, *, user_id: int) -> SettingsChange | None:
        """Take the bot from a member in this server, or give it back; None when it was so already."""
        now = self._clock()
        return await self._store.write(
            server_settings.set_blocked, server_id, member_id, blocked, user_id=user_id, now=now
        )

    async def blocked(self, server_id: int) -> tuple[int, ...]:
        return await self._store.read(server_settings.blocked_members, server_id)

    async def grant(self, server_id: int, member_id: int, images: int, *, user_id: int) -> Member:
        """Give a member extra images for this calendar month, used after each day's own. Refused as rules are."""
        if not 1 <= images <= MOST_GRANTED:
            raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MOST_GRANTED)
        now = self._clock()
        month = quota.month_window(now, self._zone).label
        return await self._store.write(
            server_settings.grant, server_id, member_id, images, month=month, user_id=user_id, now=now
        )

    async def changes(self, server_id: int) -> tuple[SettingsChange, ...]:
        """What managers changed last, newest first."""
        return await self._store.read(server_settings.changes_of, server_id, limit=CHANGES)

    async def usage(self, server_id: int, days: int) -> Usage:
        """The images shown in a server over the last *days* calendar days, today's too. Refused as rules are."""
        if not 1 <= days <= MOST_DAYS:
            raise Refused(Reason.RULE_OUT_OF_RANGE, limit=MOST_DAYS)
        now = self._clock()
        since = now - timedelta(days=days + 1)
        shown = await self._store.read(history.usage, server_id, since=since)
        return summarize_usage(shown, until=now, days=days, zone=self._zone)

    async def chart(self, usage: Usage) -> bytes:
        """The days of *usage* as a PNG. WanvasError INTERNAL when it could not be drawn."""
        drawn = await self._decoder.chart([(f"{day:%m-%d}", images) for day, images in usage.days])
        if not drawn:
            raise WanvasError(Reason.INTERNAL)
        return drawn
