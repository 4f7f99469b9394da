"""A refusal says what happened, that it used no quota, and carries the button that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.people import EPHEMERAL, Person, button_id, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, photo, result, says
from tests.panel import decided


async def opened(person: Person) -> str:
    """Return the open form."""
    state = await person.wait(lambda found: bool(found["modals"]), "a form")
    return str(state["modals"][-1])


@pytest.mark.parametrize("length", [2101, 4000])
async def test_a_prompt_that_is_too_long_comes_back_whole(house: House, length: int) -> None:
    ana, channel = await house.new_person(), await house.channel()
    words = f"a very long walk {length} " + "o" * 4000

    refused = await private_answer(
        ana, await ana.slash(channel, "imagine", prompt=words[:length], aspect_ratio="wide", count=2)
    )
    await ana.press(refused, "Edit prompt")
    form = await opened(ana)
    await ana.fill(words=f"a short walk {length}")
    shown = await result(ana, channel, f"a short walk {length}")

    assert f"{length} characters" in text_of(refused)
    assert words[:length] in form
    assert "wide" in text_of(shown)
    assert "2 used" in text_of(shown)


async def test_a_blocked_word_is_changed_where_it_was_typed_also_after_a_restart(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, boss, channel = await house.new_person(), await house.new_person(manager=True), await house.channel()
        await decided(boss, channel, blocked_words=["turnip"])
        posted = await boss.say(channel, "my garden", [photo()])
        garden = await ana.see(channel, lambda m: m["id"] == posted, "the garden")
        await ana.menu("Edit image", garden)
        refused = await private_answer(ana, await ana.fill(words="a `turnip` ```in``` a *field*", shape=["wide"]))
        await house.bot.kill()
        await house.bot.start()

        await ana.press(refused, "Edit prompt")
        form = await opened(ana)
        await ana.fill(words="a carrot in a field")
        shown = await result(ana, channel, "a carrot in a field")

        assert "doesn't allow. It didn't use your quota" in text_of(refused)
        assert "a `turnip` ```in``` a *field*" in form
        assert shown


async def test_only_its_requester_reads_and_changes_a_rejected_prompt(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    given = photo(colour="olive")
    refused = await private_answer(
        ana, await ana.slash(channel, "imagine", prompt="forbidden-word in a bay", image1=given)
    )
    change = button_id(refused, "Edit prompt")
    await ana.slash(channel, "imagine", prompt="something harmless")
    harmless = await result(ana, channel, "something harmless")

    form_id = change.replace("w1:", "w1:form:")
    forged = await private_answer(bo, await bo.forge(channel, 5, harmless, custom_id=form_id, components=[]))
    await ana.press(refused, "Edit prompt")
    form = await opened(ana)
    await ana.fill(words="sails in a bay")
    await result(ana, channel, "sails in a bay")

    assert "forbidden-word" not in text_of(forged)
    assert "can't see it right now. It didn't use your quota" in text_of(forged)
    assert "forbidden-word in a bay" in form
    assert len((await house.control.record("wan"))[-1]["images"]) == 1


async def test_a_used_quota_leads_to_what_is_left(tmp_path: Path) -> None:
    async with house_in(tmp_path, MEMBER_IMAGES_PER_DAY="1") as house:
        ana, channel = await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="the only one")
        shown = await result(ana, channel, "the only one")

        refused = await private_answer(ana, await ana.press(shown, "Generate again"))
        left = await private_answer(ana, await ana.press(refused, "Show quota"))

        assert "all 1 of your images in this server today. You'll get more" in text_of(refused)
        assert "0 of 1 left" in text_of(left)
        assert left["flags"] & EPHEMERAL


async def test_too_many_images_of_a_message_are_chosen_from(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.say(channel, f"{house.mention} put the second behind", [photo(f"{n}.png") for n in range(5)])
    refused = await ana.see(channel, says("You sent 5 images; Standard (wan2.6-image) takes up to 4"), "the cap")

    others = await private_answer(bo, await bo.press(refused, "Choose images"))
    await ana.press(refused, "Choose images")
    form = await opened(ana)
    await ana.fill(words="put the third behind", which=["2", "3"])
    await result(ana, channel, "put the third behind")

    assert "someone else's" in text_of(others)
    assert "put the second behind" in form
    assert "Up to 4 images per edit" in form
    assert len((await house.control.record("wan"))[-1]["images"]) == 2


async def test_an_edit_whose_images_wan_refuses_stays_an_edit_in_its_form(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("wan_error", code="InvalidParameter.DataInspection")
    images = {"image1": photo(), "image2": photo("b.png")}
    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="make it night", **images))

    await ana.press(refused, "Choose images")
    form = await opened(ana)
    await ana.fill(more=[photo("c.png")])
    await result(ana, channel, "make it night")

    assert "can't use one of your images" in text_of(refused)
    assert "Attach the input images again" in form
    (entry,) = [sent for sent in (await house.control.record("wan"))[-1:]]
    assert (entry["body"]["model"], len(entry["images"])) == ("wan2.6-image", 1)


async def test_a_failure_of_wan_is_retried_with_one_press(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("gateway_error")
    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="a second chance"))

    await ana.press(refused, "Generate again")

    assert "It didn't use your quota" in text_of(refused)
    assert await result(ana, channel, "a second chance")


@pytest.mark.parametrize(
    "form",
    [f"words:{10**20 - 1}", "story:0", "edit:1", f"edit:{10**20 - 1}", f"step:{10**18 - 1}", f"change:{10**18 - 1}"],
)
async def test_a_forged_form_does_no_harm_and_its_prompt_comes_back(house: House, form: str) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()
    field = {"type": 4, "custom_id": "words", "value": "my words"}
    components = [{"type": 18, "id": 1, "component": field}, {"type": 18, "id": 2}]

    form_sent = await ana.forge(channel, 5, custom_id=f"w1:form:{form}", components=components)
    notice = await private_answer(ana, form_sent)

    assert "my words" in text_of(notice)
    assert "didn't use your quota" in text_of(notice)
    assert "went wrong" not in text_of(notice)
    assert await house.control.bill() == billed
