"""The files of private answers are freed when Discord has them, also without the garbage collector."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from cogs.interactions.private_replies import reply_privately
from cogs.ui.files import SharedBytes
from sandbox.people import WAIT_S, Person, private_answer
from tests.cogs.conftest import Room
from tests.cogs.reading import received_interaction
from tests.cogs.test_history import history_of

LONG = "long " * 700  # a text that is returned in a file


async def my_data(room: Room, ana: Person, channel: str) -> None:
    await private_answer(ana, await ana.slash(channel, "my-data"))


async def history(room: Room, ana: Person, channel: str) -> None:
    await history_of(room, ana, channel, await room.delivered(ana, channel, "a step"))


async def usage(room: Room, ana: Person, channel: str) -> None:
    boss = await room.control.person("Boss", manager=True)
    await private_answer(boss, await boss.slash(channel, "studio usage", days=7))


async def first_answer(room: Room, ana: Person, channel: str) -> None:
    await reply_privately(await received_interaction(room, ana, channel), "refused", LONG)


async def placeholder(room: Room, ana: Person, channel: str) -> None:
    interaction = await received_interaction(room, ana, channel)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await reply_privately(interaction, "refused", LONG)


async def followup(room: Room, ana: Person, channel: str) -> None:
    interaction = await received_interaction(room, ana, channel)
    await interaction.response.defer(thinking=True)
    await reply_privately(interaction, "refused", LONG)


async def direct_message(room: Room, ana: Person, channel: str) -> None:
    interaction = await received_interaction(room, ana, channel)
    await interaction.response.defer(thinking=True)
    room.box.faults.arm("discord_error", times=9, match="/api/v10/webhooks/", code=50027)
    await reply_privately(interaction, "refused", LONG)


UPLOADS = (my_data, history, usage, first_answer, placeholder, followup, direct_message)


@pytest.mark.parametrize("upload", UPLOADS)
@pytest.mark.usefixtures("no_collector", "no_cards")
async def test_a_private_file_is_freed_when_it_is_sent(
    room: Room, upload: Callable[[Room, Person, str], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, made = list[int](), SharedBytes.__init__

    def count(stream: SharedBytes, data: bytes) -> None:
        sent.append(len(data))
        made(stream, data)

    monkeypatch.setattr(SharedBytes, "__init__", count)

    await upload(room, await room.new_person(), await room.channel())

    assert sum(sent) > 0
    async with asyncio.timeout(WAIT_S):  # the person sees an answer before the bot knows that it arrived
        while [one for one in gc.get_objects() if isinstance(one, SharedBytes) and not one.closed]:  # noqa: ASYNC110  # polled
            await asyncio.sleep(0.02)
