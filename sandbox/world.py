"""The state of the local Discord: servers, people, channels, messages, files, interactions. No I/O.

REST answers and gateway events are both made from here, so that they cannot disagree.
"""

from __future__ import annotations

import copy
import hashlib
import io
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PIL import Image

from sandbox.clock import Clock

Json = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
EPHEMERAL, LOADING = 1 << 6, 1 << 7
LINK_LIVES_S = 24 * 3600
PERMISSIONS = {
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
}
EVERYTHING = sum(PERMISSIONS.values())


@dataclass
class Person:
    id: str
    name: str
    locale: str = "en-US"
    manager: bool = False


@dataclass
class Channel:
    """A channel of a server, or a direct message with *recipient*."""

    id: str
    name: str
    server_id: str | None
    recipient: str | None = None
    denied: set[str] = field(default_factory=set)  # what the bot may not do here

    @property
    def permissions(self) -> int:
        return EVERYTHING & ~sum(PERMISSIONS[name] for name in self.denied)


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
    born_s: float
    acknowledged_ms: int | None = None
    callback_type: int | None = None
    original_id: str | None = None
    followups: list[str] = field(default_factory=list)


@dataclass
class Modal:
    """A modal that is open at a person."""

    id: str
    person_id: str
    channel_id: str
    body: Json
    message_id: str | None


