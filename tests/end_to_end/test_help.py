"""/help says in private what a member can do here; a mention without words brings that as a direct message."""

from __future__ import annotations

import re

from sandbox.people import EPHEMERAL, Person, private_answer, text_of
from tests.end_to_end.conftest import House, ours, photo, result, says
from tests.end_to_end.test_anywhere import in_a_server_without_the_bot


async def card(person: Person, channel: str) -> str:
    return text_of(await private_answer(person, await person.slash(channel, "help")))


async def test_help_shows_commands_limits_and_models_to_the_member_alone(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    text = await card(ana, channel)

    assert re.search(r"</imagine:\d+> generates images", text)
    assert re.search(r"</character add:\d+>", text)
    assert "Your images in this server today: 1000 of 1000 left, resets" in text
    assert "Standard" in text
    assert "You manage this server" not in text
    assert await ours(house, ana, channel) == []


async def test_help_speaks_the_members_language_and_managers_see_their_line(house: House) -> None:
    boss, lin = await house.new_person(manager=True), await house.new_person(locale="zh-CN")
    channel = await house.channel()

    shown, managed = await card(lin, channel), await card(boss, channel)

    assert "你可以在这里做什么" in shown
    assert "剩 1000，共 1000" in shown
    assert re.search(r"You manage this server: </studio", managed)


async def test_help_works_in_direct_messages_and_where_a_person_brings_the_bot(house: House) -> None:
    places = [(await house.new_person(), "dm"), await in_a_server_without_the_bot(house)]

    for person, channel in places:
        text = await card(person, channel)

        assert "Your images across all servers today: 1000 of 1000 left" in text
        assert "in this server" not in text


async def test_a_mention_without_words_is_answered_briefly_and_once(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    there = await ana.say(channel, "look", [photo()])

    await ana.say(channel, house.mention)
    answer = await ana.see(channel, says("Mention me with a prompt"), "the answer")
    await ana.say(channel, house.mention, reply_to=there)
    await ana.say(channel, f"{house.mention} \N{ZERO WIDTH SPACE}")
    await ana.see(channel, says("has no prompt"), "the answer to the last message")

    assert not answer["flags"] & EPHEMERAL
    assert [user["id"] for user in answer["mentions"]] == [ana.id]
    assert "1000" not in text_of(answer)
    assert "I've also sent you that as a direct message." in text_of(answer)
    (card,) = [text_of(m) for m in await ana.messages("dm")]
    assert f"You mentioned me in <#{answer['channel_id']}>" in card
    assert "Your images in this server today: 1000 of 1000 left" in card
    assert len([m for m in await ours(house, ana, channel) if "Mention me with a prompt" in text_of(m)]) == 1


async def test_words_that_are_added_to_a_bare_mention_are_a_request(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    message = await ana.say(channel, house.mention)
    await ana.see(channel, says("Mention me with a prompt"), "the hint")
    await ana.edit(message, f"{house.mention} a heron after all")

    assert await result(ana, channel, "a heron after all")


async def test_a_direct_message_without_words_shows_everything(house: House) -> None:
    ana = await house.new_person()

    await ana.say("dm", house.mention)

    assert await ana.see("dm", says("Your images across all servers today"), "the card")
