"""A tampered client changes nothing that its user may not change, and reads nothing that they may not see."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import File, Json, Person, SentInteraction, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, is_result, png, says
from tests.panel import decided

BUTTON = 2


async def result(person: Person, channel: str, prompt: str) -> Json:
    await person.slash(channel, "imagine", prompt=prompt)
    return await person.see(channel, lambda m: is_result(m) and prompt in text_of(m), "the image")


async def press(person: Person, channel: str, message: Json, custom_id: str) -> SentInteraction:
    return await person.forge(channel, 3, message, custom_id=custom_id, component_type=BUTTON)


async def command(house: House, person: Person, channel: str, name: str, *options: Json) -> SentInteraction:
    known = next(c for c in (await person.state())["commands"] if c["name"] == name)
    return await person.forge(channel, 2, id=known["id"], name=name, type=1, options=list(options))


def studio(name: str, **values: Any) -> Json:
    kinds = {int: 4, str: 3, bool: 5}
    options = [{"name": key, "type": kinds[type(value)], "value": value} for key, value in values.items()]
    return {"name": name, "type": 1, "options": options}


@pytest.mark.parametrize(
    "custom_id",
    [
        "w1:page:here:0:",
        "w1:page:mine:999999999999999999:",
        "w1:page:mine:0:%_'\"\\ \u202e**x** @everyone",
        "w1:receipts:999999999999999999",
        "w1:forget:{ana}",
    ],
)
async def test_a_button_that_is_not_on_the_message_is_not_answered(house: House, custom_id: str) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    shown = await result(ana, channel, "a frog king")

    pressed = await press(bo, channel, shown, custom_id.format(ana=ana.id))
    receipts = await private_answer(ana, await ana.slash(channel, "receipts"))

    assert (await pressed.fetch())["acknowledged_ms"] is None
    assert "a frog king" in text_of(receipts)


async def test_a_value_that_discord_would_not_let_through_is_refused(house: House) -> None:
    boss, channel = await house.new_person(manager=True), await house.channel()

    answer = await private_answer(boss, await command(house, boss, channel, "studio", studio("usage", days=100_000)))

    assert "Nothing changed." in text_of(answer)


async def test_text_of_managers_and_operators_is_no_markdown_and_no_ping(house: House) -> None:
    boss, channel = await house.new_person(manager=True), await house.channel()

    said = await decided(boss, channel, blocked_words=["@everyone **x** <@1>"])
    await decided(boss, channel, blocked_words=[])

    assert "@everyone" not in text_of(said).replace("@\u200beveryone", "")
    assert "**x**" not in text_of(said)


async def test_a_file_that_is_named_as_a_result_s_is_no_result(house: House) -> None:
    ana, bo = await house.new_person(), await house.new_person()
    channel, elsewhere = await house.channel(), await house.channel()
    shown = await result(bo, elsewhere, "a secret cove")
    name = images_of(shown)[0]["url"].partition("?")[0].rpartition("/")[2]
    billed = await house.control.bill()

    forged = await ana.say(channel, "mine", [File(name, png())])
    await ana.say(channel, f"{house.mention} s/secret/open/", reply_to=forged)

    await ana.see(channel, says("Send it as a reply to one of my results"), "the refusal")
    assert await house.control.bill() == billed
