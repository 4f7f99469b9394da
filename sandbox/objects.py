"""Everything that exists in the local Discord, written as Discord's own objects.

REST answers and gateway events are both built here, so that they cannot disagree.
https://discord.com/developers/docs/resources (2026-11-24)
"""

from __future__ import annotations

import hashlib
import mimetypes
import pickle
import secrets
from collections.abc import Iterable
from typing import Any

from sandbox import permissions
from sandbox.clock import Clock
from sandbox.records import (
    FORUM,  # fmt: skip
    GROUP_DM,
    PRIVATE_THREAD,
    Channel,
    DiscordSettings,
    File,
    Interaction,
    Json,
    Message,
    Modal,
    Person,
    Role,
    Server,
)

DISCORD_EPOCH_MS = 1_420_070_400_000
LINK_LIFETIME_S = 24 * 3600
SPOILER = 1 << 3  # https://discord.com/developers/docs/resources/message#attachment-object (2026-11-24)


class Objects:
    """All records of the local Discord, its settings, and the JSON of each record."""

    def __init__(self, clock: Clock, bot_name: str) -> None:
        self.clock, self.bot_name = clock, bot_name
        self.cdn = ""
        self.settings = DiscordSettings()
        self.people: dict[str, Person] = {}
        self.servers: dict[str, Server] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        self.files: dict[str, File] = {}
        self.uploads: dict[str, tuple[str, bytes]] = {}
        self.interactions: dict[str, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        self.modals: dict[str, Modal] = {}
        self.commands: list[Json] = []
        self.server_commands: dict[str, list[Json]] = {}
        self.command_permissions: dict[tuple[str, str], list[Json]] = {}  # by server and command
        self.sequence = 0  # of ids
        self.link_secret = secrets.token_hex(8)
        self.bot_id = self.snowflake()

    def snowflake(self) -> str:
        """Return a new id, whose upper bits are its time.

        https://discord.com/developers/docs/reference#snowflakes
        """
        self.sequence += 1
        ms = int(self.clock.now().timestamp() * 1000) - DISCORD_EPOCH_MS
        return str((ms << 22) | (self.sequence & 0x3FFFFF))

    def now_text(self) -> str:
        """Return the clock's time as Discord writes timestamps (ISO 8601)."""
        return self.clock.now().isoformat()

    def permission_bits(self, user_id: str, channel: Channel) -> int:
        """Return the permission bits that a person or the bot has in a channel; 0 if they are not in it."""
        if channel.server_id is None:
            participants = (*channel.people, *((channel.recipient, self.bot_id) if channel.recipient else ()))
            return permissions.DIRECT if user_id in participants else 0
        server, parent = self.servers[channel.server_id], self.channels.get(channel.parent_id or "")
        granted = permissions.in_channel(server, user_id, parent if channel.is_thread and parent else channel)
        private = channel.kind == PRIVATE_THREAD and user_id not in channel.members
        return 0 if private and not permissions.has(granted, "MANAGE_THREADS") else granted

    def sees(self, user_id: str, channel: Channel) -> bool:
        """Return whether a person or the bot has View Channel here."""
        return permissions.has(self.permission_bits(user_id, channel), "VIEW_CHANNEL")

    def user_json(self, user_id: str) -> Json:
        """Return a user object. KeyError for an id that is neither a person's nor the bot's."""
        bot = user_id == self.bot_id
        name = self.bot_name if bot else self.people[user_id].name
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

    def member_json(self, user_id: str, server: Server) -> Json:
        """Return a guild member object. KeyError if the user is not a member."""
        member = server.members[user_id]
        return {
            "user": self.user_json(user_id),
            "nick": None,
            "avatar": None,
            "banner": None,
            "roles": list(member.roles),
            "joined_at": member.joined_at,
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": None,
        }

    def role_json(self, role: Role) -> Json:
        """Return a role object. The bot's managed role carries the tag ``bot_id``."""
        colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        return {
            "id": role.id, "name": role.name, "permissions": str(role.permissions), "position": role.position,
            "color": 0, "colors": colors, "hoist": False, "managed": role.managed, "mentionable": False,
            "icon": None, "unicode_emoji": None, "flags": 0,
            **({"tags": {"bot_id": self.bot_id}} if role.managed else {}),
        }  # fmt: skip

    def channel_json(self, channel: Channel) -> Json:
        """Return a channel object, shaped by the channel's type."""
        common: Json = {"id": channel.id, "type": channel.kind, "last_message_id": None, "flags": 0}
        if channel.server_id is None:
            return {**common, **self._direct(channel)}
        common |= {"guild_id": channel.server_id, "name": channel.name, "rate_limit_per_user": 0}
        if channel.is_thread:
            return {**common, **self._thread(channel)}
        body = {
            **common,
            "position": list(self.channels).index(channel.id),
            "permission_overwrites": [
                {"id": target, "type": found.kind, "allow": str(found.allow), "deny": str(found.deny)}
                for target, found in channel.overwrites.items()
            ],
            "nsfw": channel.nsfw,
            "parent_id": channel.parent_id,
            "topic": None,
        }
        if channel.kind == FORUM:
            body |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
        return body

    def _direct(self, channel: Channel) -> Json:
        people = [channel.recipient] if channel.recipient else channel.people
        body: Json = {"recipients": [self.user_json(str(person)) for person in people]}
        if channel.kind == GROUP_DM:
            body |= {"name": channel.name or None, "icon": None, "owner_id": channel.owner_id}
        return body

    def count_messages(self, channel: Channel) -> int:
        """Return how many messages a channel has."""
        return sum(message.channel_id == channel.id for message in self.messages.values())

    def _thread(self, channel: Channel) -> Json:
        count = self.count_messages(channel)
        about = {
            "archived": channel.archived, "locked": channel.locked, "auto_archive_duration": 1440,
            "archive_timestamp": channel.created_at, "create_timestamp": channel.created_at,
        }  # fmt: skip
        return {
            "parent_id": channel.parent_id, "owner_id": channel.owner_id, "thread_metadata": about,
            "message_count": count, "member_count": 1, "total_message_sent": count, "applied_tags": [],
        }  # fmt: skip

    def channels_of(self, server: Server, *, threads: bool = False) -> list[Channel]:
        """Return a server's channels, or with *threads* its threads instead."""
        return [c for c in self.channels.values() if c.server_id == server.id and c.is_thread == threads]

    def guild_json(self, server: Server) -> Json:
        """Return a guild as REST answers it: https://discord.com/developers/docs/resources/guild (2026-11-24)."""
        unset = (
            "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
            "afk_channel_id", "system_channel_id", "widget_channel_id", "vanity_url_code", "rules_channel_id",
            "safety_alerts_channel_id", "public_updates_channel_id", "max_presences", "incidents_data",
        )  # fmt: skip
        return {
            **dict.fromkeys(unset), "id": server.id, "name": server.name, "owner_id": server.owner_id,
            "features": server.features, "region": "deprecated", "afk_timeout": 300, "system_channel_flags": 0,
            "widget_enabled": False, "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0,
            "explicit_content_filter": 0, "max_members": 500_000, "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25, "premium_tier": 0, "premium_subscription_count": 0,
            "preferred_locale": server.locale, "premium_progress_bar_enabled": False, "nsfw": False, "nsfw_level": 0,
            "emojis": [], "stickers": [], "roles": [self.role_json(role) for role in server.roles.values()],
        }  # fmt: skip

    def server_json(self, server: Server) -> Json:
        """Return a guild object as GUILD_CREATE carries it.

        It holds the channels, the open threads that the bot can see, and the bot as the only member.
        """
        seen = [c for c in self.channels_of(server, threads=True) if not c.archived and self.sees(self.bot_id, c)]
        return {
            **self.guild_json(server), "joined_at": server.members[self.bot_id].joined_at, "large": False,
            "unavailable": False, "member_count": len(server.members),
            "members": [self.member_json(self.bot_id, server)],
            "channels": [self.channel_json(channel) for channel in self.channels_of(server)],
            "threads": [self.channel_json(thread) for thread in seen],
            "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }  # fmt: skip

    def file_json(self, file: File) -> Json:
        """Return an attachment object, with a link that is signed now."""
        url = self.signed_url(file)
        found: Json = {
            "id": file.id,
            "filename": file.filename,
            "size": len(file.data),
            "url": url,
            "proxy_url": url,
            "content_type": mimetypes.guess_type(file.filename)[0] or "application/octet-stream",
        }
        if file.width:
            found |= {"width": file.width, "height": file.height}
        if file.description:
            found["description"] = file.description
        if file.ephemeral:
            found["ephemeral"] = True
        if file.filename.startswith("SPOILER_"):
            found["flags"] = SPOILER
        return {**found, **file.about}

    def signed_url(self, file: File) -> str:
        """Return a CDN link that expires after 24 hours by the sandbox's clock."""
        kind = "ephemeral-attachments" if file.ephemeral else "attachments"
        path = f"/{kind}/{file.channel_id}/{file.id}/{file.filename}"
        created = int(self.clock.now().timestamp())
        expires = f"{created + LINK_LIFETIME_S:x}"
        return f"{self.cdn}{path}?ex={expires}&is={created:x}&hm={self.signature(path, expires)}"

    def signature(self, path: str, expires: str) -> str:
        """Return the ``hm`` parameter of a CDN link: a link with another path or expiry does not match it."""
        return hashlib.sha256(f"{self.link_secret}{path}{expires}".encode()).hexdigest()

    def message_json(self, message: Message, viewer_id: str = "") -> Json:
        """Return a message object, with every link signed now, as the client of *viewer_id* gets it, or the bot."""
        body: Json = pickle.loads(pickle.dumps(message.body))  # noqa: S301  # a copy; copy.deepcopy takes five times as long
        links = {file.id: self.file_json(file) for file in message.files}
        body["attachments"] = [links[found["id"]] for found in body["attachments"]]
        for item in _media([body["components"], body["embeds"]]):
            if (found := links.get(str(item.get("attachment_id")))) is not None:
                item["url"] = item["proxy_url"] = found["url"]
        for item in _media(body["embeds"]):
            del item["attachment_id"]  # Discord sends it with components alone
        if message.reactions:
            body["reactions"] = _reactions(message, viewer_id or self.bot_id)
        body.pop("_pinned_at", None)
        reference = body.pop("_replies_to", None)
        if reference is not None:
            original = self.messages.get(reference)
            body["referenced_message"] = None if original is None else self.message_json(original, viewer_id)
            if original is not None:
                for name in ("referenced_message", "reactions"):  # Discord nests one level, without reactions
                    body["referenced_message"].pop(name, None)
        return body


def _reactions(message: Message, viewer_id: str) -> list[Json]:
    """Return reaction objects: https://discord.com/developers/docs/resources/message#reaction-object (2026-11-29)."""
    return [
        {"emoji": {"id": None, "name": name}, "count": len(users), "count_details": {"burst": 0, "normal": len(users)},
         "me": viewer_id in users, "me_burst": False, "burst_colors": []}
        for name, users in message.reactions.items()
    ]  # fmt: skip


def _media(value: Any) -> Iterable[Json]:
    """Yield each media item that shows an attachment."""
    if isinstance(value, dict):
        if "attachment_id" in value:
            yield value
        for inner in value.values():
            yield from _media(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _media(inner)
