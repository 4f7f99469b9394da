"""What managers can do: read and change server settings, block members, grant images, read usage.

Discord decides who is a manager.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from imagegen.errors import Reason, Refused, StoreUnavailable, WanvasError
from imagegen.imaging.charts import Charts
from imagegen.model import MICRO_USD
from imagegen.policy import quota
from imagegen.policy.blocklist import find_blocked
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import (
    Member,
    ServerOverview,
    ServerSettings,
    SettingsChange,
    validate_settings,
)
from imagegen.policy.usage import Usage, View, summarize_usage
from imagegen.private_defaults import KnownPrivateDefaults
from imagegen.reports import QuotaStatus
from imagegen.store import history, quotas, server_settings
from imagegen.store.engine import Store

CHANGES = 8  # the newest changes, shown beside the settings
MAX_GRANTED = 1000  # images per grant
MAX_DAYS = 90  # of usage
PRIVATE_SETTINGS = ("private", "private_channels")  # which acknowledgements need at once


class ServerAdmin:
    """The managers' actions. Each method is one transaction; each change is recorded with who made it."""

    def __init__(
        self,
        store: Store,
        limits: Limits,
        clock: Callable[[], datetime],
        private_defaults: KnownPrivateDefaults,
    ) -> None:
        self.limits = limits  # the operator's limits: no server's may be above them
        self._store, self._charts, self._zone, self._clock = store, Charts(), limits.zone, clock
        self._private_defaults = private_defaults

    async def settings(self, server_id: int) -> ServerSettings:
        """Return the settings of a server."""
        return await self._store.read(server_settings.settings_of, server_id)

    async def change(
        self, server_id: int, change: Callable[[ServerSettings], ServerSettings], *, user_id: int
    ) -> tuple[SettingsChange, ...]:
        """Apply *change* to the settings of a server; return what changed. Raises Refused for settings out of range.

        *change* gets the settings as the transaction finds them: another manager may have changed them meanwhile.
        """

        def make(before: ServerSettings) -> ServerSettings:
            return validate_settings(change(before), before)

        changes = await self._store.write(
            server_settings.change_settings, server_id, make, user_id=user_id, now=self._clock()
        )
        return await self._known_here(changes)

    async def undo(self, server_id: int, at: datetime, *, user_id: int) -> tuple[SettingsChange, ...]:
        """Give the settings that a manager changed at *at* their old values; return what changed.

        Raises Refused CHANGED_SINCE if one was changed later, or for settings that are out of range now.
        """
        now = self._clock()
        changes = await self._store.write(
            server_settings.undo, server_id, at, validate_settings, user_id=user_id, now=now
        )
        return await self._known_here(changes)

    async def _known_here(self, changes: tuple[SettingsChange, ...]) -> tuple[SettingsChange, ...]:
        """Return *changes*, after this process has read those that it keeps in memory."""
        if any(change.what in PRIVATE_SETTINGS for change in changes):
            with suppress(StoreUnavailable):  # the next heartbeat reads them
                await self._private_defaults.refresh()
        return changes

    async def overview(self, server_id: int) -> ServerOverview:
        """Return the settings of a server, the blocked members, and the last changes."""
        return await self._store.read(server_settings.overview, server_id, limit=CHANGES)

    async def blocked_in(self, server_id: int, prompt: str) -> tuple[str, ...]:
        """Return the server's blocked words that *prompt* contains, also in disguised spellings."""
        words = (await self.settings(server_id)).blocked_words
        return await asyncio.to_thread(find_blocked, prompt, words)

    async def block(self, server_id: int, member_id: int, blocked: bool, *, user_id: int) -> SettingsChange | None:
        """Block a member from the bot in this server, or unblock them; return None if nothing changed."""
        now = self._clock()
        return await self._store.write(
            server_settings.set_blocked, server_id, member_id, blocked, user_id=user_id, now=now
        )

    async def grant(self, server_id: int, member_id: int, images: int, *, user_id: int) -> Member:
        """Give a member extra images for this calendar month, used when the day's quota is used up.

        Raises Refused for more than MAX_GRANTED.
        """
        if not 1 <= images <= MAX_GRANTED:
            raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_GRANTED)
        now = self._clock()
        month = quota.month_window(now, self._zone).label
        return await self._store.write(
            server_settings.grant, server_id, member_id, images, month=month, user_id=user_id, now=now
        )

    async def usage(self, server_id: int, days: int) -> Usage:
        """Return the images delivered in a server in the last *days* calendar days, today included.

        Raises Refused for more than MAX_DAYS.
        """
        if not 1 <= days <= MAX_DAYS:
            raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_DAYS)
        now = self._clock()
        since = now - timedelta(days=days + 1)
        shown, spent = await asyncio.gather(
            self._store.read(history.usage, server_id, since=since),
            self._store.read(history.spent, server_id, since=since.astimezone(self._zone).date()),
        )
        return summarize_usage(shown, spent, until=now, days=days, zone=self._zone)

    async def share(self, server_id: int) -> QuotaStatus | None:
        """Return the server's share of the budget this month, in micro-dollars. None: it has none, or 0."""
        share = await self._store.read(quotas.share, server_id, self.limits, now=self._clock())
        return share if share is not None and share.limit else None

    async def chart(self, usage: Usage, view: View, *, dark: bool) -> bytes:
        """Return a chart of *usage* by day and model, a PNG. Raises WanvasError INTERNAL if it could not be drawn."""
        scale = 1 if view is View.IMAGES else MICRO_USD
        bars = {model: [amount / scale for amount in amounts] for model, amounts in usage.by_model(view.amount).items()}
        labels, sign = [f"{day:%m-%d}" for day in usage.span], "" if view is View.IMAGES else "$"
        drawn = await self._charts.draw(labels, bars, sign=sign, dark=dark)
        if not drawn:
            raise WanvasError(Reason.INTERNAL)
        return drawn
