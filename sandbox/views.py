"""What one person sees: the state that the control port answers and the page draws."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from sandbox import permissions
from sandbox.discord import command_permissions
from sandbox.discord.callbacks import TOKEN_LIFETIME_S
from sandbox.records import FORUM, LOADING, Channel, Json, Message, Modal, Person, Server
from sandbox.world import World

CONTEXT = 25  # messages before the one that the page jumps to
MOST_MESSAGES = 5000  # of one answer to the page
MOST_PINGS = 100  # of one channel


@dataclass(frozen=True)
class Shown:
    """Which messages the page draws: the newest *last* of a channel, all from *since* on, and *target* with context.

    The page still has the messages from *since* on, as they were at the revision *known*.
    """

    channel: str
    last: int = 50
    since: int = 0
    target: str = ""
    known: int = -1


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


def page(world: World, person: Person, *, ready: bool, shown: Shown) -> Json:
    """Return what the page draws: the whole state, but only the messages of the channel *shown*.

    If the person sees no channel of that name, the first one they see is shown. ``order`` has the id of each message,
    ``messages`` those that the page does not have yet, ``older``: there are more.
    """
    channels = [found for found in world.channels.values() if world.sees(person.id, found)]
    opened = next((found for found in channels if _is_named(world, person, found, shown.channel)), None)
    if opened is None:
        opened, shown = next(iter(channels), None), Shown("")
    seen = [] if opened is None else _seen(world, person, opened)
    start = _start(seen, shown)
    return {
        **_common(world, person, channels, ready=ready),
        **_everywhere(world, person, channels),
        **_unread(world, person, channels),
        "now": world.now_text(),
        "upload_limit": world.settings.person_upload_limit,
        "shown": opened and opened.id,
        "order": [message.id for message in seen[start:]],
        "messages": [_message(world, person, found) for found in seen[start:] if not _is_known(world, found, shown)],
        "older": start > 0,
        "posts": _posts(world, person, opened, channels),
    }


def _start(seen: list[Message], shown: Shown) -> int:
    """Return the index of the first message that the page draws."""
    starts = [len(seen) - shown.last]
    if shown.since:
        starts.append(bisect_left(seen, shown.since, key=lambda message: int(message.id)))
    starts += [index - CONTEXT for index, message in enumerate(seen) if message.id == shown.target]
    return max(min(starts), len(seen) - MOST_MESSAGES, 0)


def _is_known(world: World, message: Message, shown: Shown) -> bool:
    is_there = message.revision <= shown.known and int(message.id) >= shown.since
    return is_there and not _is_unanswered(world, message)


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
    for message in sorted(world.messages.values(), key=lambda message: int(message.id)):
        if message.channel_id in found and message.ephemeral_for in (None, person.id):
            found[message.channel_id].append(_message(world, person, message))
    return found


def _seen(world: World, person: Person, channel: Channel) -> list[Message]:
    """Return the messages of a channel that are not ephemeral for another person, oldest first."""
    found = [message for message in world.messages.values() if message.channel_id == channel.id]
    found = [message for message in found if message.ephemeral_for in (None, person.id)]
    return sorted(found, key=lambda message: int(message.id))


def _posts(world: World, person: Person, forum: Channel | None, channels: list[Channel]) -> dict[str, Json | None]:
    """Return the first message of each post of a forum, by the id of both; None if it was deleted."""
    if forum is None or forum.kind != FORUM:
        return {}
    posts = [found.id for found in channels if found.parent_id == forum.id]
    return {name: _message(world, person, first) if (first := world.messages.get(name)) else None for name in posts}


def _unread(world: World, person: Person, channels: list[Channel]) -> Json:
    """Return each channel's newest message, its newest of another author, and those that mention the person, by id."""
    newest: dict[str, str] = {}
    others: dict[str, str] = {}
    pings: dict[str, list[str]] = {}
    roles = {role for server in world.servers.values() if (one := server.members.get(person.id)) for role in one.roles}
    visible = {channel.id for channel in channels}
    for message in world.messages.values():
        if message.channel_id in visible and message.ephemeral_for in (None, person.id):
            newest[message.channel_id] = max(message.id, newest.get(message.channel_id, "0"), key=int)
            if message.author_id != person.id:
                others[message.channel_id] = max(message.id, others.get(message.channel_id, "0"), key=int)
            if _mentions(message, person, roles):
                pings.setdefault(message.channel_id, []).append(message.id)
    found_pings = {name: found[-MOST_PINGS:] for name, found in pings.items()}
    return {"newest": newest, "newest_of_others": others, "pings": found_pings}


def _mentions(message: Message, person: Person, roles: set[str]) -> bool:
    body = message.body
    named = any(user["id"] == person.id for user in body["mentions"]) or not roles.isdisjoint(body["mention_roles"])
    return named and message.author_id != person.id


def _message(world: World, person: Person, message: Message) -> Json:
    """Return the message as the person's client gets it; ``reacted`` has the users whom it would ask for, by emoji."""
    reacted = {"reacted": message.reactions} if message.reactions else {}
    failed = {"failed": True} if _is_unanswered(world, message) else {}
    return {**world.message_json(message, person.id), "ephemeral_for": message.ephemeral_for, **reacted, **failed}


def _is_unanswered(world: World, message: Message) -> bool:
    """Return whether "thinking…" stays: the token of the interaction has expired, or was of an earlier run."""
    if not int(message.body["flags"]) & LOADING:
        return False
    by = world.interactions.get(str((message.body.get("interaction_metadata") or {}).get("id")))
    return by is None or world.clock.elapsed_s() - by.created_s > TOKEN_LIFETIME_S
