"""A gateway session: its intents, its shard, and which events it gets."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.discord.gateway_socket import GatewaySocket
from sandbox.records import Json

# https://discord.com/developers/docs/events/gateway#gateway-intents (2026-11-29)
INTENTS = (
    "GUILDS", "GUILD_MEMBERS", "GUILD_MODERATION", "GUILD_EXPRESSIONS", "GUILD_INTEGRATIONS", "GUILD_WEBHOOKS",
    "GUILD_INVITES", "GUILD_VOICE_STATES", "GUILD_PRESENCES", "GUILD_MESSAGES", "GUILD_MESSAGE_REACTIONS",
    "GUILD_MESSAGE_TYPING", "DIRECT_MESSAGES", "DIRECT_MESSAGE_REACTIONS", "DIRECT_MESSAGE_TYPING", "MESSAGE_CONTENT",
    "GUILD_SCHEDULED_EVENTS", "", "", "", "AUTO_MODERATION_CONFIGURATION", "AUTO_MODERATION_EXECUTION", "", "",
    "GUILD_MESSAGE_POLLS", "DIRECT_MESSAGE_POLLS",
)  # fmt: skip
GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, DM_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 9, 1 << 12, 1 << 15
GUILD_PRESENCES, GUILD_REACTIONS, DM_REACTIONS = 1 << 8, 1 << 10, 1 << 13
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS = (1 << 26) - 1


def intent_names(intents: int) -> list[str]:
    """Return the names of the intents whose bits are set."""
    return [name for bit, name in enumerate(INTENTS) if name and intents >> bit & 1]


def is_shard_of(shard: tuple[int, int], server_id: str | None) -> bool:
    """Return whether *shard* (its number, and the number of shards) gets a server's events.

    Shard 0 gets direct messages. https://discord.com/developers/docs/events/gateway#sharding (2026-11-29)
    """
    number, count = shard
    return ((int(server_id) >> 22) % count if server_id else 0) == number


@dataclass
class Session:
    """A gateway session with every event since its identify, so that a resume can replay them.

    *refuses_resume*: the next resume is refused, which ends the session. *heartbeat_at*: the latest, in ISO format.
    """

    id: str
    intents: int
    shard: tuple[int, int]
    events: list[Json] = field(default_factory=list)
    socket: GatewaySocket | None = None
    refuses_resume: bool = False
    heartbeat_at: str | None = None

    @property
    def sequence(self) -> int:
        """Return the sequence number of the latest event."""
        return len(self.events)

    def has_server(self, server_id: str | None) -> bool:
        """Return whether this session's shard gets the server's events."""
        return is_shard_of(self.shard, server_id)

    def wants(self, name: str, server_id: str | None) -> bool:
        """Return whether the session's shard and intents cover an event."""
        if not self.has_server(server_id):
            return False
        if name.startswith("MESSAGE_REACTION"):
            return bool(self.intents & (GUILD_REACTIONS if server_id else DM_REACTIONS))
        if name == "CHANNEL_PINS_UPDATE" and server_id is None:
            return bool(self.intents & DM_MESSAGES)
        if name.startswith("MESSAGE"):
            return bool(self.intents & (GUILD_MESSAGES if server_id else DM_MESSAGES))
        if name.startswith("GUILD_MEMBER"):
            return bool(self.intents & GUILD_MEMBERS)
        return name == "INTERACTION_CREATE" or bool(self.intents & GUILDS)
