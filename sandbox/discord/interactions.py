"""Build the interactions that a Discord client sends, and refuse what a client would not send.

https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-24)
"""

from __future__ import annotations

import secrets
from typing import Any

from sandbox import permissions
from sandbox.discord import command_permissions, command_schema, components, modals, select_values
from sandbox.discord.errors import ClientRefusal
from sandbox.discord.resolved_data import ResolvedData
from sandbox.records import Channel, Interaction, Json, Message, Modal, Person
from sandbox.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
ACKNOWLEDGE_DEADLINE_S = 3.0


def create(
    world: World, person: Person, channel: Channel, kind: int, data: Json, owners: Json | None = None, **extra: Any
) -> Interaction:
    """Create an interaction and deliver it to the bot.

    *owners* are the installs that authorize it; without them, the server's install does.
    """
    interaction_id, token = world.snowflake(), secrets.token_urlsafe(24)
    payload: Json = {
        "id": interaction_id,
        "application_id": world.bot_id,
        "type": kind,
        "token": token,
        "version": 1,
        "data": data,
        **_channel_fields(world, person, channel, owners or {"0": channel.server_id or "0"}),
        **extra,
        **_user_fields(world, person, channel),
    }
    interaction = Interaction(interaction_id, token, payload, person.id, channel.id, world.clock.elapsed_s())
    world.interactions[interaction_id] = world.tokens[token] = interaction
    world.emit("INTERACTION_CREATE", payload, channel)
    return interaction


def add_opener(world: World, submitted: Interaction) -> str:
    """Add the command that would have opened a forged modal submission, and return its id."""
    opener_id, token = world.snowflake(), secrets.token_urlsafe(24)
    payload = {**submitted.payload, "id": opener_id, "token": token, "type": COMMAND}
    opened = Interaction(opener_id, token, payload, submitted.person_id, submitted.channel_id, submitted.created_s)
    world.interactions[opener_id] = opened
    return opener_id


def _channel_fields(world: World, person: Person, channel: Channel, owners: Json) -> Json:
    """Return where an interaction happens, and what the person and the bot may do there."""
    by_user_install_only = set(owners) == {"1"}
    granted = permissions.INSTALLED if by_user_install_only else world.permission_bits(world.bot_id, channel)
    return {
        "channel_id": channel.id,
        "channel": {**world.channel_json(channel), "permissions": str(world.permission_bits(person.id, channel))},
        "locale": person.locale,
        "app_permissions": str(granted),
        "entitlements": [],
        "authorizing_integration_owners": owners,
        "attachment_size_limit": world.settings.upload_limit,
        "context": command_permissions.context_of(channel),
    }


def _user_fields(world: World, person: Person, channel: Channel) -> Json:
    """Return ``member`` with its permissions in a server, or ``user`` outside one."""
    if channel.server_id is None:
        return {"user": world.user_json(person.id)}
    server = world.servers[channel.server_id]
    member = {**world.member_json(person.id, server), "permissions": str(world.permission_bits(person.id, channel))}
    guild = {"id": server.id, "locale": server.locale, "features": server.features}
    return {"guild_id": server.id, "guild": guild, "guild_locale": server.locale, "member": member}


def slash(world: World, person: Person, channel: Channel, typed: str, options: Json) -> Interaction:
    """Use a slash command; *typed* may name a subcommand, as in ``studio limits set``.

    ClientRefusal for a command that is not offered, and for options that the client's form would refuse.
    """
    command, path, leaf = _find_command(world, person, channel, typed)
    known = {option["name"]: option for option in leaf.get("options") or []}
    values_by_name = {_option(leaf, name, person.locale)["name"]: value for name, value in options.items()}
    if missing := [name for name, option in known.items() if option.get("required") and name not in values_by_name]:
        raise ClientRefusal(f"/{typed} needs {missing}")
    resolved = ResolvedData(world, person, channel)
    values = [
        select_values.option_value(known[name], value, resolved, person.locale)
        for name, value in values_by_name.items()
    ]
    data = {"id": command["id"], "name": command["name"], "type": SLASH, "options": _nested(path, values)}
    return _create_for_command(world, person, channel, COMMAND, command, {**data, **resolved.json()})


def autocomplete(
    world: World, person: Person, channel: Channel, typed: str, options: Json, focused: str
) -> Interaction:
    """Ask the bot for suggestions for the option *focused*. The other *options* may still be incomplete.

    Discord resolves none of them: a file is an id without its attachment.
    https://discordpy.readthedocs.io/en/v2.7.1/interactions/api.html#discord.app_commands.Namespace (2026-11-29)
    """
    command, path, leaf = _find_command(world, person, channel, typed)
    focused_option = _option(leaf, focused, person.locale)
    if not focused_option.get("autocomplete"):
        raise ClientRefusal(f"{focused} of /{typed} has no autocompletion")
    values = []
    for name, value in options.items():
        option = _option(leaf, name, person.locale)
        shown = world.snowflake() if option["type"] == command_schema.ATTACHMENT else value
        sent: Json = {"name": option["name"], "type": option["type"], "value": shown}
        values.append({**sent, "focused": True} if option is focused_option else sent)
    if focused_option["name"] not in [value["name"] for value in values]:
        values.append({"name": focused_option["name"], "type": focused_option["type"], "value": "", "focused": True})
    data = {"id": command["id"], "name": command["name"], "type": SLASH, "options": _nested(path, values)}
    return _create_for_command(world, person, channel, AUTOCOMPLETE, command, data)


