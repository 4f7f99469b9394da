"""Routes of application commands, global or of one server.

https://discord.com/developers/docs/interactions/application-commands (2026-11-24)
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.discord import command_schema, errors
from sandbox.discord.transport import Answer, Call, Route
from sandbox.faults import Faults, declare
from sandbox.records import Json
from sandbox.world import World

USER_INSTALL = 1
CONTEXTS_LOST = declare("contexts_lost", "The next commands that are registered lose their contexts.")


class Commands:
    """Routes under ``/applications/{id}/commands`` and ``/applications/{id}/guilds/{id}/commands``."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        everywhere = "/applications/{application_id}/commands"
        server = "/applications/{application_id}/guilds/{guild_id}/commands"
        return [
            ("GET", everywhere, self._get),
            ("PUT", everywhere, self._put),
            ("GET", server, self._get_server),
            ("PUT", server, self._put_server),
        ]

    def _get(self, _request: web.Request, _call: Call) -> Answer:
        return 200, self._world.commands

    def _put(self, _request: web.Request, call: Call) -> Answer:
        self._world.commands = self._registered(call, None)
        self._world.changed()
        return 200, self._world.commands

    def _get_server(self, request: web.Request, _call: Call) -> Answer:
        return 200, self._world.server_commands.get(self._server(request), [])

    def _put_server(self, request: web.Request, call: Call) -> Answer:
        server_id = self._server(request)
        self._world.server_commands[server_id] = self._registered(call, server_id)
        self._world.changed()
        return 200, self._world.server_commands[server_id]

    def _server(self, request: web.Request) -> str:
        server = self._world.servers.get(request.match_info["guild_id"])
        if server is None or not server.with_bot:
            raise errors.missing_access()
        return server.id

    def _registered(self, call: Call, server_id: str | None) -> list[Json]:
        """Return the commands as Discord stores them. A command that keeps its name keeps its id."""
        payload: Any = call.payload or []
        if self._faults.take(CONTEXTS_LOST) is not None:
            payload = [{**command, "contexts": None} for command in payload]
        command_schema.check(payload)
        if not self._world.settings.user_install:
            _check_servers_only(payload)
        before = self._world.commands if server_id is None else self._world.server_commands.get(server_id, [])
        known = {(command["type"], command["name"]): command["id"] for command in before}
        return [self._stored(command, known, server_id) for command in payload]

    def _stored(self, command: Json, known: dict[Any, str], server_id: str | None) -> Json:
        fields = {name: value for name, value in command.items() if value is not None}
        stored: Json = {"type": 1, "description": "", "default_member_permissions": None, "nsfw": False}
        stored |= {"dm_permission": True, "contexts": None, "integration_types": [0], **fields}
        if stored["default_member_permissions"] is not None:
            stored["default_member_permissions"] = str(
                stored["default_member_permissions"]
            )  # Discord takes a number too
        stored["id"] = known.get((stored["type"], stored["name"])) or self._world.snowflake()
        stored |= {"application_id": self._world.bot_id, "version": self._world.snowflake()}
        return stored if server_id is None else {**stored, "guild_id": server_id}


def _check_servers_only(commands: list[Json]) -> None:
    """Refuse user-install commands of an app without user installs. Discord's wording is not documented."""
    for index, command in enumerate(commands):
        if USER_INSTALL in (command.get("integration_types") or []):
            raise errors.invalid(
                f"{index}.integration_types", "BASE_TYPE_CHOICES", "The application has no user install."
            )
