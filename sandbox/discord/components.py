"""Check the components of a message: nesting, ids, lengths and counts.

https://discord.com/developers/docs/components/reference (2026-11-24). The limits on a whole message come from the
community: the official pages give limits per field only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.discord.errors import DiscordError, invalid

Component = dict[str, Any]

V2 = 1 << 15
MAX_COMPONENTS, MAX_CHARACTERS, MAX_GALLERY, MAX_ROW, MAX_ROWS, MAX_SECTION = 40, 4000, 10, 5, 5, 3
ROW, BUTTON, STRING_SELECT, SECTION, TEXT, THUMBNAIL, GALLERY, FILE = 1, 2, 3, 9, 10, 11, 12, 13
SEPARATOR, CONTAINER = 14, 17
SELECTS = {3, 5, 6, 7, 8}
LINK, PREMIUM = 5, 6
# The components that each component may contain; None is the message.
ALLOWED_CHILDREN: dict[int | None, set[int]] = {
    None: {ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER},
    CONTAINER: {ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR},
    ROW: {BUTTON, *SELECTS},
    SECTION: {TEXT},
}


def utf16_length(text: str) -> int:
    """Return the length of *text* as Discord's clients count it, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def walk(components: list[Component], path: str = "components") -> Iterator[tuple[str, Component]]:
    """Yield every component, nested ones included, with its path in the payload."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        yield from walk(component.get("components") or [], f"{here}.components")
        for name in ("accessory", "component"):
            if component.get(name):
                yield f"{here}.{name}", component[name]


def check(components: list[Component]) -> None:
    """Raise the DiscordError that these components get."""
    found = list(walk(components))
    if len(found) > MAX_COMPONENTS:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", f"Must be {MAX_COMPONENTS} or fewer in total.")
    if sum(utf16_length(component.get("content") or "") for _, component in found) > MAX_CHARACTERS:
        raise invalid("components", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_CHARACTERS} or fewer characters in total.")
    _check_nesting(components, None, "components")
    check_ids(found)
    for path, component in found:
        _check_one(path, component)


def check_without_v2(components: list[Component]) -> None:
    """Raise unless a message without the flag IS_COMPONENTS_V2 has at most five rows and nothing else."""
    if any(component.get("type") != ROW for component in components):
        raise invalid("components", "UNION_TYPE_CHOICES", "Components V2 need the IS_COMPONENTS_V2 flag.")
    if len(components) > MAX_ROWS:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", f"Must be {MAX_ROWS} or fewer in length.")


def _check_nesting(components: list[Component], parent: int | None, path: str) -> None:
    for index, component in enumerate(components):
        here, kind = f"{path}.{index}", component.get("type")
        if kind not in ALLOWED_CHILDREN[parent]:
            raise invalid(f"{here}.type", "UNION_TYPE_CHOICES", f"{kind} is not allowed here")
        if kind in ALLOWED_CHILDREN:
            _check_nesting(component.get("components") or [], kind, f"{here}.components")


def check_ids(found: list[tuple[str, Component]]) -> None:
    """Raise if an id or custom id occurs twice or a custom id is longer than 100."""
    seen: set[Any] = set()
    for path, component in found:
        custom_id, number = component.get("custom_id"), component.get("id") or None
        if custom_id is not None and not 1 <= utf16_length(custom_id) <= 100:
            raise invalid(f"{path}.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        if custom_id in seen:
            code = "COMPONENT_CUSTOM_ID_DUPLICATED"
            raise invalid(f"{path}.custom_id", code, "Component custom id cannot be duplicated")
        if number in seen:
            raise invalid(f"{path}.id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        seen.update(value for value in (custom_id, number) if value is not None)


def _check_one(path: str, component: Component) -> None:
    match component["type"]:
        case 12:
            _check_length(component.get("items"), 1, MAX_GALLERY, f"{path}.items")
        case 17:
            _check_length(component.get("components"), 1, MAX_COMPONENTS, f"{path}.components")
        case 9:
            _check_section(component, path)
        case 1:
            _check_row(component, path)
        case 10:
            check_text(component, path)
        case 2:
            _check_button(component, path)
        case 13:
            if not str(component["file"]["url"]).startswith("attachment://"):
                raise invalid(f"{path}.file.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('attachment',).")
        case kind if kind in SELECTS:
            check_select(component, path)


def _check_length(value: Any, least: int, most: int, path: str) -> None:
    if not least <= (utf16_length(value) if isinstance(value, str) else len(value or [])) <= most:
        raise invalid(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def check_text(component: Component, path: str) -> None:
    """Raise unless a text display has 1 to 4,000 UTF-16 code units."""
    _check_length(component.get("content"), 1, MAX_CHARACTERS, f"{path}.content")


def _check_section(component: Component, path: str) -> None:
    _check_length(component.get("components"), 1, MAX_SECTION, f"{path}.components")
    if (component.get("accessory") or {}).get("type") not in (BUTTON, THUMBNAIL):
        raise invalid(
            f"{path}.accessory", "BASE_TYPE_REQUIRED", "A section needs a button or a thumbnail as its accessory."
        )


def _check_row(component: Component, path: str) -> None:
    inner = component.get("components")
    _check_length(inner, 1, MAX_ROW, f"{path}.components")
    if any(found["type"] in SELECTS for found in inner or []) and len(inner or []) > 1:
        code = "COMPONENT_LAYOUT_WIDTH_EXCEEDED"
        raise invalid(f"{path}.components", code, "The specified component exceeds the maximum width")


def _check_button(component: Component, path: str) -> None:
    style = component.get("style")
    if style != PREMIUM and not (component.get("label") or component.get("emoji")):
        raise invalid(path, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or emoji")
    if utf16_length(component.get("label") or "") > 80:
        raise invalid(f"{path}.label", "BASE_TYPE_MAX_LENGTH", "Must be 80 or fewer in length.")
    has_id, has_url = bool(component.get("custom_id")), bool(component.get("url"))
    if style == LINK and (has_id or not has_url):
        raise invalid(f"{path}.url", "BUTTON_COMPONENT_URL_REQUIRED", "A link button needs a url and no custom id")
    if style not in (LINK, PREMIUM) and (has_url or not has_id):
        raise invalid(f"{path}.custom_id", "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required")


def check_select(component: Component, path: str) -> None:
    """Raise the DiscordError that a select of any type gets, in a message or a modal."""
    least, most = component.get("min_values"), component.get("max_values")
    least, most = 1 if least is None else least, 1 if most is None else most
    if not 0 <= least <= most <= 25 or most < 1:
        raise invalid(f"{path}.max_values", "NUMBER_TYPE_MAX", "min_values to max_values must lie within 0 and 25.")
    if utf16_length(component.get("placeholder") or "") > 150:
        raise invalid(f"{path}.placeholder", "BASE_TYPE_MAX_LENGTH", "Must be 150 or fewer in length.")
    if component["type"] == STRING_SELECT:
        check_options(component, path, 1, 25)
        if most > len(component["options"]):
            code = "NUMBER_TYPE_MAX"
            raise invalid(f"{path}.max_values", code, "max_values cannot be more than the number of options.")
    defaults = [option for option in component.get("options") or [] if option.get("default")]
    if len(defaults) + len(component.get("default_values") or []) > most:
        raise invalid(path, "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "There are more defaults than max_values.")


def check_options(component: Component, path: str, least: int, most: int) -> None:
    """Raise unless there are *least* to *most* options, with distinct values and texts up to 100."""
    options = component.get("options") or []
    _check_length(options, least, most, f"{path}.options")
    values: set[str] = set()
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        for field, shortest in (("label", 1), ("value", 1), ("description", 0)):
            _check_length(option.get(field), shortest, 100, f"{here}.{field}")
        if option["value"] in values:
            code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
            raise invalid(f"{here}.value", code, "The specified option value is already used")
        values.add(option["value"])


def attachment_not_found(path: str) -> DiscordError:
    """Return the error for an ``attachment://`` reference without its file."""
    return invalid(
        path, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The referenced attachment was not found."
    )
