"""The defaults for private results, as this process last read them: an acknowledgement waits for no database.

Each process reads them again every few seconds (imagegen/worker/loop.py), and at once when it changes one.
"""

from __future__ import annotations

from imagegen.members import Members
from imagegen.model import Requester
from imagegen.policy.private_results import PrivateDefaults
from imagegen.store import private_defaults
from imagegen.store.engine import Store


class KnownPrivateDefaults:
    """What was read last. Until something was read, each result is private."""

    def __init__(self, store: Store, members: Members) -> None:
        self._store, self._members, self._known = store, members, PrivateDefaults()

    async def refresh(self) -> None:
        """Read the defaults. Raises StoreUnavailable."""
        self._known = await self._store.read(private_defaults.found)

    def private(self, requester: Requester, chosen: bool | None = None) -> bool:
        """Return whether a result is private: as *chosen*, else by the default of the member, else by the server's."""
        if chosen is None:
            chosen = self._members.private(requester.user_id)
        return self._known.private(requester, chosen)
