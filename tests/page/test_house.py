"""The scripted bot of the page's tests answers all of its commands, as Discord's description has them."""

from __future__ import annotations

import pytest

from sandbox.people import File, Json, private_answer, text_of
from tests.page.bot_cards import CARDS, MODALS
from tests.page.house import PageHouse

FILLED: dict[str, Json] = {
    "form": {"name": "Ana", "size": "s", "files": [File("a.txt", b"a")]},
    "long-form": {"color": "r"},
}


@pytest.mark.parametrize("command", [*CARDS, "ping"])
async def test_the_scripted_bot_answers(house: PageHouse, command: str) -> None:
    sent = await house.ana.slash(house.channel, command)

    await house.ana.see(house.channel, lambda m: _answers(m, sent.id), command)


@pytest.mark.parametrize("command", MODALS)
async def test_the_scripted_bot_opens_forms_and_reads_them(house: PageHouse, command: str) -> None:
    values = FILLED[command]

    await house.ana.slash(house.channel, command)
    answer = await private_answer(house.ana, await house.ana.fill(**values))

    assert (await house.bot.submitted()).keys() >= values.keys()
    assert text_of(answer).startswith(command)


async def test_the_scripted_bot_takes_options_of_every_type(house: PageHouse) -> None:
    given: Json = {
        "text": "words", "number": 3, "ratio": 0.5, "yes": True, "shape": "16:9", "lamp": "lamp-1", "who": house.ana.id,
        "where": house.channel, "file": File("a.txt", b"a"),
    }  # fmt: skip

    await house.ana.slash(house.channel, "everything", **given)

    assert (await house.bot.used("everything")).keys() == given.keys()


async def test_the_scripted_bot_suggests_finishes_late_and_replies(house: PageHouse) -> None:
    found = await house.ana.suggestions(house.channel, "everything", "lamp", lamp="lamp 1", text="words")
    sent = await house.ana.slash(house.channel, "slow")
    thinking = await house.ana.see(house.channel, lambda m: _answers(m, sent.id), "thinking")
    house.bot.finish()
    await house.ana.say(house.channel, f"{house.mention} hello")

    assert [one["value"] for one in found][:2] == ["lamp-1", "lamp-10"]
    assert thinking["flags"] & 128
    await house.ana.see(house.channel, lambda m: "Done at last" in text_of(m), "the late answer")
    await house.ana.see(house.channel, lambda m: "You sent 0 files" in text_of(m), "the reply")


def _answers(message: Json, interaction: str) -> bool:
    return str((message.get("interaction_metadata") or {}).get("id")) == interaction
