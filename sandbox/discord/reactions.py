"""Routes of reactions, for calls with the bot's token.

https://discord.com/developers/docs/resources/message#create-reaction (2026-11-29)
"""

from __future__ import annotations

from aiohttp import web

from sandbox.discord import errors, reaction_rules
from sandbox.discord.reachable import channel_of, message_of
from sandbox.discord.transport import Answer, Call, Route
from sandbox.records import Message
from sandbox.world import World

NORMAL = "0"  # the type of a reaction that is not a super reaction


class Reactions:
    """Routes that end in ``/reactions`` or begin there."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        everything = "/channels/{channel_id}/messages/{message_id}/reactions"
        one = f"{everything}/{{emoji_name}}"
        return [
            ("PUT", f"{one}/@me", self._add),
            ("DELETE", f"{one}/@me", self._remove_own),
            ("DELETE", f"{one}/{{user_id}}", self._remove),
            ("GET", one, self._users),
            ("DELETE", one, self._clear_emoji),
            ("DELETE", everything, self._clear),
        ]

    def _add(self, request: web.Request, _call: Call) -> Answer:
        _, message = message_of(self._world, request)
        reaction_rules.add(self._world, message, self._world.bot_id, _emoji(request))
        return 204, None

    def _remove_own(self, request: web.Request, _call: Call) -> Answer:
        _, message = message_of(self._world, request)
        reaction_rules.remove(self._world, message, self._world.bot_id, _emoji(request))
        return 204, None

    def _remove(self, request: web.Request, _call: Call) -> Answer:
        message, user_id = self._managed(request), request.match_info["user_id"]
        if user_id not in (*self._world.people, self._world.bot_id):
            raise errors.unknown_user()
        reaction_rules.remove(self._world, message, user_id, _emoji(request))
        return 204, None

    def _clear_emoji(self, request: web.Request, _call: Call) -> Answer:
        reaction_rules.clear_emoji(self._world, self._managed(request), _emoji(request))
        return 204, None

    def _clear(self, request: web.Request, _call: Call) -> Answer:
        reaction_rules.clear(self._world, self._managed(request))
        return 204, None

    def _managed(self, request: web.Request) -> Message:
        """Return the message if the bot may remove others' reactions there: nowhere in direct messages."""
        if channel_of(self._world, request).server_id is None:
            raise errors.only_in_servers()
        return message_of(self._world, request, "MANAGE_MESSAGES")[1]

    def _users(self, request: web.Request, _call: Call) -> Answer:
        """Answer one page of the users who reacted, by their ids."""
        _, message = message_of(self._world, request)
        users = message.reactions.get(reaction_rules.known(_emoji(request)), ())
        after, limit = _page(request)
        found = sorted((user_id for user_id in users if int(user_id) > after), key=int)
        if request.query.get("type", NORMAL) != NORMAL:
            found = []
        return 200, [self._world.user_json(user_id) for user_id in found[:limit]]


def _emoji(request: web.Request) -> str:
    return request.match_info["emoji_name"]


def _page(request: web.Request) -> tuple[int, int]:
    """Return after which user and how many: https://discord.com/developers/docs/resources/message#get-reactions."""
    try:
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "25"))
    except ValueError:
        raise errors.invalid("limit", "NUMBER_TYPE_COERCE", "Value is not int.") from None
    if not 1 <= limit <= 100:
        raise errors.invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    return after, limit
