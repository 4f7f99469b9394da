"""Fill in what Discord adds to a message's components: ids, media, and the fields that answers always carry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sandbox.discord.components import (
    BUTTON,  # fmt: skip
    CONTAINER,
    FILE,
    GALLERY,
    SELECTS,
    SEPARATOR,
    STRING_SELECT,
    THUMBNAIL,
    Component,
    attachment_not_found,
    walk,
)

DEFAULTS: dict[int, dict[str, Any]] = {
    BUTTON: {"disabled": False},
    CONTAINER: {"accent_color": None, "spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"spoiler": False},
    **{kind: {"min_values": 1, "max_values": 1, "disabled": False} for kind in SELECTS},
}


def media_of(component: Component) -> list[Component]:
    """Return the media objects of a component."""
    match component["type"]:
        case 12:
            return [item["media"] for item in component["items"]]
        case 11:
            return [component["media"]]
        case 13:
            return [component["file"]]
        case _:
            return []


def fill_defaults(components: list[Component], find: Callable[[str], Component]) -> set[str]:
    """Number the components and fill in their media. Return the ids of the attachments that they show.

    *find* returns the attachment object for the file name in an ``attachment://`` reference, or raises KeyError.
    """
    used: set[str] = set()
    found = list(walk(components))
    taken = {component.get("id") for _, component in found}
    free = (number for number in range(1, 1000) if number not in taken)
    for path, component in found:
        component["id"] = component.get("id") or next(free)
        _fill(component)
        for item in media_of(component):
            used |= _resolve_media(item, component, path, find)
    return used


def fill_embeds(embeds: list[Component], find: Callable[[str], Component]) -> set[str]:
    """Fill in the images of embeds that name an attached file. Return the ids of the attachments that they show.

    *find* is that of ``fill_defaults``. A name without a file stays as it is.
    """
    used: set[str] = set()
    for media in (embed[name] for embed in embeds for name in ("image", "thumbnail") if embed.get(name)):
        if str(media.get("url")).startswith("attachment://"):
            with suppress(KeyError):
                found = find(str(media["url"]).removeprefix("attachment://"))
                names = ("url", "proxy_url", "width", "height", "content_type")
                media.update({name: found[name] for name in names if name in found}, attachment_id=found["id"])
        used |= {media["attachment_id"]} if "attachment_id" in media else set()
    return used


def _resolve_media(item: Component, component: Component, path: str, find: Callable[[str], Component]) -> set[str]:
    url = str(item["url"])
    item["id"] = str(component["id"])
    if not url.startswith("attachment://"):
        item.setdefault("proxy_url", url)
        item.setdefault("width", None)
        item.setdefault("height", None)
        return set()
    try:
        found = find(url.removeprefix("attachment://"))
    except KeyError:
        raise attachment_not_found(f"{path}.media") from None
    names = ("url", "proxy_url", "width", "height", "content_type")
    item.update({name: found.get(name) for name in names}, attachment_id=found["id"])
    if component["type"] == FILE:
        component.update(name=found["filename"], size=found["size"])
    return {found["id"]}


def _fill(component: Component) -> None:
    """Add the fields that every answer carries, and remove ``required``, which only a modal's select has.

    Ids are answered as text, however they were sent.
    https://discord.com/developers/docs/reference#snowflakes (2026-11-30)
    """
    if component["type"] in SELECTS:
        component.pop("required", None)
        for chosen in component.get("default_values") or []:
            chosen["id"] = str(chosen["id"])
    for name, value in DEFAULTS.get(component["type"], {}).items():
        if component.get(name) is None:
            component[name] = value
    for holder in (component, *(component.get("options") or [])):
        _fill_emoji(holder)
    if component["type"] == GALLERY:
        for item in component["items"]:
            item.setdefault("description", None)
            item.setdefault("spoiler", False)
    if component["type"] == STRING_SELECT:
        for option in component["options"]:
            option.setdefault("default", False)


def _fill_emoji(holder: Component) -> None:
    """Replace the emoji of a button or an option by Discord's answer: without null fields, and an id as text."""
    if holder.get("emoji") is None:
        return
    emoji = {name: value for name, value in holder["emoji"].items() if value is not None}
    holder["emoji"] = {**emoji, "id": str(emoji["id"])} if "id" in emoji else emoji
