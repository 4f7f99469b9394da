"""Set the stage: the control port's calls for servers, people, roles, channels, commands and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox import permissions, settings
from sandbox.discord import command_permissions, command_schema
from sandbox.records import Json, Role, Server
from sandbox.world import World

PERMISSION_TYPES = {
    "role": command_permissions.FOR_ROLE,
    "user": command_permissions.FOR_USER,
    "channel": command_permissions.FOR_CHANNEL,
}


class SetupApi:
    """Handlers of the calls that change what exists in the local Discord."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> dict[str, Callable[[Json], Any]]:
        """Return the handler of each path. A handler takes the request's JSON and returns the answer's."""
        return {
            "/people": self._add_person,
            "/people/change": self._change_person,
            "/servers": self._add_server,
            "/servers/bot": self._set_bot_present,
            "/members": self._change_member,
            "/roles": self._add_role,
            "/roles/change": self._change_role,
            "/roles/delete": self._delete_role,
            "/channels": self._add_channel,
            "/channels/change": self._change_channel,
            "/channels/delete": self._delete_channel,
            "/permissions": self._deny_bot,
            "/overwrites": self._overwrite,
            "/groups": self._add_group,
            "/commands/permissions": self._set_command_permissions,
            "/discord/settings": self._change_settings,
        }

    def _server(self, body: Json) -> Server:
        """Return the server that the call names; the first server if it names none."""
        return self._world.servers[str(body.get("server") or self._world.server_id)]

    def _role(self, body: Json) -> tuple[Server, Role]:
        """Return the role and its server. KeyError if no server has the role."""
        for server in self._world.servers.values():
            if (role := server.roles.get(str(body["role"]))) is not None:
                return server, role
        raise KeyError(body["role"])

    def _add_person(self, body: Json) -> Json:
        """Add a person. ``server: null`` adds one who is a member of no server."""
        manager, server = bool(body.get("manager")), self._server(body)
        person = self._world.add_person(
            body["name"], locale=_locale(body.get("locale") or "en-US"), manager=manager, server=server
        )
        person.installed, person.dm_open = bool(body.get("installed")), bool(body.get("dm_open", True))
        if "server" in body and body["server"] is None:
            self._world.leave(server, person.id)
        return {"id": person.id}

    def _change_person(self, body: Json) -> None:
        person = self._world.people[str(body["person"])]
        for name in set(body) - {"person"}:
            if name not in ("locale", "installed", "dm_open"):
                raise ValueError(f"a person has no changeable field {name}")
            setattr(person, name, _locale(body[name]) if name == "locale" else bool(body[name]))
        self._world.changed()

    def _add_server(self, body: Json) -> Json:
        owner = str(body.get("owner") or next(iter(self._world.people)))
        here = bool(body.get("bot", True))
        locale = _locale(body["locale"]) if body.get("locale") else None
        server = self._world.add_server(body["name"], self._world.people[owner].id, with_bot=here, locale=locale)
        return {"id": server.id, "roles": {role.name: role.id for role in server.roles.values()}}

    def _set_bot_present(self, body: Json) -> None:
        server = self._server(body)
        if bool(body["present"]) == server.with_bot:
            raise ValueError(f"the bot is already {'in' if server.with_bot else 'out of'} {server.name}")
        if server.with_bot:
            self._world.remove_bot(server)
        else:
            self._world.add_bot(server)

    def _change_member(self, body: Json) -> None:
        """Add a member, replace a member's roles (by id or name), or remove the member."""
        server, user_id = self._server(body), str(body["person"])
        if body.get("leave"):
            return self._world.leave(server, user_id)
        by_name = {role.name: role.id for role in server.roles.values()}
        roles = [by_name.get(str(name), str(name)) for name in body.get("roles") or []]
        change = self._world.set_roles if user_id in server.members else self._world.join
        return change(server, user_id, roles)

    def _add_role(self, body: Json) -> Json:
        granted = permissions.bits(body.get("permissions") or [])
        return {"id": self._world.add_role(self._server(body), body["name"], granted).id}

    def _change_role(self, body: Json) -> None:
        self._world.change_role(*self._role(body), permissions.bits(body["permissions"]))

    def _delete_role(self, body: Json) -> None:
        server, role = self._role(body)
        if role.id == server.id or role.managed:
            raise ValueError(f"{role.name} cannot be deleted")
        self._world.delete_role(server, role)

    def _add_channel(self, body: Json) -> Json:
        kind, nsfw = body.get("kind") or "text", bool(body.get("nsfw"))
        channel = self._world.add_channel(
            body["name"], body.get("deny") or [], server=self._server(body), kind=kind, nsfw=nsfw
        )
        return {"id": channel.id}

    def _change_channel(self, body: Json) -> None:
        channel = self._world.channels[str(body["channel"])]
        for name in set(body) - {"channel"}:
            if name not in (("archived", "locked") if channel.is_thread else ("nsfw",)):
                raise ValueError(f"{channel.name} has no changeable field {name}")
            setattr(channel, name, bool(body[name]))
        self._world.emit_channel_update(channel)

    def _delete_channel(self, body: Json) -> None:
        self._world.delete_channel(self._world.channels[str(body["channel"])])

    def _deny_bot(self, body: Json) -> None:
        self._overwrite({"channel": body["channel"], "target": self._world.bot_id, "deny": body["deny"]})

    def _overwrite(self, body: Json) -> None:
        world, target = self._world, str(body["target"])
        channel = world.channels[str(body["channel"])]
        if channel.server_id is None or channel.is_thread:
            raise ValueError(f"{channel.name} has no overwrites of its own")
        if target not in world.servers[channel.server_id].roles:
            world.user_json(target)  # raises KeyError for an id of neither a role nor a person
        world.overwrite(channel, target, allow=body.get("allow") or [], deny=body.get("deny") or [])
        world.emit_channel_update(channel)

    def _add_group(self, body: Json) -> Json:
        people = [self._world.people[str(name)].id for name in body["people"]]
        if len(people) < 2:
            raise ValueError("direct messages need at least two people")
        return {"id": self._world.add_group(people, body.get("name") or "").id}

    def _set_command_permissions(self, body: Json) -> None:
        world, server = self._world, self._server(body)
        known = {c["name"]: c["id"] for c in (*world.commands, *world.server_commands.get(server.id, []))}
        rules = [{**rule, "type": PERMISSION_TYPES[rule["type"]]} for rule in body["rules"]]
        world.command_permissions[server.id, known[body["command"]]] = rules
        world.changed()

    def _change_settings(self, body: Json) -> None:
        for name, value in body.items():
            settings.change(self._world.settings, name, value, of="the local Discord")


def _locale(name: str) -> str:
    if name not in command_schema.LOCALES:
        raise ValueError(f"Discord has no locale {name!r}")
    return name
