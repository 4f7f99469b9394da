"""Create, edit and delete messages, by the same rules for the bot and for people. No I/O.

https://discord.com/developers/docs/resources/message (2026-11-22)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import permissions
from sandbox.discord import component_defaults, components, errors
from sandbox.discord.components import V2
from sandbox.records import EPHEMERAL, FORUM, LOADING, Channel, Json, Message, Person
from sandbox.world import World

MAX_CONTENT_CHARS = 2000
PINNED = 6  # the type of the message that says that one was pinned
MAX_REQUEST_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file of a request: the *n* of its part ``files[n]``, its name and bytes. *about*: its sender's extra fields."""

    index: str
    filename: str
    data: bytes = field(repr=False)
    about: Json = field(default_factory=dict)


def check_sizes(world: World, author_id: str, uploads: Sequence[Upload]) -> None:
    """Raise if a file is over its author's upload limit, or all files of the bot together are over 25 MiB.

    A person's client sends each file in a request of its own.
    """
    if author_id != world.bot_id:
        if any(len(upload.data) > world.settings.person_upload_limit for upload in uploads):
            raise errors.too_large()
        return
    if any(len(upload.data) > world.settings.upload_limit for upload in uploads):
        raise errors.too_large()
    if sum(len(upload.data) for upload in uploads) > MAX_REQUEST_BYTES:
        raise errors.too_large()


def check_writable(world: World, channel: Channel, author_id: str) -> None:
    """Raise for a forum, a locked archived thread, and a person who takes no direct messages from the bot."""
    if channel.kind == FORUM:
        raise errors.wrong_channel_type()
    locked = channel.archived and channel.locked
    if locked and not permissions.has(world.permission_bits(author_id, channel), "MANAGE_THREADS"):
        raise errors.archived_thread()
    recipient = world.people.get(channel.recipient or "")
    if recipient is not None and author_id == world.bot_id and not _accepts_dm(world, recipient):
        raise errors.closed_dm()


def _accepts_dm(world: World, person: Person) -> bool:
    """Return whether a person allows the bot's messages, and shares a server with it or installed it."""
    shared = any(server.with_bot and person.id in server.members for server in world.servers.values())
    return person.dm_open and (shared or person.installed)


def unarchive(world: World, channel: Channel) -> None:
    """Reopen an archived thread, as Discord does when somebody posts."""
    if channel.archived:
        channel.archived = False
        world.emit_channel_update(channel)


def create(
    world: World,
    channel: Channel,
    author_id: str,
    payload: Json,
    uploads: Sequence[Upload] = (),
    *,
    ephemeral_for: str | None = None,
    **extra: Any,
) -> Message:
    """Post a message. *extra* are fields that its origin adds to the message object."""
    check_sizes(world, author_id, uploads)
    for name, what in (("poll", "polls"), ("sticker_ids", "stickers of bots")):
        if payload.get(name):
            raise errors.invalid(name, "NOT_IMITATED", f"The sandbox has no {what}.")
    flags = int(payload.get("flags") or 0) | (EPHEMERAL if ephemeral_for else 0)
    body = {**_new_body(world, channel, author_id), "flags": flags & ~V2, **extra}
    message = Message(body, [], ephemeral_for)
    _apply(world, message, {**payload, "flags": flags & (V2 | LOADING)}, uploads)
    world.messages[message.id] = message
    _emit(world, "MESSAGE_CREATE", message, channel)
    return message


