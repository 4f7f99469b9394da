"""What each call of the control port takes: bodies and queries become our types here, or a sentence. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from sandbox import json_input
from sandbox.records import Json

Query = Mapping[str, str]
Fields = dict[str, Any]
Name = Annotated[str, Field(min_length=1, max_length=100)]  # as of a server or channel
MAX_DIGITS = 20  # an id has at most these: https://discord.com/developers/docs/reference#snowflakes (2026-11-29)

MAX_PART_CHARS = 100  # of a field's name in a sentence


class WrongCall(ValueError):
    """A body or a query that the call does not take. The message is a sentence."""


def _call(needs: Fields | None = None, takes: Fields | None = None, *, more: bool = False) -> type[BaseModel]:
    """Return the type of a body: the fields that it *needs*, and those that it *takes*, which may be null.

    *more*: the body may have any other field; its handler checks them.
    """
    fields: Fields = {name: (kind, ...) for name, kind in (needs or {}).items()}
    fields |= {name: (kind | None, None) for name, kind in (takes or {}).items()}
    config = ConfigDict(strict=True, extra="allow" if more else "forbid", allow_inf_nan=False)
    return create_model("Body", __config__=config, **fields)


_UPLOAD = _call({"id": str}, {"description": Annotated[str, Field(max_length=1024)], "spoiler": bool})
_EMBED = _call(takes={"image": _call({"url": str}, {"seen_as": str})}, more=True)
_STICKER = _call({"name": Name, "format_type": int})
_RULE = _call({"type": str, "id": str, "permission": bool})
_WHO, _TAB = {"person": str}, {"tab": str}
_IN_CHANNEL = {**_WHO, "channel": str}
_ON_MESSAGE = {**_WHO, "message": str}
_TEXT = {"content": str, "uploads": list[str | _UPLOAD]}  # type: ignore[valid-type]  # made by _call
_POST = {
    **_TEXT, "reply_to": str, "ping_reply": bool, "forward": str, "embeds": list[_EMBED],  # type: ignore[valid-type]  # made by _call
    "stickers": list[_STICKER], "voice": bool,  # type: ignore[valid-type]  # made by _call
}  # fmt: skip
_VALUES = dict[str, str | bool | list[str] | None]

CALLS: dict[str, type[BaseModel]] = {
    "/people": _call(
        {"name": Name}, {"locale": str, "manager": bool, "server": str, "installed": bool, "dm_open": bool}
    ),
    "/people/change": _call(_WHO, {"locale": str, "installed": bool, "dm_open": bool}),
    "/servers": _call({"name": Name}, {"owner": str, "bot": bool, "locale": str}),
    "/servers/bot": _call({"present": bool}, {"server": str}),
    "/members": _call(_WHO, {"server": str, "roles": list[str], "leave": bool}),
    "/roles": _call({"name": Name, "permissions": list[str]}, {"server": str}),
    "/roles/change": _call({"role": str, "permissions": list[str]}),
    "/roles/delete": _call({"role": str}),
    "/channels": _call({"name": Name}, {"deny": list[str], "server": str, "kind": str, "nsfw": bool}),
    "/channels/change": _call({"channel": str}, {"nsfw": bool, "archived": bool, "locked": bool}),
    "/channels/delete": _call({"channel": str}),
    "/permissions": _call({"channel": str, "deny": list[str]}),
    "/overwrites": _call({"channel": str, "target": str}, {"allow": list[str], "deny": list[str]}),
    "/groups": _call({"people": list[str]}, {"name": Name}),
    "/commands/permissions": _call({"command": str, "rules": list[_RULE]}, {"server": str}),  # type: ignore[valid-type]  # made by _call
    "/discord/settings": _call(more=True),
    "/wan/settings": _call(more=True),
    "/act/slash": _call({**_IN_CHANNEL, "command": str}, {"options": Json, **_TAB}),
    "/act/autocomplete": _call({**_IN_CHANNEL, "command": str, "focused": str}, {"options": Json, **_TAB}),
    "/act/menu": _call({**_WHO, "command": str}, {"message": str, "user": str, "channel": str, **_TAB}),
    "/act/press": _call({**_ON_MESSAGE, "custom_id": str}, {"values": list[str], **_TAB}),
    "/act/modal": _call({**_WHO, "modal": str, "values": _VALUES}, _TAB),
    "/act/dismiss": _call({**_WHO, "modal": str}),
    "/act/message": _call(_IN_CHANNEL, _POST),
    "/act/edit": _call({**_ON_MESSAGE, "content": str}),
    "/act/delete": _call(_ON_MESSAGE),
    "/act/react": _call({**_ON_MESSAGE, "emoji": str}, {"remove": bool}),
    "/act/thread": _call({**_IN_CHANNEL, "name": Name}, {**_TEXT, "message": str, "people": list[str]}),
    "/act/forge": _call({**_IN_CHANNEL, "type": int, "data": Json}, {"message": str}),
    "/clock": _call({"advance_s": float}),
    "/faults": _call({"name": str}, {"times": int, "one_in": int, "seed": int}, more=True),
    "/gateway/drop": _call({"session": str, "code": int}),
    "/gateway/reconnect": _call({"session": str}),
    "/gateway/invalidate": _call({"session": str}),
    "/program/restart": _call(),
}


def read(path: str, raw: bytes) -> Json:
    """Return the body of a POST, without what it leaves out. ValueError for another than the call takes."""
    try:
        return CALLS[path].model_validate(json_input.load(raw)).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise WrongCall(first_error(error)) from None


def first_error(error: ValidationError) -> str:
    """Return where the first error is and what is wrong there, without the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    return ": ".join([*(str(part)[:MAX_PART_CHARS] for part in first["loc"]), first["msg"]])


def text(query: Query, name: str) -> str:
    """Return a field of the query. WrongCall if it is missing."""
    if name not in query:
        raise WrongCall(f"The address lacks ?{name}=…")
    return query[name]


def number(query: Query, name: str, default: int, *, least: int = 0) -> int:
    """Return a whole number of the query, or *default* without one. WrongCall for another, or for less than *least*."""
    if (found := query.get(name, "")) == "":
        return default
    digits = found.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        raise WrongCall(f"{name} must be a whole number, not {found[:100]!r}")
    if int(found) < least:
        raise WrongCall(f"{name} must be at least {least}, not {found}")
    return int(found)


def optional_number(query: Query, name: str) -> int | None:
    """Return a whole number of the query, or None without one. Errors as for ``number``."""
    return number(query, name, 0) if query.get(name) else None
