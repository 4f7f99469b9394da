"""What there is in the local Discord: one record a noun. No rules, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

EPHEMERAL, LOADING = 1 << 6, 1 << 7
# https://discord.com/developers/docs/resources/channel#channel-object-channel-types (2026-11-24)
TEXT, DM, GROUP_DM, THREAD, PRIVATE_THREAD, FORUM = 0, 1, 3, 11, 12, 15


@dataclass
class Person:
    """*installed*: has the app for themselves, everywhere. *dm_open*: takes direct messages from the bot."""

    id: str
    name: str
    locale: str = "en-US"
    manager: bool = False
    installed: bool = False
    dm_open: bool = True


@dataclass
class Role:
    id: str
    name: str
    permissions: int
    position: int
    managed: bool = False


@dataclass
class Member:
    """*roles* does not name @everyone, as in Discord."""

    roles: list[str]
    joined_at: str


@dataclass
class Overwrite:
    """What a channel takes from, or gives to, a role (*kind* 0) or a person (1)."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass
class Server:
    """A guild. Its @everyone role has the server's own id. Without the bot it is known by user installs only."""

    id: str
    name: str
    owner_id: str
    locale: str = "en-US"
    with_bot: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def server_id(self) -> str:
        return self.id


@dataclass
class Channel:
    """A channel or thread of a server, a direct message of the bot's with *recipient*, or *people*'s own.

    A private thread is for its *members*, and for who may manage threads.
    """

    id: str
    name: str
    server_id: str | None
    recipient: str | None = None
    kind: int = TEXT
    parent_id: str | None = None
    nsfw: bool = False
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    members: frozenset[str] = frozenset()
    owner_id: str | None = None
    archived: bool = False
    locked: bool = False
    created_at: str = ""

    @property
    def is_thread(self) -> bool:
        return self.kind in (THREAD, PRIVATE_THREAD)


@dataclass
class File:
    id: str
    filename: str
    data: bytes
    channel_id: str
    ephemeral: bool
    description: str | None = None
    width: int | None = None
    height: int | None = None
    about: Json = field(default_factory=dict)  # of a voice message, how long it is and how it looks


@dataclass
class Message:
    """*body* is Discord's message object, its attachments and media signed anew at each look."""

    body: Json
    files: list[File]
    ephemeral_for: str | None = None

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def channel_id(self) -> str:
        return str(self.body["channel_id"])

    @property
    def author_id(self) -> str:
        return str(self.body["author"]["id"])


@dataclass
class Interaction:
    id: str
    token: str
    payload: Json
    person_id: str
    channel_id: str
    created_s: float
    acknowledged_ms: int | None = None
    callback_type: int | None = None
    original_id: str | None = None
    followups: list[str] = field(default_factory=list)
    opened_by: str | None = None  # the interaction whose modal was submitted
    choices: list[Json] | None = None  # what an autocompletion was answered with

    @property
    def by_user_install_only(self) -> bool:
        """Only the person's own install stands for it: the bot is a guest there."""
        return set(self.payload["authorizing_integration_owners"]) == {"1"}


@dataclass
class Modal:
    """A modal that is open at a person."""

    id: str
    person_id: str
    channel_id: str
    body: Json
    message_id: str | None
    by: str  # the interaction that it answered
