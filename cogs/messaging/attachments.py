"""Which images a message carries, in the order in which people see them."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import discord

from cogs.ui.ids import result_in
from imagegen.model import ImageLink
from imagegen.policy.validation import clean_text, without_spoiler_marks

IMAGE_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif",
)  # fmt: skip
UNKNOWN = ("", "application/octet-stream")  # what Discord says of a file of which it knows nothing
# https://discord.com/developers/docs/reference#image-formatting (2026-11-25): also what a proxy shows of them.
_AVATAR = re.compile(
    r"https://(?:(?:cdn\.discordapp\.com|media\.discordapp\.net)/"
    r"|images-ext-\d+\.discordapp\.net/external/[\w-]+/(?:[^/]*/)?https/(?:cdn\.discordapp\.com|media\.discordapp\.net)/)"
    r"(?:avatars/|guilds/\d{1,20}/users/)(\d{1,20})/"
)
_FILE_ID = re.compile(r"/attachments/\d{1,20}/(\d{1,20})/")


Links = tuple[ImageLink, ...]


@dataclass(frozen=True)
class _Seen:
    """An image as a message shows it. *file_id* tells it from another one; None where it is no file of Discord's."""

    link: ImageLink
    file_id: int | None = None


def from_attachment(attachment: discord.Attachment, owner_id: int | None = None) -> ImageLink:
    """A file that was given as an image; whether it is one is found out when it is read."""
    return ImageLink(
        clean_text(attachment.url),
        clean_text(attachment.filename),
        attachment.size,
        owner_id=owner_id,
        spoiler=attachment.is_spoiler(),
        claimed_type=attachment.content_type or "",
    )


def from_message(message: discord.Message, *, given: bool = False, source_id: int | None = None) -> Links:
    """Attachments, stickers, Components V2 media, embeds, and the same of what it forwards.

    Files that are known to be something else are left out, unless *given*: a message shows them beside its images,
    but who asks for something gives each of them. *source_id*: who posted what it forwards, where that is known. A
    message of Components V2 lists no attachments: its files stand in its galleries.
    https://github.com/discord/discord-api-docs/pull/8279 (2026-04)
    """
    found = [_of_poster(link, poster_of(message)) for link in _of(message, given=given)]
    for snapshot in message.message_snapshots:
        found += [_of_poster(link, source_id) for link in _of(snapshot, given=given)]
    return tuple(found)


def poster_of(message: discord.Message) -> int | None:
    """The person who posted *message*; None for a bot, and for a webhook."""
    return None if message.author.bot or message.webhook_id else message.author.id


def _of_poster(link: ImageLink, poster_id: int | None) -> ImageLink:
    if link.owner_id is None:
        return replace(link, owner_id=poster_id)
    return link if link.owner_id == poster_id else replace(link, posted_by=poster_id)


def links_shown(message: discord.Message) -> Iterator[str]:
    """The outside links of *message* whose images Discord shows beneath it."""
    for embed in message.embeds:
        if _shown(embed).proxy_url:
            yield from (url for url in (embed.url, _shown(embed).url) if url)


def _owner_of_avatar(url: str) -> int | None:
    """Whose image of themselves it is. Anybody may name the paths of their own host so: only Discord's tell."""
    avatar = _AVATAR.match(url)
    return int(avatar[1]) if avatar else None


def job_shown(message: discord.Message) -> int | None:
    """Return the job whose results a message of the bot shows, by their file names, or None.

    Read only the bot's own messages: anyone can name a file like this.
    """
    found = (result_in(link.url) for link in _of(message, given=False))
    return next((job_id for job_id, *_ in filter(None, found)), None)


def _of(message: discord.Message | discord.MessageSnapshot, *, given: bool) -> list[ImageLink]:
    attached = [_Seen(from_attachment(file), file.id) for file in message.attachments if given or _may_be_image(file)]
    media = [_of_media(media, spoiler) for media, spoiler in _media(message.components)]
    return [seen.link for seen in _once([*attached, *media, *_stuck(message), *_embedded(message)])]


