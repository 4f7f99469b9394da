"""The local Discord's state, and the gateway event of each change. No I/O.

Messages and interactions have their own modules: ``discord/message_rules.py`` and ``discord/interactions.py``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

from PIL import Image

from sandbox import permissions
from sandbox.clock import Clock
from sandbox.objects import Objects
from sandbox.records import (
    DM,  # fmt: skip
    FORUM,
    GROUP_DM,
    PRIVATE_THREAD,
    TEXT,
    THREAD,
    Channel,
    File,
    Json,
    Member,
    Overwrite,
    Person,
    Role,
    Server,
)

EventTarget = Channel | Server | None
CHANNEL_TYPES = {"text": TEXT, "forum": FORUM}


class World(Objects):
    """The state of the local Discord.

    *on_event* is called with the name, body and target of each gateway event; *on_change* after each change.
    *set_stage* fills the empty world: at least with one person, and with the server that ``server_id`` names.
    """

    def __init__(
        self, clock: Clock, *, bot_name: str = "Wanvas", set_stage: Callable[[World], None] | None = None
    ) -> None:
        super().__init__(clock, bot_name)
        self.revision = 0
        self.on_event: list[Callable[[str, Json, EventTarget], None]] = []
        self.on_change: list[Callable[[], None]] = []
        self.server_id = ""  # the first server
        (set_stage or _set_small_stage)(self)

    def changed(self) -> None:
        """Count a new revision and call *on_change*."""
        self.revision += 1
        for listener in self.on_change:
            listener()

    def emit(self, name: str, body: Json, where: EventTarget) -> None:
        """Publish a gateway event. A *where* of None reaches every session."""
        self.changed()
        for listener in self.on_event:
            listener(name, body, where)

    def add_server(self, name: str, owner_id: str, *, with_bot: bool = True, locale: str | None = None) -> Server:
        """Add a server, a Community server if it has a *locale*.

        Each is a millisecond older than the one before it, so that *n* servers in a row lie on *n* shards.
        """
        server = Server(
            self._server_id(), name, owner_id, locale or "en-US", is_community=locale is not None, with_bot=False
        )
        server.roles[server.id] = Role(server.id, "@everyone", permissions.MEMBER, 0)
        self.servers[server.id] = server
        self._role(server, "Managers", permissions.MANAGER)
        server.members[owner_id] = Member([], self.now_text())
        if with_bot:
            self.add_bot(server)
        return server

    def _server_id(self) -> str:
        if not self.servers:
            return self.snowflake()
        last_ms = int(next(reversed(self.servers))) >> 22
        return str(((last_ms - 1) << 22) | (int(self.snowflake()) & 0x3FFFFF))

    def add_bot(self, server: Server) -> None:
        """Add the bot to a server, with its managed role."""
        server.with_bot = True
        own = self._role(server, self.bot_name, permissions.BOT, managed=True)
        server.members[self.bot_id] = Member([own.id], self.now_text())
        self.emit("GUILD_CREATE", self.server_json(server), server)

    def remove_bot(self, server: Server) -> None:
        """Remove the bot and its managed role from a server."""
        server.with_bot = False
        for role_id in server.members.pop(self.bot_id).roles:
            if server.roles[role_id].managed:
                del server.roles[role_id]
        self.emit("GUILD_DELETE", {"id": server.id}, server)

    def _role(self, server: Server, name: str, granted: int, *, managed: bool = False) -> Role:
        role = Role(self.snowflake(), name, granted, len(server.roles), managed)
        server.roles[role.id] = role
        return role

    def add_role(self, server: Server, name: str, granted: int) -> Role:
        """Add a role above the server's other roles."""
        role = self._role(server, name, granted)
        self.emit("GUILD_ROLE_CREATE", {"guild_id": server.id, "role": self.role_json(role)}, server)
        return role

    def change_role(self, server: Server, role: Role, granted: int) -> None:
        """Replace a role's permission bits."""
        role.permissions = granted
        self.emit("GUILD_ROLE_UPDATE", {"guild_id": server.id, "role": self.role_json(role)}, server)

    def delete_role(self, server: Server, role: Role) -> None:
        """Delete a role, from its members and from every overwrite."""
        del server.roles[role.id]
        for user_id, member in server.members.items():
            if role.id in member.roles:
                self.set_roles(server, user_id, [found for found in member.roles if found != role.id])
        for channel in self.channels_of(server):
            channel.overwrites.pop(role.id, None)
        self.emit("GUILD_ROLE_DELETE", {"guild_id": server.id, "role_id": role.id}, server)

    def join(self, server: Server, user_id: str, roles: Iterable[str] = ()) -> None:
        """Make a person or the bot a member of a server. KeyError for an id of neither; else as ``set_roles``."""
        self.user_json(user_id)
        server.members[user_id] = Member(_known_roles(server, roles), self.now_text())
        member = self.member_json(user_id, server)
        self.emit("GUILD_MEMBER_ADD", {"guild_id": server.id, **member}, server)

    def leave(self, server: Server, user_id: str) -> None:
        """Remove a member from a server. KeyError if there is no such member."""
        del server.members[user_id]
        self.emit("GUILD_MEMBER_REMOVE", {"guild_id": server.id, "user": self.user_json(user_id)}, server)

    def set_roles(self, server: Server, user_id: str, roles: Iterable[str]) -> None:
        """Replace a member's roles. KeyError for a non-member; ValueError for a role that the server lacks."""
        server.members[user_id].roles = _known_roles(server, roles)
        member = self.member_json(user_id, server)
        self.emit("GUILD_MEMBER_UPDATE", {"guild_id": server.id, **member}, server)

    def add_person(
        self, name: str, *, locale: str = "en-US", manager: bool = False, server: Server | None = None
    ) -> Person:
        """Add a person to a server, the first if none is named. A manager gets its role Managers."""
        person = Person(self.snowflake(), name, locale, manager)
        self.people[person.id] = person
        server = server or self.servers[self.server_id]
        managers = next(role.id for role in server.roles.values() if role.name == "Managers")
        self.join(server, person.id, [managers] if manager else [])
        return person

    def add_channel(
        self, name: str, denied: Iterable[str] = (), *, server: Server | None = None, kind: str = "text",
        nsfw: bool = False,
    ) -> Channel:  # fmt: skip
        """Add a channel where the bot lacks the permissions *denied*.

        KeyError for an unknown *kind*; ValueError for an unknown permission.
        """
        server_id = self.server_id if server is None else server.id
        permissions.bits(denied := [*denied])  # before anything is changed
        channel = Channel(self.snowflake(), name, server_id, kind=CHANNEL_TYPES[kind], nsfw=nsfw)
        self.channels[channel.id] = channel
        self.overwrite(channel, self.bot_id, deny=denied)
        self.emit("CHANNEL_CREATE", self.channel_json(channel), channel)
        return channel

    def overwrite(self, channel: Channel, target: str, *, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> None:
        """Replace a channel's overwrite for a person or role; without *allow* and *deny*, remove it.

        Publishes no event.
        """
        found = Overwrite(int(target in self.people or target == self.bot_id), permissions.bits(allow))
        found.deny = permissions.bits(deny)
        if found.allow or found.deny:
            channel.overwrites[target] = found
        else:
            channel.overwrites.pop(target, None)

    def emit_channel_update(self, channel: Channel) -> None:
        """Publish CHANNEL_UPDATE or THREAD_UPDATE."""
        name = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        self.emit(name, self.channel_json(channel), channel)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads and messages."""
        for thread in [found for found in self.channels.values() if found.parent_id == channel.id]:
            self.delete_channel(thread)
        for message in [found for found in self.messages.values() if found.channel_id == channel.id]:
            del self.messages[message.id]
        body = self.channel_json(channel)
        del self.channels[channel.id]
        if channel.is_thread:
            names = ("id", "guild_id", "parent_id", "type")
            self.emit("THREAD_DELETE", {name: body[name] for name in names}, channel)
        else:
            self.emit("CHANNEL_DELETE", body, channel)

    def add_thread(
        self, parent: Channel, name: str, owner_id: str, *, at_message: str | None = None,
        people: Iterable[str] | None = None,
    ) -> Channel:  # fmt: skip
        """Start a public thread, a forum post, or with *people* a private thread.

        A thread that is started at a message has that message's id, as in Discord.
        """
        kind = THREAD if people is None else PRIVATE_THREAD
        thread = Channel(at_message or self.snowflake(), name, parent.server_id, kind=kind, parent_id=parent.id)
        thread.members = frozenset(people or ())
        thread.owner_id, thread.created_at, thread.nsfw = owner_id, self.now_text(), parent.nsfw
        self.channels[thread.id] = thread
        self.emit("THREAD_CREATE", {**self.channel_json(thread), "newly_created": True}, thread)
        return thread

    def bot_dm(self, person_id: str) -> Channel:
        """Return the direct messages of the bot and a person, opened if needed."""
        found = next((channel for channel in self.channels.values() if channel.recipient == person_id), None)
        if found is None:
            found = Channel(self.snowflake(), "dm", None, recipient=person_id, kind=DM)
            self.channels[found.id] = found
        return found

    def add_group(self, people: Iterable[str], name: str = "") -> Channel:
        """Open direct messages between two people, or a group of more, without the bot."""
        people = tuple(people)
        channel = Channel(self.snowflake(), name, None, kind=DM if len(people) == 2 else GROUP_DM, people=people)
        channel.owner_id = people[0]
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def add_file(
        self, filename: str, data: bytes, channel_id: str, *, ephemeral: bool, description: str | None
    ) -> File:
        """Store a file. Its sides are None if it is not an image that Pillow can read, as in Discord."""
        file = File(self.snowflake(), filename, data, channel_id, ephemeral, description)
        try:
            with Image.open(io.BytesIO(data)) as image:
                file.width, file.height = image.size
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            file.width = file.height = None
        self.files[file.id] = file
        return file


def _known_roles(server: Server, roles: Iterable[str]) -> list[str]:
    roles = list(roles)
    if unknown := set(roles) - set(server.roles):
        raise ValueError(f"{server.name} has no role {sorted(unknown)}")
    return roles


def _set_small_stage(world: World) -> None:
    """Add what most tests need: a server with three channels, its owner Ana, and Bo."""
    owner = Person(world.snowflake(), "Ana", manager=True)
    world.people[owner.id] = owner
    world.server_id = world.add_server("The Lighthouse", owner.id).id
    world.add_person("Bo")
    for name in ("harbor", "studio", "quiet"):
        world.add_channel(name)
