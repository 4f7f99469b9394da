"""What people have made: found again, accounted for, forgotten. Beside the front door, for what asks nothing of Wan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from imagegen.model import Job
from imagegen.my_data import File, Room, collected
from imagegen.policy.server_settings import Consent
from imagegen.reports import Receipt
from imagegen.store import erasure, history, server_settings
from imagegen.store.engine import Store

PAGE = 5  # requests on a page
FAMILY = 9  # generations on a contact sheet
FORGOTTEN_AT_ONCE = 500  # rows, so that no command waits behind it; the rest is erased in the background


class History:
    """Reads what was made. Who may see an image is the caller's to check: it knows the channels."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def made_by(self, user_id: int, find: str = "", before: int | None = None) -> tuple[Job, ...]:
        """A page of a person's results and one more where there are more; newest first, older than job *before*."""
        return await self._store.read(history.made_by, user_id, find=find, before=before, limit=PAGE + 1)

    async def made_in(self, server_id: int, find: str = "", before: int | None = None) -> tuple[Job, ...]:
        """The same of a whole server; direct messages and installs are never among them."""
        return await self._store.read(history.made_in, server_id, find=find, before=before, limit=PAGE + 1)

    async def family(self, job_id: int) -> tuple[Job, ...]:
        """A result and what it came from, oldest first."""
        return await self._store.read(history.family, job_id, limit=FAMILY)

    async def accounts(self, user_id: int, before: int | None = None) -> tuple[Receipt, ...]:
        """A page of a person's requests, as the ledger has them, and one more where there are more."""
        return await self._store.read(history.accounts, user_id, before=before, limit=PAGE + 1)

    async def forget(self, user_id: int) -> int:
        """Erase the words and images of everything that person asked for; how many requests are erased by now.

        So is what they posted in others' requests. The books stay. What waits is canceled; what is being made is
        erased when it has ended.
        """
        return await self._store.write(erasure.forget, user_id, limit=FORGOTTEN_AT_ONCE, now=self._clock())

    async def everything_of(self, user_id: int, room: Room) -> tuple[File, ...]:
        """All that is kept of a person, as files: the document first, then images as far as there is *room*."""
        return await collected(self._store, user_id, room, now=self._clock())

    async def consent(self, user_id: int) -> Consent:
        return await self._store.read(server_settings.consent_of, user_id)

    async def set_consent(self, user_id: int, consent: Consent) -> None:
        """Let others edit what that person posted and their avatar, or nobody."""
        await self._store.write(server_settings.set_consent, user_id, consent)

    async def locale_of(self, user_id: int) -> str | None:
        """The language of a person's client when they last used a command; None when they never did."""
        return await self._store.read(history.locale_of, user_id)