def _create_for_command(
    world: World, person: Person, channel: Channel, kind: int, command: Json, data: Json
) -> Interaction:
    if "guild_id" in command:
        data = {**data, "guild_id": command["guild_id"]}
    return create(
        world, person, channel, kind, data, command_permissions.integration_owners(world, person, channel, command)
    )


def _offered_command(world: World, person: Person, channel: Channel, name: str, kind: int) -> Json:
    here = [
        command for command in command_permissions.offered_commands(world, person, channel) if command["type"] == kind
    ]
    found = next((command for command in here if command_schema.is_called(command, name, person.locale)), None)
    if found is None:
        names = [command_schema.localized(command, "name", person.locale) for command in here]
        raise ClientRefusal(f"{person.name} is not offered a command {name!r} in {channel.name}, only {names}")
    return found


def _find_command(world: World, person: Person, channel: Channel, typed: str) -> tuple[Json, list[Json], Json]:
    """Return the command, the groups and subcommand on the way, and the node that declares the options."""
    first, *rest = typed.split()
    command = _offered_command(world, person, channel, first, SLASH)
    path: list[Json] = []
    leaf = command
    for word in rest:
        leaf = _option(leaf, word, person.locale)
        path.append(leaf)
    if any(option["type"] in (command_schema.SUB, command_schema.GROUP) for option in leaf.get("options") or []):
        raise ClientRefusal(f"/{typed} needs one of the subcommands {[option['name'] for option in leaf['options']]}")
    if path and path[-1]["type"] != command_schema.SUB:
        raise ClientRefusal(f"/{typed} is not a subcommand")
    return command, path, leaf


def _option(leaf: Json, name: str, locale: str) -> Json:
    options: list[Json] = leaf.get("options") or []
    found = next((option for option in options if command_schema.is_called(option, name, locale)), None)
    if found is None:
        raise ClientRefusal(f"{leaf['name']} has no option {name!r}; it has {[option['name'] for option in options]}")
    return found


def _nested(path: list[Json], values: list[Json]) -> list[Json]:
    for option in reversed(path):
        values = [{"name": option["name"], "type": option["type"], "options": values}]
    return values


def menu(world: World, person: Person, channel: Channel, name: str, message: Message) -> Interaction:
    """Use a command of a message's context menu. The bot gets the whole message, whatever its intents."""
    command = _offered_command(world, person, channel, name, MESSAGE_MENU)
    resolved = ResolvedData(world, person, channel)
    resolved.message(message)
    data = {"id": command["id"], "name": command["name"], "type": MESSAGE_MENU, "target_id": message.id}
    return _create_for_command(world, person, channel, COMMAND, command, {**data, **resolved.json()})


def user_menu(world: World, person: Person, channel: Channel, name: str, user_id: str) -> Interaction:
    """Use a command of a user's context menu. The bot gets the user, and the member if the user is one here."""
    command = _offered_command(world, person, channel, name, USER_MENU)
    resolved = ResolvedData(world, person, channel)
    data = {"id": command["id"], "name": command["name"], "type": USER_MENU, "target_id": resolved.user(user_id)}
    return _create_for_command(world, person, channel, COMMAND, command, {**data, **resolved.json()})


def press(world: World, person: Person, message: Message, custom_id: str, values: list[str] | None) -> Interaction:
    """Press a button, or choose *values* in a select. ClientRefusal if it is absent or disabled."""
    parts = [part for _, part in components.walk(message.body["components"])]
    part = next((part for part in parts if part.get("custom_id") == custom_id), None)
    if part is None or part.get("disabled"):
        raise ClientRefusal(f"that message has no enabled component {custom_id!r}")
    channel = world.channels[message.channel_id]
    data: Json = {"custom_id": custom_id, "component_type": part["type"], "id": part.get("id", 0)}
    resolved = ResolvedData(world, person, channel)
    if part["type"] in select_values.SELECTS:
        data["values"] = select_values.selected_values(part, values, resolved)
    elif values is not None:
        raise ClientRefusal(f"{custom_id!r} is a button, which takes no values")
    shown = world.message_json(message)
    return create(
        world, person, channel, COMPONENT, {**data, **resolved.json()}, _owners_of_message(message.body), message=shown
    )


def _owners_of_message(message: Json) -> Json | None:
    """Return the installs that authorized the message: its components act on their behalf."""
    about: Json | None = (message.get("interaction_metadata") or {}).get("authorizing_integration_owners")
    return about


def submit(world: World, person: Person, modal: Modal, values: Json) -> Interaction:
    """Submit an open modal. ClientRefusal for values that its fields do not accept, and while a submission waits.

    A submission that the bot does not acknowledge in time can be sent again: Discord's clients keep the modal open and
    show "Something went wrong. Try again."
    """
    if modal.sent is not None and _waits(world, world.interactions[modal.sent]):
        raise ClientRefusal("that modal has been sent and waits for the bot")
    channel = world.channels.get(modal.channel_id)
    if channel is None:
        raise ClientRefusal("the channel of that modal was deleted")
    resolved = ResolvedData(world, person, channel)
    rows = modals.fill(modal.body, values, resolved)
    data: Json = {"custom_id": modal.body["custom_id"], "components": rows, **resolved.json()}
    message = world.messages.get(modal.message_id or "")
    extra = {} if message is None else {"message": world.message_json(message)}
    owners = world.interactions[modal.by].payload["authorizing_integration_owners"]
    interaction = create(world, person, channel, SUBMIT, data, owners, **extra)
    interaction.opened_by, modal.sent = modal.by, interaction.id
    return interaction


def _waits(world: World, interaction: Interaction) -> bool:
    return world.clock.elapsed_s() - interaction.created_s <= ACKNOWLEDGE_DEADLINE_S
