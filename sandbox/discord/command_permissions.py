"""Decide which commands a person is offered in a channel, and which installs authorize an interaction.

https://discord.com/developers/docs/interactions/application-commands#contexts (2026-11-24)
"""

from __future__ import annotations

from sandbox import permissions
from sandbox.records import Channel, Json, Person, Server
from sandbox.world import World

IN_SERVER, WITH_BOT, PRIVATE = 0, 1, 2
GUILD_INSTALL, USER_INSTALL = 0, 1
FOR_ROLE, FOR_USER, FOR_CHANNEL = 1, 2, 3


def context_of(channel: Channel) -> int:
    """Return the interaction context of a channel: in a server, in the bot's direct messages, or in others'."""
    if channel.server_id is not None:
        return IN_SERVER
    return WITH_BOT if channel.recipient else PRIVATE


def integration_owners(world: World, person: Person, channel: Channel, command: Json | None) -> Json:
    """Return the installs that authorize an interaction, by install type; empty if there are none.

    The server install's owner is the server's id (``"0"`` in direct messages with the bot); the user install's is the
    person's id.
    """
    kinds = [GUILD_INSTALL] if command is None else command.get("integration_types") or [GUILD_INSTALL]
    found = {}
    bot_is_here = (
        channel.recipient is not None if channel.server_id is None else world.servers[channel.server_id].with_bot
    )
    if GUILD_INSTALL in kinds and bot_is_here:
        found["0"] = channel.server_id or "0"
    if USER_INSTALL in kinds and person.installed:
        found["1"] = person.id
    return found


def offered_commands(world: World, person: Person, channel: Channel) -> list[Json]:
    """Return the commands that this person's client shows in this channel."""
    granted = world.permission_bits(person.id, channel)
    if channel.server_id is not None and not permissions.has(granted, "VIEW_CHANNEL", "USE_APPLICATION_COMMANDS"):
        return []
    commands = [*world.commands, *world.server_commands.get(channel.server_id or "", [])]
    return [command for command in commands if granted and _is_offered(world, person, channel, command)]


def _is_offered(world: World, person: Person, channel: Channel, command: Json) -> bool:
    context, contexts = context_of(channel), command.get("contexts")
    if contexts is not None and context not in contexts:
        return False
    if contexts is None and context == WITH_BOT and not command.get("dm_permission", True):
        return False
    if command.get("nsfw") and not (channel.nsfw or channel.server_id is None):
        return False
    installs = integration_owners(world, person, channel, command)
    if channel.server_id is None or set(installs) != {"0"}:
        return bool(installs)
    return is_allowed(world, world.servers[channel.server_id], person, channel, command)


def is_allowed(world: World, server: Server, person: Person, channel: Channel, command: Json) -> bool:
    """Return whether a server's managers let this person use a command in a channel.

    Their overwrites for the channel, person and roles decide first, then the command's default permissions.
    """
    granted = world.permission_bits(person.id, channel)
    if permissions.has(granted, "ADMINISTRATOR"):
        return True
    rules = world.command_permissions.get((server.id, command["id"]), [])
    by_target = {(rule["type"], rule["id"]): bool(rule["permission"]) for rule in rules}
    in_channel = by_target.get((FOR_CHANNEL, channel.parent_id if channel.is_thread else channel.id))
    if in_channel is None:
        in_channel = by_target.get((FOR_CHANNEL, str(int(server.id) - 1)), True)  # the id that stands for all channels
    return in_channel and _allows_person(by_target, server, person, granted, command)


def _allows_person(
    rules: dict[tuple[int, str], bool], server: Server, person: Person, granted: int, command: Json
) -> bool:
    own = rules.get((FOR_USER, person.id))
    if own is not None:
        return own
    roles = [rules[FOR_ROLE, role] for role in server.members[person.id].roles if (FOR_ROLE, role) in rules]
    if roles:
        return any(roles)
    if (everyone := rules.get((FOR_ROLE, server.id))) is not None:
        return everyone
    needed = command.get("default_member_permissions")
    if needed is None:
        return True
    return int(needed) != 0 and granted & int(needed) == int(needed)
