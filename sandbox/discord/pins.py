"""Routes with which the bot pins messages, unpins them, and lists what is pinned.

https://discord.com/developers/docs/resources/message#pin-message (2026-11-29)
"""

from __future__ import annotations

from aiohttp import web

from sandbox.discord import errors, message_rules
from sandbox.discord.reachable import channel_of, message_of
from sandbox.discord.transport import Answer, Call, Route
from sandbox.records import Channel, Json, Message
from sandbox.world import World

MAX_PINS = 250
MAX_PAGE = 50


class Pins:
    """Routes under ``/messages/pins``. A pin lasts as long as its message."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        pins = "/channels/{channel_id}/messages/pins"
        return [
            ("GET", pins, self._list),
            ("PUT", f"{pins}/{{message_id}}", self._pin),
            ("DELETE", f"{pins}/{{message_id}}", self._unpin),
        ]

    def _list(self, request: web.Request, _call: Call) -> Answer:
        """Answer a page of the pins, the newest first."""
        pinned = self._pinned(channel_of(self._world, request, "READ_MESSAGE_HISTORY"))
        limit, before = request.query.get("limit", str(MAX_PAGE)), request.query.get("before", "9")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MAX_PAGE):
            raise errors.invalid("limit", "NUMBER_TYPE_MAX", f"int value should be between 1 and {MAX_PAGE}.")
        older = [message for message in pinned if message.body["_pinned_at"] < before]
        return 200, {"items": [self._item(m) for m in older[: int(limit)]], "has_more": len(older) > int(limit)}

    def _item(self, message: Message) -> Json:
        return {"pinned_at": message.body["_pinned_at"], "message": self._world.message_json(message)}

    def _pinned(self, channel: Channel) -> list[Message]:
        here = [found for found in self._world.messages.values() if found.channel_id == channel.id]
        pinned = [found for found in here if found.body["pinned"]]
        return sorted(pinned, key=lambda message: str(message.body["_pinned_at"]), reverse=True)

    def _pin(self, request: web.Request, _call: Call) -> Answer:
        """Pin a message, and say so in the channel. A pinned one stays as it is."""
        channel, message = self._managed(request)
        if message.body["pinned"]:
            return 204, None
        if len(self._pinned(channel)) >= MAX_PINS:
            raise errors.too_many_pins(MAX_PINS)
        self._set(channel, message, pinned=True)
        about = {"type": 0, "message_id": message.id, "channel_id": channel.id}
        about |= {"guild_id": channel.server_id} if channel.server_id else {}
        bot_id = self._world.bot_id
        message_rules.create(self._world, channel, bot_id, {}, type=message_rules.PINNED, message_reference=about)
        return 204, None

    def _unpin(self, request: web.Request, _call: Call) -> Answer:
        channel, message = self._managed(request)
        if message.body["pinned"]:
            self._set(channel, message, pinned=False)
        return 204, None

    def _managed(self, request: web.Request) -> tuple[Channel, Message]:
        """Return a message that the bot may pin. In direct messages it may pin every one."""
        in_server = channel_of(self._world, request).server_id is not None
        return message_of(self._world, request, *(["PIN_MESSAGES", "READ_MESSAGE_HISTORY"] if in_server else []))

    def _set(self, channel: Channel, message: Message, *, pinned: bool) -> None:
        message.body = {**message.body, "pinned": pinned, "_pinned_at": self._world.now_text()}
        message_rules.emit_update(self._world, message, channel)
        latest = next((found.body["_pinned_at"] for found in self._pinned(channel)), None)
        body: Json = {"channel_id": channel.id, "last_pin_timestamp": latest}
        body |= {"guild_id": channel.server_id} if channel.server_id else {}
        self._world.emit("CHANNEL_PINS_UPDATE", body, channel)
