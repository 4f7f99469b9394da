"""The registered commands: Discord keeps where each is offered, and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cogs.messaging.outcomes import call_discord
from hosting.verify.items import Item, Outcome, failed, passed
from hosting.verify.stage import Stage

Command = Mapping[str, Any]
NAMED = 3  # commands that a sentence names


async def sync(stage: Stage) -> Outcome:
    """Register the bot's commands as its start does, and compare what Discord then has."""
    sent = await stage.registered()
    kept = await call_discord(stage.client.http.get_global_commands, stage.app.id)
    wrong = differences(sent, kept)
    user = sum(1 in (command.get("integration_types") or ()) for command in kept)
    facts = {"commands": len(kept), "for_user_installs": user}
    if wrong:
        return failed(f"Discord keeps something else than was sent: {'; '.join(wrong[:NAMED])}.", **facts)
    seen = f"Discord keeps all {len(kept)} commands with their contexts and permissions, {user} for user installs."
    return passed(seen, **facts)


def differences(sent: Iterable[Command], kept: Iterable[Command]) -> list[str]:
    """Return a sentence for each command that Discord keeps differently."""
    by_name = {(command["type"], command["name"]): command for command in kept}
    found = []
    for command in sent:
        kept_one = by_name.pop((command["type"], command["name"]), None)
        if kept_one is None:
            found.append(f"{command['name']} is missing")
            continue
        other = [field for field, read in FIELDS.items() if read(command) != read(kept_one)]
        found += [f"{command['name']}: {field} differ" for field in other]
    return found + [f"{name} was not sent" for _kind, name in by_name]


def _set(field: str) -> Any:
    return lambda command: sorted(command.get(field) or ())


def _permissions(command: Command) -> int | None:
    value = command.get("default_member_permissions")
    return None if value is None else int(value)


def _options(command: Command) -> list[Any]:
    return [
        [option["name"], option["type"], bool(option.get("required")), _options(option)]
        for option in command.get("options") or ()
    ]


FIELDS: Mapping[str, Any] = {
    "contexts": _set("contexts"),
    "integration_types": _set("integration_types"),
    "default_member_permissions": _permissions,
    "options": _options,
}
RULES = ((Item("discord.sync", "Commands keep contexts, installs and permissions"), sync),)
