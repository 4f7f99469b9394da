"""A manager saves a style under a name, and members choose the name instead of its words."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import Json, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, photo, result, says
from tests.end_to_end.test_main_job import sent
from tests.end_to_end.test_models import form, selected
from tests.panel import decided


async def save(boss: Person, channel: str, name: str, **parts: Any) -> Json:
    """Save a style by the managers' list, and return its card."""
    card = await listed(boss, channel)
    await boss.press(card, "Add a style")
    await boss.fill(name=name, **parts)
    return await boss.see(channel, lambda m: m["id"] == card["id"] and f"**{name}**" in text_of(m), "the style's card")


async def listed(boss: Person, channel: str) -> Json:
    return await private_answer(boss, await boss.slash(channel, "studio style"))


async def shape(boss: Person, channel: str, card: Json, aspect_ratio: str) -> None:
    """Choose the aspect ratio of a style, and wait until its card shows that."""
    custom_id = f"w1:stylepart:aspect_ratio:{style_id(card)}"
    await boss.choose(card, custom_id, aspect_ratio)
    await boss.see(channel, lambda m: values(m, custom_id) == [aspect_ratio], "the aspect ratio")


def values(message: Json, custom_id: str) -> list[str]:
    """Return what is selected in a select of a message; nothing if the message has no such select."""
    return [one for part in components_of(message) if part.get("custom_id") == custom_id for one in selected(part)]


def style_id(card: Json) -> int:
    ids = [str(part.get("custom_id", "")) for part in components_of(card)]
    return int(next(one for one in ids if one.startswith("w1:style:delete:")).rpartition(":")[2])


@pytest.fixture
async def boss(house: House) -> Person:
    return await house.new_person(manager=True)


async def test_a_style_is_chosen_by_name_and_stays_as_it_was(house: House, boss: Person) -> None:
    ana, channel = await house.new_person(), await house.channel()
    card = await save(
        boss, channel, "Ukiyo-e", before="a woodblock print of", after=", flat colors", negative_prompt="text"
    )
    await shape(boss, channel, card, "wide")

    found = await ana.suggestions(channel, "imagine", "style", prompt="a wave", style="UKI")
    await ana.slash(channel, "imagine", prompt="a wave", style=found[0]["value"], negative_prompt="fog")
    shown = await result(ana, channel, "a wave")
    await boss.press(card, "Delete this style")
    await boss.see(channel, lambda m: m["id"] == card["id"] and "**Styles**" in text_of(m), "the list")
    await ana.press(shown, "Generate again")
    await ana.see(channel, lambda m: "seed" in text_of(m) and m["id"] != shown["id"], "the repetition")
    await ana.press(shown, "Edit prompt")
    fields = await form(ana)
    await ana.fill(words="a red wave", style="held")
    await result(ana, channel, "a red wave")

    whole = [call["body"]["input"]["messages"][0]["content"][0]["text"] for call in await sent(house, "wave")]
    assert whole == ["a woodblock print of a wave, flat colors"] * 2 + ["a woodblock print of a red wave, flat colors"]
    assert {call["body"]["parameters"]["negative_prompt"] for call in await sent(house, "wave")} == {"fog, text"}
    assert "Style: Ukiyo-e" in text_of(shown)
    assert "woodblock" not in text_of(shown)
    assert "16:9" in text_of(shown)
    assert fields["words"]["value"] == "a wave"
    assert selected(fields["style"]) == ["held"]


async def test_what_a_member_names_goes_before_the_style(house: House, boss: Person) -> None:
    ana, channel = await house.new_person(locale="zh-CN"), await house.channel()
    card = await save(boss, channel, "Noir", after="in black and white")
    await shape(boss, channel, card, "tall")

    await ana.slash(channel, "imagine", prompt="a street at night", style="noir", aspect_ratio="square")
    shown = await ana.see(channel, lambda m: bool(images_of(m)), "the image")

    assert "1:1" in text_of(shown)
    assert "风格：Noir" in text_of(shown)


async def test_a_form_offers_the_styles_and_one_that_is_gone_returns_the_prompt(house: House, boss: Person) -> None:
    ana, channel = await house.new_person(), await house.channel()
    card = await save(boss, channel, "Clay", after="made of clay")
    await ana.slash(channel, "imagine", prompt="a plain hut")
    shown = await result(ana, channel, "a plain hut")

    await ana.press(shown, "Edit prompt")
    await ana.fill(words="a round hut", style=str(style_id(card)))
    styled = await result(ana, channel, "a round hut")
    await ana.press(styled, "Edit image")
    await form(ana)
    await boss.press(card, "Delete this style")
    await boss.see(channel, lambda m: m["id"] == card["id"] and "**Styles**" in text_of(m), "the list")
    refused = await private_answer(ana, await ana.fill(words="an old hut", style=str(style_id(card))))
    await ana.press(refused, "Continue without the style")
    fields = await form(ana)
    await ana.fill(words=fields["words"]["value"])
    await result(ana, channel, "an old hut")

    assert "Style: Clay" in text_of(styled)
    assert "made of clay" in (await sent(house, "a round hut"))[0]["body"]["input"]["messages"][0]["content"][0]["text"]
    assert "That style is gone. It didn't use your quota." in text_of(refused)
    assert fields["words"]["value"] == "an old hut"


