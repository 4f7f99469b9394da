"""What one person sees: the state that the control port answers and the page draws."""

from __future__ import annotations

from sandbox import permissions
from sandbox.discord import command_permissions
from sandbox.records import Channel, Json, Person, Server
from sandbox.world import World


def people(world: World) -> list[Json]:
    """Return all people, as ``GET /people`` answers."""
    return [
        {"id": person.id, "name": person.name, "manager": person.manager, "locale": person.locale,
         "installed": person.installed}
        for person in world.people.values()
    ]  # fmt: skip


def state(world: World, person: Person, *, ready: bool, channel: str = "") -> Json:
    """Return everything that *person* can see and do, as ``GET /state`` answers. *ready*: the bot is connected.

    With *channel*, a name, an id or ``dm``, leave out all other channels and what is the same in each: a world of many
    tests has hundreds of channels and people.
    """
    named = [found for found in world.channels.values() if not channel or _is_named(world, person, found, channel)]
    channels = [found for found in named if world.sees(person.id, found)]
    return {
        "revision": world.revision,
        "me": person.id,
        "bot": world.bot_id,
        "ready": ready,
        "channels": [_channel(world, person, found) for found in channels],
        "messages": _messages(world, person, {found.id for found in channels}),
        "modals": [{"id": m.id, **m.body} for m in world.modals.values() if m.person_id == person.id],
        **({} if channel else _everywhere(world, person, channels)),
    }


def _everywhere(world: World, person: Person, channels: list[Channel]) -> Json:
    """Return the people, the servers, and the commands with the channels that offer them."""
    return {
        "people": people(world),
        "servers": [_server(server) for server in world.servers.values() if person.id in server.members],
        "commands": [*world.commands, *(command for some in world.server_commands.values() for command in some)],
        "offered": {found.id: _offered(world, person, found) for found in channels},
    }


def _server(server: Server) -> Json:
    roles = [{"id": role.id, "name": role.name} for role in server.roles.values()]
    members = [{"id": user_id, "roles": member.roles} for user_id, member in server.members.items()]
    return {"id": server.id, "name": server.name, "bot": server.with_bot, "roles": roles, "members": members}


def _is_named(world: World, person: Person, channel: Channel, wanted: str) -> bool:
    if wanted == "dm":
        return channel.recipient is not None
    return wanted in (channel.id, _name(world, person, channel))


def _name(world: World, person: Person, channel: Channel) -> str:
    return channel.name or ", ".join(world.people[found].name for found in channel.people if found != person.id)


def _channel(world: World, person: Person, channel: Channel) -> Json:
    granted = world.permission_bits(person.id, channel)
    return {
        "id": channel.id,
        "name": _name(world, person, channel),
        "dm": channel.recipient is not None,
        "server": channel.server_id,
        "kind": channel.kind,
        "parent": channel.parent_id,
        "nsfw": channel.nsfw,
        "archived": channel.archived,
        "locked": channel.locked,
        "people": list(channel.people),
        "permissions": [name for name in permissions.PERMISSIONS if permissions.has(granted, name)],
    }


def _offered(world: World, person: Person, channel: Channel) -> list[str]:
    return [command["id"] for command in command_permissions.offered_commands(world, person, channel)]


def _messages(world: World, person: Person, channels: set[str]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {channel_id: [] for channel_id in channels}
    seen = [
        message
        for message in world.messages.values()
        if message.channel_id in found and message.ephemeral_for in (None, person.id)
    ]
    for message in sorted(seen, key=lambda m: int(m.id)):
        body = {**world.message_json(message), "ephemeral_for": message.ephemeral_for}
        found[message.channel_id].append(body)
    return found
