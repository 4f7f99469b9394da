"""What a message that forwards another carries, from a bot or a person. No I/O."""

from __future__ import annotations

from sandbox.records import Json, Message
from sandbox.world import World

# https://discord.com/developers/docs/resources/message#message-snapshot-object (2026-11-29)
COPIED = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions",
          "mention_roles", "components")  # fmt: skip


def forward_of(world: World, original: Message) -> Json:
    """Return the fields of a message that forwards *original*. A forward of a forward carries the first message."""
    source = world.message_json(original)
    about = {"type": 1, "message_id": original.id, "channel_id": source["channel_id"]}
    if (server_id := world.channels[original.channel_id].server_id) is not None:
        about["guild_id"] = server_id
    snapshot = {"message": {name: source[name] for name in COPIED}}
    return {"message_reference": about, "message_snapshots": source.get("message_snapshots") or [snapshot]}
