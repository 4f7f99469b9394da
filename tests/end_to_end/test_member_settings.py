"""Members choose once what their requests use, and in which language the bot answers them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sandbox.people import Json, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, photo, result, says
from tests.end_to_end.test_main_job import sent


async def settings(person: Person, channel: str) -> Json:
    return await private_answer(person, await person.slash(channel, "settings"))


async def chosen(house: House, person: Person, channel: str, **values: str) -> Json:
    """Return the card of settings after the choices."""
    card = await settings(person, channel)
    for name, value in values.items():
        await person.choose(card, f"w1:setting:{name}", value)
        card = await person.see(channel, partial(has, card, name, value), name)
    return card


def has(card: Json, name: str, value: str, message: Json) -> bool:
    """Return whether *message* is that card and has that value selected."""
    return message["id"] == card["id"] and selected(message).get(name) == value


def selected(card: Json) -> dict[str, Any]:
    """Return the selected value of each select of a card of settings."""
    selects = [part for part in components_of(card) if part["type"] == 3]
    return {
        part["custom_id"].removeprefix("w1:setting:"): next(o["value"] for o in part["options"] if o.get("default"))
        for part in selects
    }


async def test_defaults_apply_where_a_member_names_nothing(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await chosen(house, ana, channel, aspect_ratio="wide", count="2")
    await ana.slash(channel, "imagine", prompt="a default fox")
    usual = await result(ana, channel, "a default fox")
    await ana.slash(channel, "imagine", prompt="a named fox", count=1, aspect_ratio="square")
    named = await result(ana, channel, "a named fox")
    await ana.say(channel, f"{house.mention} a said fox")
    said = await result(ana, channel, "a said fox")
    await ana.slash(channel, "imagine", prompt="an edited fox", image1=photo())
    edited = await result(ana, channel, "an edited fox")
    await ana.press(edited, "Edit image")
    await ana.fill(words="a repainted fox")
    await result(ana, channel, "a repainted fox")

    requests = [
        (await sent(house, f"a{name} fox"))[0]["body"]["parameters"] for name in (" default", " named", " said")
    ]
    assert [request["n"] for request in requests] == [2, 1, 2]
    assert ["16:9" in text_of(message) for message in (usual, said, named)] == [True, True, False]
    assert "same as input image" in text_of(edited)
    assert (await sent(house, "a repainted fox"))[0]["body"]["parameters"]["n"] == 2


async def test_a_default_of_everybody_and_a_made_up_value_change_back_or_nothing(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    card = await chosen(house, ana, channel, private="yes", count="3")
    for name, value in (("count", "99"), ("language", "xx"), ("aspect_ratio", "round"), ("private", "maybe")):
        await ana.forge(channel, 3, card, custom_id=f"w1:setting:{name}", component_type=3, values=[value])
    await chosen(house, ana, channel, count="default")
    shown = selected(await settings(ana, "dm"))

    assert shown["private"] == "yes"
    assert {name: shown[name] for name in ("aspect_ratio", "count", "language")} == dict.fromkeys(
        ("aspect_ratio", "count", "language"), "default"
    )


async def test_private_answers_are_in_the_language_that_the_member_chose(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    card = await chosen(house, ana, channel, language="zh-CN")
    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="x" * 3000))
    left = await private_answer(ana, await ana.slash("dm", "quota"))
    await ana.say("dm", "/imagine a fox")
    said = await ana.see("dm", says("斜杠"), "the answer to a typed command")
    question = await private_answer(ana, await ana.slash(channel, "forget-me"))
    await ana.press(question, "清除我的提示词和图片")
    await ana.see(channel, says("已清除"), "the confirmation")
    after = await settings(ana, channel)

    assert "你的设置" in text_of(card)
    assert "没有占用你的额度" in text_of(refused)
    assert "你今天" in text_of(left)
    assert text_of(said)
    assert "Your settings" in text_of(after)


async def test_a_chosen_language_and_default_hold_after_a_restart_of_the_bot(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        card = await chosen(house, ana, channel, language="zh-CN", count="2")

        await house.bot.kill()
        await house.bot.start()
        refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="x" * 3000))
        await ana.choose(card, "w1:setting:aspect_ratio", "tall")
        await ana.see(channel, lambda m: selected(m).get("aspect_ratio") == "tall", "the card")
        await ana.slash(channel, "imagine", prompt="a fox after a restart")
        await ana.see(channel, lambda m: bool(images_of(m)) and "after a restart" in text_of(m), "the images")
        requests = await sent(house, "a fox after a restart")

    assert "没有占用你的额度" in text_of(refused)
    assert requests[0]["body"]["parameters"]["n"] == 2
