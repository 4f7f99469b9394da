"""Edit a few components of a message of ours, and keep everything else: its files, texts and other components."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord
from discord import ui

from cogs.messaging.story_routes import KeptFile
from cogs.ui.views import Card


def with_label(message: discord.Message, custom_id: str, label: str) -> tuple[ui.LayoutView, list[Any]]:
    """Return the components of a Components V2 message with another *label* on one button, and its files to keep."""

    def change(view: ui.LayoutView) -> None:
        for item in view.walk_children():
            if isinstance(item, ui.Button) and item.custom_id == custom_id:
                item.label = label

    return changed(message, change)


def changed(message: discord.Message, change: Callable[[ui.LayoutView], None]) -> tuple[ui.LayoutView, list[Any]]:
    """Return the components of a Components V2 message after *change*, and its files to keep."""
    found = ui.LayoutView.from_message(message, timeout=None)
    files = {file.id: KeptFile(file.id, file.filename) for file in message.attachments}
    for media in _media(found):
        if media.attachment_id is not None:
            name = PurePosixPath(urlsplit(media.url).path).name
            files[media.attachment_id] = KeptFile(media.attachment_id, name)
            media.url = f"attachment://{name}"
    change(found)
    view = Card()
    for item in list(found.children):
        found.remove_item(item)
        view.add_item(item)
    return view, list(files.values())


def _media(view: ui.LayoutView) -> Iterator[discord.UnfurledMediaItem]:
    for item in view.walk_children():
        if isinstance(item, ui.MediaGallery):
            yield from (each.media for each in item.items)
        elif isinstance(item, ui.Thumbnail | ui.File):
            yield item.media
