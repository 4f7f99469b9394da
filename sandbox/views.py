"""What one person sees: the state that the control port answers and the page draws."""

from __future__ import annotations

from sandbox import permissions
from sandbox.discord import command_permissions
from sandbox.records import FORUM, Channel, Json, Message, Modal, Person, Server
from sandbox.world import World


def people(world: World) -> list[Json]:
    """Return all people, as ``GET /people`` answers. The operator of the bot owns the first server."""
    operator = world.servers[world.server_id].owner_id
    return [
        {"id": person.id, "name": person.name, "manager": person.manager, "locale": person.locale,
         "installed": person.installed, "operator": person.id == operator}
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
        **_common(world, person, channels, ready=ready),
        "messages": _messages(world, person, {found.id for found in channels}),
        **({} if channel else _everywhere(world, person, channels)),
    }


def page(world: World, person: Person, *, ready: bool, shown: str, last: int) -> Json:
    """Return what the page draws: the whole state, but only the newest *last* messages of the channel *shown*.

    If the person sees no channel that *shown* names, the first one they see is shown. ``older``: there are more.
    """
    channels = [found for found in world.channels.values() if world.sees(person.id, found)]
    opened = next((found for found in channels if _is_named(world, person, found, shown)), None)
    opened = opened or next(iter(channels), None)
    bodies, older = ([], False) if opened is None else _newest(world, person, opened, last)
    return {
        **_common(world, person, channels, ready=ready),
        **_everywhere(world, person, channels),
        "now": world.now_text(),
        "upload_limit": world.settings.person_upload_limit,
        "shown": opened and opened.id,
        "messages": bodies,
        "older": older,
        "newest": _newest_ids(world, person),
        "posts": _posts(world, person, opened, channels),
    }


def _common(world: World, person: Person, channels: list[Channel], *, ready: bool) -> Json:
    return {
        "revision": world.revision,
        "me": person.id,
        "bot": world.bot_id,
        "bot_name": world.bot_name,
        "ready": ready,
        "channels": [_channel(world, person, found) for found in channels],
        "modals": [_modal(world, found) for found in world.modals.values() if _is_open(found, person)],
    }


def _is_open(modal: Modal, person: Person) -> bool:
    """Return whether the person can fill the modal in. After a submission, only the client that sent it has it open."""
    return modal.person_id == person.id and modal.sent is None


def _modal(world: World, modal: Modal) -> Json:
    return {"id": modal.id, "tab": world.interactions[modal.by].tab, **modal.body}


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
        **({"messages": world.count_messages(channel)} if channel.is_thread else {}),
        "permissions": permissions.names(granted),
    }


def _offered(world: World, person: Person, channel: Channel) -> list[str]:
    return [command["id"] for command in command_permissions.offered_commands(world, person, channel)]


def _messages(world: World, person: Person, channels: set[str]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {channel_id: [] for channel_id in channels}
    for message in _seen(world, person):
        if message.channel_id in found:
            found[message.channel_id].append(_message(world, message))
    return found


def _newest(world: World, person: Person, channel: Channel, last: int) -> tuple[list[Json], bool]:
    seen = [message for message in _seen(world, person) if message.channel_id == channel.id]
    return [_message(world, message) for message in seen[-last:]], len(seen) > last


def _posts(world: World, person: Person, forum: Channel | None, channels: list[Channel]) -> dict[str, Json | None]:
    """Return the first message of each post of a forum, by the id of both; None if it was deleted."""
    if forum is None or forum.kind != FORUM:
        return {}
    first = {message.id: _message(world, message) for message in _seen(world, person)}
    return {found.id: first.get(found.id) for found in channels if found.parent_id == forum.id}


def _newest_ids(world: World, person: Person) -> dict[str, str]:
    """Return the id of the newest message of each channel that has one."""
    return {message.channel_id: message.id for message in _seen(world, person)}


def _seen(world: World, person: Person) -> list[Message]:
    """Return the messages of all channels that are not ephemeral for another person, oldest first."""
    seen = [message for message in world.messages.values() if message.ephemeral_for in (None, person.id)]
    return sorted(seen, key=lambda message: int(message.id))


def _message(world: World, message: Message) -> Json:
    return {**world.message_json(message), "ephemeral_for": message.ephemeral_for}
