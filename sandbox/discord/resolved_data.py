"""The ``resolved`` data of an interaction: users, members, roles, channels and files by their ids.

https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-resolved-data-structure
(2026-11-24)
"""

from __future__ import annotations

from sandbox.discord.errors import ClientRefusal
from sandbox.records import Channel, Json, Message, Person
from sandbox.world import World


class ResolvedData:
    """Collect what an interaction of *person* in *channel* names. ClientRefusal for what cannot be chosen there."""

    def __init__(self, world: World, person: Person, channel: Channel) -> None:
        self._world, self._person, self._channel = world, person, channel
        self._server = None if channel.server_id is None else world.servers[channel.server_id]
        self._found: dict[str, Json] = {}

    def json(self) -> Json:
        """Return the ``resolved`` field for an interaction's data; empty if nothing was named."""
        return {"resolved": self._found} if self._found else {}

    def _add(self, kind: str, key: str, body: Json) -> str:
        self._found.setdefault(kind, {})[key] = body
        return key

    def user(self, user_id: str) -> str:
        """Add a user, and the member if there is one, and return the id."""
        world = self._world
        if user_id not in world.people and user_id != world.bot_id:
            raise ClientRefusal(f"there is no user {user_id}")
        if self._server is not None and user_id in self._server.members:
            member = {k: v for k, v in world.member_json(user_id, self._server).items() if k not in _NOT_PARTIAL}
            self._add("members", user_id, {**member, "permissions": str(world.permission_bits(user_id, self._channel))})
        return self._add("users", user_id, world.user_json(user_id))

    def role(self, role_id: str) -> str:
        """Add a role of this server and return its id."""
        role = None if self._server is None else self._server.roles.get(role_id)
        if role is None:
            raise ClientRefusal(f"this server has no role {role_id}")
        return self._add("roles", role_id, self._world.role_json(role))

    def mentionable(self, target: str) -> str:
        """Add a role or a user and return the id."""
        is_role = self._server is not None and target in self._server.roles
        return self.role(target) if is_role else self.user(target)

    def channel(self, channel_id: str, kinds: list[int] | None = None) -> str:
        """Add a channel that the person can see, of one of the types *kinds*, and return its id."""
        world, found = self._world, self._world.channels.get(channel_id)
        here = found is not None and found.server_id is not None and found.server_id == self._channel.server_id
        if found is None or not here or not world.sees(self._person.id, found):
            raise ClientRefusal(f"channel {channel_id} cannot be chosen here")
        if kinds and found.kind not in kinds:
            raise ClientRefusal(f"#{found.name} is of a type that cannot be chosen here")
        source = world.channel_json(found)
        names = ("id", "name", "type", "parent_id", "thread_metadata", "nsfw", "flags", "position")
        body = {name: source[name] for name in names if name in source}
        return self._add(
            "channels", channel_id, {**body, "permissions": str(world.permission_bits(self._person.id, found))}
        )

    def upload(self, upload_id: str) -> str:
        """Turn an upload into an ephemeral attachment, as Discord does, and return the attachment's id."""
        if upload_id not in self._world.uploads:
            raise ClientRefusal(f"there is no upload {upload_id}")
        filename, data = self._world.uploads[upload_id]
        file = self._world.add_file(filename, data, self._channel.id, ephemeral=True, description=None)
        return self._add("attachments", file.id, self._world.file_json(file))

    def message(self, message: Message) -> str:
        """Add a message and return its id."""
        return self._add("messages", message.id, self._world.message_json(message))


_NOT_PARTIAL = ("user", "deaf", "mute")
