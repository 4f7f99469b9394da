"""The private names of discord.py that the bot uses, each with its reason. ``check`` finds them when the bot starts.

discord.py has no public functions for these things (2.7.1). A new version may rename a private name without notice, so
the bot refuses to start with such a version instead of failing at the first command.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.backoff import ExponentialBackoff
from discord.gateway import ReconnectWebSocket
from discord.shard import Shard

from cogs.messaging.outcomes import RouteClosed
from imagegen.address import Address

MAX_RECONNECT_EXPONENT = 6  # a random time of up to 2 ** 6 s
INTERACTION_WEBHOOK = 3  # https://discord.com/developers/docs/resources/webhook#webhook-object-webhook-types


class DiscordPyChanged(RuntimeError):
    """The installed discord.py lacks private names that the bot uses. Names them and the version."""


def webhook(client: discord.Client, address: Address) -> discord.Webhook:
    """Return the webhook of the interaction behind *address*. Raises RouteClosed if its token is forgotten.

    After a restart no Interaction object exists, only the stored token; so build the webhook as
    ``Interaction.followup`` does, with the client's own connection state.
    """
    if not address.token:
        raise RouteClosed
    data: Any = {"id": address.application_id, "type": INTERACTION_WEBHOOK, "token": address.token}
    return discord.Webhook.from_state(data, state=client._connection)


def role_ids(member: discord.Member) -> tuple[int, ...]:
    """Return the ids of the roles that Discord sent with *member*.

    ``Member.roles`` resolves the roles from the server's cache, and so leaves out roles that are not cached.
    """
    return tuple(member._roles)


def parameters(command: app_commands.Command[Any, ..., Any]) -> dict[str, Any]:
    """Return the parameters of a command as a dictionary that may be changed.

    Choices that are known only at start cannot be declared, and ``Command.parameters`` returns copies.
    """
    return command._params


def set_timeout(client: discord.Client, timeout: aiohttp.ClientTimeout) -> None:
    """Set the time limits of every HTTP request of *client*, which must be logged in.

    discord.py makes its HTTP session at login and takes no time limits for the session.
    """
    client.http._HTTPClient__session._timeout = timeout  # type: ignore[attr-defined]  # private names


def limit_reconnects(info: discord.ShardInfo) -> None:
    """Let a shard wait before each attempt to connect again, and at most 64 s.

    discord.py waits up to 17 min after an outage of an hour. It does not wait at all if the gateway accepts a
    connection and closes it before it says hello: an error that is no handled one of a shard ends the bot, or leads to
    the next attempt at once (2.7.1, shard.py).
    """
    shard = info._parent
    shard._backoff._max = MAX_RECONNECT_EXPONENT
    if ReconnectWebSocket not in shard._handled_exceptions:
        shard._handled_exceptions = (*shard._handled_exceptions, ReconnectWebSocket)


def check(client: discord.Client) -> None:
    """Check that discord.py has every private name used here. *client* must be logged in. Raises DiscordPyChanged."""
    session = getattr(client.http, "_HTTPClient__session", None)
    found = {
        "Client._connection": hasattr(client, "_connection"),
        "Webhook.from_state": hasattr(discord.Webhook, "from_state"),
        "Member._roles": hasattr(discord.Member, "_roles"),
        "Command._params": hasattr(_any_command, "_params"),
        "HTTPClient.__session": session is not None,
        "ClientSession._timeout": hasattr(session, "_timeout"),
        "ShardInfo._parent": hasattr(discord.ShardInfo, "_parent"),
        "Shard._backoff": "_backoff" in Shard.__init__.__code__.co_names,
        "Shard._handled_exceptions": "_handled_exceptions" in Shard.__init__.__code__.co_names,
        "ExponentialBackoff._max": hasattr(ExponentialBackoff(), "_max"),
    }
    if missing := [name for name, is_there in found.items() if not is_there]:
        raise DiscordPyChanged(f"discord.py {discord.__version__} lacks {', '.join(missing)}; install 2.7.1")


@app_commands.command(name="check", description="A command that is never registered; ``check`` looks at its parts.")
async def _any_command(_interaction: discord.Interaction[Any]) -> None: ...
