"""What a Discord client builds when somebody types, presses or submits; and what it would not let them do."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sandbox.discord import components
from sandbox.world import EVERYTHING, Channel, Interaction, Json, Message, Modal, Person, World

SUB, STRING, INTEGER, BOOLEAN, ATTACHMENT = 1, 3, 4, 5, 11
PYTHON_TYPES: dict[int, type[Any]] = {STRING: str, INTEGER: int, BOOLEAN: bool, ATTACHMENT: str}


class Impossible(ValueError):
    """A client would not let a person do this."""


def begin(world: World, person: Person, channel: Channel, kind: int, data: Json, **extra: Any) -> Interaction:
    """Make an interaction and deliver it to the bot."""
    interaction_id, token = world.snowflake(), secrets.token_urlsafe(24)
    payload: Json = {
        "id": interaction_id,
        "application_id": world.bot_id,
        "type": kind,
        "token": token,
        "version": 1,
        "data": data,
        "channel_id": channel.id,
        "channel": {**world.channel_json(channel), "permissions": str(EVERYTHING)},
        "locale": person.locale,
        "app_permissions": str(channel.permissions),
        "entitlements": [],
        "authorizing_integration_owners": {"0": channel.server_id or "0"},
        "attachment_size_limit": world.upload_limit,
        **extra,
    }
    if channel.server_id:
        server = {"id": channel.server_id, "locale": "en-US", "features": []}
        payload.update(guild_id=channel.server_id, guild=server, guild_locale="en-US", context=0)
        payload["member"] = world.member_json(person.id)
    else:
        payload.update(user=world.user_json(person.id), context=1)
    interaction = Interaction(interaction_id, token, payload, person.id, channel.id, world.clock.elapsed_s())
    world.interactions[interaction_id] = world.tokens[token] = interaction
    world.emit("INTERACTION_CREATE", payload, channel)
    return interaction


def command_named(world: World, name: str, kind: int) -> Json:
    found = next((known for known in world.commands if known["name"] == name and known["type"] == kind), None)
    if found is None:
        raise Impossible(f"there is no command {name!r}; there are {[known['name'] for known in world.commands]}")
    return found


def slash(world: World, person: Person, channel: Channel, name: str, options: Json) -> Interaction:
    """Type a command. Impossible for what the client's form would refuse."""
    command = command_named(world, name, 1)
    declared = {option["name"]: option for option in command.get("options") or []}
    if unknown := set(options) - set(declared):
        raise Impossible(f"/{name} has no option {sorted(unknown)}; it has {sorted(declared)}")
    if missing := [key for key, option in declared.items() if option.get("required") and key not in options]:
        raise Impossible(f"/{name} needs {missing}")
    resolved: Json = {}
    values = [_value(world, channel, declared[key], value, resolved) for key, value in options.items()]
    data = {"id": command["id"], "name": name, "type": 1, "options": values}
    if resolved:
        data["resolved"] = {"attachments": resolved}
    return begin(world, person, channel, 2, data)


def _value(world: World, channel: Channel, option: Json, value: Any, resolved: Json) -> Json:
    kind = option["type"]
    if not isinstance(value, PYTHON_TYPES[kind]) or (kind == INTEGER and isinstance(value, bool)):
        raise Impossible(f"{option['name']} is of another type")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise Impossible(f"{option['name']} is one of {choices}")
    if kind == INTEGER and not option.get("min_value", value) <= value <= option.get("max_value", value):
        raise Impossible(f"{option['name']} is out of its range")
    if kind == STRING and not option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000):
        raise Impossible(f"{option['name']} is too short or too long")
    if kind == ATTACHMENT:
        value = _resolve_upload(world, channel, value, resolved)
    return {"name": option["name"], "type": kind, "value": value}


def _resolve_upload(world: World, channel: Channel, upload_id: str, resolved: Json) -> str:
    """An upload becomes an ephemeral attachment, as those of options and modals are."""
    if upload_id not in world.uploads:
        raise Impossible(f"there is no upload {upload_id}")
    filename, data = world.uploads[upload_id]
    file = world.add_file(filename, data, channel.id, ephemeral=True, description=None)
    resolved[file.id] = world.file_json(file)
    return file.id


