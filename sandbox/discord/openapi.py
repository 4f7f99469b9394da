"""Check requests and answers against Discord's own description of its API.

DISCORD_OPENAPI names the file: https://github.com/discord/discord-api-spec (MIT). It describes shapes and field limits;
the rules that it lacks are in components.py and message_rules.py.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

ALLOWED_EXTRAS = {"nsfw", "tts"}  # sent by discord.py, and documented or ignored by Discord
# What discord.py 2.7.1 (channel.py, embeds.py, partial_emoji.py, message.py) sends beyond the description in objects of
# these names, and Discord ignores.
EXTRAS = {
    "CreateForumThreadRequest": ["type"],
    "RichEmbed": ["flags"],
    "ComponentEmojiForRequest": ["animated"],
    "MessageAttachmentRequest": ["proxy_url", "size", "url", "spoiler", "content_type", "width", "height"],
}
NAMES = re.compile(r"\{[^}]+\}")


class ApiDescription:
    """Say in one line what is wrong with a body; None if nothing is."""

    def __init__(self, path: Path) -> None:
        document = _strict(json.loads(path.read_text(encoding="utf-8")))
        self._components = document["components"]
        snowflake = self._components["schemas"]["SnowflakeType"]
        # The API takes numbers as ids too, and discord.py sends some.
        self._components["schemas"]["SnowflakeType"] = {"anyOf": [snowflake, {"type": "integer"}]}
        # It lacks forwards, which are documented: https://discord.com/developers/docs/resources/message (2026-11-24)
        self._components["schemas"]["MessageReferenceType"] = {"enum": [0, 1]}
        # It lacks media channels, which discord.py names beside forums: .../resources/channel (2026-11-24)
        self._components["schemas"]["ChannelTypes"]["oneOf"].append({"title": "GUILD_MEDIA", "const": 16})
        # It lacks the first message of a forum post, which is documented: .../resources/channel (2026-11-29)
        first = {"$ref": "#/components/schemas/MessageResponse"}
        self._components["schemas"]["CreatedThreadResponse"]["properties"]["message"] = first
        for name in EXTRAS.keys() & self._components["schemas"].keys():
            self._components["schemas"][name]["properties"].update({extra: {} for extra in EXTRAS[name]})
        self._paths = {NAMES.sub("{}", name): methods for name, methods in document["paths"].items()}

    def request_violation(self, method: str, template: str, body: Any) -> str | None:
        """Check a request's body. An undescribed route is a violation."""
        operation = self._operation(method, template)
        if operation is None:
            return f"Discord's description has no {method} {template}"
        content = (operation.get("requestBody") or {}).get("content") or {}
        return self._violation(content.get("application/json"), body) if body else None

    def tolerates(self, method: str, template: str, body: Any) -> bool:
        """Return whether Discord takes a body with a violation: it ignores properties that it does not know."""
        content = ((self._operation(method, template) or {}).get("requestBody") or {}).get("content") or {}
        found = content.get("application/json")
        return found is not None and bool(self._validator(json.dumps(found["schema"]), strict=False).is_valid(body))

    def answer_violation(self, method: str, template: str, status: int, body: Any) -> str | None:
        """Check an answer's body. Undescribed routes and statuses pass."""
        responses = (self._operation(method, template) or {}).get("responses") or {}
        content = (responses.get(str(status)) or {}).get("content") or {}
        return self._violation(content.get("application/json"), body)

    def _operation(self, method: str, template: str) -> Any:
        return self._paths.get(NAMES.sub("{}", template), {}).get(method.lower())

    def _violation(self, content: Any, body: Any) -> str | None:
        if content is None:
            return None
        validator = self._validator(json.dumps(content["schema"], sort_keys=True))
        if validator.is_valid(body):
            return None
        error = _deepest(validator.iter_errors(body))
        return ": ".join(part for part in ("/".join(map(str, error.instance_path)), error.message[:300]) if part)

    @cache  # noqa: B019  # one description for the life of the process
    def _validator(self, schema: str, *, strict: bool = True) -> Any:
        from jsonschema_rs import Draft202012Validator  # noqa: PLC0415  # needed only with a description

        whole = {**json.loads(schema), "components": self._components}
        return Draft202012Validator(whole if strict else _tolerant(whole))


def _deepest(errors: Iterable[Any]) -> Any:
    """Return the error deepest inside the body; among alternatives, only those of the body's type count."""
    found = max(errors, key=lambda error: len(error.instance_path))
    alternatives = getattr(found.kind, "context", ())
    typed = [errors for errors in alternatives if all(error.instance_path[-1:] != ["type"] for error in errors)]
    inner = [error for errors in typed or alternatives for error in errors]
    return _deepest(inner) if inner else found


def _strict(value: Any) -> Any:
    """Refuse undeclared properties in every object that lists its own: a misspelled field is an error."""
    if isinstance(value, list):
        return [_strict(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    strict = {name: _strict(inner) for name, inner in value.items()}
    if strict.get("type") in ("object", ["object", "null"]) and isinstance(strict.get("properties"), dict):
        strict["properties"] = {**strict["properties"], **{name: {} for name in ALLOWED_EXTRAS}}
        strict.setdefault("unevaluatedProperties", False)
    return strict


def _tolerant(value: Any) -> Any:
    """Undo ``_strict``. Without it several of the alternatives in ``oneOf`` can fit: one is enough."""
    if isinstance(value, list):
        return [_tolerant(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    names = {"oneOf": "anyOf"}
    return {names.get(name, name): _tolerant(inner) for name, inner in value.items() if name != "unevaluatedProperties"}


def load() -> ApiDescription | None:
    """Return the description that DISCORD_OPENAPI names; None if unset. FileNotFoundError if the file is missing."""
    name = os.environ.get("DISCORD_OPENAPI", "")
    return _read(Path(name)) if name else None


@cache
def _read(path: Path) -> ApiDescription:
    """Read a description once for all sandboxes of this process: each of its validators takes 20 ms to compile."""
    return ApiDescription(path)
