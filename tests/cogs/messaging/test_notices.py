"""A notice in a channel expires, also if another notice cannot be removed."""

from __future__ import annotations

import pytest

from cogs.messaging.notices import FAILURES, Notices, Said
from imagegen.errors import DeliverLater
from sandbox.people import Person
from tests.cogs.conftest import Room


async def notified(room: Room, notices: Notices, number: int) -> tuple[Person, list[str]]:
    """Return a person who got a notice in so many channels, and the channels."""
    ana, channels = await room.new_person(), [await room.channel() for _ in range(number)]
    for channel in channels:
        assert await notices.notify(int(room.channel_id(channel)), int(ana.id), Said("not now"), Said("not now"))
    return ana, channels


async def standing(room: Room, ana: Person, channels: list[str]) -> list[int]:
    return [len(await room.bot_messages(ana, channel)) for channel in channels]


async def test_a_notice_that_cannot_be_removed_keeps_no_other(room: Room) -> None:
    notices = Notices(room.bot, room.bot.gate.away, notice_s=0.0)
    ana, channels = await notified(room, notices, 3)
    room.box.faults.arm("server_error_before", match=f"DELETE /api/v10/channels/{room.channel_id(channels[0])}/")

    with pytest.raises(DeliverLater):
        await notices.remove_expired()

    assert await standing(room, ana, channels) == [1, 0, 0]
    await notices.remove_expired()
    assert await standing(room, ana, channels) == [0, 0, 0]


async def test_while_discord_is_away_only_a_few_removals_are_tried(room: Room) -> None:
    notices = Notices(room.bot, room.bot.gate.away, notice_s=0.0)
    ana, channels = await notified(room, notices, 6)
    before = len(room.box.record.part("discord"))
    room.box.faults.arm("server_error_before", times=100, match="DELETE")

    with pytest.raises(DeliverLater):
        await notices.remove_expired()

    assert len(room.box.record.part("discord")[before:]) == FAILURES
    room.box.faults.disarm()
    await notices.remove_expired()
    assert await standing(room, ana, channels) == [0] * 6


async def test_a_notice_that_can_never_be_removed_is_given_up(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cogs.messaging.notices.GIVE_UP_S", 0.0)
    notices = Notices(room.bot, room.bot.gate.away, notice_s=0.0)
    await notified(room, notices, 2)
    room.box.faults.arm("server_error_before", times=100, match="DELETE")

    with pytest.raises(DeliverLater):
        await notices.remove_expired()

    await notices.remove_expired()
    assert notices._expires_at_s == {}
