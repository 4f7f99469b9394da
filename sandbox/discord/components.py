"""Components V2: what Discord refuses, and what it fills in.

https://discord.com/developers/docs/components/reference (2026-11-22); the limits over a whole message are the
community's, for the official pages give them per field only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.discord.errors import DiscordError, invalid

Component = dict[str, Any]

V2 = 1 << 15
MAX_COMPONENTS, MAX_CHARACTERS, MAX_GALLERY, MAX_ROW = 40, 4000, 10, 5
ROW, BUTTON, TEXT, THUMBNAIL, GALLERY, FILE, CONTAINER = 1, 2, 10, 11, 12, 13, 17
KNOWN = {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 19}


def walk(components: list[Component], path: str = "components") -> Iterator[tuple[str, Component]]:
    """Every component, nested ones too, with its path in the payload."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        yield from walk(component.get("components") or [], f"{here}.components")
        for name in ("accessory", "component"):
            if component.get(name):
                yield f"{here}.{name}", component[name]


def media(component: Component) -> list[Component]:
    """The media objects that a component shows."""
    match component["type"]:
        case 12:
            return [item["media"] for item in component["items"]]
        case 11:
            return [component["media"]]
        case 13:
            return [component["file"]]
        case _:
            return []


def check(components: list[Component]) -> None:
    """Raise the DiscordError that these components get."""
    found = list(walk(components))
    if len(found) > MAX_COMPONENTS:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", f"Must be {MAX_COMPONENTS} or fewer in total.")
    if sum(len(component.get("content", "")) for _, component in found) > MAX_CHARACTERS:
        raise invalid("components", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_CHARACTERS} or fewer characters in total.")
    seen: set[str] = set()
    for path, component in found:
        _check_one(path, component, seen)


def _check_one(path: str, component: Component, seen: set[str]) -> None:
    if component.get("type") not in KNOWN:
        raise invalid(f"{path}.type", "UNION_TYPE_CHOICES", f"{component.get('type')} is no component")
    if component["type"] == GALLERY and not 1 <= len(component.get("items") or []) <= MAX_GALLERY:
        raise invalid(f"{path}.items", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_GALLERY} in length.")
    if component["type"] == ROW and not 1 <= len(component.get("components") or []) <= MAX_ROW:
        raise invalid(f"{path}.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_ROW} in length.")
    custom_id = component.get("custom_id")
    if custom_id is None:
        return
    if len(custom_id) > 100:
        raise invalid(f"{path}.custom_id", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
    if custom_id in seen:
        raise invalid(f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    seen.add(custom_id)


def resolve(components: list[Component], find: Callable[[str], Component]) -> set[str]:
    """Number the components and fill in their media; the ids of the attachments that they use up.

    *find* answers an attachment's object for the file name of an ``attachment://`` reference, or KeyError.
    """
    used: set[str] = set()
    for number, (path, component) in enumerate(walk(components), start=1):
        component["id"] = number
        _default(component)
        for item in media(component):
            url = str(item["url"])
            item["id"] = str(number)
            if not url.startswith("attachment://"):
                item.update(proxy_url=url, width=None, height=None)
                continue
            try:
                found = find(url.removeprefix("attachment://"))
            except KeyError:
                raise not_found(f"{path}.media") from None
            names = ("url", "proxy_url", "width", "height", "content_type")
            item.update({name: found[name] for name in names}, attachment_id=found["id"])
            used.add(found["id"])
    return used


def _default(component: Component) -> None:
    """What an answer always carries, said or not."""
    if component["type"] == CONTAINER:
        component.setdefault("accent_color", None)
        component.setdefault("spoiler", False)
    for item in component.get("items") or []:
        item.setdefault("description", None)
        item.setdefault("spoiler", False)


def not_found(path: str) -> DiscordError:
    return invalid(
        path, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The referenced attachment was not found."
    )
