"""Check the servers that the bot is in: whether ALLOWED_SERVERS names them, and what the bot may do there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import discord

from hosting.connect import MAX_SERVERS
from hosting.installs import PERMISSIONS
from hosting.problems import Exit, Finding

MAX_TOLD = 10  # of the servers with the same trouble
INVITE = "the link that `python bot.py invite` prints"


def judged(permissions: Mapping[int, discord.Permissions], allowed: tuple[int, ...]) -> Iterator[Finding]:
    """Yield notes about the bot's servers. *permissions* has the bot's in each of them, without those of channels."""
    if not permissions:
        yield Finding(f"the bot is in no server yet. Open {INVITE}.", Exit.GOOD)
        return
    if len(permissions) < MAX_SERVERS:
        yield from _absent([server for server in allowed if server not in permissions])
    ours = {server: granted for server, granted in permissions.items() if server in allowed or not allowed}
    lacking = {server: names for server, granted in ours.items() if (names := _missing(granted))}
    for server, names in list(lacking.items())[:MAX_TOLD]:
        yield Finding(f"in server {server}, the bot's role lacks {names}. Grant it, or open {INVITE} again.", Exit.GOOD)


def _absent(servers: list[int]) -> Iterator[Finding]:
    for server in servers[:MAX_TOLD]:
        yield Finding(
            f"ALLOWED_SERVERS names {server}, but the bot is not there. Correct the id, or open {INVITE}.", Exit.GOOD
        )


def _missing(granted: discord.Permissions) -> str:
    """Return the names, as Discord's client shows them, of the permissions that delivery needs and lacks."""
    if granted.administrator:
        return ""
    lacking = discord.Permissions(PERMISSIONS.value & ~granted.value)
    return ", ".join(name.replace("_", " ").title() for name, is_set in lacking if is_set)
