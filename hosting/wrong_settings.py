"""Turn what pydantic finds wrong with the settings into records, all at once, and say what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from imagegen.reports import WrongSetting
from imagegen.settings import ContradictorySettings, Settings


@dataclass(frozen=True)
class Reading:
    """The settings, and what is wrong with them. *settings* has defaults for the names in *doubtful*."""

    settings: Settings
    wrong: tuple[WrongSetting, ...] = ()
    doubtful: frozenset[str] = frozenset()


def read(env_file: Path | None) -> Reading:
    """Read the settings from *env_file* and the environment. Judge the right ones together, without the wrong ones."""
    wrong: dict[str, WrongSetting] = {}
    doubtful: set[str] = set()
    while True:
        defaults = {name.lower(): _default(name) for name in doubtful}
        try:
            return Reading(Settings(_env_file=env_file, **defaults), tuple(wrong.values()), frozenset(doubtful))
        except ValidationError as error:
            found = [record for details in error.errors() for record in _records(details)]
        for record in found:
            if doubtful.isdisjoint((record.name, *record.given)):  # else it may only contradict a default
                wrong.setdefault(record.name, record)
        names = {record.name for record in found} - doubtful
        doubtful |= names or {name for record in found for name in record.given}


def example(name: str) -> str:
    """Return a value that works for the setting *name*."""
    field = Settings.model_fields[name.lower()]
    return str(field.examples[0]) if field.examples else default_text(name)


def default_text(name: str) -> str:
    """Return a setting's default as one writes it in .env; empty if there is none."""
    default = _default(name)
    if default in (None, {}, "", ()) or isinstance(default, SecretStr):
        return ""
    return ", ".join(default) if isinstance(default, tuple) else str(default)


def _default(name: str) -> Any:
    return Settings.model_fields[name.lower()].get_default(call_default_factory=True)


def _records(details: ErrorDetails) -> tuple[WrongSetting, ...]:
    error = details.get("ctx", {}).get("error")
    if isinstance(error, ContradictorySettings):
        return error.found
    name = str(details["loc"][0]).upper()
    return (WrongSetting(name, str(error) if isinstance(error, ValueError) else expected(name), example(name)),)


def expected(name: str) -> str:
    """Return what the setting *name* must be, from its type and its bounds."""
    schema = Settings.model_json_schema()
    field = schema["properties"][name.lower()]
    return "must be " + _words(next(iter(field.get("anyOf", [field]))), schema.get("$defs", {}))


def _words(kind: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in kind:
        kind = definitions[kind["$ref"].rpartition("/")[2]]
    if choices := kind.get("enum"):
        return ", ".join(choices[:-1]) + f" or {choices[-1]}"
    return _WORDS[kind.get("format", kind["type"])](kind)


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "boolean": lambda _: "true or false",
    "integer": lambda kind: f"a whole number {_range(kind)}",
    "number": lambda kind: f"a number {_range(kind)}",
    "array": lambda kind: f"whole numbers {_range(kind['items'])}, separated by commas",
    "object": lambda kind: f"model=price, with a price {_range(kind['additionalProperties'])}",
    "ipvanyaddress": lambda _: "an IP address",
    "string": lambda _: "a text",
    "password": lambda _: "a text",
}


def _range(kind: dict[str, Any]) -> str:
    first = kind["minimum"]
    last = kind["maximum"] if "maximum" in kind else kind["exclusiveMaximum"] - 1
    return f"from {int(first):,} to {int(last):,}"
