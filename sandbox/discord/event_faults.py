"""Faults of gateway events. The gateway asks here whether an event arrives other than documented."""

from __future__ import annotations

from typing import Any

from sandbox.faults import Faults, declare
from sandbox.records import Json
from sandbox.world import World

COMMAND, SUBMIT = 2, 5
MESSAGES = ("MESSAGE_CREATE", "MESSAGE_UPDATE")

EVENT_LOST = declare("event_lost", "The next event of this name reaches no session.", event="INTERACTION_CREATE")
CONTENT_LEAKED = declare(
    "content_leaked", "A session without the message-content intent gets the next person's message with its content."
)
CONTENT_WITHHELD = declare(
    "content_withheld",
    "Without the intent, a session gets the next person's message without content, even with a mention.",
)
EDIT_WITHOUT_TIME = declare("edit_without_time", "The next edit of a person's message carries no edited_timestamp.")
REPLY_PINGS = declare("reply_pings", "The next reply to an answer of an interaction mentions the bot.")
SPOILER_UNMARKED = declare("spoiler_unmarked", "The files of the next person's message carry no spoiler mark.")
MENU_WITHOUT_FILES = declare("menu_without_files", "The next message menu carries its message without attachments.")
FORM_WITHOUT_MESSAGE = declare("form_without_message", "The next form does not carry the message it was opened from.")
STALE_FORM = declare("stale_form", "The next form comes back with the values of the form before it.")
OWNERS_MISSING = declare("owners_missing", "The next interaction does not say that a user install authorizes it.")


class EventFaults:
    """Each event passes ``tampered`` once, before sessions get their copies."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults, self._submitted = world, faults, list[Json]()

    def loses(self, name: str) -> bool:
        """Return whether ``event_lost`` takes this event."""
        return self._faults.take(EVENT_LOST, event=name) is not None

    def tampered(self, name: str, body: Json) -> Json:
        """Return the event as the armed faults change it."""
        if name == "INTERACTION_CREATE":
            return self._interaction(body)
        if name in MESSAGES and self._is_persons(body):
            return self._message(name, body)
        return body

    def without_intent(self, name: str, body: Json) -> Json | None:
        """Return the event as a fault sends it to sessions without the intent; None if no such fault is armed."""
        if name not in MESSAGES or not self._is_persons(body):
            return None
        if self._faults.take(CONTENT_LEAKED) is not None:
            return body
        if self._faults.take(CONTENT_WITHHELD) is not None:
            return {**body, "content": "", "attachments": [], "embeds": [], "components": []}
        return None

    def _is_persons(self, body: Json) -> bool:
        return bool(body["author"]["id"] != self._world.bot_id)

    def _message(self, name: str, body: Json) -> Json:
        if name == "MESSAGE_UPDATE" and self._faults.take(EDIT_WITHOUT_TIME) is not None:
            body = {**body, "edited_timestamp": None}
        answered = (body.get("referenced_message") or {}).get("webhook_id")
        if answered and self._faults.take(REPLY_PINGS) is not None:
            body = {**body, "mentions": [*body["mentions"], self._world.user_json(self._world.bot_id)]}
        if body["attachments"] and self._faults.take(SPOILER_UNMARKED) is not None:
            body = {**body, "attachments": [_unmarked(file) for file in body["attachments"]]}
        return body

    def _interaction(self, body: Json) -> Json:
        if body["type"] == SUBMIT:
            body = self._form(body)
        named = (body["data"].get("resolved") or {}).get("messages")
        if named and self._faults.take(MENU_WITHOUT_FILES) is not None:
            bare = {name: {**message, "attachments": []} for name, message in named.items()}
            body = {**body, "data": {**body["data"], "resolved": {**body["data"]["resolved"], "messages": bare}}}
        if body["type"] == COMMAND and self._faults.take(OWNERS_MISSING) is not None:
            body = {**body, "authorizing_integration_owners": {"0": "0"}}
        return body

    def _form(self, body: Json) -> Json:
        rows: Any = body["data"]["components"]
        if self._submitted and self._faults.take(STALE_FORM) is not None:
            body = {**body, "data": {**body["data"], "components": self._submitted}}
        self._submitted = rows
        if "message" in body and self._faults.take(FORM_WITHOUT_MESSAGE) is not None:
            body = {name: value for name, value in body.items() if name != "message"}
        return body


def _unmarked(file: Json) -> Json:
    """Return an attachment without the two marks of a spoiler."""
    bare = {name: value for name, value in file.items() if name != "flags"}
    return {**bare, "filename": file["filename"].removeprefix("SPOILER_")}
