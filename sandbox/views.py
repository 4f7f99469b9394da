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


def state(world: World, person: Person, *, ready: bool) -> Json:
    """Return everything that *person* can see and do, as ``GET /state`` answers. *ready*: the bot is connected."""
    channels = [channel for channel in world.channels.values() if world.sees(person.id, channel)]
    return {
        "revision": world.revision,
        "me": person.id,
        "bot": world.bot_id,
        "ready": ready,
        "people": people(world),
        "servers": [_server(server) for server in world.servers.values() if person.id in server.members],
        "channels": [_channel(world, person, channel) for channel in channels],
        "messages": _messages(world, person, {channel.id for channel in channels}),
        "commands": [*world.commands, *(found for some in world.server_commands.values() for found in some)],
        "offered": {channel.id: _offered(world, person, channel) for channel in channels},
        "modals": [{"id": m.id, **m.body} for m in world.modals.values() if m.person_id == person.id],
    }


def _server(server: Server) -> Json:
    roles = [{"id": role.id, "name": role.name} for role in server.roles.values()]
    members = [{"id": user_id, "roles": member.roles} for user_id, member in server.members.items()]
    return {"id": server.id, "name": server.name, "bot": server.with_bot, "roles": roles, "members": members}


def _channel(world: World, person: Person, channel: Channel) -> Json:
    names = [world.people[found].name for found in channel.people if found != person.id]
    granted = world.permission_bits(person.id, channel)
    return {
        "id": channel.id,
        "name": channel.name or ", ".join(names),
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
    for message in sorted(world.messages.values(), key=lambda m: int(m.id)):
        if message.channel_id in found and message.ephemeral_for in (None, person.id):
            body = {**world.message_json(message), "ephemeral_for": message.ephemeral_for}
            found[message.channel_id].append(body)
    return found
