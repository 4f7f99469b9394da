"""A choice of several requests that is over, or that is refused at its start, returns the prompt as it was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from imagegen.reports import BlockKind
from imagegen.store import drafts
from sandbox.discord.callbacks import DEFERRED_UPDATE
from sandbox.people import private_answer, text_of
from tests.cogs.conftest import Room


async def test_an_expired_choice_returns_the_prompt(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    choice = await private_answer(ana, await ana.slash(channel, "imagine", prompt="an {old|new} oar"))
    await room.store.write(drafts.purge, now=datetime.now(UTC) + timedelta(minutes=15), limit=1000)

    sent = await ana.press(choice, "Start")
    answer = text_of(await ana.see(channel, lambda m: "or it's over" in text_of(m), "the answer"))

    assert room.box.world.interactions[sent.id].callback_type == DEFERRED_UPDATE  # the prompt may be in a file
    assert "```\nan {old|new} oar\n```" in answer
    assert await room.service.display.queue_entries() == ()


async def test_a_choice_that_is_refused_at_its_start_returns_the_prompt(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    choice = await private_answer(ana, await ana.slash(channel, "imagine", prompt="an {old|new} turnip", count=2))
    await room.service.operator_admin.block(BlockKind.PERSON, int(ana.id), user_id=1)

    await ana.press(choice, "Start")
    refused = await ana.see(channel, lambda m: m["id"] != choice["id"] and "turnip" in text_of(m), "the refusal")

    assert "```\nan {old|new} turnip\n```" in text_of(refused)
    assert await room.service.display.queue_entries() == ()


async def test_no_more_alternatives_are_taken_than_a_token_delivers_where_the_bot_is_no_member(room: Room) -> None:
    ana = await room.control.person("Ana with friends", installed=True)
    friends = [(await room.new_person()).id for _ in range(2)]
    await room.control.post("/groups", people=[ana.id, *friends], name="friends of oars")
    channel = await room.channel()

    answers = [
        text_of(await private_answer(ana, await ana.slash(place, "imagine", prompt=f"{{{words}}} oar")))
        for place, words in (
            ("friends of oars", "a|b|c|d|e|f"),
            ("friends of oars", "a|b|c|d|e"),
            (channel, "a|b|c|d|e|f"),
        )
    ]

    assert "makes more than 5 requests" in answers[0]
    assert ["f oar" in answer for answer in answers[1:]] == [False, True]
    assert "e oar" in answers[1]