def _once(found: Iterable[_Seen]) -> list[_Seen]:
    """Each image once: a file may be listed and shown in a gallery too. It is hidden where one of the two is."""
    kept: dict[object, _Seen] = {}
    for seen in found:
        key = seen.file_id or seen.link.url
        hidden = seen.link.spoiler or (key in kept and kept[key].link.spoiler)
        first = kept.get(key, seen)
        kept[key] = replace(first, link=replace(first.link, spoiler=hidden))
    return list(kept.values())


def _of_media(media: discord.UnfurledMediaItem, spoiler: bool) -> _Seen:
    link = replace(_copy(media.proxy_url or media.url, media.url, "media"), spoiler=spoiler)
    path = urlsplit(link.url).path
    named = _FILE_ID.search(path)
    file_id = media.attachment_id or (int(named[1]) if named else None)
    return _Seen(replace(link, spoiler=spoiler or "/SPOILER_" in path), file_id)


def media_of(message: discord.Message) -> Iterator[discord.UnfurledMediaItem]:
    """The images that stand in a message's galleries, with the ids of their files."""
    return (media for media, _ in _media(message.components))


def button_ids(message: discord.Message) -> Iterator[str]:
    """The ids of a message's buttons."""
    return _button_ids(message.components)


def _button_ids(components: Iterable[Any]) -> Iterator[str]:
    for component in components:
        yield from _button_ids(getattr(component, "children", ()))
        if isinstance(component, discord.Button) and component.custom_id:
            yield component.custom_id


def _may_be_image(attachment: discord.Attachment) -> bool:
    """Whether a file is an image, or is not known to be anything else: Discord's word on a file's kind may be missing.

    https://github.com/discord/discord-api-docs/issues/6785 (2026-11-25)
    """
    name = attachment.filename.lower()
    kind = attachment.content_type or mimetypes.guess_type(name)[0] or ""
    if kind in UNKNOWN:
        kind = mimetypes.guess_type(name)[0] or ""
    return kind in UNKNOWN or kind.startswith("image/") or name.endswith(IMAGE_ENDINGS)


def _media(components: Iterable[Any], hidden: bool = False) -> Iterator[tuple[discord.UnfurledMediaItem, bool]]:
    """Each image of *components*, and whether it, or what it stands in, is hidden until it is clicked."""
    for component in components:
        veiled = hidden or bool(getattr(component, "spoiler", False))
        yield from _media(getattr(component, "children", ()), veiled)
        if isinstance(component, discord.MediaGalleryComponent):
            items = (item for item in component.items if not _is_film(item.media))
            yield from ((item.media, veiled or item.spoiler) for item in items)
        elif isinstance(component, discord.SectionComponent) and isinstance(
            component.accessory, discord.ThumbnailComponent
        ):
            yield component.accessory.media, veiled or component.accessory.spoiler
        elif isinstance(component, discord.FileComponent) and (component.media.content_type or "").startswith("image/"):
            yield component.media, veiled


def _is_film(media: discord.UnfurledMediaItem) -> bool:
    return (media.content_type or "").startswith("video/")


def _stuck(message: discord.Message | discord.MessageSnapshot) -> Iterator[_Seen]:
    """Stickers; a Lottie one is a drawing that is refused by name when it is read."""
    for sticker in message.stickers:
        yield _Seen(ImageLink(sticker.url, clean_text(sticker.name)))


def _shown(embed: discord.Embed) -> Any:
    return embed.image if embed.image.url else embed.thumbnail


def _embedded(message: discord.Message | discord.MessageSnapshot) -> Iterator[_Seen]:
    """The copy that Discord keeps of an embed's image; the outside address itself is never fetched."""
    plain = without_spoiler_marks(message.content)
    for embed in message.embeds:
        if (shown := _shown(embed)).proxy_url:
            link = _copy(shown.proxy_url, shown.url or "", "embed")
            # Discord hides what a hidden link shows.
            hidden = plain != message.content and _is_hidden(embed.url or shown.url or "", message.content)
            yield _Seen(replace(link, spoiler=hidden))


def _is_hidden(link: str, content: str) -> bool:
    return bool(link) and any(link in part for part in content.split("||")[1::2])


def _copy(url: str, original: str, name: str) -> ImageLink:
    """Discord's copy of what stands at *original*, which tells whose avatar it is."""
    return ImageLink(clean_text(url), name, owner_id=_owner_of_avatar(original) or _owner_of_avatar(url))