def _new_body(world: World, channel: Channel, author_id: str) -> Json:
    """Return the message object of an empty message."""
    return {
        "id": world.snowflake(),
        "type": 0,
        "channel_id": channel.id,
        "author": world.user_json(author_id),
        "content": "",
        "timestamp": world.now_text(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
    }


def edit(world: World, message: Message, payload: Json, uploads: Sequence[Upload] = ()) -> None:
    """Change a message. Fields that *payload* leaves out stay; files stay only if it lists them."""
    check_sizes(world, message.author_id, uploads)
    draft = Message(dict(message.body), list(message.files), message.ephemeral_for)
    draft.body["flags"] = int(message.body["flags"]) & ~LOADING
    was_loading = bool(int(message.body["flags"]) & LOADING)
    _apply(world, draft, payload, uploads)
    draft.body["edited_timestamp"] = None if was_loading else world.now_text()
    message.body, message.files = draft.body, draft.files
    _emit(world, "MESSAGE_UPDATE", message, world.channels[message.channel_id])


def delete(world: World, message: Message) -> None:
    """Delete a message. Ephemeral messages cause no event."""
    del world.messages[message.id]
    channel = world.channels[message.channel_id]
    body: Json = {"id": message.id, "channel_id": channel.id}
    if channel.server_id:
        body["guild_id"] = channel.server_id
    mark_changed(world, message)
    if message.ephemeral_for is None:
        world.emit("MESSAGE_DELETE", body, channel)
    world.changed()


def mark_changed(world: World, message: Message) -> None:
    """Count the coming revision as the last change of a message, and of the replies, which show it."""
    message.revision = world.revision + 1
    for reply in world.messages.values():
        if reply.body.get("_replies_to") == message.id:
            reply.revision = world.revision + 1


def delete_many(world: World, channel: Channel, messages: Sequence[Message]) -> None:
    """Delete messages of one channel, with one event for all."""
    for message in messages:
        del world.messages[message.id]
    body: Json = {"ids": [message.id for message in messages], "channel_id": channel.id}
    if channel.server_id:
        body["guild_id"] = channel.server_id
    world.emit("MESSAGE_DELETE_BULK", body, channel)


def emit_update(world: World, message: Message, channel: Channel) -> None:
    """Publish that a message has changed otherwise than by an edit."""
    _emit(world, "MESSAGE_UPDATE", message, channel)


def _emit(world: World, name: str, message: Message, channel: Channel) -> None:
    mark_changed(world, message)
    if message.ephemeral_for is not None:
        world.changed()
        return
    body = world.message_json(message)
    if channel.server_id:
        body["guild_id"] = channel.server_id
        server = world.servers[channel.server_id]
        if message.author_id in world.people and message.author_id in server.members:
            member = world.member_json(message.author_id, server)
            body["member"] = {key: value for key, value in member.items() if key != "user"}
    world.emit(name, body, channel)


def _apply(world: World, message: Message, payload: Json, uploads: Sequence[Upload]) -> None:
    body, flags = message.body, int(message.body["flags"])
    if "flags" in payload:
        if flags & V2 and not int(payload["flags"] or 0) & V2:
            raise errors.invalid("flags", "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", "The flag cannot be removed.")
        flags |= int(payload["flags"] or 0) & (V2 | LOADING)
    body["flags"] = flags
    for name, empty in (("content", ""), ("embeds", []), ("components", [])):
        if name in payload:
            body[name] = payload[name] or empty
    body["embeds"] = [{"type": "rich", **embed} for embed in body["embeds"]]
    _check_content(body)
    _attach(world, message, payload, uploads)
    body["mentions"] = [world.user_json(user_id) for user_id in _mentioned_users(world, body, payload)]
    body["mention_roles"] = _mentioned_roles(world, world.channels[message.channel_id], body, payload)
    has_content = body["content"] or body["embeds"] or body["components"] or message.files
    if not (
        has_content
        or flags & LOADING
        or body["type"] == PINNED
        or body.get("message_snapshots")
        or body.get("sticker_items")
    ):
        raise errors.empty_message()


def _check_content(body: Json) -> None:
    v2 = bool(int(body["flags"]) & V2)
    if components.utf16_length(body["content"]) > MAX_CONTENT_CHARS:
        raise errors.invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_CONTENT_CHARS} or fewer in length.")
    if v2 and (body["content"] or body["embeds"]):
        code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
        raise errors.invalid("content", code, "content and embeds cannot be used with IS_COMPONENTS_V2")
    if not v2:
        components.check_without_v2(body["components"])
    components.check(body["components"])


def _attach(world: World, message: Message, payload: Json, uploads: Sequence[Upload]) -> None:
    """Keep the listed files, add the uploaded ones, and fill in the components and embeds that show them."""
    listed = payload.get("attachments")
    if listed is not None:
        known = {file.id: file for file in message.files}
        kept = [known[str(found["id"])] for found in listed if str(found["id"]) in known]
        message.files = kept
    named = {str(found["id"]): found for found in listed or []}
    for upload in uploads:
        about = named.get(upload.index, {})
        filename = re.sub(r"[^A-Za-z0-9_.-]", "_", about.get("filename") or upload.filename)
        file = world.add_file(
            filename,
            upload.data,
            message.channel_id,
            ephemeral=message.ephemeral_for is not None,
            description=about.get("description"),
        )
        file.about = upload.about
        message.files.append(file)
    by_name = {file.filename: world.file_json(file) for file in message.files}
    used = component_defaults.fill_defaults(message.body["components"], by_name.__getitem__)
    used |= component_defaults.fill_embeds(message.body["embeds"], by_name.__getitem__)
    message.body["attachments"] = [{"id": file.id} for file in message.files if file.id not in used]


def _text_parts(body: Json) -> list[str]:
    return [body["content"], *(part.get("content", "") for _, part in components.walk(body["components"]))]


def _mentioned_roles(world: World, channel: Channel, body: Json, payload: Json) -> list[str]:
    """Return the server's roles that a message mentions, as far as ``allowed_mentions`` permits."""
    known = {} if channel.server_id is None else world.servers[channel.server_id].roles
    ids = dict.fromkeys(found for text in _text_parts(body) for found in re.findall(r"<@&(\d+)>", text))
    allowed = payload.get("allowed_mentions")
    if allowed is not None and "roles" not in (allowed.get("parse") or []):
        ids = dict.fromkeys(found for found in ids if found in {str(role) for role in allowed.get("roles") or []})
    return [found for found in ids if found in known]


def _mentioned_users(world: World, body: Json, payload: Json) -> list[str]:
    allowed = payload.get("allowed_mentions")
    ids = [found for text in _text_parts(body) for found in re.findall(r"<@!?(\d+)>", text)]
    if allowed is not None and "users" not in (allowed.get("parse") or []):
        named = {str(user_id) for user_id in allowed.get("users") or []}
        ids = [found for found in ids if found in named]
    ids += payload.get("_pings") or []
    known = set(world.people) | {world.bot_id}
    return list(dict.fromkeys(found for found in ids if found in known))


def without_content(world: World, body: Json, channel: Channel) -> Json:
    """Return *body* as a session without the message-content intent gets it, and as REST answers without the grant.

    https://discord.com/developers/docs/events/gateway#message-content-intent (2026-11-22)
    """
    if channel.server_id is None:
        return body
    visible = dict(body)
    if body["author"]["id"] != world.bot_id and world.bot_id not in {user["id"] for user in body["mentions"]}:
        visible.update(content="", attachments=[], embeds=[], components=[])
        if "message_snapshots" in visible:
            empty = {"content": "", "attachments": [], "embeds": [], "components": []}
            visible["message_snapshots"] = [
                {"message": {**s["message"], **empty}} for s in visible["message_snapshots"]
            ]
    if visible.get("referenced_message"):
        visible["referenced_message"] = without_content(world, visible["referenced_message"], channel)
    return visible
