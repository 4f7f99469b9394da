"""What a delivery needs is read at once, and what cannot be read in time is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cogs.delivery import context
from imagegen.policy.server_settings import ServerSettings, Tier
from tests.cogs.conftest import Room
from tests.cogs.reading import statements_of

pytestmark = pytest.mark.usefixtures("no_cards")


def hidden(settings: ServerSettings) -> ServerSettings:
    return replace(settings, spoiler=True)


async def test_settings_and_quotas_are_read_in_one_transaction(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="read once")
    job = await room.generated_job("read once")

    with statements_of(room.store) as statements:
        found = await context.gather(room.bot, room.service, job)

    assert found.quotas is not None
    assert sum("FROM server_settings" in statement for statement in statements) == 1


async def test_images_stay_hidden_when_the_quotas_are_not_known_in_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "QUOTAS_S", 0.0)
    server = (await room.control.post("/servers", name="Hidden"))["id"]
    ana, channel = await room.control.person("Ana", server=server), await room.channel_in(server)
    await room.service.server_admin.change(int(server), hidden, user_id=1)
    await ana.slash(room.channel_id(channel), "imagine", prompt="hidden")
    job = await room.generated_job("hidden")

    found = await context.gather(room.bot, room.service, job)

    assert found.quotas is None
    assert found.is_spoiler


async def test_quotas_that_depend_on_roles_are_those_of_the_roles_now(room: Room) -> None:
    server = (await room.control.post("/servers", name="Tiers"))["id"]
    ana, channel = await room.control.person("Ana", server=server), await room.channel_in(server)
    await ana.slash(room.channel_id(channel), "imagine", prompt="by role")
    job = await room.generated_job("by role")
    everyone = Tier(int(server), 9)  # the role of all members has the server's id, and members do not list it
    await room.service.server_admin.change(int(server), lambda before: replace(before, tiers=(everyone,)), user_id=1)

    found = await context.gather(room.bot, room.service, job)

    assert found.settings.tiers == (everyone,)
    assert found.quotas is not None
