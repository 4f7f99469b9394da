"""Check the commands that the bot registers: names, descriptions, options, choices, sizes.

https://discord.com/developers/docs/interactions/application-commands (2026-11-24)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.discord.errors import invalid
from sandbox.records import Json

SUB, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
NAME_PATTERN = re.compile(r"[-_'\w]{1,32}")
MAX_OPTIONS = MAX_CHOICES = 25
MAX_CHARACTERS = 8000
MAX_COMMANDS = {1: 100, 2: 15, 3: 15}  # by type: slash commands, user menus, message menus
# https://discord.com/developers/docs/reference#locales (2026-11-24)
LOCALES = {
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
}  # fmt: skip


def check(commands: list[Json]) -> None:
    """Raise the DiscordError that registering these commands gets."""
    seen: list[tuple[Any, Any]] = []
    for index, command in enumerate(commands):
        kind = command.get("type") or 1
        if (kind, command.get("name")) in seen:
            code = "APPLICATION_COMMANDS_DUPLICATE_NAME"
            raise invalid(f"{index}.name", code, "Application command names must be unique")
        seen.append((kind, command.get("name")))
        if kind == 1:
            _check_names(command, str(index))
            _check_options(command, str(index))
        elif command.get("description") or command.get("options"):
            code = "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION"
            raise invalid(f"{index}.description", code, "A context menu has no description and no options")
        if _size(command) > MAX_CHARACTERS:
            code = "APPLICATION_COMMAND_TOO_LARGE"
            raise invalid(str(index), code, f"Command exceeds maximum size ({MAX_CHARACTERS})")
    for kind, most in MAX_COMMANDS.items():
        if sum(found == kind for found, _ in seen) > most:
            raise invalid("commands", "BASE_TYPE_BAD_LENGTH", f"At most {most} commands of type {kind}.")


def localized(declared: Json, field: str, locale: str) -> str:
    """Return the name or description (*field*) of a command, option or choice in this locale."""
    return str((declared.get(f"{field}_localizations") or {}).get(locale) or declared.get(field) or "")


def is_called(declared: Json, typed: str, locale: str) -> bool:
    """Return whether a typed name is the command's name in the person's locale or its registered name."""
    return typed in (localized(declared, "name", locale), declared["name"])


def full_name(data: Json) -> str:
    """Return the name of a used command, with its group and subcommand. *data* is that of the interaction."""
    names, options = [str(data["name"])], data.get("options") or []
    while options and options[0]["type"] in (SUB, GROUP):
        names.append(str(options[0]["name"]))
        options = options[0].get("options") or []
    return " ".join(names)


def check_choices(choices: list[Json], path: str) -> None:
    """Raise the DiscordError that these choices get: at most 25, with names and values up to 100 characters."""
    if len(choices) > MAX_CHOICES:
        raise invalid(path, "BASE_TYPE_BAD_LENGTH", f"Must be {MAX_CHOICES} or fewer in length.")
    for index, choice in enumerate(choices):
        for name in (choice["name"], *(choice.get("name_localizations") or {}).values()):
            if not 1 <= len(name) <= 100:
                raise invalid(f"{path}.{index}.name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        if isinstance(choice["value"], str) and len(choice["value"]) > 100:
            raise invalid(f"{path}.{index}.value", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")


def _translations(declared: Json, field: str) -> Iterator[str]:
    yield str(declared.get(field) or "")
    yield from (declared.get(f"{field}_localizations") or {}).values()


def _check_names(declared: Json, path: str) -> None:
    for name in _translations(declared, "name"):
        if not NAME_PATTERN.fullmatch(name) or name != name.lower():
            raise invalid(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", f"{name!r} is not a valid command name")
    for text in _translations(declared, "description"):
        if not 1 <= len(text) <= 100:
            raise invalid(f"{path}.description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    for field in ("name", "description"):
        if unknown := set(declared.get(f"{field}_localizations") or {}) - LOCALES:
            raise invalid(f"{path}.{field}_localizations", "ENUM_TYPE_COERCE", f"{sorted(unknown)} are not locales.")


def _check_options(declared: Json, path: str, depth: int = 0) -> None:
    options = declared.get("options") or []
    if len(options) > MAX_OPTIONS:
        raise invalid(f"{path}.options", "BASE_TYPE_BAD_LENGTH", f"Must be {MAX_OPTIONS} or fewer in length.")
    _check_order(options, path)
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        _check_names(option, here)
        if option["type"] in (SUB, GROUP):
            # A group holds subcommands, a subcommand holds options: nothing is deeper.
            if depth == 2 or (depth == 1 and option["type"] == GROUP) or (depth == 1 and declared["type"] == SUB):
                raise invalid(f"{here}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deeply.")
            _check_options(option, here, depth + 1)
        check_choices(option.get("choices") or [], f"{here}.choices")
        if option.get("choices") and option.get("autocomplete"):
            code = "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES"
            raise invalid(f"{here}.choices", code, "Choices and autocomplete exclude each other.")


def _check_order(options: list[Json], path: str) -> None:
    nested = [option["type"] in (SUB, GROUP) for option in options]
    if any(nested) and not all(nested):
        code = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"
        raise invalid(f"{path}.options", code, "Subcommands and options exclude each other.")
    names = [option["name"] for option in options]
    if len(set(names)) < len(names):
        code = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
        raise invalid(f"{path}.options", code, "Option names must be unique.")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
        raise invalid(f"{path}.options", code, "Required options must be placed before non-required options")


def _size(declared: Json) -> int:
    """Return the characters of a command with its options and choices, each in its longest language."""
    own = sum(max(map(len, _translations(declared, field))) for field in ("name", "description"))
    if "value" in declared:
        own += len(str(declared["value"]))
    inner: Iterable[Json] = (*(declared.get("options") or []), *(declared.get("choices") or []))
    return own + sum(map(_size, inner))
