"""The world of ``play`` as it is saved between two runs. No I/O.

Not saved: sessions, interactions and their tokens, open modals, uploads that no message has, rate limits, and
ephemeral messages, which a Discord client forgets when it restarts.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from sandbox import permissions, views
from sandbox.records import Channel, File, Json, Message, Person, Server
from sandbox.world import World

Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class Damaged(ValueError):
    """A saved world that contradicts itself."""


@dataclass(frozen=True)
class SavedFile:
    """A posted file without its bytes, of which there are *size*."""

    id: Id
    filename: str
    size: int
    channel_id: str
    description: str | None
    width: int | None
    height: int | None
    about: Json


@dataclass(frozen=True)
class SavedMessage:
    """A message that everyone in its channel sees. *files* are ids."""

    body: Json
    files: list[Id]
    reactions: dict[str, tuple[Id, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedRules:
    """Who may use a command in a server."""

    server: str
    command: str
    rules: list[Json]


@dataclass(frozen=True)
class SavedWorld:
    """All that is saved. *ahead_s*: how far the clock has jumped."""

    format: Literal["wanvas-sandbox"]
    version: Literal[1]
    saved_at: datetime
    ahead_s: float
    sequence: Annotated[int, Field(ge=0, lt=2**63)]
    link_secret: str
    bot_id: Id
    server_id: Id
    people: dict[Id, Person]
    servers: dict[Id, Server]
    channels: dict[Id, Channel]
    messages: list[SavedMessage]
    files: list[SavedFile]
    commands: list[Json]
    server_commands: dict[Id, list[Json]]
    command_permissions: list[SavedRules]
    knows_reactions: bool = False  # false in a file from before ADD_REACTIONS


def saved(world: World) -> SavedWorld:
    """Return what is saved. The bodies of messages are not copied: the world replaces them, and changes none."""
    messages = [message for message in world.messages.values() if message.ephemeral_for is None]
    rules = [SavedRules(*key, found) for key, found in world.command_permissions.items()]
    small = (world.people, world.servers, world.channels, world.commands, world.server_commands, rules)
    people, servers, channels, commands, server_commands, rules = copy.deepcopy(small)
    return SavedWorld(
        format="wanvas-sandbox",
        version=1,
        saved_at=world.clock.now(),
        ahead_s=world.clock.ahead_s,
        sequence=world.sequence,
        link_secret=world.link_secret,
        bot_id=world.bot_id,
        server_id=world.server_id,
        people=people,
        servers=servers,
        channels=channels,
        messages=[SavedMessage(m.body, [file.id for file in m.files], m.reactions) for m in messages],
        files=[_saved_file(file) for file in _named_files(world, messages)],
        commands=commands,
        server_commands=server_commands,
        command_permissions=rules,
        knows_reactions=True,
    )


def _named_files(world: World, messages: list[Message]) -> list[File]:
    """Return the files of these messages, and those that their embeds and forwarded messages link to."""
    linking = [found for m in messages for name in ("embeds", "message_snapshots") if (found := m.body.get(name))]
    ids = {file.id for message in messages for file in message.files} | set(re.findall(r"[0-9]+", json.dumps(linking)))
    return [file for file in world.files.values() if file.id in ids]


def _saved_file(file: File) -> SavedFile:
    size = len(file.data)
    return SavedFile(
        file.id, file.filename, size, file.channel_id, file.description, file.width, file.height, file.about
    )


def restore(world: World, found: SavedWorld, data: Mapping[str, bytes]) -> None:
    """Fill an empty world. *data* are the bytes of the files. Its clock is not before the time of saving."""
    world.clock.advance(found.ahead_s)
    world.clock.advance(max(0.0, (found.saved_at - world.clock.now()).total_seconds()))
    world.sequence, world.link_secret = found.sequence, found.link_secret
    world.bot_id, world.server_id = found.bot_id, found.server_id
    world.people, world.servers, world.channels = found.people, found.servers, found.channels
    world.commands, world.server_commands = found.commands, found.server_commands
    world.command_permissions = {(rules.server, rules.command): rules.rules for rules in found.command_permissions}
    for about in found.files:
        world.files[about.id] = _file(about, data[about.id])
    for message in found.messages:
        restored = Message(message.body, [world.files[name] for name in message.files], reactions=message.reactions)
        world.messages[restored.id] = restored
    _name_bot(world)
    if not found.knows_reactions:
        _allow_reactions(world)


def _allow_reactions(world: World) -> None:
    """Allow reactions to every role that may post, as a new world does."""
    for server in world.servers.values():
        for role in server.roles.values():
            if permissions.has(role.permissions, "SEND_MESSAGES"):
                role.permissions |= permissions.bits(("ADD_REACTIONS",))


def _file(about: SavedFile, data: bytes) -> File:
    file = File(about.id, about.filename, data, about.channel_id, ephemeral=False, description=about.description)
    file.width, file.height, file.about = about.width, about.height, about.about
    return file


def _name_bot(world: World) -> None:
    """Give the bot's roles its name, which may be another one than in the last run."""
    for server in world.servers.values():
        for role in server.roles.values():
            if role.managed:
                role.name = world.bot_name


def check_views(world: World) -> None:
    """Write each message, and what each person sees. What is damaged raises Damaged, or an error of its type."""
    for message in world.messages.values():
        if missing := {"author", "content", "flags", "timestamp", "type"} - world.message_json(message).keys():
            raise Damaged(f"the message {int(message.id)} has no {min(missing)}")
    for person in world.people.values():
        views.page(world, person, ready=False, shown=views.Shown(""))


def check(found: SavedWorld) -> None:
    """Raise Damaged for a part with two ids, or one that names a part that is not there.

    KeyError for a message without a channel.
    """
    for part in (found.people, found.servers, found.channels):
        if wrong := [name for name, record in part.items() if record.id != name]:
            raise Damaged(f"{min(wrong)} has another id in itself")
    people, channels, files = {*found.people, found.bot_id}, set(found.channels), {file.id for file in found.files}
    named = {
        "server": ({found.server_id} | {c.server_id for c in found.channels.values() if c.server_id}, found.servers),
        "member": ({user for server in found.servers.values() for user in server.members}, people),
        "owner": ({server.owner_id for server in found.servers.values()}, people),
        "channel": ({str(message.body["channel_id"]) for message in found.messages}, channels),
        "parent": ({c.parent_id for c in found.channels.values() if c.parent_id}, channels),
        "reactor": ({user for m in found.messages for users in m.reactions.values() for user in users}, people),
        "file": ({file_id for message in found.messages for file_id in message.files}, files),
    }
    for kind, (ids, known) in named.items():
        if missing := ids - set(known):
            raise Damaged(f"the {kind} {min(missing)} is missing")
