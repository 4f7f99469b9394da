"""A token that is reset while the bot runs ends the process with a sentence, before Discord bans the address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.end_to_end.outages import Outage, outage_in

Refuse = Callable[[Outage], Awaitable[None]]
MOST_CALLS = 3  # that a token may make after it was refused: those that had begun


async def refused_by_rest(house: Outage) -> None:
    """Let the next call be refused, as after a reset in the portal."""
    ana, channel = await house.new_person(), await house.channel()
    await ana.say(channel, f"{house.mention} whose token is refused")


async def refused_by_the_gateway(house: Outage) -> None:
    """Close the connections as Discord does when a token is reset."""
    for session in list(house.sandbox.gateway_server.sessions.values()):
        if session.socket is not None:
            await session.socket.close(4004, "Authentication failed.")


@pytest.mark.parametrize("how", [refused_by_rest, refused_by_the_gateway])
async def test_a_token_is_reset_while_the_bot_runs(tmp_path: Path, unused_tcp_port: int, how: Refuse) -> None:
    async with outage_in(tmp_path, unused_tcp_port) as house:
        house.discord_down.refuses_token = True
        house.sandbox.gateway_server.token = "another"
        await how(house)

        assert house.bot.process is not None
        code = await asyncio.wait_for(house.bot.process.wait(), 45)

        log = house.bot.log.read_text(encoding="utf-8")
        assert code == 2
        assert "Discord refuses DISCORD_TOKEN" in log
        assert len(house.discord_down.called_s) <= MOST_CALLS
