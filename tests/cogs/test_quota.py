"""A result and /quota name the same quota left, with extra images included and by the member's current tier."""

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


async def change_settings(room: Room, server: str, **fields: Any) -> None:
    settings = replace(DEFAULT_SETTINGS, **fields)
    await room.store.write(server_settings.set_settings, int(server), settings, user_id=1, now=datetime.now(UTC))


async def one_of_two_images(room: Room, person: Person, channel: str, prompt: str) -> Json:
    """Request two images, and return the result, which holds one image."""
    await person.slash(channel, "imagine", prompt=prompt, count=2)
    return await room.deliver(person, channel, prompt)


async def quota_says(person: Person, channel: str) -> str:
    return text_of(await private_answer(person, await person.slash(channel, "quota")))


async def test_extra_images_left_are_named_apart_from_those_left_today(room: Room) -> None:
    ana = await room.new_person()
    server, channel = await another_server(room, ana)
    await change_settings(room, server, member_images_per_day=1)
    now = datetime.now(UTC)
    month = quota.month_window(now, room.service._limits.zone).label
    await room.store.write(server_settings.grant, int(server), int(ana.id), 3, month=month, user_id=1, now=now)
    await room.delivered(ana, channel, "the day's own")

    result = await one_of_two_images(room, ana, channel, "of the grant")
    quota_text = await quota_says(ana, channel)

    assert "0 of 1 left today and 2 extra" in text_of(result)
    assert "0 of 1 left" in quota_text
    assert "2 of 3 left" in quota_text


@pytest.mark.parametrize("known", [True, False])
async def test_a_result_names_the_quota_left_only_if_the_requesters_tier_is_known(room: Room, known: bool) -> None:
    ana = await room.new_person()
    server, channel = await another_server(room, ana)
    role = (await room.control.post("/roles", server=server, name="Patron", permissions=[]))["id"]
    await change_settings(room, server, member_images_per_day=1, tiers=(Tier(int(role), 9),))
    await room.control.post("/members", server=server, person=ana.id, roles=[role])
    await ana.slash(channel, "imagine", prompt=f"by a patron, {known}")
    await room.queue_entry(f"by a patron, {known}")
    if not known:
        room.box.faults.arm("discord_error", match=f"GET /api/v10/guilds/{server}/members", code=50001)

    result = text_of(await room.deliver(ana, channel, f"by a patron, {known}"))

    assert "1 used" in result
    assert ("8 of 9 left today" in result) is known
    assert "today's 1\n" not in result
    assert "8 of 9 left" in await quota_says(ana, channel)
