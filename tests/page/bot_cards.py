"""What the scripted bot answers with: components of both versions, embeds, and forms with every field."""

from __future__ import annotations

import copy
import re
from typing import Any

from sandbox.people import EPHEMERAL

Json = dict[str, Any]
V2 = 1 << 15


def row(*parts: Json) -> Json:
    return {"type": 1, "components": list(parts)}


def button(custom_id: str, label: str, style: int = 2, **more: Any) -> Json:
    return {"type": 2, "custom_id": custom_id, "label": label, "style": style, **more}


def select(custom_id: str, kind: int, placeholder: str, **more: Any) -> Json:
    return {"type": kind, "custom_id": custom_id, "placeholder": placeholder, **more}


def label(words: str, component: Json, description: str = "") -> Json:
    return {"type": 18, "label": words, "component": component, **({"description": description} if description else {})}


def text(words: str) -> Json:
    return {"type": 10, "content": words}


SIZES = [{"label": "Small", "value": "s", "description": "512 px"}, {"label": "Large", "value": "l"},
         {"label": "Huge", "value": "h"}]  # fmt: skip
BUTTONS = row(
    button("count", "Count 0", 1), button("form", "Open form", 3), button("silent", "No answer", 4),
    button("off", "Disabled", disabled=True), {"type": 2, "style": 5, "label": "Docs", "url": "https://example.com/"},
)  # fmt: skip

CARDS: dict[str, Json] = {
    "buttons": {"content": "Buttons of every style", "components": [BUTTONS, row(button("slow", "Slow", 2))]},
    "selects": {"content": "Selects of every type", "components": [
        row(select("size", 3, "Choose a size", options=SIZES, max_values=2, min_values=1)),
        row(select("who", 5, "Choose a person")), row(select("role", 6, "Choose a role")),
        row(select("anyone", 7, "Choose anyone")), row(select("place", 8, "Choose a channel", channel_types=[0]))]},
    "card": {"flags": V2, "components": [
        {"type": 17, "accent_color": 0x2ECC71, "components": [
            text("# A card\n**bold** and *italic*, `code`, ||hidden||"),
            {"type": 9, "components": [text("A section")], "accessory": button("count", "Count 0", 1)},
            {"type": 14, "divider": True, "spacing": 2},
            text("-# small print")]},
        row(button("long-form", "Open form", 1), button("secret", "Whisper"))]},
    "embed": {"embeds": [{"title": "An embed", "description": "with **words**", "color": 0xE67E22,
                          "fields": [{"name": "Left", "value": "1", "inline": True},
                                     {"name": "Right", "value": "2", "inline": True}],
                          "footer": {"text": "The foot"}}]},
    "spoilers": {"content": "It was ||the butler|| all along"},
    "secret": {"content": "Between us", "flags": EPHEMERAL},
}  # fmt: skip

MODALS: dict[str, Json] = {
    "form": {"custom_id": "form", "title": "A form", "components": [
        text("Words above the **fields**"),
        label("Name", {"type": 4, "custom_id": "name", "style": 1, "min_length": 2, "max_length": 10}, "2 to 10"),
        label("Story", {"type": 4, "custom_id": "story", "style": 2, "required": False, "value": "Once"}),
        label("Size", {"type": 3, "custom_id": "size", "options": SIZES}),
        label("Pictures", {"type": 19, "custom_id": "files", "min_values": 0, "max_values": 2, "required": False})]},
    "long-form": {"custom_id": "long-form", "title": "Every other field", "components": [
        label("Color", {"type": 21, "custom_id": "color", "options": [
            {"label": "Red", "value": "r"}, {"label": "Blue", "value": "b", "description": "as the sea"}]}),
        label("Extras", {"type": 22, "custom_id": "extras", "min_values": 0, "required": False, "options": [
            {"label": "Sun", "value": "sun"}, {"label": "Moon", "value": "moon"}]}),
        label("Agree", {"type": 23, "custom_id": "agree"}),
        label("Person", {"type": 5, "custom_id": "who", "required": False}),
        label("Channel", {"type": 8, "custom_id": "place", "required": False})]},
}  # fmt: skip


def counted(message: Json) -> Json:
    """Return the components of a message with its count one higher."""
    components = copy.deepcopy(message["components"])
    _count(components)
    return {"components": components}


def _count(components: list[Json]) -> None:
    for part in components:
        if part.get("custom_id") == "count":
            part["label"] = re.sub(r"\d+", lambda found: str(int(found[0]) + 1), part["label"])
        _count(part.get("components") or [])
        _count([part["accessory"]] if part.get("accessory") else [])
