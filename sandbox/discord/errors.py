"""Every error that the local Discord answers, with Discord's codes, and the refusal of a client.

https://discord.com/developers/docs/topics/opcodes-and-status-codes (2026-11-22)
"""

from __future__ import annotations

from typing import Any


class DiscordError(Exception):
    """An error answer: HTTP status, and a JSON body as Discord words it."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code}
        if errors is not None:
            self.body["errors"] = errors


class ClientRefusal(ValueError):
    """A Discord client would not let a person do this."""


def unauthorized() -> DiscordError:
    """Return 401 for a missing or wrong bot token."""
    return DiscordError(401, 0, "401: Unauthorized")


def unknown_channel() -> DiscordError:
    """Return 10003, for a channel that does not exist or was deleted."""
    return DiscordError(404, 10003, "Unknown Channel")


def unknown_message() -> DiscordError:
    """Return 10008. Bot tokens get it for ephemeral messages too."""
    return DiscordError(404, 10008, "Unknown Message")


def unknown_webhook() -> DiscordError:
    """Return 10015, for a token of no interaction, or a follow-up before the callback."""
    return DiscordError(404, 10015, "Unknown Webhook")


def unknown_guild() -> DiscordError:
    """Return 10004, for a server that does not exist."""
    return DiscordError(404, 10004, "Unknown Guild")


def unknown_member() -> DiscordError:
    """Return 10007, for a user who is not in the server or thread."""
    return DiscordError(404, 10007, "Unknown Member")


def unknown_role() -> DiscordError:
    """Return 10011, for a role that the server lacks."""
    return DiscordError(404, 10011, "Unknown Role")


def unknown_user() -> DiscordError:
    """Return 10013, for a user who does not exist."""
    return DiscordError(404, 10013, "Unknown User")


def unknown_interaction() -> DiscordError:
    """Return 10062, for an unknown interaction, or a callback after 3 s."""
    return DiscordError(404, 10062, "Unknown interaction")


def unknown_emoji() -> DiscordError:
    """Return 10014, for a reaction with a text that is no emoji, or with a custom emoji that does not exist."""
    return DiscordError(400, 10014, "Unknown Emoji")


def too_many_reactions(most: int) -> DiscordError:
    """Return 30010, for a reaction with one more emoji on a message that has *most* different ones."""
    return DiscordError(403, 30010, f"Maximum number of reactions reached ({most})")


def too_many_pins(most: int) -> DiscordError:
    """Return 30003, for one pin more than *most* in a channel."""
    return DiscordError(400, 30003, f"Maximum number of pins reached for the channel ({most})")


def only_in_servers() -> DiscordError:
    """Return 50003, for a call that direct messages do not have."""
    return DiscordError(403, 50003, "Cannot execute action on a DM channel")


def already_acknowledged() -> DiscordError:
    """Return 40060, for a second callback to one interaction."""
    return DiscordError(400, 40060, "Interaction has already been acknowledged.")


def too_large() -> DiscordError:
    """Return 40005, for a file over the upload limit or a request over 25 MiB."""
    return DiscordError(413, 40005, "Request entity too large")


def missing_access() -> DiscordError:
    """Return 50001, for a channel that the bot cannot see or a server without the bot."""
    return DiscordError(403, 50001, "Missing Access")


def missing_permissions() -> DiscordError:
    """Return 50013, for a call that needs a permission that the bot lacks."""
    return DiscordError(403, 50013, "Missing Permissions")


def other_users_message() -> DiscordError:
    """Return 50005, for an edit of another author's message."""
    return DiscordError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> DiscordError:
    """Return 50006, for a message without text, files or components."""
    return DiscordError(400, 50006, "Cannot send an empty message")


def closed_dm() -> DiscordError:
    """Return 50007, for a person who takes no direct messages from the bot or shares no server with it."""
    return DiscordError(403, 50007, "Cannot send messages to this user")


def wrong_channel_type() -> DiscordError:
    """Return 50024, for a message that is posted directly into a forum, or a thread in a channel that has none."""
    return DiscordError(400, 50024, "Cannot execute action on this channel type")


def thread_exists() -> DiscordError:
    """Return 160004, for a second thread at a message."""
    return DiscordError(400, 160004, "A thread has already been created for this message")


def archived_thread() -> DiscordError:
    """Return 50083, for a write to a thread that is archived and locked, or an edit in an archived one."""
    return DiscordError(400, 50083, "Thread is archived")


def too_many_followups() -> DiscordError:
    """Return 40094, for a sixth follow-up of a user install."""
    return DiscordError(400, 40094, "This interaction has reached the maximum number of follow-up messages")


def dead_token() -> DiscordError:
    """Return 50027, for an interaction token older than 900 s."""
    return DiscordError(401, 50027, "Invalid Webhook Token")


def invalid(path: str, code: str, message: str) -> DiscordError:
    """Return 50035 with the tree of errors that leads to the field *path*, such as ``a.0.b``."""
    tree: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(path.split(".")):
        tree = {part: tree}
    return DiscordError(400, 50035, "Invalid Form Body", tree)


# The errors that the fault discord_error can answer to any request: status and message by Discord's code.
REFUSALS = {
    0: (403, "403: Forbidden"),
    10003: (404, "Unknown Channel"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    160002: (403, "Cannot reply without permission to read message history"),
    200000: (400, "Message was blocked by automatic moderation"),
}


def refusal(code: int) -> DiscordError:
    """Return a listed error by its code. KeyError for other codes. A 429 carries ``retry_after``, as Discord's do."""
    status, message = REFUSALS[code]
    error = DiscordError(status, code, message)
    if status == 429:
        error.body.update(retry_after=600.0)
    return error
