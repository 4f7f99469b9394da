"""A bot with the intents for members and presences gets a server's members as Discord sends them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import GUILDS_AND_MESSAGES, WireBot

MEMBERS, PRESENCES = 1 << 1, 1 << 8


@pytest.fixture
async def granted(wire: WireBot) -> WireBot:
    """Return a bot that may ask for both intents. Its first server has Ana, Bo, Cleo and the bot."""
    await wire.control.post("/discord/settings", member_intents=True)
    return wire


def names(body: dict[str, Any]) -> set[str]:
    return {member["user"]["username"] for member in body["members"]}


@pytest.mark.parametrize(
    ("intents", "expected"), [(MEMBERS, {"wanvas"}), (MEMBERS | PRESENCES, {"ana", "bo", "cleo", "wanvas"})]
)
async def test_a_server_arrives_with_its_members_if_the_bot_asks_for_presences(
    granted: WireBot, intents: int, expected: set[str]
) -> None:
    async with granted.events(GUILDS_AND_MESSAGES | intents) as events:
        server = await events.next("GUILD_CREATE")

    assert names(server) == expected


@pytest.mark.parametrize(
    ("asked", "expected", "not_found"),
    [
        ({"query": "", "limit": 0}, {"ana", "bo", "cleo", "wanvas"}, None),
        ({"query": "C", "limit": 5}, {"cleo"}, None),
        ({"query": "", "limit": 1}, {"ana"}, None),
        ({"user_ids": ["cleo", "1"], "limit": 0}, {"cleo"}, ["1"]),
    ],
)
async def test_members_are_listed_on_request(
    granted: WireBot, asked: dict[str, Any], expected: set[str], not_found: list[str] | None
) -> None:
    if "user_ids" in asked:
        asked = {**asked, "user_ids": [granted.ana.id, "1"]}
    async with granted.events(GUILDS_AND_MESSAGES | MEMBERS) as events:
        assert events.socket is not None
        for guild_id in ("5", granted.box.world.server_id):  # the bot is not in the first, so that is ignored
            await events.socket.send_json({"op": 8, "d": {"guild_id": guild_id, "nonce": "n", **asked}})
        listed = await events.next("GUILD_MEMBERS_CHUNK")

    assert (names(listed), listed.get("not_found")) == (expected, not_found)
    assert (listed["guild_id"], listed["nonce"]) == (granted.box.world.server_id, "n")
    assert (listed["chunk_index"], listed["chunk_count"]) == (0, 1)


async def test_the_application_says_that_the_intents_are_granted(granted: WireBot) -> None:
    _, application = await granted.call("GET", "/applications/@me")

    assert application["flags"] & 0b1111 << 12 == 0b1111 << 12
