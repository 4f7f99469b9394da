"""Find the images that a message carries, in the order in which people see them."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import discord

from cogs.ui.ids import result_in
from imagegen.image_request import ImageLink
from imagegen.policy.validation import clean_text, without_spoiler_marks

IMAGE_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif",
)  # fmt: skip
UNKNOWN_TYPES = ("", "application/octet-stream")  # what Discord says of a file whose type it does not know
# https://discord.com/developers/docs/reference#image-formatting (2026-11-25). Also matches an avatar behind a proxy.
_AVATAR = re.compile(
    r"https://(?:(?:cdn\.discordapp\.com|media\.discordapp\.net)/"
    r"|images-ext-\d+\.discordapp\.net/external/[\w-]+/(?:[^/]*/)?https/(?:cdn\.discordapp\.com|media\.discordapp\.net)/)"
    r"(?:avatars/|guilds/\d{1,20}/users/)(\d{1,20})/"
)
_COPIES = re.compile(r"\Ahttps://media\.discordapp\.net/(?=(?:ephemeral-)?attachments/)")
_FILE_ID = re.compile(r"/attachments/\d{1,20}/(\d{1,20})/")


Links = tuple[ImageLink, ...]


@dataclass(frozen=True)
class _Seen:
    """An image that a message shows. *file_id* identifies a file of Discord's; None for an image from elsewhere."""

    link: ImageLink
    file_id: int | None = None


@dataclass(frozen=True)
class ResultFile:
    """A result in a message of ours: its file's id (None if Discord does not say), name and link, and its alt text."""

    id: int | None
    filename: str
    url: str
    alt: str | None = None


def from_attachment(attachment: discord.Attachment, owner_id: int | None = None) -> ImageLink:
    """Return the link to an attached file. Whether the file is an image is checked when it is read."""
    return ImageLink(
        clean_text(attachment.url),
        clean_text(attachment.filename),
        attachment.size,
        owner_id=owner_id,
        spoiler=attachment.is_spoiler(),
        claimed_type=attachment.content_type or "",
    )


def original_of(link: ImageLink) -> ImageLink:
    """Return the link to the posted file itself, where *link* leads to the copies of it that Discord resizes.

    The same signature opens both. A copy may have no metadata.
    """
    return replace(link, url=_COPIES.sub("https://cdn.discordapp.com/", link.url))


def from_message(message: discord.Message, *, given: bool = False, source_id: int | None = None) -> Links:
    """Return the attachments, stickers, Components V2 media and embeds of a message and of what the message forwards.

    Leave out files that are known to be no images, unless *given*: every file attached to a request is meant as an
    input image. *source_id* is the author of the forwarded message, if known. A Components V2 message lists no
    attachments: its files are in its galleries. https://github.com/discord/discord-api-docs/pull/8279 (2026-04)
    """
    found = [_of_poster(link, poster_of(message)) for link in _of(message, given=given)]
    for snapshot in message.message_snapshots:
        found += [_of_poster(link, source_id) for link in _of(snapshot, given=given)]
    return tuple(found)


def poster_of(message: discord.Message) -> int | None:
    """Return the user id of the person who posted *message*; None for a bot or a webhook."""
    return None if message.author.bot or message.webhook_id else message.author.id


def _of_poster(link: ImageLink, poster_id: int | None) -> ImageLink:
    if link.owner_id is None:
        return replace(link, owner_id=poster_id)
    return link if link.owner_id == poster_id else replace(link, posted_by=poster_id)


def links_shown(message: discord.Message) -> Iterator[str]:
    """Yield the outside links of *message* whose images Discord shows under the message."""
    for embed in message.embeds:
        if _image_of(embed).proxy_url:
            yield from (url for url in (embed.url, _image_of(embed).url) if url)


def _owner_of_avatar(url: str) -> int | None:
    """Return the user whose avatar is at *url*; None if *url* is no avatar. Only Discord's own hosts count."""
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
    if message.flags.components_v2:  # people see only those files that the components show
        shown = {seen.file_id for seen in media}
        attached = [seen for seen in attached if seen.file_id in shown]
    return [seen.link for seen in _once([*attached, *media, *_stickers(message), *_embeds(message)])]


def _once(found: Iterable[_Seen]) -> list[_Seen]:
    """Return each image once: a gallery may show a listed file again. A spoiler in one of the two hides the image."""
    unique: dict[object, _Seen] = {}
    for seen in found:
        key = seen.file_id or seen.link.url
        hidden = seen.link.spoiler or (key in unique and unique[key].link.spoiler)
        first = unique.get(key, seen)
        unique[key] = replace(first, link=replace(first.link, spoiler=hidden))
    return list(unique.values())


