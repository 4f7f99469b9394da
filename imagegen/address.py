"""Where Discord shows a job: built and read by ``cogs/``, kept by the store as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import get_args, get_type_hints

Json = str | int | float | bool | None


class AddressUnreadable(ValueError):
    """A stored text is not the JSON of an address. Names the field, never its value: one of them is a token."""


@dataclass(frozen=True)
class Address:
    """Where Discord shows a job. Only ``cogs/`` reads the fields; the store keeps the record as JSON."""

    application_id: int | None = None
    token: str | None = field(default=None, repr=False)  # of the interaction; valid for 15 min, then forgotten
    server_id: int | None = None
    server_locale: str | None = (
        None  # of public messages, if the server has chosen; a setting of its managers counts more
    )
    channel_id: int | None = None  # of a private result: that of a direct message, or none
    requested_in_id: int | None = None  # the channel of a request whose result is private
    message_id: int | None = None  # the message of the status card
    reply_to_id: int | None = None  # the message that made the request, where one did
    max_file_bytes: int | None = None  # the largest file that the channel takes; None: not known
    is_user_install: bool = False  # the bot is no member there: only the token reaches the channel
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)  # of another version

    @classmethod
    def from_json(cls, text: str) -> Address:
        """Read what ``to_json`` wrote, by any version. Raises AddressUnreadable.

        Keep fields that this version does not know: another version may have written them, and may read them again.
        """
        try:
            stored = json.loads(text)
        except ValueError as error:
            raise AddressUnreadable("no JSON") from error
        if not isinstance(stored, dict):
            raise AddressUnreadable("no JSON object")
        known = {name: stored[name] for name in _address_types() if name in stored}
        for name, value in known.items():
            if type(value) not in _address_types()[name]:
                raise AddressUnreadable(name)
        unknown = {name: value for name, value in stored.items() if name not in _address_types()}
        return cls(**known, unknown=unknown)

    def to_json(self) -> str:
        """Return the address as JSON, without the fields that hold nothing."""
        return json.dumps({**self.unknown, **self._facts()})

    def without_token(self) -> Address:
        """Return the address as it stays when Discord has forgotten the interaction."""
        return replace(self, token=None)

    def for_requester(self) -> dict[str, Json]:
        """Return the facts that the requester may read: not the bot's own access to Discord."""
        return replace(self, application_id=None, token=None)._facts()

    def _facts(self) -> dict[str, Json]:
        values: dict[str, Json] = {name: getattr(self, name) for name in _address_types()}
        return {name: value for name, value in values.items() if value is not None and value is not False}


@cache
def _address_types() -> Mapping[str, tuple[type, ...]]:
    """Return the types that each field of an address may have."""
    hints = {name: hint for name, hint in get_type_hints(Address).items() if name != "unknown"}
    return {name: get_args(hint) or (hint,) for name, hint in hints.items()}
