"""Which pictures a message carries, in the order in which people see them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import discord

from imagegen.model import PictureLink

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")


def from_attachment(attachment: discord.Attachment) -> PictureLink:
    """A file that was given as a picture; whether it is one is found out when it is read."""
    return PictureLink(attachment.url, attachment.filename, attachment.size)


def from_message(message: discord.Message) -> tuple[PictureLink, ...]:
    """Attachments, Components V2 media, embeds, and the same of what it forwards.

    A message of Components V2 lists no attachments: its files stand in its galleries.
    https://github.com/discord/discord-api-docs/pull/8279 (2026-04)
    """
    owner_id = None if message.author.bot or message.webhook_id else message.author.id
    found = [replace(link, owner_id=link.owner_id or owner_id) for link in _of(message)]
    for snapshot in message.message_snapshots:
        found += _of(snapshot)  # whose it was, Discord does not say
    return tuple(found)


def _owner_of_avatar(url: str) -> int | None:
    """Whose picture of themselves it is. https://discord.com/developers/docs/reference#image-formatting (2026-11-22)"""
    avatar = re.search(r"/(?:avatars|users)/(\d{1,20})/", url)
    return int(avatar[1]) if avatar else None


def job_shown(message: discord.Message) -> int | None:
    """The job whose pictures a message of ours shows, by the names that _cards.py gave them; None where it shows none.

    Only of a message of ours: anybody may name a file so.
    """
    found = (re.search(r"/wanvas-(\d{1,18})-\d{1,2}\.", link.url) for link in _of(message))
    return next((int(match[1]) for match in found if match), None)


def _of(message: discord.Message | discord.MessageSnapshot) -> list[PictureLink]:
    attached = [from_attachment(attachment) for attachment in message.attachments if _claims_picture(attachment)]
    media = [_copy(item.proxy_url or item.url, item.url, "media") for item in _media(message.components)]
    return [*attached, *media, *_embedded(message.embeds)]


def media_of(message: discord.Message) -> Iterator[discord.UnfurledMediaItem]:
    """The pictures that stand in a message's galleries, with the ids of their files."""
    return _media(message.components)


def button_ids(message: discord.Message) -> Iterator[str]:
    """The ids of a message's buttons."""
    return _button_ids(message.components)


def _button_ids(components: Iterable[Any]) -> Iterator[str]:
    for component in components:
        yield from _button_ids(getattr(component, "children", ()))
        if isinstance(component, discord.Button) and component.custom_id:
            yield component.custom_id


def _claims_picture(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or ""
    return kind.startswith("image/") or attachment.filename.lower().endswith(PICTURE_ENDINGS)


def _media(components: Iterable[Any]) -> Iterator[discord.UnfurledMediaItem]:
    for component in components:
        yield from _media(getattr(component, "children", ()))
        if isinstance(component, discord.MediaGalleryComponent):
            yield from (item.media for item in component.items if not _is_film(item.media))
        elif isinstance(component, discord.SectionComponent) and isinstance(
            component.accessory, discord.ThumbnailComponent
        ):
            yield component.accessory.media


def _is_film(media: discord.UnfurledMediaItem) -> bool:
    return (media.content_type or "").startswith("video/")


def _embedded(embeds: Iterable[discord.Embed]) -> Iterator[PictureLink]:
    """The copy that Discord keeps of an embed's picture; the outside address itself is never fetched."""
    for embed in embeds:
        shown = embed.image if embed.image.url else embed.thumbnail
        if shown.proxy_url:
            yield _copy(shown.proxy_url, shown.url or "", "embed")


def _copy(url: str, original: str, name: str) -> PictureLink:
    """Discord's copy of what stands at *original*, which tells whose avatar it is."""
    return PictureLink(url, name, owner_id=_owner_of_avatar(original) or _owner_of_avatar(url))
