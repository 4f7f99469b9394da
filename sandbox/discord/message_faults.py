"""Misbehaviours of messages, rehearsed: what the routes do wrong when a fault is armed."""

from __future__ import annotations

import re
from typing import Any

from sandbox.discord import errors, message_rules
from sandbox.discord.transport import Call
from sandbox.faults import Faults, declare
from sandbox.records import Channel, Interaction, Json, Message
from sandbox.world import World

V2 = 1 << 15

TOKEN_EXPIRED = declare("token_expired", "The next token used is dead before its time, and stays so: 401, 50027.")
V2_UPLOAD_REFUSED = declare("v2_upload_refused", "A Components V2 edit with fresh files is refused.")
MISSING_PERMISSIONS = declare("missing_permissions", "The bot's message is refused: 50013.")
WRONG_CHANNEL = declare("wrong_channel", "A result lands in another channel.")
DUPLICATE_MESSAGE = declare("duplicate_message", "A result appears a second time.")
QUOTA_NOT_RELEASED = declare(
    "quota_not_released", "The /quota answer after so many others says one less than the bot said.", skip=0
)


class MessageFaults:
    """Does nothing where nothing is armed."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults

    def refuse_message(self) -> None:
        if self._faults.take(MISSING_PERMISSIONS) is not None:
            raise errors.missing_permissions()

    def refuse_upload(self, call: Call) -> None:
        if call.uploads and call.payload.get("components") and self._faults.take(V2_UPLOAD_REFUSED) is not None:
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            raise errors.invalid("components.0", code, "The referenced attachment was not found.")

    def expires_token(self) -> bool:
        return self._faults.take(TOKEN_EXPIRED) is not None

    def wrong_channel(self, call: Call, channel: Channel) -> Channel | None:
        """Where a result lands that should be in *channel*; None: where it should."""
        if not (call.uploads and self._faults.take(WRONG_CHANNEL) is not None):
            return None
        return next(c for c in self._world.channels.values() if c.server_id and c.id != channel.id)

    def duplicate(self, message: Message, call: Call) -> None:
        if call.uploads and self._faults.take(DUPLICATE_MESSAGE) is not None:
            channel = self._world.channels[message.channel_id]
            payload = {**call.payload, "flags": int(message.body["flags"]) & V2}
            message_rules.create(self._world, channel, self._world.bot_id, payload, call.uploads)

    def tamper_quota(self, interaction: Interaction, data: Json) -> Json:
        """Where ``quota_not_released`` is armed, /quota's answer is made to look as if nothing had been returned."""
        quota = interaction.payload["data"].get("name") == "quota"
        armed = self._faults.take(QUOTA_NOT_RELEASED) if quota else None
        if armed is None:
            return data
        if int(armed["skip"]):
            self._faults.arm(QUOTA_NOT_RELEASED, skip=int(armed["skip"]) - 1)
            return data
        tamper_quota: Json = _one_less(data)
        return tamper_quota


def _one_less(value: Any) -> Any:
    """*value* with every "N left" made one less."""
    if isinstance(value, dict):
        return {name: _one_less(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_one_less(inner) for inner in value]
    if isinstance(value, str) and (found := re.search(r"(\d+) left", value)):
        return value.replace(found[0], f"{int(found[1]) - 1} left", 1)
    return value
