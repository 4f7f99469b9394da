"""The settings of members: kept in memory, because choosing a language or a default must not wait for the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime

from imagegen.errors import StoreUnavailable
from imagegen.image_request import ImageRequest
from imagegen.member_defaults import for_more_images, with_defaults
from imagegen.model_choice import ModelChoice
from imagegen.policy.member_settings import MemberSettings
from imagegen.store import member_settings
from imagegen.store.engine import Store

EVERY_S = 5.0  # another process knows a change as soon as that
KEPT = 50_000  # members, about 20 MB; those who changed their settings last
USUAL = MemberSettings()
ANY_REQUEST = ImageRequest("x")


class Members:
    """Reads settings at once and saves them in the database. Each process learns soon what others saved."""

    def __init__(self, store: Store, models: ModelChoice, clock: Callable[[], datetime]) -> None:
        self._store, self._models, self._clock = store, models, clock
        self._known: dict[int, MemberSettings] = {}
        self._read = member_settings.NOTHING_READ
        self._changes = 0

    def settings(self, user_id: int) -> MemberSettings:
        """Return the settings of a member as this process knows them."""
        return self._known.get(user_id, USUAL)

    def private(self, user_id: int) -> bool | None:
        """Return whether a member wants private results by default; None: as the server decides.

        Until something was read, each member may want that.
        """
        known = self._known.get(user_id)
        return True if known is None and self._read is member_settings.NOTHING_READ else self.settings(user_id).private

    def with_defaults(self, wanted: ImageRequest, user_id: int, *, named: Collection[str] = ()) -> ImageRequest:
        """Return *wanted* with the defaults of a member, but for the fields that the member or a style has *named*."""
        return with_defaults(wanted, self.settings(user_id), self._models, len(wanted.images), named)

    def for_more_images(self, wanted: ImageRequest, user_id: int) -> ImageRequest:
        """Return *wanted*, to which images of characters were added, with a model that takes them if it named none."""
        return for_more_images(wanted, self.settings(user_id), self._models, len(wanted.images))

    def default_model(self, user_id: int, images: int, wanted: ImageRequest = ANY_REQUEST) -> str | None:
        """Return the model that a member chose for requests with *images* input images; None: the operator's."""
        chosen = self.settings(user_id).model
        return None if chosen is None else self._models.preferred(chosen, wanted, images)

    async def saved(self, user_id: int) -> MemberSettings:
        """Return the settings of a member as they are saved. Raises StoreUnavailable."""
        return await self._store.read(member_settings.settings_of, user_id)

    async def choose(self, user_id: int, name: str, value: object) -> MemberSettings:
        """Save one setting of a member, or None as for everybody. KeyError, ValueError or TypeError for a wrong one."""
        USUAL.with_choice(name, value)

        def choice(before: MemberSettings) -> MemberSettings:
            return before.with_choice(name, value)

        after = await self._store.write(member_settings.change, user_id, choice, now=self._clock())
        self._remember(user_id, after)
        return after

    def forgotten(self, user_id: int) -> None:
        """Forget a member whose settings were erased."""
        self._remember(user_id, USUAL)

    async def refresh(self) -> None:
        """Read what other processes have saved. Raises StoreUnavailable."""
        changes = self._changes
        found = await self._store.read(member_settings.changed_since, self._read, limit=KEPT)
        if found is not None and changes == self._changes:  # else it may be older than what was saved here meanwhile
            self._known, self._read = dict(found.members), found

    async def run(self) -> None:
        """Refresh again and again, until canceled."""
        while True:
            with suppress(StoreUnavailable):  # the store itself logs, once a minute, that it is away
                await self.refresh()
            await asyncio.sleep(EVERY_S)

    def _remember(self, user_id: int, settings: MemberSettings) -> None:
        self._changes += 1
        self._known.pop(user_id, None)
        if settings != USUAL:
            self._known[user_id] = settings
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
