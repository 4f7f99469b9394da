"""The bot knows which servers it has left, whoever told it so and whenever."""

from __future__ import annotations

from typing import Any

from imagegen.policy.server_settings import ServerSettings
from imagegen.store import departures, server_settings
from tests.cogs.conftest import Room

STRANGE = 5 << 22  # a server that the bot is not in


async def waiting(room: Room) -> tuple[int, ...]:
    return await room.store.read(departures.departed_servers)


def cog(room: Room) -> Any:
    return room.bot.get_cog("ServerDepartures")


async def test_a_removal_is_noticed_and_so_is_a_return(room: Room) -> None:
    guild = room.bot.guilds[0]

    await cog(room).on_guild_remove(guild)
    left = await waiting(room)
    await cog(room).on_guild_join(guild)

    assert guild.id in left
    assert guild.id not in await waiting(room)


async def test_what_happened_while_the_bot_was_away_is_caught_up_at_the_next_ready(room: Room) -> None:
    guild = room.bot.guilds[0]
    await room.store.write(
        server_settings.set_settings, STRANGE, ServerSettings(spoiler=True), user_id=1, now=guild.created_at
    )
    await room.service.departures.left(guild.id)

    await cog(room).on_ready()

    left = await waiting(room)
    assert STRANGE in left
    assert guild.id not in left


async def test_a_process_says_nothing_of_servers_that_are_another_ones(room: Room) -> None:
    await room.store.write(departures.came_back, [STRANGE, STRANGE + (1 << 22)])
    await room.store.write(
        server_settings.set_settings,
        STRANGE,
        ServerSettings(spoiler=True),
        user_id=1,
        now=room.bot.guilds[0].created_at,
    )

    await room.service.departures.compare([], lambda server_id: server_id != STRANGE)

    assert STRANGE not in await waiting(room)
    await room.service.departures.compare([guild.id for guild in room.bot.guilds], lambda _: True)
