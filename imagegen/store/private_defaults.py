"""Which servers show results in private by default. One transaction."""

from __future__ import annotations

from sqlalchemy import Connection, and_, or_, select

from imagegen.policy.private_results import PrivateDefaults, ServerDefault
from imagegen.store.server_settings import settings_read
from imagegen.store.tables import saved_settings

MOST = 50_000  # servers that are remembered

# The settings are JSON. The text only says which rows to read: each row is parsed.
_SETTINGS = saved_settings.c.settings
_LISTED = and_(_SETTINGS.contains('"private_channels": ['), ~_SETTINGS.contains('"private_channels": []'))
_SERVERS = select(saved_settings).where(or_(_SETTINGS.contains('"private": true'), _LISTED))


def found(tx: Connection) -> PrivateDefaults:
    """Return what servers decided, at most MOST of them."""
    rows = tx.execute(_SERVERS.limit(MOST)).all()
    known = {row.server_id: settings_read(row.server_id, row.settings) for row in rows}
    servers = {
        server_id: ServerDefault(one.private, frozenset(one.private_channels)) for server_id, one in known.items()
    }
    return PrivateDefaults(servers, is_whole=len(rows) < MOST)
