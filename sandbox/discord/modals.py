"""Check the modals that the bot opens, and fill them in as a client does.

https://discord.com/developers/docs/components/reference (2026-11-24)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.discord import components, select_values
from sandbox.discord.errors import ClientRefusal, invalid
from sandbox.discord.resolved_data import ResolvedData
from sandbox.records import Json

ROW, TEXT_INPUT, TEXT, LABEL, UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 1, 4, 10, 18, 19, 21, 22, 23
FIELDS = select_values.SELECTS | {TEXT_INPUT, UPLOAD, RADIO, CHECKBOXES, CHECKBOX}
COUNTED = select_values.SELECTS | {UPLOAD, CHECKBOXES}
MAX_FIELDS = 5


def check(data: Json) -> None:
    """Raise the DiscordError that opening this modal gets."""
    parts, path = data.get("components") or [], "data.components"
    if not 1 <= len(parts) <= MAX_FIELDS:
        raise invalid(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_FIELDS} in length.")
    for field, most in (("title", 45), ("custom_id", 100)):
        if not 1 <= components.utf16_length(data.get(field) or "") <= most:
            raise invalid(f"data.{field}", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
    components.check_ids(list(components.walk(parts, path)))
    for index, part in enumerate(parts):
        _check_part(part, f"{path}.{index}")


def _check_part(part: Json, path: str) -> None:
    if part.get("type") == TEXT:
        return components.check_text(part, path)
    if part.get("type") not in (ROW, LABEL):
        raise invalid(f"{path}.type", "UNION_TYPE_CHOICES", f"{part.get('type')} is not allowed in a modal")
    if part["type"] == LABEL and not 1 <= components.utf16_length(part.get("label") or "") <= 45:
        raise invalid(f"{path}.label", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
    if components.utf16_length(part.get("description") or "") > 100:
        raise invalid(f"{path}.description", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
    inner = _inner(part)
    allowed = {TEXT_INPUT} if part["type"] == ROW else FIELDS
    if len(inner) != 1 or inner[0].get("type") not in allowed:
        raise invalid(f"{path}.component", "UNION_TYPE_CHOICES", "Needs exactly one field that a modal allows.")
    return _check_field(inner[0], f"{path}.component")


def _check_field(field: Json, path: str) -> None:
    kind = field["type"]
    if not field.get("custom_id"):
        raise invalid(f"{path}.custom_id", "BASE_TYPE_REQUIRED", "This field is required")
    if field.get("disabled"):
        raise invalid(f"{path}.disabled", "BASE_TYPE_CHOICES", "Modals cannot have disabled components.")
    if kind in COUNTED and field.get("min_values") == 0 and _is_required(field):
        raise invalid(f"{path}.min_values", "NUMBER_TYPE_MIN", "Must be at least 1 if the field is required.")
    if kind in select_values.SELECTS:
        components.check_select(field, path)
    if kind in (RADIO, CHECKBOXES):
        least = 2 if kind == RADIO else 1
        components.check_options(field, path, least, 10)
    if kind == UPLOAD and not 0 <= (field.get("min_values") or 0) <= (field.get("max_values") or 1) <= 10:
        raise invalid(f"{path}.max_values", "NUMBER_TYPE_MAX", "int value should be less than or equal to 10.")
    if kind == TEXT_INPUT:
        least, most = field.get("min_length") or 0, field.get("max_length") or 4000
        if components.utf16_length(field.get("placeholder") or "") > 100:
            raise invalid(f"{path}.placeholder", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        if not 0 <= least <= most <= 4000 or components.utf16_length(field.get("value") or "") > most:
            raise invalid(f"{path}.value", "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def _inner(part: Json) -> list[Json]:
    return [part["component"]] if part.get("component") else list(part.get("components") or [])


def fill(modal: Json, values: Json, resolved: ResolvedData) -> list[Json]:
    """Return the components of a submission. ClientRefusal for values that a field does not accept."""
    values, numbers = dict(values), _numbers(modal)
    rows: list[Json] = []
    for part in modal["components"]:
        row: Json = {"type": part["type"], "id": next(numbers)}
        if part["type"] != TEXT:
            field = _inner(part)[0]
            filled = _fill(field, values.pop(field["custom_id"], None), resolved)
            filled["id"] = next(numbers)
            row |= {"component": filled} if part["type"] == LABEL else {"components": [filled]}
        rows.append(row)
    if values:
        raise ClientRefusal(f"the modal has no fields {sorted(values)}")
    return rows


def _numbers(modal: Json) -> Iterator[int]:
    """Return each component's id: the modal's own, else the next free one, in order of appearance."""
    chosen = [part.get("id") or 0 for _, part in components.walk(modal["components"])]
    free = (number for number in range(1, 100) if number not in chosen)
    return iter([number or next(free) for number in chosen])


def _fill(field: Json, value: Any, resolved: ResolvedData) -> Json:
    kind, name = field["type"], field["custom_id"]
    filled: Json = {"type": kind, "id": 0, "custom_id": name}
    required = _is_required(field)
    if kind == TEXT_INPUT:
        return {**filled, "value": _text(field, value, required)}
    if kind == CHECKBOX:
        return {**filled, "value": bool(field.get("default") if value is None else value)}
    if kind == RADIO:
        return {**filled, "value": _radio(field, value, required)}
    if kind == UPLOAD:
        return {**filled, "values": [resolved.upload(upload) for upload in _uploads(field, value, required)]}
    if kind == CHECKBOXES:
        field = {**field, "type": select_values.STRING_SELECT}
        field["max_values"] = field.get("max_values") or len(field["options"])
    value = [value] if isinstance(value, str) else value
    chosen = select_values.selected_values(field, value, resolved, required=required)
    return {**filled, "values": chosen}


def _is_required(field: Json) -> bool:
    return field.get("required") is not False  # null means the default, true


def _text(field: Json, value: Any, required: bool) -> str:
    """Return the text as it was typed. Spaces alone fill a required field, and nothing is stripped.

    https://github.com/discord/discord-api-docs/issues/4480 (2022-03-16). An optional field may stay empty despite its
    least length, which counts, like the greatest, UTF-16 units.
    """
    if value is not None and not isinstance(value, str):
        raise ClientRefusal(f"{field['custom_id']} takes text")
    text = field.get("value") or "" if value is None else value
    if required and not text:
        raise ClientRefusal(f"{field['custom_id']} is required")
    if text and not (field.get("min_length") or 0) <= components.utf16_length(text) <= (
        field.get("max_length") or 4000
    ):
        raise ClientRefusal(f"{field['custom_id']} is too short or too long")
    return text


def _radio(field: Json, value: Any, required: bool) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    chosen = value or next((found["value"] for found in field["options"] if found.get("default")), None)
    if chosen is None and required:
        raise ClientRefusal(f"{field['custom_id']} is required")
    if chosen is not None and chosen not in {found["value"] for found in field["options"]}:
        raise ClientRefusal(f"{field['custom_id']} has no such option")
    return None if chosen is None else str(chosen)


def _uploads(field: Json, value: Any, required: bool) -> list[str]:
    chosen, least = list(value or []), field.get("min_values")
    least = 1 if least is None else least
    if not chosen and not required:
        return []
    if not least <= len(chosen) <= (field.get("max_values") or 1):
        raise ClientRefusal(f"{field['custom_id']} takes {least} to {field.get('max_values') or 1} files")
    return chosen
