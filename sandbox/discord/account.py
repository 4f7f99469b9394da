"""Routes of the bot's own account, other users, and opening direct messages."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.discord import errors
from sandbox.discord.transport import Answer, Call, Route
from sandbox.world import World

MEMBERS_GRANTED = (1 << 12) | (1 << 13) | (1 << 14) | (1 << 15)  # and presences
MESSAGE_CONTENT_GRANTED = (1 << 18) | (1 << 19)


class Account:
    """Routes under ``/users``, ``/applications/@me`` and ``/gateway/bot``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes, each as method, path and handler."""
        return [
            ("GET", "/users/@me", self._me),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/users/{user_id}", self._user),
            ("POST", "/users/@me/channels", self._open_dm),
        ]

    def _me(self, _request: web.Request, _call: Call) -> Answer:
        me = {**self._world.user_json(self._world.bot_id), "mfa_enabled": False, "locale": "en-US", "email": None}
        return 200, {**me, "verified": True, "premium_type": 0}

    def _application(self, _request: web.Request, _call: Call) -> Answer:
        world = self._world
        granted = MESSAGE_CONTENT_GRANTED if world.settings.message_content else 0
        granted |= MEMBERS_GRANTED if world.settings.member_intents else 0
        installs: dict[str, Any] = {"0": {}, "1": {}} if world.settings.user_install else {"0": {}}
        return 200, {
            "id": world.bot_id, "name": world.bot_name, "icon": None, "description": "", "bot_public": True,
            "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": granted,
            "owner": world.user_json(world.servers[world.server_id].owner_id), "team": None,
            "type": None, "flags_new": str(granted),
            "eligible_oauth2_scopes": ["bot", "applications.commands"], "redirect_uris": [],
            "interactions_endpoint_url": None, "role_connections_verification_url": None,
            "approximate_guild_count": sum(server.with_bot for server in world.servers.values()),
            "approximate_user_install_count": sum(person.installed for person in world.people.values()),
            "approximate_user_authorization_count": 0, "explicit_content_filter": 0,
            "integration_types_config": installs,
        }  # fmt: skip

    def _gateway(self, request: web.Request, _call: Call) -> Answer:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return 200, {
            "url": f"ws://{request.host}/gateway",
            "shards": self._world.settings.shards,
            "session_start_limit": limit,
        }

    def _user(self, request: web.Request, _call: Call) -> Answer:
        user_id = request.match_info["user_id"]
        if user_id not in self._world.people and user_id != self._world.bot_id:
            raise errors.unknown_user()
        return 200, self._world.user_json(user_id)

    def _open_dm(self, _request: web.Request, call: Call) -> Answer:
        person_id = str(call.payload["recipient_id"])
        if person_id not in self._world.people:
            raise errors.unknown_user()
        return 200, self._world.channel_json(self._world.bot_dm(person_id))
