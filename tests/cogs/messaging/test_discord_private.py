"""The bot starts only with a discord.py that has every private name the bot uses."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp
import discord
import pytest

from cogs.messaging import discord_private
from cogs.messaging.discord_private import DiscordPyChanged
from cogs.messaging.outcomes import RouteClosed
from imagegen.address import Address
from tests.cogs.conftest import Room
from tests.cogs.objects import CLIENT

ROOT = Path(__file__).parents[3]


async def test_the_installed_version_has_every_private_name(room: Room) -> None:
    discord_private.check(room.bot)


@pytest.mark.parametrize(
    ("owner", "name", "said"), [(discord.Member, "_roles", "Member._roles"), (discord.Webhook, "from_state", "Webhook")]
)
async def test_a_version_that_lacks_a_name_is_refused_with_that_name(
    room: Room, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, said: str
) -> None:
    monkeypatch.delattr(owner, name)

    with pytest.raises(DiscordPyChanged, match=f"lacks {said}"):
        discord_private.check(room.bot)


async def test_a_client_without_a_session_is_refused() -> None:
    with pytest.raises(DiscordPyChanged, match="_timeout"):
        discord_private.check(CLIENT)


async def test_the_time_limits_are_those_of_the_session_in_use(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = aiohttp.ClientTimeout(total=7)
    session = room.bot.http._HTTPClient__session  # type: ignore[attr-defined]  # discord.py's own
    monkeypatch.setattr(session, "_timeout", session.timeout)  # restored when the test ends

    discord_private.set_timeout(room.bot, limits)

    assert session.timeout == limits


def test_the_webhook_of_a_stored_interaction_needs_its_token() -> None:
    webhook = discord_private.webhook(CLIENT, Address(application_id=8, token="t0ken"))

    assert (webhook.id, webhook.token) == (8, "t0ken")
    with pytest.raises(RouteClosed):
        discord_private.webhook(CLIENT, Address(application_id=8))


def test_no_other_file_of_the_bot_uses_these_private_names() -> None:
    names = re.compile(r"\._(?:connection|roles|params|HTTPClient__session|view_store|value2member_map_)\b")
    files = [ROOT / "bot.py", *(ROOT / "cogs").rglob("*.py"), *(ROOT / "hosting").rglob("*.py")]

    users = [str(file.relative_to(ROOT)) for file in files if names.search(file.read_text(encoding="utf-8"))]

    assert users == ["cogs/messaging/discord_private.py"]
