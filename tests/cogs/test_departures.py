"""The bot records which servers have removed it, even while it was offline."""

from __future__ import annotations

from typing import Any

from imagegen.policy.server_settings import ServerSettings
from imagegen.store import departures, server_settings
from tests.cogs.conftest import Room

OTHER_SERVER = 5 << 22  # a server that the bot is not in


async def departed(room: Room) -> tuple[int, ...]:
    return await room.store.read(departures.departed_servers)


def cog(room: Room) -> Any:
    return room.bot.get_cog("ServerDepartures")


async def test_a_removal_from_a_server_and_a_return_are_recorded(room: Room) -> None:
    guild = room.bot.guilds[0]

    await cog(room).on_guild_remove(guild)
    left = await departed(room)
    await cog(room).on_guild_join(guild)

    assert guild.id in left
    assert guild.id not in await departed(room)


async def test_removals_and_returns_while_the_bot_was_offline_are_recorded_at_the_next_ready(room: Room) -> None:
    guild = room.bot.guilds[0]
    await room.store.write(
        server_settings.set_settings, OTHER_SERVER, ServerSettings(spoiler=True), user_id=1, now=guild.created_at
    )
    await room.service.departures.left(guild.id)

    await cog(room).on_ready()

    left = await departed(room)
    assert OTHER_SERVER in left
    assert guild.id not in left


async def test_a_process_records_no_departure_from_a_server_of_another_process(room: Room) -> None:
    await room.store.write(departures.came_back, [OTHER_SERVER, OTHER_SERVER + (1 << 22)])
    await room.store.write(
        server_settings.set_settings,
        OTHER_SERVER,
        ServerSettings(spoiler=True),
        user_id=1,
        now=room.bot.guilds[0].created_at,
    )

    await room.service.departures.compare([], lambda server_id: server_id != OTHER_SERVER)

    assert OTHER_SERVER not in await departed(room)
    await room.service.departures.compare([guild.id for guild in room.bot.guilds], lambda _: True)
