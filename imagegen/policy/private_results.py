"""Whether the results of a request are private: shown to the requester alone. Frozen records, pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from imagegen.model import DIRECT, Requester


@dataclass(frozen=True)
class ServerDefault:
    """What the managers of a server decided: results are private in the whole server, or in some channels."""

    everywhere: bool = False
    channels: frozenset[int] = frozenset()

    def covers(self, requester: Requester) -> bool:
        """Return whether results are private where *requester* is. A thread counts as its parent channel too."""
        return self.everywhere or not self.channels.isdisjoint((requester.channel_id, requester.parent_channel_id))


@dataclass(frozen=True)
class PrivateDefaults:
    """The defaults of all servers that have one. *is_whole*: none is missing."""

    servers: Mapping[int, ServerDefault] = field(default_factory=dict)
    is_whole: bool = False

    def private(self, requester: Requester, chosen: bool | None = None) -> bool:
        """Return whether a result is private: as the member has *chosen*, else by the default where they are.

        If a default may be missing, the result is private: a private result can be shared, and a public one cannot be
        taken back. In a direct message with the bot every result is for one person anyway, and is an ordinary one.
        """
        if requester.scope == DIRECT:
            return False
        if chosen is not None or not self.is_whole:
            return chosen is not False
        here = self.servers.get(requester.server_id or 0)
        return here is not None and here.covers(requester)
