"""The nouns of the local Discord, one record each. No rules and no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

EPHEMERAL, LOADING = 1 << 6, 1 << 7
# https://discord.com/developers/docs/resources/channel#channel-object-channel-types (2026-11-24)
TEXT, DM, GROUP_DM, THREAD, PRIVATE_THREAD, FORUM = 0, 1, 3, 11, 12, 15


@dataclass
class DiscordSettings:
    """How the local Discord behaves. *upload_limit* is in bytes; *shards* is what ``/gateway/bot`` recommends.

    *person_upload_limit* is in bytes for each file of a person, as with Nitro Basic:
    https://support.discord.com/hc/en-us/articles/25444343291031-File-Attachments-FAQ (2026-11-29)

    *message_content*: the privileged intent is granted. *member_intents*: so are those for members and presences.
    *gateway_silent*: connections stay open, but carry nothing. *user_install*: the application allows user installs.
    *identify_every_s* is 5 at Discord; 0 saves tests that start many bots the wait. *calls_per_s* counts calls with the
    bot's token:
    https://discord.com/developers/docs/topics/rate-limits#global-rate-limit (2026-11-22)
    """

    message_content: bool = True
    member_intents: bool = False
    upload_limit: int = 10 * 1024 * 1024
    person_upload_limit: int = 50 * 1024 * 1024
    calls_per_s: int = 50
    identify_every_s: float = 0.0
    heartbeat_s: float = 41.25
    gateway_silent: bool = False
    user_install: bool = True
    shards: int = 1


@dataclass
class Person:
    """A user. *installed*: has the app as a user install. *dm_open*: accepts direct messages from the bot."""

    id: str
    name: str
    locale: str = "en-US"
    manager: bool = False
    installed: bool = False
    dm_open: bool = True


@dataclass
class Role:
    """A role of a server. *managed*: it belongs to the bot and goes with the bot."""

    id: str
    name: str
    permissions: int
    position: int
    managed: bool = False


@dataclass
class Member:
    """A user's membership in a server. As in Discord, *roles* leaves @everyone out."""

    roles: list[str]
    joined_at: str


@dataclass
class Overwrite:
    """A channel's permission overwrite, for a role (*kind* 0) or a person (*kind* 1)."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass
class Server:
    """A guild. Its @everyone role has the guild's id. Without the bot, only user installs reach it."""

    id: str
    name: str
    owner_id: str
    locale: str = "en-US"
    is_community: bool = False  # only such a server chooses its locale
    with_bot: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def features(self) -> list[str]:
        """Return the guild features: https://discord.com/developers/docs/resources/guild (2026-11-30)."""
        return ["COMMUNITY"] if self.is_community else []

    @property
    def server_id(self) -> str:
        """Return the own id, so that a server and a channel can both be the target of an event."""
        return self.id


@dataclass
class Channel:
    """A channel or thread of a server, the bot's direct messages with *recipient*, or a group of *people*.

    A private thread is open to its *members* and to those who may manage threads.
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
        """Return whether this is a public or private thread."""
        return self.kind in (THREAD, PRIVATE_THREAD)


@dataclass
class File:
    """A posted file. *width* and *height*, in pixels, are None unless the file is an image."""

    id: str
    filename: str
    data: bytes
    channel_id: str
    ephemeral: bool
    description: str | None = None
    width: int | None = None
    height: int | None = None
    about: Json = field(default_factory=dict)  # of a voice message: its duration and waveform


@dataclass
class Message:
    """A message. *body* is Discord's message object; its links are signed again each time it is read.

    *revision* is the world's revision at the last change of what the message shows. *reactions* has the users by
    emoji, in the order in which they came; it is replaced as a whole.
    """

    body: Json
    files: list[File]
    ephemeral_for: str | None = None
    revision: int = 0
    reactions: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the message's id."""
        return str(self.body["id"])

    @property
    def channel_id(self) -> str:
        """Return the id of the message's channel."""
        return str(self.body["channel_id"])

    @property
    def author_id(self) -> str:
        """Return the id of the message's author."""
        return str(self.body["author"]["id"])


@dataclass
class Interaction:
    """An interaction and the bot's answers to it.

    *created_s* is the clock's elapsed seconds. *tab* names the client that sent it: a modal opens only there.
    """

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
    opened_by: str | None = None  # the interaction that opened the submitted modal
    choices: list[Json] | None = None  # the bot's answer to an autocompletion
    tab: str | None = None

    @property
    def by_user_install_only(self) -> bool:
        """Return whether only the person's user install authorizes it, not the server's."""
        return set(self.payload["authorizing_integration_owners"]) == {"1"}


@dataclass
class Modal:
    """A modal that a person has open. *by* is the id of the interaction that the modal answered.

    *sent* is the id of the newest submission. The modal closes when the bot acknowledges it, and can be sent again if
    the bot does not.
    """

    id: str
    person_id: str
    channel_id: str
    body: Json
    message_id: str | None
    by: str
    sent: str | None = None
