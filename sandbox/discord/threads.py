"""Routes with which the bot starts threads and forum posts.

https://discord.com/developers/docs/resources/channel#start-thread-without-message (2026-11-29)
"""

from __future__ import annotations

from aiohttp import web

from sandbox.discord import errors, message_rules
from sandbox.discord.reachable import channel_of, message_of
from sandbox.discord.transport import Answer, Call, Route
from sandbox.records import FORUM, PRIVATE_THREAD, TEXT, Channel
from sandbox.world import World


class Threads:
    """Routes that end in ``/threads``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        return [
            ("POST", "/channels/{channel_id}/threads", self._start),
            ("POST", "/channels/{channel_id}/messages/{message_id}/threads", self._start_at_message),
        ]

    def _start(self, request: web.Request, call: Call) -> Answer:
        world, parent = self._world, channel_of(self._world, request)
        if parent.kind == FORUM:
            return self._post(channel_of(world, request, "SEND_MESSAGES"), call)
        channel_of(world, request, "CREATE_PUBLIC_THREADS")  # the sandbox has no permission for private threads alone
        _check_parent(parent)
        is_private = call.payload.get("type", PRIVATE_THREAD) == PRIVATE_THREAD
        people = [world.bot_id] if is_private else None
        return self._answer(world.add_thread(parent, str(call.payload["name"]), world.bot_id, people=people))

    def _post(self, forum: Channel, call: Call) -> Answer:
        """Start a forum post. It has the id of its first message, and is not there if that message is refused."""
        world, message = self._world, dict(call.payload["message"])
        thread = world.add_thread(forum, str(call.payload["name"]), world.bot_id)
        try:
            first = message_rules.create(world, thread, world.bot_id, message, call.uploads, id=thread.id)
        except errors.DiscordError:
            world.delete_channel(thread)
            raise
        return 201, {**world.channel_json(thread), "message": world.message_json(first)}

    def _start_at_message(self, request: web.Request, call: Call) -> Answer:
        parent, message = message_of(self._world, request, "CREATE_PUBLIC_THREADS")
        _check_parent(parent)
        if message.id in self._world.channels:
            raise errors.thread_exists()
        name = str(call.payload["name"])
        return self._answer(self._world.add_thread(parent, name, self._world.bot_id, at_message=message.id))

    def _answer(self, thread: Channel) -> Answer:
        return 201, self._world.channel_json(thread)


def _check_parent(parent: Channel) -> None:
    if parent.kind != TEXT:
        raise errors.wrong_channel_type()
