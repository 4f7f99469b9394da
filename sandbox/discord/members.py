"""List a server's members for a gateway session that may read them.

https://discord.com/developers/docs/events/gateway-events#request-guild-members (2026-11-29)
"""

from __future__ import annotations

from sandbox.records import Json, Server
from sandbox.world import World


def server_json(world: World, server: Server, *, all_members: bool) -> Json:
    """Return GUILD_CREATE's body, with all members or the bot alone. Discord sends all to those that get presences."""
    body = world.server_json(server)
    return {**body, "members": _all_members(world, server)} if all_members else body


def _all_members(world: World, server: Server) -> list[Json]:
    return [world.member_json(user_id, server) for user_id in server.members]


def chunk(world: World, asked: Json) -> Json:
    """Return the body of GUILD_MEMBERS_CHUNK. *asked* names members by ids or by the begin of a name.

    KeyError for a server that does not exist or is without the bot.
    """
    server = world.servers[str(asked["guild_id"])]
    if not server.with_bot:
        raise KeyError(server.id)
    found = _all_members(world, server)
    body: Json = {"guild_id": server.id, "chunk_index": 0, "chunk_count": 1, "nonce": asked.get("nonce")}
    if (ids := asked.get("user_ids")) is not None:
        wanted = {str(user_id) for user_id in (ids if isinstance(ids, list) else [ids])}
        body["not_found"] = sorted(wanted - set(server.members))
        return {**body, "members": [member for member in found if member["user"]["id"] in wanted]}
    begin, limit = str(asked.get("query") or "").casefold(), int(asked.get("limit") or 0)
    named = [member for member in found if member["user"]["username"].startswith(begin)]
    return {**body, "members": named[: limit or None]}