def menu(world: World, person: Person, channel: Channel, name: str, message: Message) -> Interaction:
    """Use a command of a message's menu. The message comes whole, whatever the intents."""
    command = command_named(world, name, 3)
    resolved = {"messages": {message.id: world.message_json(message)}}
    data = {"id": command["id"], "name": name, "type": 3, "target_id": message.id, "resolved": resolved}
    return begin(world, person, channel, 2, data)


def press(world: World, person: Person, message: Message, custom_id: str, values: list[str] | None) -> Interaction:
    """Press a button, or choose in a select."""
    parts = [part for _, part in components.walk(message.body["components"])]
    part = next((part for part in parts if part.get("custom_id") == custom_id), None)
    if part is None or part.get("disabled"):
        raise Impossible(f"there is no {custom_id!r} to press in that message")
    data: Json = {"custom_id": custom_id, "component_type": part["type"], "id": part.get("id", 0)}
    if values is not None:
        data["values"] = values
    channel = world.channels[message.channel_id]
    return begin(world, person, channel, 3, data, message=world.message_json(message))


def submit(world: World, person: Person, modal: Modal, values: Json) -> Interaction:
    """Submit an open modal. Impossible for what its own fields forbid."""
    channel = world.channels[modal.channel_id]
    resolved: Json = {}
    rows = []
    for number, label in enumerate(modal.body["components"], start=1):
        field = label["component"]
        filled = _fill(world, channel, field, values.pop(field["custom_id"], None), resolved)
        rows.append({"type": 18, "id": number, "component": filled})
    if values:
        raise Impossible(f"the modal has no field {sorted(values)}")
    del world.modals[modal.id]
    data: Json = {"custom_id": modal.body["custom_id"], "components": rows}
    if resolved:
        data["resolved"] = {"attachments": resolved}
    message = world.messages.get(modal.message_id or "")
    extra = {} if message is None else {"message": world.message_json(message)}
    return begin(world, person, channel, 5, data, **extra)


def _fill(world: World, channel: Channel, field: Json, value: Any, resolved: Json) -> Json:
    filled: Json = {"type": field["type"], "id": field.get("id", 0), "custom_id": field["custom_id"]}
    if field["type"] == 4:
        text = field.get("value", "") if value is None else str(value)
        if field.get("required", True) and not text:
            raise Impossible(f"{field['custom_id']} is required")
        if text and not field.get("min_length", 0) <= len(text) <= field.get("max_length", 4000):
            raise Impossible(f"{field['custom_id']} is too short or too long")
        return {**filled, "value": text}
    chosen = list(value if value is not None else _defaults(field))
    least = field.get("min_values", 1) if field.get("required", True) else 0
    if not least <= len(chosen) <= field.get("max_values", 1):
        raise Impossible(f"{field['custom_id']} takes {least} to {field.get('max_values', 1)}")
    if field["type"] == 19:
        chosen = [_resolve_upload(world, channel, upload, resolved) for upload in chosen]
    elif not set(chosen) <= {option["value"] for option in field.get("options") or []}:
        raise Impossible(f"{field['custom_id']} has no such choice")
    return {**filled, "values": chosen}


def _defaults(field: Json) -> list[str]:
    return [option["value"] for option in field.get("options") or [] if option.get("default")]


def check_command(command: Json) -> None:
    """ValueError for a command that Discord would not register."""
    name = str(command.get("name", ""))
    if (command.get("type", 1) == 1 and not re.fullmatch(r"[-_\w]{1,32}", name)) or (
        command.get("type", 1) == 1 and name != name.lower()
    ):
        raise ValueError(f"{name!r} is no name for a command")
    optional = False
    for option in command.get("options") or []:
        if option.get("required") and optional:
            raise ValueError(f"{name}: required options come first")
        optional = optional or not option.get("required")
