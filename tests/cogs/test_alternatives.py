"""A choice of several requests that is over, or that is refused at its start, returns the prompt as it was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from imagegen.reports import BlockKind
from imagegen.store import drafts
from sandbox.people import private_answer, text_of
from tests.cogs.conftest import Room


async def test_an_expired_choice_returns_the_prompt(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    choice = await private_answer(ana, await ana.slash(channel, "imagine", prompt="an {old|new} oar"))
    await room.store.write(drafts.purge, now=datetime.now(UTC) + timedelta(minutes=15), limit=1000)

    answer = text_of(await private_answer(ana, await ana.press(choice, "Start")))

    assert "or it's over" in answer
    assert "```\nan {old|new} oar\n```" in answer
    assert await room.service.display.queue_entries() == ()


async def test_a_choice_that_is_refused_at_its_start_returns_the_prompt(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    choice = await private_answer(ana, await ana.slash(channel, "imagine", prompt="an {old|new} turnip", count=2))
    await room.service.operator_admin.block(BlockKind.PERSON, int(ana.id), user_id=1)

    refused = await private_answer(ana, await ana.press(choice, "Start"))

    assert "```\nan {old|new} turnip\n```" in text_of(refused)
    assert await room.service.display.queue_entries() == ()