async def test_a_made_up_style_is_refused_in_words_with_the_prompt(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="a goat", style="@everyone"))
    await ana.press(refused, "Continue without the style")
    await ana.fill(words="a goat on a hill")
    await result(ana, channel, "a goat on a hill")
    direct = await private_answer(ana, await ana.slash("dm", "imagine", prompt="a goat", style="Noir"))

    assert "This server has no style “@\u200beveryone” now. It didn't use your quota." in text_of(refused)
    assert "a goat" in text_of(refused)
    assert "Styles belong to servers; there are none here." in text_of(direct)


async def test_a_style_speaks_to_the_story_too(house: House, boss: Person) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await save(boss, channel, "Fable", before="as a fable:")

    await ana.slash(channel, "story", prompt="two mice", style="Fable", images=1)
    shown = await ana.see(channel, says("Style: Fable"), "the story")

    assert "as a fable: two mice" in str((await sent(house, "two mice"))[0]["body"])
    assert text_of(shown).startswith("-# two mice\n")


async def test_reference_images_of_a_style_are_sent_with_each_request(house: House, boss: Person) -> None:
    ana, channel = await house.new_person(), await house.channel()
    card = await save(
        boss, channel, "Pixel", after="as pixel art", more=[photo("one.png"), photo("two.png", colour="red")]
    )

    await ana.slash(channel, "imagine", prompt="a pixel cat", style="Pixel")
    shown = await result(ana, channel, "a pixel cat")
    await ana.press(shown, "Edit prompt")
    await ana.fill(words="a plain cat", style="none")
    await result(ana, channel, "a plain cat")
    await boss.press(card, "Remove images")
    bare = await boss.see(channel, lambda m: m["id"] == card["id"] and "2 images" not in text_of(m), "the bare style")

    assert "2 images" in text_of(card)
    assert len((await sent(house, "a pixel cat"))[0]["images"]) == 2
    assert len((await sent(house, "a plain cat"))[0]["images"]) == 0
    assert "from the style" in text_of(shown)
    assert "1:1" in text_of(shown)
    assert "**Pixel**" in text_of(bare)


async def test_only_managers_save_styles_whatever_a_client_sends(house: House, boss: Person) -> None:
    ana, channel = await house.new_person(), await house.channel()
    card = await save(boss, channel, "Mine", after="mine")
    number = style_id(card)
    typed = [text_field(name, f"theirs {name}") for name in ("name", "after")]

    forged = await ana.forge(channel, 5, custom_id=f"w1:styleform:{number}:0123456789", components=typed)
    refused = text_of(await private_answer(ana, forged))
    await boss.forge(channel, 3, card, custom_id=f"w1:stylepart:model:{number}", component_type=3, values=["<@1>"])
    await boss.forge(channel, 3, await listed(boss, channel), custom_id="w1:styles:0", component_type=3, values=["1;"])
    await boss.see(channel, says("That style is gone."), "the refusal of an odd value")
    again = await listed(boss, channel)

    assert "Only members who can manage this server can do that." in refused
    assert "theirs after" in refused
    assert "- Mine\n" in text_of(again) + "\n"


def text_field(name: str, value: str) -> Json:
    return {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": name, "value": value}}


async def test_a_name_that_is_taken_or_a_blocked_word_is_refused_with_the_texts(house: House, boss: Person) -> None:
    channel = await house.channel()
    await save(boss, channel, "Taken", after="x")
    await decided(boss, channel, blocked_words=["zorgon"])

    card = await listed(boss, channel)
    await boss.press(card, "Add a style")
    await boss.fill(name="ＴＡＫＥＮ", after="kept text")
    taken = await boss.see(channel, says("already has a style"), "the refusal of a name")
    await boss.press(card, "Add a style")
    await boss.fill(name="Other", after="a z0rgon")
    await boss.see(channel, says("The style contains a word that is blocked in this server."), "the other refusal")
    await decided(boss, channel, blocked_words=[])
    settings = text_of(await private_answer(boss, await boss.slash(channel, "studio settings")))

    assert "kept text" in text_of(taken)
    assert f"style: none → Taken · <@{boss.id}>" in settings
