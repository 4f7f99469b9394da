"""Check and resolve the values of command options, and of selects in messages and modals."""

from __future__ import annotations

from typing import Any

from sandbox.discord.command_schema import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    USER,
    localized,
)
from sandbox.discord.components import utf16_length
from sandbox.discord.errors import ClientRefusal
from sandbox.discord.resolved_data import ResolvedData
from sandbox.records import Json

STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 3, 5, 6, 7, 8
SELECTS = {STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT}
PYTHON_TYPES: dict[int, tuple[type[Any], ...]] = {
    STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), USER: (str,), CHANNEL: (str,), ROLE: (str,),
    MENTIONABLE: (str,), NUMBER: (int, float), ATTACHMENT: (str,),
}  # fmt: skip
MAX_SAFE = 2**53


def option_value(declared: Json, value: Any, resolved: ResolvedData, locale: str) -> Json:
    """Return an option as an interaction carries it. ClientRefusal for what the client's form would refuse."""
    kind, name = declared["type"], declared["name"]
    if not isinstance(value, PYTHON_TYPES[kind]) or (kind != BOOLEAN and isinstance(value, bool)):
        raise ClientRefusal(f"{name} takes a value of another type")
    if declared.get("choices"):
        value = _choice(declared, value, locale)
    if kind in (INTEGER, NUMBER):
        _check_range(declared, value)
    if kind == STRING:
        _check_length(declared, value)
    return {"name": name, "type": kind, "value": _resolve(declared, value, resolved)}


def _choice(declared: Json, value: Any, locale: str) -> Any:
    for choice in declared["choices"]:
        if value in (choice["value"], localized(choice, "name", locale)):
            return choice["value"]
    raise ClientRefusal(f"{declared['name']} must be one of {[choice['value'] for choice in declared['choices']]}")


def _check_range(declared: Json, value: float) -> None:
    least, most = declared.get("min_value"), declared.get("max_value")
    least, most = -MAX_SAFE if least is None else least, MAX_SAFE if most is None else most
    if not least <= value <= most:
        raise ClientRefusal(f"{declared['name']} is out of its range")


def _check_length(declared: Json, value: str) -> None:
    least, most = declared.get("min_length") or 0, declared.get("max_length") or 6000
    if not least <= utf16_length(value) <= most:
        raise ClientRefusal(f"{declared['name']} is too short or too long")


def _resolve(declared: Json, value: Any, resolved: ResolvedData) -> Any:
    match declared["type"]:
        case 6:
            return resolved.user(value)
        case 7:
            return resolved.channel(value, declared.get("channel_types"))
        case 8:
            return resolved.role(value)
        case 9:
            return resolved.mentionable(value)
        case 11:
            return resolved.upload(value)
        case _:
            return value


def selected_values(
    part: Json, values: list[str] | None, resolved: ResolvedData, *, required: bool = True
) -> list[str]:
    """Return the values of a select of any type. None stands for its default values."""
    name, chosen = part["custom_id"], _defaults(part) if values is None else list(values)
    least, most = part.get("min_values"), part.get("max_values") or 1
    least = 1 if least is None else least
    if not required and not chosen:
        return []
    if not least <= len(chosen) <= most or len(set(chosen)) < len(chosen):
        raise ClientRefusal(f"{name} takes {least} to {most} distinct values")
    match part["type"]:
        case 3:
            if not set(chosen) <= {found["value"] for found in part["options"]}:
                raise ClientRefusal(f"{name} has no such option")
            return chosen
        case 5:
            return [resolved.user(target) for target in chosen]
        case 6:
            return [resolved.role(target) for target in chosen]
        case 7:
            return [resolved.mentionable(target) for target in chosen]
        case _:
            return [resolved.channel(target, part.get("channel_types")) for target in chosen]


def _defaults(part: Json) -> list[str]:
    options = [found["value"] for found in part.get("options") or [] if found.get("default")]
    return options + [str(found["id"]) for found in part.get("default_values") or []]
