"""Discord's own description of its API, as a check of both directions.

The file is read through DISCORD_OPENAPI: https://github.com/discord/discord-api-spec (MIT). It says shapes and field
limits; what it does not know is in components.py and posting.py.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

ALLOWED_EXTRAS = {"nsfw", "tts"}  # sent by discord.py; documented, or ignored where it means nothing
NAMES = re.compile(r"\{[^}]+\}")


class ApiDescription:
    """Answers what is wrong with a body, in one line; None when nothing is."""

    def __init__(self, path: Path) -> None:
        document = _strict(json.loads(path.read_text(encoding="utf-8")))
        self._components = document["components"]
        snowflake = self._components["schemas"]["SnowflakeType"]
        # The API takes numbers for ids too, and discord.py sends some so.
        self._components["schemas"]["SnowflakeType"] = {"anyOf": [snowflake, {"type": "integer"}]}
        # Forwards are documented, and left out: https://discord.com/developers/docs/resources/message (2026-11-24)
        self._components["schemas"]["MessageReferenceType"] = {"enum": [0, 1]}
        # So are media channels, which discord.py names with forums: .../resources/channel (2026-11-24)
        self._components["schemas"]["ChannelTypes"]["oneOf"].append({"title": "GUILD_MEDIA", "const": 16})
        self._paths = {NAMES.sub("{}", name): methods for name, methods in document["paths"].items()}

    def request_violation(self, method: str, template: str, body: Any) -> str | None:
        operation = self._operation(method, template)
        if operation is None:
            return f"Discord's description has no {method} {template}"
        content = (operation.get("requestBody") or {}).get("content") or {}
        return self._violation(content.get("application/json"), body) if body else None

    def answer_violation(self, method: str, template: str, status: int, body: Any) -> str | None:
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
        return f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"

    @cache  # noqa: B019  # one description lives as long as the process
    def _validator(self, schema: str) -> Any:
        from jsonschema_rs import Draft202012Validator  # noqa: PLC0415  # needed only where the description is

        return Draft202012Validator({**json.loads(schema), "components": self._components})


def _deepest(errors: Iterable[Any]) -> Any:
    """The error furthest inside the body; where no alternative fits, of those that are of its type."""
    found = max(errors, key=lambda error: len(error.instance_path))
    alternatives = getattr(found.kind, "context", ())
    typed = [wrong for wrong in alternatives if all(error.instance_path[-1:] != ["type"] for error in wrong)]
    inner = [error for wrong in typed or alternatives for error in wrong]
    return _deepest(inner) if inner else found


def _strict(value: Any) -> Any:
    """Every object that lists its properties takes no others: a misspelt field is an error."""
    if isinstance(value, list):
        return [_strict(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {name: _strict(inner) for name, inner in value.items()}
    if made.get("type") in ("object", ["object", "null"]) and isinstance(made.get("properties"), dict):
        made["properties"] = {**made["properties"], **{name: {} for name in ALLOWED_EXTRAS}}
        made.setdefault("unevaluatedProperties", False)
    return made


def load() -> ApiDescription | None:
    """The description that DISCORD_OPENAPI names; None when it is unset. FileNotFoundError when it names nothing."""
    name = os.environ.get("DISCORD_OPENAPI", "")
    return ApiDescription(Path(name)) if name else None
