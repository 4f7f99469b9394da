"""Routes of answers to interactions: the callback, the original response, follow-ups.

https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-24)
"""

from __future__ import annotations

from aiohttp import web

from sandbox import permissions
from sandbox.discord import command_schema, components, errors, message_rules, modals
from sandbox.discord.interactions import ACKNOWLEDGE_DEADLINE_S, USER_MENU
from sandbox.discord.message_faults import MessageFaults
from sandbox.discord.transport import Answer, Call, Route
from sandbox.faults import Faults
from sandbox.records import EPHEMERAL, LOADING, Channel, Interaction, Json, Message, Modal
from sandbox.world import World

TOKEN_LIFETIME_S = 900.0
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
COMMAND_ANSWER, CONTEXT_MENU_ANSWER = 20, 23  # types of messages
MAX_FOLLOWUPS = 5  # of an interaction that only a user install authorizes


class Callbacks:
    """Routes that an interaction's token authorizes. The token lives 900 s; the callback is due within 3 s."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, MessageFaults(world, faults)

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        hook = "/webhooks/{application_id}/{token}"
        return [
            ("POST", "/interactions/{interaction_id}/{token}/callback", self._callback),
            ("POST", hook, self._followup),
            ("GET", hook + "/messages/{message_id}", self._get),
            ("PATCH", hook + "/messages/{message_id}", self._edit),
            ("DELETE", hook + "/messages/{message_id}", self._delete),
        ]

    def _callback(self, request: web.Request, call: Call) -> Answer:
        interaction = self._world.interactions.get(request.match_info["interaction_id"])
        if interaction is None or interaction.token != request.match_info["token"]:
            raise errors.unknown_interaction()
        age_s = self._world.clock.elapsed_s() - interaction.created_s
        if interaction.acknowledged_ms is not None:
            raise errors.already_acknowledged()
        if age_s > ACKNOWLEDGE_DEADLINE_S:
            raise errors.unknown_interaction()
        kind = int(call.payload["type"])
        message = self._respond(interaction, kind, call)
        interaction.acknowledged_ms, interaction.callback_type = round(age_s * 1000), kind
        self._close_modal(interaction)
        self._world.changed()
        return 200, self._callback_response(interaction, kind, message)

    def _close_modal(self, interaction: Interaction) -> None:
        """Close the modal that this interaction submitted."""
        for modal in [found for found in self._world.modals.values() if found.sent == interaction.id]:
            del self._world.modals[modal.id]

    def _callback_response(self, interaction: Interaction, kind: int, message: Message | None) -> Json:
        answer: Json = {"id": interaction.id, "type": interaction.payload["type"]}
        if message is None:
            return {"interaction": answer}
        flags = int(message.body["flags"])
        answer.update(
            response_message_id=message.id,
            response_message_loading=bool(flags & LOADING),
            response_message_ephemeral=bool(flags & EPHEMERAL),
        )
        if kind == DEFERRED:
            return {"interaction": answer}
        return {"interaction": answer, "resource": {"type": kind, "message": self._world.message_json(message)}}

    def _respond(self, interaction: Interaction, kind: int, call: Call) -> Message | None:
        data: Json = call.payload.get("data") or {}
        interaction_type, from_message = interaction.payload["type"], interaction.payload.get("message")
        if interaction_type == AUTOCOMPLETE:
            self._autocomplete(interaction, kind, data)
            return None
        if kind in (MESSAGE, DEFERRED):
            return self._create_response(interaction, kind, data, call)
        if kind in (DEFERRED_UPDATE, UPDATE) and from_message:
            return self._update(interaction, kind, data, call)
        if kind == MODAL and interaction_type != SUBMIT:
            self._faults.refuse_form()
            modals.check(data)
            message_id = None if from_message is None else str(from_message["id"])
            modal = Modal(
                self._world.snowflake(), interaction.person_id, interaction.channel_id, data, message_id, interaction.id
            )
            self._world.modals[modal.id] = modal
            return None
        raise errors.invalid("type", "BASE_TYPE_CHOICES", f"{kind} is no answer to this interaction")

    def _autocomplete(self, interaction: Interaction, kind: int, data: Json) -> None:
        if kind != CHOICES:
            raise errors.invalid("type", "BASE_TYPE_CHOICES", f"{kind} is no answer to an autocompletion")
        choices = data.get("choices") or []
        command_schema.check_choices(choices, "data.choices")
        interaction.choices = choices

    def _create_response(self, interaction: Interaction, kind: int, data: Json, call: Call) -> Message:
        flags = int(data.get("flags") or 0)
        if kind == DEFERRED and flags & ~EPHEMERAL:
            raise errors.invalid("data.flags", "BITFIELD_INVALID", "A deferred answer takes the EPHEMERAL flag alone.")
        if kind == DEFERRED:
            data = {"flags": flags & EPHEMERAL | LOADING}
        data = self._faults.tamper_quota(interaction, data)
        message = self._create(interaction, data, call, ephemeral=bool(flags & EPHEMERAL))
        interaction.original_id = message.id
        return message

    def _update(self, interaction: Interaction, kind: int, data: Json, call: Call) -> Message | None:
        message = self._world.messages.get(str(interaction.payload["message"]["id"]))
        if message is None:
            raise errors.unknown_message()
        interaction.original_id = message.id
        if kind == DEFERRED_UPDATE:
            return None
        message_rules.edit(self._world, message, data, call.uploads)
        return message

    def _create(self, interaction: Interaction, data: Json, call: Call, *, ephemeral: bool) -> Message:
        channel, kind = self._world.channels.get(interaction.channel_id), interaction.payload["type"]
        if channel is None:
            raise errors.unknown_channel()
        ephemeral = ephemeral or self._must_be_ephemeral(interaction, channel)
        message_rules.unarchive(self._world, channel)
        return message_rules.create(
            self._world,
            channel,
            self._world.bot_id,
            data,
            call.uploads,
            ephemeral_for=interaction.person_id if ephemeral else None,
            webhook_id=self._world.bot_id,
            application_id=self._world.bot_id,
            interaction_metadata=self._metadata_of(interaction),
            **(_command_fields(self._world, interaction) if kind == COMMAND else {"type": 0}),
        )

    def _must_be_ephemeral(self, interaction: Interaction, channel: Channel) -> bool:
        """Return whether Discord makes this answer ephemeral.

        In a server, a user install answers in public only if the person may send messages and has Use External Apps.
        https://discord.com/developers/docs/resources/application#user-context (2026-11-25)
        """
        if not interaction.by_user_install_only or channel.server_id is None:
            return False
        granted, send = self._world.permission_bits(interaction.person_id, channel), "SEND_MESSAGES"
        if channel.is_thread:
            send = "SEND_MESSAGES_IN_THREADS"
        return not (permissions.has(granted, "USE_EXTERNAL_APPS") and permissions.has(granted, send))

    def _metadata_of(self, interaction: Interaction) -> Json:
        """Return a message's ``interaction_metadata``, with the interaction that opened the modal, if any."""
        about = _metadata(self._world, interaction)
        if interaction.opened_by is not None:
            opener = self._world.interactions[interaction.opened_by]
            about["triggering_interaction_metadata"] = _metadata(self._world, opener)
        return about

    def _interaction_of_token(self, request: web.Request) -> Interaction:
        interaction = self._world.tokens.get(request.match_info["token"])
        if interaction is None or request.match_info["application_id"] != self._world.bot_id:
            raise errors.unknown_webhook()
        if self._faults.expires_token():
            interaction.created_s = float("-inf")
        if self._world.clock.elapsed_s() - interaction.created_s > TOKEN_LIFETIME_S:
            raise errors.unknown_webhook() if self._faults.forgets_token() else errors.dead_token()
        return interaction

    def _message_of_token(self, request: web.Request) -> tuple[Interaction, Message]:
        interaction = self._interaction_of_token(request)
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
        interaction = self._interaction_of_token(request)
        if interaction.acknowledged_ms is None:
            raise errors.unknown_webhook()
        self._faults.refuse_upload(call)
        original = self._world.messages.get(interaction.original_id or "")
        if original is not None and int(original.body["flags"]) & LOADING:
            # Deprecated but still true: the first follow-up of a deferred response becomes the response.
            message_rules.edit(self._world, original, call.payload, call.uploads)
            return 200, self._world.message_json(original)
        if interaction.by_user_install_only and len(interaction.followups) >= MAX_FOLLOWUPS:
            raise errors.too_many_followups()
        ephemeral = bool(int(call.payload.get("flags") or 0) & EPHEMERAL)
        if ephemeral and self._faults.publishes_followup():
            ephemeral, call.payload["flags"] = False, int(call.payload["flags"]) & ~EPHEMERAL
        message = self._create(interaction, call.payload, call, ephemeral=ephemeral)
        interaction.followups.append(message.id)
        self._world.changed()
        return 200, self._world.message_json(message)

    def _get(self, request: web.Request, _call: Call) -> Answer:
        return 200, self._world.message_json(self._message_of_token(request)[1])

    def _edit(self, request: web.Request, call: Call) -> Answer:
        _interaction, message = self._message_of_token(request)
        self._faults.refuse_upload(call)
        other_channel = self._faults.wrong_channel(call, self._world.channels[message.channel_id])
        if other_channel is not None:
            payload = {**call.payload, "flags": int(call.payload.get("flags") or 0) & components.V2}
            message_rules.create(self._world, other_channel, self._world.bot_id, payload, call.uploads)
        else:
            message_rules.edit(self._world, message, call.payload, call.uploads)
            self._faults.duplicate(message, call)
        return 200, self._world.message_json(message)

    def _delete(self, request: web.Request, _call: Call) -> Answer:
        _interaction, message = self._message_of_token(request)
        message_rules.delete(self._world, message)
        return 204, None


def _metadata(world: World, interaction: Interaction) -> Json:
    about: Json = {
        "id": interaction.id,
        "type": interaction.payload["type"],
        "user": world.user_json(interaction.person_id),
        "authorizing_integration_owners": interaction.payload["authorizing_integration_owners"],
    }
    if interaction.payload["type"] == COMPONENT:
        about["interacted_message_id"] = interaction.payload["message"]["id"]
    data: Json = interaction.payload["data"]
    if (target := data.get("target_id")) is None:
        return about
    if data["type"] == USER_MENU:
        return {**about, "target_user": data["resolved"]["users"][target]}
    return {**about, "target_message_id": target}


def _command_fields(world: World, interaction: Interaction) -> Json:
    """Return what an answer to a command carries beyond other answers: its type, and the name of the command.

    https://discord.com/developers/docs/resources/message#message-interaction-object (2026-11-29)
    """
    data: Json = interaction.payload["data"]
    about = {"id": interaction.id, "type": COMMAND, "user": world.user_json(interaction.person_id)}
    kind = CONTEXT_MENU_ANSWER if "target_id" in data else COMMAND_ANSWER
    return {"type": kind, "interaction": {**about, "name": command_schema.full_name(data)}}
