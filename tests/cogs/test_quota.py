"""What a result says is left is what /quota says in that moment: with what was granted, by the tier of now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from imagegen.policy import quota
from imagegen.policy.server_settings import DEFAULT_SETTINGS, Tier
from imagegen.store import server_settings
from sandbox.people import Json, Person, private_answer, text_of
from tests.cogs.conftest import Room
from tests.cogs.interactions.test_visibility import another_server


async def decide(room: Room, server: str, **rules: Any) -> None:
    here = replace(DEFAULT_SETTINGS, **rules)
    await room.store.write(server_settings.set_settings, int(server), here, user_id=1, now=datetime.now(UTC))


async def of_two(room: Room, person: Person, channel: str, prompt: str) -> Json:
    """A result of a request for two images of which one came."""
    await person.slash(channel, "imagine", prompt=prompt, count=2)
    return await room.deliver(person, channel, prompt)


async def quota_says(person: Person, channel: str) -> str:
    return text_of(await private_answer(person, await person.slash(channel, "quota")))


async def test_what_is_left_of_a_grant_is_not_said_to_be_left_of_today(room: Room) -> None:
    ana = await room.new_person()
    server, channel = await another_server(room, ana)
    await decide(room, server, member_images_per_day=1)
    now = datetime.now(UTC)
    month = quota.month_window(now, room.service._limits.zone).label
    await room.store.write(server_settings.grant, int(server), int(ana.id), 3, month=month, user_id=1, now=now)
    await room.delivered(ana, channel, "the day's own")

    shown = await of_two(room, ana, channel, "of the grant")
    told = await quota_says(ana, channel)

    assert "0 of 1 left today and 2 extra" in text_of(shown)
    assert "0 of 1 left" in told
    assert "2 of 3 left" in told


@pytest.mark.parametrize("known", [True, False])
async def test_the_tier_of_whoever_asked_is_looked_up_or_nothing_is_said(room: Room, known: bool) -> None:
    ana = await room.new_person()
    server, channel = await another_server(room, ana)
    role = (await room.control.post("/roles", server=server, name="Patron", permissions=[]))["id"]
    await decide(room, server, member_images_per_day=1, tiers=(Tier(int(role), 9),))
    await room.control.post("/members", server=server, person=ana.id, roles=[role])
    await ana.slash(channel, "imagine", prompt=f"by a patron, {known}")
    await room.queue_entry(f"by a patron, {known}")
    if not known:
        room.box.faults.arm("discord_error", match=f"GET /api/v10/guilds/{server}/members", code=50001)

    shown = text_of(await room.deliver(ana, channel, f"by a patron, {known}"))

    assert "1 used" in shown
    assert ("8 of 9 left today" in shown) is known
    assert "today's 1\n" not in shown
    assert "8 of 9 left" in await quota_says(ana, channel)
