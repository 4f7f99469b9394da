"""The REST routes. https://discord.com/developers/docs/reference (2026-11-22)"""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from sandbox.discord import errors, interactions, posting
from sandbox.discord.wire import Answer, Call, Wire
from sandbox.faults import declare
from sandbox.world import EPHEMERAL, LOADING, Channel, Interaction, Json, Message, Modal

ACKNOWLEDGE_S, TOKEN_LIVES_S = 3.0, 900.0
V2 = 1 << 15
MESSAGE_CONTENT_GRANTED = (1 << 18) | (1 << 19)

TOKEN_EXPIRED = declare("token_expired", "An interaction's token is dead before its time: 401, 50027.")
V2_UPLOAD_REFUSED = declare("v2_upload_refused", "A Components V2 edit with fresh files is refused.")
MISSING_PERMISSIONS = declare("missing_permissions", "The bot's message is refused: 50013.")
WRONG_CHANNEL = declare("wrong_channel", "A result lands in another channel.")
DOUBLE_MESSAGE = declare("double_message", "A result appears a second time.")
NO_REFUND = declare("no_refund", "The /quota answer after so many others says one less than the bot said.", skip=0)


class Rest:
    """The routes over one world."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._world, self._faults = wire, wire.world, wire.faults

    def add_to(self, app: web.Application) -> None:
        add, route = app.router.add_route, self._wire.route
        hook, message = "/webhooks/{application_id}/{token}", "/channels/{channel_id}/messages/{message_id}"
        for method, path, handler, with_token in (
            ("GET", "/users/@me", self._me, True),
            ("GET", "/oauth2/applications/@me", self._application, True),
            ("GET", "/applications/@me", self._application, True),
            ("GET", "/gateway/bot", self._gateway, True),
            ("GET", "/users/{user_id}", self._user, True),
            ("POST", "/users/@me/channels", self._open_dm, True),
            ("GET", "/applications/{application_id}/commands", self._commands, True),
            ("PUT", "/applications/{application_id}/commands", self._put_commands, True),
            ("GET", "/channels/{channel_id}", self._channel, True),
            ("POST", "/channels/{channel_id}/typing", self._typing, True),
            ("GET", "/channels/{channel_id}/messages", self._history, True),
            ("POST", "/channels/{channel_id}/messages", self._post, True),
            ("GET", message, self._get, True),
            ("PATCH", message, self._edit, True),
            ("DELETE", message, self._delete, True),
            ("POST", "/interactions/{interaction_id}/{token}/callback", self._callback, False),
            ("POST", hook, self._followup, False),
            ("GET", hook + "/messages/{message_id}", self._hook_get, False),
            ("PATCH", hook + "/messages/{message_id}", self._hook_edit, False),
            ("DELETE", hook + "/messages/{message_id}", self._hook_delete, False),
        ):
            add(method, f"/api/v10{path}", route(handler, with_token=with_token))
        add("*", "/api/v10/{rest:.*}", route(self._unknown))

    def _unknown(self, request: web.Request, _call: Call) -> Answer:
        return 404, {"message": f"the sandbox has no route {request.method} {request.path}", "code": 0}

    def _me(self, _request: web.Request, _call: Call) -> Answer:
        me = {**self._world.user_json(self._world.bot_id), "mfa_enabled": False, "locale": "en-US", "email": None}
        return 200, {**me, "verified": True, "premium_type": 0}

    def _application(self, _request: web.Request, _call: Call) -> Answer:
        owner = self._world.user_json(next(iter(self._world.people)))
        granted = MESSAGE_CONTENT_GRANTED if self._world.message_content else 0
        return 200, {
            "id": self._world.bot_id, "name": "Wanvas", "icon": None, "description": "", "bot_public": True,
            "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": granted, "owner": owner, "team": None,
            "type": None, "flags_new": str(granted),
            "eligible_oauth2_scopes": ["bot", "applications.commands"], "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None, "approximate_guild_count": 1,
            "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0, "integration_types_config": {"0": {}},
        }  # fmt: skip

    def _gateway(self, request: web.Request, _call: Call) -> Answer:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return 200, {"url": f"ws://{request.host}/gateway", "shards": 1, "session_start_limit": limit}

    def _user(self, request: web.Request, _call: Call) -> Answer:
        user_id = request.match_info["user_id"]
        if user_id not in self._world.people and user_id != self._world.bot_id:
            raise errors.unknown_user()
        return 200, self._world.user_json(user_id)

    def _open_dm(self, _request: web.Request, call: Call) -> Answer:
        person_id = str(call.payload["recipient_id"])
        if person_id not in self._world.people:
            raise errors.unknown_user()
        return 200, self._world.channel_json(self._world.dm_with(person_id))

    def _commands(self, _request: web.Request, _call: Call) -> Answer:
        return 200, self._world.commands

    def _put_commands(self, _request: web.Request, call: Call) -> Answer:
        payload: Any = call.payload or []
        try:
            for command in payload:
                interactions.check_command(command)
        except ValueError as error:
            raise errors.invalid("0.name", "APPLICATION_COMMAND_INVALID_NAME", str(error)) from error
        self._world.commands = [self._registered(command) for command in payload]
        self._world.changed()
        return 200, self._world.commands

    def _registered(self, command: Json) -> Json:
        defaults = {"type": 1, "description": "", "default_member_permissions": None, "nsfw": False}
        own = {"id": self._world.snowflake(), "application_id": self._world.bot_id, "version": self._world.snowflake()}
        given = {name: value for name, value in command.items() if value is not None}
        return {**defaults, "dm_permission": True, "contexts": None, "integration_types": [0], **given, **own}

    def _place(self, request: web.Request, *needed: str) -> Channel:
        channel = self._world.channels.get(request.match_info["channel_id"])
        if channel is None:
            raise errors.unknown_channel()
        if "VIEW_CHANNEL" in channel.denied:
            raise errors.missing_access()
        if channel.denied.intersection(needed):
            raise errors.missing_permissions()
        return channel

    def _seen(self, request: web.Request, *needed: str) -> tuple[Channel, Message]:
        """A message of a channel as a bot's own token reaches it: never an ephemeral one."""
        channel = self._place(request, *needed)
        message = self._world.messages.get(request.match_info["message_id"])
        if message is None or message.ephemeral_for is not None or message.channel_id != channel.id:
            raise errors.unknown_message()
        return channel, message

    def _channel(self, request: web.Request, _call: Call) -> Answer:
        return 200, self._world.channel_json(self._place(request))

    def _typing(self, request: web.Request, _call: Call) -> Answer:
        self._place(request, "SEND_MESSAGES")
        return 204, None

    def _history(self, request: web.Request, _call: Call) -> Answer:
        channel = self._place(request, "READ_MESSAGE_HISTORY")
        found = [m for m in self._world.messages.values() if m.channel_id == channel.id and not m.ephemeral_for]
        newest = sorted(found, key=lambda message: int(message.id), reverse=True)
        if "after" in request.query:
            newest = [message for message in newest if int(message.id) > int(request.query["after"])]
        limit = int(request.query.get("limit", "50"))
        return 200, [posting.censored(self._world, self._world.message_json(m), channel) for m in newest[:limit]]

    def _get(self, request: web.Request, _call: Call) -> Answer:
        channel, message = self._seen(request, "READ_MESSAGE_HISTORY")
        return 200, posting.censored(self._world, self._world.message_json(message), channel)

    def _post(self, request: web.Request, call: Call) -> Answer:
        needed = ["SEND_MESSAGES", *(["ATTACH_FILES"] if call.uploads else [])]
        channel = self._place(request, *needed)
        if self._faults.take(MISSING_PERMISSIONS) is not None:
            raise errors.missing_permissions()
        nonce = call.payload.get("nonce")
        if nonce is not None and call.payload.get("enforce_nonce"):
            for known in self._world.messages.values():
                if str(known.body.get("nonce")) == str(nonce) and known.author_id == self._world.bot_id:
                    return 200, self._world.message_json(known)
        self._refuse_upload(call)
        extra: Json = {} if nonce is None else {"nonce": nonce}
        extra.update(self._reply(call.payload, channel))
        message = self._made(channel, call, **extra)
        return 200, self._world.message_json(message)

    def _reply(self, payload: Json, channel: Channel) -> Json:
        reference = payload.get("message_reference")
        if not reference:
            return {}
        there = self._world.messages.get(str(reference["message_id"]))
        if there is None and reference.get("fail_if_not_exists", True):
            code = "REPLIES_UNKNOWN_MESSAGE"
            raise errors.invalid("message_reference", code, "Unknown message")
        if there is None:
            return {}
        if "READ_MESSAGE_HISTORY" in channel.denied:
            raise errors.DiscordError(403, 160002, "Cannot reply without permission to read message history")
        payload["_pings"] = [there.author_id] if (payload.get("allowed_mentions") or {}).get("replied_user") else []
        about = {"type": 0, "message_id": there.id, "channel_id": channel.id}
        if channel.server_id:
            about["guild_id"] = channel.server_id
        return {"type": 19, "message_reference": about, "_replies_to": there.id}

    def _made(self, channel: Channel, call: Call, **extra: Any) -> Message:
        if call.uploads and self._faults.take(WRONG_CHANNEL) is not None:
            others = [other for other in self._world.channels.values() if other.server_id and other.id != channel.id]
            channel = others[0]
        message = posting.create(self._world, channel, self._world.bot_id, call.payload, call.uploads, **extra)
        self._double(message, call)
        return message

    def _double(self, message: Message, call: Call) -> None:
        if call.uploads and self._faults.take(DOUBLE_MESSAGE) is not None:
            channel = self._world.channels[message.channel_id]
            payload = {**call.payload, "flags": int(message.body["flags"]) & V2}
            posting.create(self._world, channel, self._world.bot_id, payload, call.uploads)

    def _refuse_upload(self, call: Call) -> None:
        if call.uploads and call.payload.get("components") and self._faults.take(V2_UPLOAD_REFUSED) is not None:
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            raise errors.invalid("components.0", code, "The referenced attachment was not found.")

    def _edit(self, request: web.Request, call: Call) -> Answer:
        _channel, message = self._seen(request)
        if message.author_id != self._world.bot_id:
            raise errors.other_users_message()
        self._refuse_upload(call)
        posting.edit(self._world, message, call.payload, call.uploads)
        self._double(message, call)
        return 200, self._world.message_json(message)

    def _delete(self, request: web.Request, _call: Call) -> Answer:
        channel, message = self._seen(request)
        if message.author_id != self._world.bot_id and "MANAGE_MESSAGES" in channel.denied:
            raise errors.missing_permissions()
        posting.delete(self._world, message)
        return 204, None

    def _callback(self, request: web.Request, call: Call) -> Answer:
        interaction = self._world.interactions.get(request.match_info["interaction_id"])
        if interaction is None or interaction.token != request.match_info["token"]:
            raise errors.unknown_interaction()
        age_s = self._world.clock.elapsed_s() - interaction.born_s
        if interaction.acknowledged_ms is not None:
            raise errors.already_acknowledged()
        if age_s > ACKNOWLEDGE_S:
            raise errors.unknown_interaction()
        kind = int(call.payload["type"])
        message = self._respond(interaction, kind, call)
        interaction.acknowledged_ms, interaction.callback_type = round(age_s * 1000), kind
        self._world.changed()
        answer: Json = {"id": interaction.id, "type": interaction.payload["type"]}
        if message is None:
            return 200, {"interaction": answer}
        flags = int(message.body["flags"])
        answer.update(
            response_message_id=message.id,
            response_message_loading=bool(flags & LOADING),
            response_message_ephemeral=bool(flags & EPHEMERAL),
        )
        if kind == 5:
            return 200, {"interaction": answer}
        resource = {"type": kind, "message": self._world.message_json(message)}
        return 200, {"interaction": answer, "resource": resource}

    def _respond(self, interaction: Interaction, kind: int, call: Call) -> Message | None:
        data: Json = call.payload.get("data") or {}
        channel = self._world.channels[interaction.channel_id]
        from_message = interaction.payload.get("message")
        if kind in (4, 5):
            flags = int(data.get("flags") or 0)
            if kind == 5:
                data = {"flags": flags & EPHEMERAL | LOADING}
            data = self._tampered(interaction, data)
            message = self._create_for(interaction, channel, data, call, bool(flags & EPHEMERAL))
            interaction.original_id = message.id
            return message
        if kind in (6, 7) and from_message:
            interaction.original_id = str(from_message["id"])
            message = self._world.messages[interaction.original_id]
            if kind == 7:
                posting.edit(self._world, message, data, call.uploads)
            return None if kind == 6 else message
        if kind == 9 and interaction.payload["type"] != 5:
            if len(data.get("components") or []) > 5:
                raise errors.invalid("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
            message_id = None if from_message is None else str(from_message["id"])
            modal = Modal(self._world.snowflake(), interaction.person_id, interaction.channel_id, data, message_id)
            self._world.modals[modal.id] = modal
            return None
        raise errors.invalid("type", "BASE_TYPE_CHOICES", f"{kind} does not answer this interaction")

    def _create_for(
        self, interaction: Interaction, channel: Channel, data: Json, call: Call, ephemeral: bool
    ) -> Message:
        names = {2: 20, 3: 0, 5: 0}
        kind = interaction.payload["type"]
        about = self._about(interaction)
        return posting.create(
            self._world,
            channel,
            self._world.bot_id,
            data,
            call.uploads,
            ephemeral_for=interaction.person_id if ephemeral else None,
            type=names[kind],
            webhook_id=self._world.bot_id,
            application_id=self._world.bot_id,
            interaction_metadata=about,
        )

    def _about(self, interaction: Interaction) -> Json:
        """Which interaction a message answers."""
        kind, channel = interaction.payload["type"], self._world.channels[interaction.channel_id]
        about: Json = {
            "id": interaction.id,
            "type": kind,
            "user": self._world.user_json(interaction.person_id),
            "authorizing_integration_owners": {"0": channel.server_id or "0"},
        }
        from_message = interaction.payload.get("message") or {}
        if kind == 3:
            about["interacted_message_id"] = from_message["id"]
        if kind == 5:
            about["triggering_interaction_metadata"] = {**about, "type": 2}
        return about

    def _tampered(self, interaction: Interaction, data: Json) -> Json:
        """Where ``no_refund`` is armed, /quota's answer is made to look as if nothing had been returned."""
        quota = interaction.payload["data"].get("name") == "quota"
        armed = self._faults.take(NO_REFUND) if quota else None
        if armed is None:
            return data
        if int(armed["skip"]):
            self._faults.arm(NO_REFUND, skip=int(armed["skip"]) - 1)
            return data
        tampered: Json = _one_less(data)
        return tampered

    def _hook(self, request: web.Request) -> Interaction:
        interaction = self._world.tokens.get(request.match_info["token"])
        if interaction is None or request.match_info["application_id"] != self._world.bot_id:
            raise errors.unknown_webhook()
        old = self._world.clock.elapsed_s() - interaction.born_s > TOKEN_LIVES_S
        if old or self._faults.take(TOKEN_EXPIRED) is not None:
            raise errors.dead_token()
        return interaction

    def _hooked(self, request: web.Request) -> tuple[Interaction, Message]:
        interaction = self._hook(request)
        message_id = request.match_info["message_id"]
        if message_id == "@original":
            message_id = interaction.original_id or ""
        elif message_id not in (interaction.original_id, *interaction.followups):
            raise errors.unknown_message()
        message = self._world.messages.get(message_id)
        if message is None:
            raise errors.unknown_message()
        return interaction, message

    def _followup(self, request: web.Request, call: Call) -> Answer:
        interaction = self._hook(request)
        if interaction.acknowledged_ms is None:
            raise errors.unknown_webhook()
        self._refuse_upload(call)
        original = self._world.messages.get(interaction.original_id or "")
        if original is not None and int(original.body["flags"]) & LOADING:
            # Deprecated, and still so: the first follow-up of a deferred answer fills it in.
            posting.edit(self._world, original, call.payload, call.uploads)
            return 200, self._world.message_json(original)
        channel = self._world.channels[interaction.channel_id]
        ephemeral = bool(int(call.payload.get("flags") or 0) & EPHEMERAL)
        message = self._create_for(interaction, channel, call.payload, call, ephemeral)
        interaction.followups.append(message.id)
        self._world.changed()
        return 200, self._world.message_json(message)

    def _hook_get(self, request: web.Request, _call: Call) -> Answer:
        return 200, self._world.message_json(self._hooked(request)[1])

    def _hook_edit(self, request: web.Request, call: Call) -> Answer:
        _interaction, message = self._hooked(request)
        self._refuse_upload(call)
        if call.uploads and self._faults.take(WRONG_CHANNEL) is not None:
            self._astray(message, call)
        else:
            posting.edit(self._world, message, call.payload, call.uploads)
            self._double(message, call)
        return 200, self._world.message_json(message)

    def _astray(self, message: Message, call: Call) -> None:
        others = [c for c in self._world.channels.values() if c.server_id and c.id != message.channel_id]
        payload = {**call.payload, "flags": int(call.payload.get("flags") or 0) & V2}
        posting.create(self._world, others[0], self._world.bot_id, payload, call.uploads)

    def _hook_delete(self, request: web.Request, _call: Call) -> Answer:
        _interaction, message = self._hooked(request)
        posting.delete(self._world, message)
        return 204, None


def _one_less(value: Any) -> Any:
    """*value* with every "N left" made one less."""
    if isinstance(value, dict):
        return {name: _one_less(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_one_less(inner) for inner in value]
    if isinstance(value, str) and (found := re.search(r"(\d+) left", value)):
        return value.replace(found[0], f"{int(found[1]) - 1} left", 1)
    return value
