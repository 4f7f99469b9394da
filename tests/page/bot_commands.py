"""What the scripted bot registers: options of every type, groups, suggestions, and a menu of messages."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
SUGGESTIONS: list[Json] = [{"name": f"Lamp {number}", "value": f"lamp-{number}"} for number in range(1, 41)]


def option(name: str, kind: int, description: str, **more: Any) -> Json:
    return {"name": name, "type": kind, "description": description, **more}


def command(name: str, description: str, *options: Json, **more: Any) -> Json:
    return {"name": name, "type": 1, "description": description, "options": list(options), **more}


CHOICES = [{"name": "Wide", "value": "16:9", "name_localizations": {"zh-CN": "宽"}}, {"name": "Tall", "value": "9:16"}]

EVERYTHING = command(
    "everything",
    "Take an option of every type",
    option("text", STRING, "Any text", required=True, min_length=2, max_length=100),
    option("number", INTEGER, "A whole number", min_value=1, max_value=9),
    option("ratio", NUMBER, "A number", min_value=0, max_value=1),
    option("yes", BOOLEAN, "Yes or no"),
    option("shape", STRING, "One of two", choices=CHOICES),
    option("lamp", STRING, "What the bot suggests", autocomplete=True),
    option("who", USER, "A person"),
    option("where", CHANNEL, "A channel", channel_types=[0]),
    option("role", ROLE, "A role"),
    option("anyone", MENTIONABLE, "A person or a role"),
    option("file", ATTACHMENT, "A file"),
)

# fmt: off
COMMANDS: list[Json] = [
    EVERYTHING,
    command("picture", "Change a picture", option("image", ATTACHMENT, "The picture", required=True),
            option("words", STRING, "What to change")),
    command("ping", "Answer at once", name_localizations={"zh-CN": "应答"},
            description_localizations={"zh-CN": "立即应答"}),
    command("settings", "Change settings",
            {"type": 2, "name": "size", "description": "The size", "options": [
                {"type": 1, "name": "set", "description": "Set the size", "options": [
                    option("pixels", INTEGER, "How many", required=True, min_value=16)]},
                {"type": 1, "name": "reset", "description": "Reset the size"}]},
            {"type": 1, "name": "show", "description": "Show the settings"}),
    *(command(name, f"Answer with {what}") for name, what in (
        ("buttons", "buttons of every style"), ("selects", "selects of every type"),
        ("card", "components of version 2"), ("embed", "an embed"), ("spoilers", "hidden text"),
        ("secret", "words for you alone"),
        ("slow", "words that come later"), ("slow-secret", "words for you alone that come later"),
        ("form", "a form of texts"), ("long-form", "a form of every other field"), ("silent", "nothing"))),
    {"name": "Describe", "type": 3},
    {"name": "Who is", "type": 2},
]
# fmt: on
