"""Routes of channels, threads and messages, for calls with the bot's token.

https://discord.com/developers/docs/resources/channel, .../resources/message (2026-11-24)
"""

from __future__ import annotations

from aiohttp import web

from sandbox import permissions
from sandbox.discord import errors, message_rules
from sandbox.discord.forwards import forward_of
from sandbox.discord.message_faults import MessageFaults
from sandbox.discord.reachable import channel_of, message_of
from sandbox.discord.transport import Answer, Call, Route
from sandbox.faults import Faults
from sandbox.records import Channel, Json, Message
from sandbox.world import World

MAX_DELETED = 100
FORWARD = 1  # a type of message references


class Channels:
    """Routes under ``/channels``."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, MessageFaults(world, faults)

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        channel, message = "/channels/{channel_id}", "/channels/{channel_id}/messages/{message_id}"
        return [
            ("GET", channel, self._channel),
            ("GET", f"{channel}/thread-members/{{user_id}}", self._thread_member),
            ("POST", f"{channel}/typing", self._typing),
            ("GET", f"{channel}/messages", self._history),
            ("POST", f"{channel}/messages", self._post),
            ("GET", message, self._get),
            ("PATCH", message, self._edit),
            ("DELETE", message, self._delete),
            ("POST", f"{channel}/messages/bulk-delete", self._delete_many),
        ]

    def _channel(self, request: web.Request, _call: Call) -> Answer:
        return 200, self._world.channel_json(channel_of(self._world, request))

    def _thread_member(self, request: web.Request, _call: Call) -> Answer:
        channel, user_id = channel_of(self._world, request), request.match_info["user_id"]
        if user_id not in channel.members:
            raise errors.unknown_member()
        return 200, {"id": channel.id, "user_id": user_id, "join_timestamp": channel.created_at, "flags": 0}

    def _typing(self, request: web.Request, _call: Call) -> Answer:
        self._find_writable(request)
        return 204, None

    def _find_writable(self, request: web.Request, *needed: str) -> Channel:
        """Return a channel or thread where the bot may post. A forum takes threads, not messages."""
        channel = channel_of(self._world, request)
        send = "SEND_MESSAGES_IN_THREADS" if channel.is_thread else "SEND_MESSAGES"
        if channel.server_id is not None:
            channel_of(self._world, request, send, *needed)
        message_rules.check_writable(self._world, channel, self._world.bot_id)
        return channel

    def _history(self, request: web.Request, _call: Call) -> Answer:
        channel = channel_of(self._world, request)
        if not permissions.has(self._world.permission_bits(self._world.bot_id, channel), "READ_MESSAGE_HISTORY"):
            # Not an error, but an empty list: https://discord.com/developers/docs/resources/message#get-channel-messages
            return 200, []
        found = [m for m in self._world.messages.values() if m.channel_id == channel.id and not m.ephemeral_for]
        page = _page(sorted(found, key=lambda message: int(message.id), reverse=True), request)
        return 200, [self._as_granted(message, channel) for message in page]

    def _as_granted(self, message: Message, channel: Channel) -> Json:
        """Return a message as the application's grant lets the bot read it: REST knows no session's intents."""
        body = self._world.message_json(message)
        granted = self._world.settings.message_content
        return body if granted else message_rules.without_content(self._world, body, channel)

    def _get(self, request: web.Request, _call: Call) -> Answer:
        channel, message = message_of(self._world, request, "READ_MESSAGE_HISTORY")
        return 200, self._as_granted(message, channel)

    def _post(self, request: web.Request, call: Call) -> Answer:
        channel = self._find_writable(request, *(["ATTACH_FILES"] if call.uploads else []))
        self._faults.refuse_message()
        nonce = call.payload.get("nonce")
        if nonce is not None and call.payload.get("enforce_nonce") and not self._faults.ignores_nonce(call):
            for known in self._world.messages.values():
                if str(known.body.get("nonce")) == str(nonce) and known.author_id == self._world.bot_id:
                    return 200, self._world.message_json(known)
        self._faults.refuse_upload(call)
        extra: Json = {} if nonce is None else {"nonce": nonce}
        extra.update(self._reference_fields(call.payload, channel))
        message_rules.unarchive(self._world, channel)
        target = self._faults.wrong_channel(call, channel) or channel
        message = message_rules.create(self._world, target, self._world.bot_id, call.payload, call.uploads, **extra)
        self._faults.duplicate(message, call)
        self._faults.list_files(message)
        return 200, self._world.message_json(message)

    def _reference_fields(self, payload: Json, channel: Channel) -> Json:
        reference = payload.get("message_reference")
        if not reference:
            return {}
        if reference.get("type") == FORWARD:
            return forward_of(self._world, self._forwardable(reference))
        return self._reply_fields(payload, channel, reference)

    def _forwardable(self, reference: Json) -> Message:
        """Return the message to forward, which the bot must be able to read."""
        original = self._world.messages.get(str(reference["message_id"]))
        channel = None if original is None else self._world.channels[original.channel_id]
        if original is None or channel is None or original.ephemeral_for is not None:
            raise errors.unknown_message()
        needed = ("VIEW_CHANNEL", "READ_MESSAGE_HISTORY")
        if not permissions.has(self._world.permission_bits(self._world.bot_id, channel), *needed):
            raise errors.missing_access()
        return original

    def _reply_fields(self, payload: Json, channel: Channel, reference: Json) -> Json:
        original = self._world.messages.get(str(reference["message_id"]))
        if original is None and reference.get("fail_if_not_exists", True):
            code = "REPLIES_UNKNOWN_MESSAGE"
            raise errors.invalid("message_reference", code, "Unknown message")
        if original is None:
            return {}
        if not permissions.has(self._world.permission_bits(self._world.bot_id, channel), "READ_MESSAGE_HISTORY"):
            raise errors.DiscordError(403, 160002, "Cannot reply without permission to read message history")
        payload["_pings"] = [original.author_id] if (payload.get("allowed_mentions") or {}).get("replied_user") else []
        about = {"type": 0, "message_id": original.id, "channel_id": channel.id}
        if channel.server_id:
            about["guild_id"] = channel.server_id
        return {"type": 19, "message_reference": about, "_replies_to": original.id}

    def _edit(self, request: web.Request, call: Call) -> Answer:
        channel, message = message_of(self._world, request)
        if message.author_id != self._world.bot_id:
            raise errors.other_users_message()
        if channel.archived:
            raise errors.archived_thread()
        self._faults.refuse_upload(call)
        message_rules.edit(self._world, message, call.payload, call.uploads)
        self._faults.duplicate(message, call)
        return 200, self._world.message_json(message)

    def _delete(self, request: web.Request, _call: Call) -> Answer:
        channel, message = message_of(self._world, request)
        granted = self._world.permission_bits(self._world.bot_id, channel)
        if message.author_id != self._world.bot_id and not permissions.has(granted, "MANAGE_MESSAGES"):
            raise errors.missing_permissions()
        message_rules.delete(self._world, message)
        return 204, None

    def _delete_many(self, request: web.Request, call: Call) -> Answer:
        """Delete 2 to 100 messages. Those that are not there are left out, as in Discord."""
        channel = channel_of(self._world, request, "MANAGE_MESSAGES")
        wanted = {str(message_id) for message_id in call.payload["messages"]}
        if not 2 <= len(wanted) <= MAX_DELETED:
            raise errors.invalid("messages", "BASE_TYPE_BAD_LENGTH", f"Must be between 2 and {MAX_DELETED} in length.")
        found = [m for m in self._world.messages.values() if m.id in wanted and m.channel_id == channel.id]
        message_rules.delete_many(self._world, channel, [m for m in found if m.ephemeral_for is None])
        return 204, None


def _page(newest: list[Message], request: web.Request) -> list[Message]:
    """Return one page of a history, newest first.

    https://discord.com/developers/docs/resources/message#get-channel-messages
    """
    try:
        limit = int(request.query.get("limit", "50"))
        edges = {name: int(request.query[name]) for name in ("before", "after", "around") if name in request.query}
    except ValueError:
        raise errors.invalid("limit", "NUMBER_TYPE_COERCE", "Value is not int.") from None
    if not 1 <= limit <= 100:
        raise errors.invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    if "around" in edges:
        newer = [message for message in newest if int(message.id) > edges["around"]]
        older = newest[len(newer) :]
        half = limit // 2
        return [*newer[max(0, len(newer) - half) :], *older[: limit - half]]
    if "after" in edges:
        return [message for message in newest if int(message.id) > edges["after"]][-limit:]
    return [message for message in newest if int(message.id) < edges.get("before", int(message.id) + 1)][:limit]
