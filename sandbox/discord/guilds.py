"""Routes of servers, their roles, channels and members, as far as the bot may read them.

https://discord.com/developers/docs/resources/guild (2026-11-24)
"""

from __future__ import annotations

from aiohttp import web

from sandbox import permissions
from sandbox.discord import errors
from sandbox.discord.transport import Answer, Call, Route
from sandbox.records import Server
from sandbox.world import World


class Guilds:
    """Routes under ``/guilds`` and ``/users/@me/guilds``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        guild = "/guilds/{guild_id}"
        return [
            ("GET", "/users/@me/guilds", self._mine),
            ("DELETE", "/users/@me/guilds/{guild_id}", self._leave),
            ("GET", guild, self._get),
            ("GET", f"{guild}/roles", self._roles),
            ("GET", f"{guild}/roles/{{role_id}}", self._role),
            ("GET", f"{guild}/channels", self._channels),
            ("GET", f"{guild}/threads/active", self._threads),
            ("GET", f"{guild}/members", self._members),
            ("GET", f"{guild}/members/{{user_id}}", self._member),
        ]

    def _server(self, request: web.Request) -> Server:
        server = self._world.servers.get(request.match_info["guild_id"])
        if server is None:
            raise errors.unknown_guild()
        if not server.with_bot:
            raise errors.missing_access()
        return server

    def _mine(self, _request: web.Request, _call: Call) -> Answer:
        bot_id = self._world.bot_id
        return 200, [
            {
                "id": server.id, "name": server.name, "icon": None, "banner": None, "features": [],
                "owner": server.owner_id == bot_id, "permissions": str(permissions.in_server(server, bot_id)),
            }
            for server in self._world.servers.values() if server.with_bot
        ]  # fmt: skip

    def _leave(self, request: web.Request, _call: Call) -> Answer:
        self._world.remove_bot(self._server(request))
        return 204, None

    def _get(self, request: web.Request, _call: Call) -> Answer:
        server = self._server(request)
        body = self._world.guild_json(server)
        if request.query.get("with_counts") in ("1", "true"):
            body |= {"approximate_member_count": len(server.members), "approximate_presence_count": 1}
        return 200, body

    def _roles(self, request: web.Request, _call: Call) -> Answer:
        return 200, [self._world.role_json(role) for role in self._server(request).roles.values()]

    def _role(self, request: web.Request, _call: Call) -> Answer:
        role = self._server(request).roles.get(request.match_info["role_id"])
        if role is None:
            raise errors.unknown_role()
        return 200, self._world.role_json(role)

    def _channels(self, request: web.Request, _call: Call) -> Answer:
        return 200, [self._world.channel_json(c) for c in self._world.channels_of(self._server(request))]

    def _threads(self, request: web.Request, _call: Call) -> Answer:
        world, found = self._world, self._world.channels_of(self._server(request), threads=True)
        seen = [thread for thread in found if not thread.archived and world.sees(world.bot_id, thread)]
        return 200, {"threads": [world.channel_json(thread) for thread in seen], "members": [], "has_more": False}

    def _members(self, request: web.Request, _call: Call) -> Answer:
        """Return a page of members, by id. It needs the intent for members."""
        server = self._server(request)
        if not self._world.settings.member_intents:
            raise errors.missing_access()
        limit, after = int(request.query.get("limit", "1")), int(request.query.get("after", "0"))
        ids = [user_id for user_id in sorted(server.members, key=int) if int(user_id) > after]
        return 200, [self._world.member_json(user_id, server) for user_id in ids[:limit]]

    def _member(self, request: web.Request, _call: Call) -> Answer:
        server, user_id = self._server(request), request.match_info["user_id"]
        if user_id not in server.members:
            raise errors.unknown_member() if user_id in self._world.people else errors.unknown_user()
        return 200, self._world.member_json(user_id, server)