def _of_media(media: discord.UnfurledMediaItem, spoiler: bool) -> _Seen:
    link = replace(_copy(media.proxy_url or media.url, media.url, "media"), spoiler=spoiler)
    path = urlsplit(link.url).path
    named = _FILE_ID.search(path)
    file_id = media.attachment_id or (int(named[1]) if named else None)
    return _Seen(replace(link, spoiler=spoiler or "/SPOILER_" in path), file_id)


def media_of(message: discord.Message) -> Iterator[discord.UnfurledMediaItem]:
    """Yield the images in a message's galleries, with the ids of their files."""
    return (media for media, _ in _media(message.components))


def results_in(message: discord.Message, job_id: int) -> dict[int, ResultFile]:
    """Return the results of a job in a message of the bot by their numbers, also those that no component shows."""
    shown = [(media.attachment_id, media.url, None) for media in media_of(message)]
    listed = [(file.id, file.url, file.description) for file in message.attachments]
    found: dict[int, ResultFile] = {}
    for file_id, url, alt in (*shown, *listed):
        if (named := result_in(url)) is not None and named[0] == job_id:
            found[named[1]] = ResultFile(file_id, named[2], url, alt)
    return dict(sorted(found.items()))


def button_ids(message: discord.Message) -> Iterator[str]:
    """Yield the custom ids of a message's buttons."""
    return _button_ids(message.components)


def _button_ids(components: Iterable[Any]) -> Iterator[str]:
    for component in components:
        yield from _button_ids(getattr(component, "children", ()))
        if isinstance(component, discord.Button) and component.custom_id:
            yield component.custom_id


def _may_be_image(attachment: discord.Attachment) -> bool:
    """Return whether a file is an image or of unknown type: Discord may not say the type of a file.

    https://github.com/discord/discord-api-docs/issues/6785 (2026-11-25)
    """
    name = attachment.filename.lower()
    content_type = attachment.content_type or ""
    if content_type in UNKNOWN_TYPES:
        content_type = mimetypes.guess_type(name)[0] or ""
    return content_type in UNKNOWN_TYPES or content_type.startswith("image/") or name.endswith(IMAGE_ENDINGS)


def _media(components: Iterable[Any], hidden: bool = False) -> Iterator[tuple[discord.UnfurledMediaItem, bool]]:
    """Yield each image of *components*, and whether a spoiler hides the image or a component around it."""
    for component in components:
        is_hidden = hidden or bool(getattr(component, "spoiler", False))
        yield from _media(getattr(component, "children", ()), is_hidden)
        if isinstance(component, discord.MediaGalleryComponent):
            items = (item for item in component.items if not _is_video(item.media))
            yield from ((item.media, is_hidden or item.spoiler) for item in items)
        elif isinstance(component, discord.SectionComponent) and isinstance(
            component.accessory, discord.ThumbnailComponent
        ):
            yield component.accessory.media, is_hidden or component.accessory.spoiler
        elif isinstance(component, discord.FileComponent) and (component.media.content_type or "").startswith("image/"):
            yield component.media, is_hidden


def _is_video(media: discord.UnfurledMediaItem) -> bool:
    return (media.content_type or "").startswith("video/")


def _stickers(message: discord.Message | discord.MessageSnapshot) -> Iterator[_Seen]:
    """Yield the stickers. A Lottie sticker is a vector animation: reading it raises ImageRefused."""
    for sticker in message.stickers:
        yield _Seen(ImageLink(sticker.url, clean_text(sticker.name)))


def _image_of(embed: discord.Embed) -> Any:
    return embed.image if embed.image.url else embed.thumbnail


def _embeds(message: discord.Message | discord.MessageSnapshot) -> Iterator[_Seen]:
    """Yield Discord's own copies of the images in embeds. The bot never fetches an outside address."""
    plain = without_spoiler_marks(message.content)
    for embed in message.embeds:
        if (shown := _image_of(embed)).proxy_url:
            link = _copy(shown.proxy_url, shown.url or "", "embed")
            # A link inside spoiler marks hides its embed, too.
            hidden = plain != message.content and _is_hidden(embed.url or shown.url or "", message.content)
            yield _Seen(replace(link, spoiler=hidden))


def _is_hidden(link: str, content: str) -> bool:
    return bool(link) and any(link in part for part in content.split("||")[1::2])


def _copy(url: str, original: str, name: str) -> ImageLink:
    """Return the link to Discord's copy of an image. The *original* link says whose avatar the image is, if any."""
    return ImageLink(clean_text(url), name, owner_id=_owner_of_avatar(original) or _owner_of_avatar(url))