class World:
    """Everything there is. *on_event* is told each gateway event as (name, body, channel or None)."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.cdn = ""
        self.revision = 0
        self.on_event: list[Callable[[str, Json, Channel | None], None]] = []
        self.on_change: list[Callable[[], None]] = []
        self.message_content = True
        self.upload_limit = 10 * 1024 * 1024
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        self.files: dict[str, File] = {}
        self.uploads: dict[str, tuple[str, bytes]] = {}
        self.interactions: dict[str, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        self.modals: dict[str, Modal] = {}
        self.commands: list[Json] = []
        self._sequence = 0
        self._secret = secrets.token_hex(8)
        self.bot_id = self.snowflake()
        self.server_id = self.snowflake()
        for name in ("Ana", "Bo"):
            self.add_person(name, manager=name == "Ana")
        for name in ("harbour", "studio", "quiet"):
            self.add_channel(name)

    def snowflake(self) -> str:
        """A new id, whose upper bits are its time: https://discord.com/developers/docs/reference#snowflakes."""
        self._sequence += 1
        ms = int(self.clock.now().timestamp() * 1000) - DISCORD_EPOCH_MS
        return str((ms << 22) | (self._sequence & 0x3FFFFF))

    def changed(self) -> None:
        self.revision += 1
        for tell in self.on_change:
            tell()

    def emit(self, name: str, body: Json, channel: Channel | None) -> None:
        self.changed()
        for tell in self.on_event:
            tell(name, body, channel)

    def add_person(self, name: str, *, locale: str = "en-US", manager: bool = False) -> Person:
        person = Person(self.snowflake(), name, locale, manager)
        self.people[person.id] = person
        return person

    def add_channel(self, name: str, denied: Iterable[str] = ()) -> Channel:
        channel = Channel(self.snowflake(), name, self.server_id, denied=set(denied))
        self.channels[channel.id] = channel
        if self.on_event:
            self.emit("CHANNEL_CREATE", self.channel_json(channel), channel)
        return channel

    def dm_with(self, person_id: str) -> Channel:
        """The direct messages between the bot and a person."""
        found = next((channel for channel in self.channels.values() if channel.recipient == person_id), None)
        if found is None:
            found = Channel(self.snowflake(), "dm", None, recipient=person_id)
            self.channels[found.id] = found
        return found

    def user_json(self, user_id: str) -> Json:
        bot = user_id == self.bot_id
        name = "Wanvas" if bot else self.people[user_id].name
        user: Json = {
            "id": user_id,
            "username": name.lower(),
            "global_name": name,
            "discriminator": "0",
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
            "bot": bot,
        }
        return {**user, "banner": None, "accent_color": None, "avatar_decoration_data": None, "primary_guild": None}

    def member_json(self, user_id: str) -> Json:
        manages = user_id in self.people and self.people[user_id].manager
        return {
            "user": self.user_json(user_id),
            "nick": None,
            "avatar": None,
            "roles": [],
            "joined_at": self.clock.now().isoformat(),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": None,
            "permissions": str(EVERYTHING if manages else EVERYTHING & ~PERMISSIONS["MANAGE_MESSAGES"]),
        }

    def channel_json(self, channel: Channel) -> Json:
        if channel.server_id is None:
            recipients = [self.user_json(str(channel.recipient))]
            return {"id": channel.id, "type": 1, "last_message_id": None, "flags": 0, "recipients": recipients}
        overwrites = []
        if channel.denied:
            denied = str(EVERYTHING & ~channel.permissions)
            overwrites.append({"id": self.bot_id, "type": 1, "allow": "0", "deny": denied})
        return {
            "id": channel.id,
            "type": 0,
            "guild_id": channel.server_id,
            "name": channel.name,
            "position": list(self.channels).index(channel.id),
            "permission_overwrites": overwrites,
            "nsfw": False,
            "parent_id": None,
            "topic": None,
            "rate_limit_per_user": 0,
            "last_message_id": None,
            "flags": 0,
        }

    def server_json(self) -> Json:
        everyone = {
            "id": self.server_id, "name": "@everyone", "color": 0, "hoist": False, "position": 0,
            "permissions": str(EVERYTHING & ~PERMISSIONS["MANAGE_MESSAGES"]), "managed": False, "mentionable": False,
            "flags": 0,
        }  # fmt: skip
        channels = [self.channel_json(channel) for channel in self.channels.values() if channel.server_id]
        return {
            "id": self.server_id, "name": "The Lighthouse", "icon": None, "owner_id": next(iter(self.people)),
            "roles": [everyone], "emojis": [], "stickers": [], "features": [], "verification_level": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0, "system_channel_flags": 0,
            "premium_tier": 0, "preferred_locale": "en-US", "nsfw_level": 0, "afk_timeout": 300,
            "premium_progress_bar_enabled": False, "joined_at": self.clock.now().isoformat(), "large": False,
            "unavailable": False, "member_count": len(self.people) + 1, "members": [self.member_json(self.bot_id)],
            "channels": channels, "threads": [], "voice_states": [], "presences": [], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [],
        }  # fmt: skip

    def add_file(
        self, filename: str, data: bytes, channel_id: str, *, ephemeral: bool, description: str | None
    ) -> File:
        file = File(self.snowflake(), filename, data, channel_id, ephemeral, description)
        try:
            with Image.open(io.BytesIO(data)) as image:
                file.width, file.height = image.size
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            file.width = file.height = None  # no picture: Discord gives no sides then
        self.files[file.id] = file
        return file

    def file_json(self, file: File) -> Json:
        url = self.signed(file)
        kinds = {
            "png": "image/png",
            "jpg": "image/jpeg",
            "jpeg": "image/jpeg",
            "gif": "image/gif",
            "webp": "image/webp",
        }
        found: Json = {
            "id": file.id,
            "filename": file.filename,
            "size": len(file.data),
            "url": url,
            "proxy_url": url,
            "content_type": kinds.get(file.filename.rpartition(".")[2].lower(), "application/octet-stream"),
            "width": file.width,
            "height": file.height,
        }
        if file.description:
            found["description"] = file.description
        if file.ephemeral:
            found["ephemeral"] = True
        return found

    def signed(self, file: File) -> str:
        kind = "ephemeral-attachments" if file.ephemeral else "attachments"
        path = f"/{kind}/{file.channel_id}/{file.id}/{file.filename}"
        born = int(self.clock.now().timestamp())
        expires = f"{born + LINK_LIVES_S:x}"
        return f"{self.cdn}{path}?ex={expires}&is={born:x}&hm={self.signature(path, expires)}"

    def signature(self, path: str, expires: str) -> str:
        return hashlib.sha256(f"{self._secret}{path}{expires}".encode()).hexdigest()

    def message_json(self, message: Message) -> Json:
        """The whole message, its links signed anew."""
        body = copy.deepcopy(message.body)
        links = {file.id: self.file_json(file) for file in message.files}
        body["attachments"] = [links[found["id"]] for found in body["attachments"]]
        for item in _media(body["components"]):
            if (found := links.get(str(item.get("attachment_id")))) is not None:
                item["url"] = item["proxy_url"] = found["url"]
        reference = body.pop("_replies_to", None)
        if reference is not None:
            there = self.messages.get(reference)
            body["referenced_message"] = None if there is None else self.message_json(there)
            if there is not None:
                body["referenced_message"].pop("referenced_message", None)  # one level, no more
        return body

    def now_text(self) -> str:
        at: datetime = self.clock.now()
        return at.isoformat()


def _media(value: Any) -> Iterable[Json]:
    if isinstance(value, dict):
        if "attachment_id" in value:
            yield value
        for inner in value.values():
            yield from _media(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _media(inner)
