"""Faults of messages. The routes ask here whether to misbehave."""

from __future__ import annotations

import re
from typing import Any

from sandbox.discord import errors, message_rules
from sandbox.discord.transport import Call
from sandbox.faults import Faults, declare
from sandbox.records import Channel, Interaction, Json, Message
from sandbox.world import World

V2 = 1 << 15

TOKEN_EXPIRED = declare(
    "token_expired", "The next interaction token that is used expires early and stays expired: 401, 50027."
)
TOKEN_FORGOTTEN = declare("token_forgotten", "The next use of a token that has expired answers 404, 10015.")
V2_UPLOAD_REFUSED = declare("v2_upload_refused", "The next files that components show are refused: 50035.", match="")
V2_FILES_LISTED = declare("v2_files_listed", "The files that the next card shows are listed as attachments too.")
NONCE_IGNORED = declare("nonce_ignored", "The next message with a nonce that was used before is posted again.")
FOLLOWUP_PUBLIC = declare("followup_public", "The next private follow-up is posted in public.")
FORM_REFUSED = declare("form_refused", "The next form that the bot opens is refused: 50035.")
MISSING_PERMISSIONS = declare("missing_permissions", "The bot's next post is refused: 50013.")
WRONG_CHANNEL = declare("wrong_channel", "The next result is posted in another channel.")
DUPLICATE_MESSAGE = declare("duplicate_message", "The next result is posted twice.")
QUOTA_NOT_RELEASED = declare(
    "quota_not_released", "After *skip* others, an answer to /quota says one image less than the bot said.", skip=0
)

LEFT = re.compile(r"\d+(?=(?: of \d+)? left)")


class MessageFaults:
    """Each method does nothing unless its fault is armed."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults

    def refuse_message(self) -> None:
        """Refuse a post with 50013 if ``missing_permissions`` is armed."""
        if self._faults.take(MISSING_PERMISSIONS) is not None:
            raise errors.missing_permissions()

    def refuse_upload(self, call: Call) -> None:
        """Refuse files shown by components if ``v2_upload_refused`` is armed."""
        shown = call.uploads and call.payload.get("components")
        endpoint = f"{call.entry['method']} {call.entry['path']}"
        if shown and self._faults.take(V2_UPLOAD_REFUSED, endpoint) is not None:
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            raise errors.invalid("components.0", code, "The referenced attachment was not found.")

    def refuse_form(self) -> None:
        """Refuse a form if ``form_refused`` is armed."""
        if self._faults.take(FORM_REFUSED) is not None:
            raise errors.invalid("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")

    def list_files(self, message: Message) -> None:
        """List the files of a card as attachments if ``v2_files_listed`` is armed."""
        if message.files and int(message.body["flags"]) & V2 and self._faults.take(V2_FILES_LISTED) is not None:
            message.body["attachments"] = [{"id": file.id} for file in message.files]

    def ignores_nonce(self, call: Call) -> bool:
        """Return whether a nonce that was used before does not count."""
        used = {str(message.body.get("nonce")) for message in self._world.messages.values()}
        return str(call.payload["nonce"]) in used and self._faults.take(NONCE_IGNORED) is not None

    def publishes_followup(self) -> bool:
        """Return whether a private follow-up is posted in public."""
        return self._faults.take(FOLLOWUP_PUBLIC) is not None

    def expires_token(self) -> bool:
        """Return whether the interaction's token must expire now."""
        return self._faults.take(TOKEN_EXPIRED) is not None

    def forgets_token(self) -> bool:
        """Return whether an expired token is answered as an unknown one."""
        return self._faults.take(TOKEN_FORGOTTEN) is not None

    def wrong_channel(self, call: Call, channel: Channel) -> Channel | None:
        """Return another channel for a result that belongs to *channel*, or None."""
        if not (call.uploads and self._faults.take(WRONG_CHANNEL) is not None):
            return None
        return next(c for c in self._world.channels.values() if c.server_id and c.id != channel.id)

    def duplicate(self, message: Message, call: Call) -> None:
        """Post a result a second time if ``duplicate_message`` is armed."""
        if call.uploads and self._faults.take(DUPLICATE_MESSAGE) is not None:
            channel = self._world.channels[message.channel_id]
            payload = {**call.payload, "flags": int(message.body["flags"]) & V2}
            message_rules.create(self._world, channel, self._world.bot_id, payload, call.uploads)

    def tamper_quota(self, interaction: Interaction, data: Json) -> Json:
        """Return /quota's answer, with one image less if ``quota_not_released`` is armed."""
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
    """Return *value* with N reduced by one where a text says "N left" or "N of M left"."""
    if isinstance(value, dict):
        return {name: _one_less(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_one_less(inner) for inner in value]
    if isinstance(value, str):
        return LEFT.sub(lambda found: str(int(found[0]) - 1), value, count=1)
    return value
