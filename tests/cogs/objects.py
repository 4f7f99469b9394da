"""Build objects of discord.py from payloads, and records of the bot, with everyday contents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zlib import crc32

import discord

from imagegen.address import Address
from imagegen.image_request import AspectRatio, ImageRequest
from imagegen.model import Call, Job, Requester, ResultImage, Scope
from imagegen.reports import QueueEntry
from imagegen.states import State

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLIENT = discord.Client(intents=discord.Intents.none())
USER: Any = {"id": "5", "username": "ana", "discriminator": "0", "avatar": None}
BOT: Any = {**USER, "id": "8"}
CHANNEL = {"id": "2", "type": 0, "name": "harbor", "position": 0, "permission_overwrites": [], "parent_id": None}
MEMBER = {
    "user": USER, "roles": [], "flags": 0, "joined_at": NOON.isoformat(), "permissions": "0", "deaf": False,
    "mute": False,
}  # fmt: skip
IN_SERVER = {
    "guild_id": "1", "guild": {"id": "1", "locale": "en-US", "features": []}, "context": 0, "member": MEMBER,
    "authorizing_integration_owners": {"0": "1"},
}  # fmt: skip
USER_INSTALL = {**IN_SERVER, "authorizing_integration_owners": {"1": "5"}}
IN_GROUP = {"user": USER, "context": 2, "authorizing_integration_owners": {"1": "5"}}
IN_DIRECT = {"user": USER, "context": 1, "authorizing_integration_owners": {"0": "0"}}
CLIENT._connection.user = discord.ClientUser(state=CLIENT._connection, data=BOT)


def a_job(prompt: str = "a lighthouse", *, count: int = 1, **more: Any) -> Job:
    """Return a generated job of user 5 in server 1; *more* replaces fields."""
    request = ImageRequest(prompt, count=count, seed=7, aspect_ratio=AspectRatio.SQUARE)
    fields: dict[str, Any] = {
        "id": 42, "key": "i:1", "state": State.GENERATED, "requester": Requester(5, Scope(1)), "request": request,
        "address": Address(), "model": "wan2.6-t2i", "call": Call.SYNC,
        "input_count": 0, "attempts": 0, "epoch": 0, "requested_at": NOON,
    }  # fmt: skip
    return Job(**{**fields, **more})


def an_entry(position: int, eta_s: int | None = None, **more: Any) -> QueueEntry:
    """Return the queue entry of ``a_job``; *more* replaces fields."""
    return QueueEntry(42, more.pop("state", State.QUEUED), NOON, position, eta_s, **more)


def an_image(size: int = 10, extension: str = "png") -> ResultImage:
    """Return a result of *size* bytes."""
    return ResultImage(bytes(size), extension, 1280, 720)


def a_file(name: str, kind: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the payload of an attachment; *more* replaces fields."""
    url = f"https://cdn.discordapp.com/attachments/1/2/{name}?ex=1"
    own_id = str(crc32(name.encode("utf-8", "surrogatepass")))
    fields = {"id": own_id, "filename": name, "size": 77, "url": url, "proxy_url": url}
    return {**fields, **({} if kind is None else {"content_type": kind}), **more}


def a_media(name: str, kind: str = "image/png") -> dict[str, Any]:
    """Return the payload of an image in a component or an embed."""
    proxy = f"https://media.discordapp.net/{name}"
    return {"url": f"https://example.org/{name}", "proxy_url": proxy, "content_type": kind}


def a_message(**more: Any) -> discord.Message:
    """Return a direct message by user 5 in channel 2; *more* replaces fields."""
    payload: Any = {
        "id": "3", "type": 0, "channel_id": "2", "author": USER, "content": "", "attachments": [], "embeds": [],
        "mentions": [], "mention_roles": [], "mention_everyone": False, "pinned": False, "tts": False,
        "timestamp": NOON.isoformat(), "edited_timestamp": None, "components": [], **more,
    }  # fmt: skip
    return discord.Message(state=CLIENT._connection, channel=CLIENT.get_partial_messageable(2), data=payload)


def an_interaction(where: dict[str, Any] = IN_SERVER) -> discord.Interaction[Any]:
    """Return a slash command by user 5 in channel 2."""
    payload: Any = {
        "id": str(discord.utils.time_snowflake(NOON)), "application_id": "8", "type": 2, "token": "t0ken", "version": 1,
        "data": {"id": "6", "name": "imagine", "type": 1}, "channel_id": "2", "channel": CHANNEL, "locale": "de",
        "app_permissions": str(discord.Permissions.all().value), "entitlements": [],
        "attachment_size_limit": 10_485_760, **where,
    }  # fmt: skip
    return discord.Interaction(data=payload, state=CLIENT._connection)
