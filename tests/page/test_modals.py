"""Modals of the bot open, are filled in, sent and closed as in Discord."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from sandbox.people import Json
from tests.page.bot_cards import SIZES, label
from tests.page.forms import FormDesk

SUBMIT = 5
IN_DIALOG = "document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"


async def test_a_form_is_filled_in_by_keyboard_alone(forms: FormDesk) -> None:
    field, keys = forms.page.get_by_role("textbox", name="Message"), forms.page.keyboard
    await field.focus()
    window = await forms.open()

    await expect(window.get_by_label("Name")).to_be_focused()
    await keys.type("Ana")
    await keys.press("Tab")
    await keys.type(" upon a time")
    await keys.press("Tab")
    await keys.press("Enter")
    await keys.press("l")
    await keys.press("Enter")
    await expect(forms.select("Size")).to_be_focused()
    for _ in range(3):
        await keys.press("Tab")
    await expect(forms.submit).to_be_focused()
    await keys.press("Enter")

    await expect(window).to_have_count(0)
    assert await forms.house.bot.submitted() == {"name": "Ana", "story": "Once upon a time", "size": ["l"], "files": []}
    await expect(field).to_be_focused()


async def test_other_fields_are_filled_in_by_keyboard_alone(forms: FormDesk) -> None:
    keys = forms.page.keyboard
    window = await forms.open("long-form")

    await keys.press("ArrowDown")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Enter")

    await expect(window).to_have_count(0)
    filled = {"color": "b", "extras": ["sun"], "agree": True, "who": [], "place": []}
    assert await forms.house.bot.submitted() == filled


async def test_other_fields_are_filled_in_by_mouse_alone(forms: FormDesk) -> None:
    window = await forms.open("long-form")

    await window.get_by_text("Red").click()
    await window.get_by_text("Moon").click()
    await forms.select("Person").click()
    await forms.option("@Ana").click()
    await forms.select("Channel").click()
    await forms.option("#harbor").click()
    await forms.submit.click()

    await expect(window).to_have_count(0)
    chosen = {"color": "r", "extras": ["moon"], "agree": False, "who": [forms.house.ana.id]}
    assert await forms.house.bot.submitted() == {**chosen, "place": [forms.house.channel]}


async def test_what_an_optional_field_offers_can_be_taken_back_and_the_most_is_kept(forms: FormDesk) -> None:
    ticks = [{"label": name, "value": name} for name in ("one", "two", "three")]
    size = {**SIZES[0], "default": True}
    window = await forms.open(
        "form",
        label("Radio", {"type": 21, "custom_id": "radio", "required": False, "options": ticks}),
        label("Ticks", {"type": 22, "custom_id": "ticks", "max_values": 2, "required": False, "options": ticks}),
        label("Size", {"type": 3, "custom_id": "size", "required": False, "options": [size, *SIZES[1:]]}),
        label("Role", {"type": 6, "custom_id": "role", "required": False}),
        label("Anyone", {"type": 7, "custom_id": "anyone", "required": False, "max_values": 2}),
    )
    boxes = window.get_by_role("group", name="Ticks")

    for _ in range(2):
        await window.get_by_role("radiogroup").get_by_text("two").click()
    await boxes.get_by_text("one").click()
    await boxes.get_by_text("two").click()
    await expect(boxes.get_by_label("three")).to_be_disabled()
    await forms.select("Size").click()
    await forms.option("Small").click()
    await forms.submit.click()

    await expect(window).to_have_count(0)
    filled: Json = {"radio": None, "ticks": ["one", "two"], "size": [], "role": [], "anyone": []}
    assert await forms.house.bot.submitted() == filled


async def test_wrong_fields_are_marked_and_the_first_gets_the_focus(forms: FormDesk) -> None:
    window = await forms.open()
    name = window.get_by_label("Name")

    await forms.submit.click()
    await expect(window.get_by_text("This field is required.")).to_have_count(2)
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description("2 to 10 This field is required.")
    await forms.page.keyboard.type("A")
    await expect(window.get_by_text("Must be at least 2 characters long.")).to_be_visible()
    await forms.page.keyboard.type("na-and-too-many")
    await expect(name).to_have_value("Ana-and-to")
    await expect(window.get_by_text("10/10")).to_be_visible()
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    await forms.submit.click()

    await expect(forms.select("Size")).to_be_focused()
    assert not [one for one in forms.house.bot.got if one["type"] == SUBMIT]


@pytest.mark.parametrize("way", ["Escape", "Cancel", "Close", "outside"])
async def test_a_form_closes_for_good(forms: FormDesk, way: str) -> None:
    page, ana = forms.page, forms.house.ana
    window = await forms.open()

    if way == "Escape":
        await page.keyboard.type("typed and left")
        await page.keyboard.press("Escape")
    elif way == "outside":
        await page.mouse.click(5, 5)
    else:
        await window.get_by_role("button", name=way).click()

    await expect(window).to_have_count(0)
    assert (await ana.wait(lambda state: not state["modals"], "the form to close"))["modals"] == []
    await ana.say(forms.house.channel, f"after {way}")
    await expect(page.get_by_text(f"after {way}")).to_be_visible()
    await expect(window).to_have_count(0)
    await forms.open()
    await expect(window.get_by_label("Name")).to_have_value("")
    await expect(window.get_by_label("Story")).to_have_value("Once")


async def test_a_press_outside_asks_before_typed_words_are_lost(forms: FormDesk) -> None:
    page, question = forms.page, forms.page.get_by_role("dialog", name="Discard changes?")
    window = await forms.open()
    await page.keyboard.type("typed")

    await page.mouse.click(5, 5)
    await question.get_by_role("button", name="Cancel").click()
    await expect(window.get_by_label("Name")).to_have_value("typed")
    await expect(window.get_by_label("Name")).to_be_focused()
    await page.mouse.click(5, 5)
    await question.get_by_role("button", name="Discard").click()

    await expect(window).to_have_count(0)


@pytest.mark.parametrize("way", ["Escape", "outside"])
async def test_an_open_list_closes_before_its_form(forms: FormDesk, way: str) -> None:
    window = await forms.open()
    await forms.select("Size").click()
    await expect(forms.option("Small")).to_be_visible()

    if way == "Escape":
        await forms.page.keyboard.press("Escape")
    else:
        await forms.page.mouse.click(5, 5)

    await expect(forms.option("Small")).to_have_count(0)
    await expect(window).to_be_visible()
    await forms.page.mouse.click(5, 5)
    await expect(window).to_have_count(0)


async def test_a_form_that_the_bot_does_not_answer_stays_open_and_can_be_sent_again(
    forms: FormDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, sent = forms.house.bot, []

    async def silent(one: Json) -> None:
        sent.append(one)

    window = await forms.open("long-form")
    await window.get_by_text("Red").click()
    with monkeypatch.context() as patch:
        patch.setattr(bot, "_submit", silent)
        await forms.submit.dblclick()
        await expect(forms.submit).to_have_attribute("aria-disabled", "true")
        await expect(window.get_by_text("Something went wrong. Try again.")).to_be_visible()
    await expect(window.get_by_label("Red")).to_be_checked()
    await forms.submit.click()

    await expect(window).to_have_count(0)
    assert (len(sent), (await bot.submitted())["color"]) == (1, "r")


async def test_newer_states_leave_what_is_typed_alone(forms: FormDesk) -> None:
    window = await forms.open()
    await forms.page.keyboard.type("An")
    for number in range(3):
        await forms.house.ana.say(forms.house.channel, f"message {number}")
    await expect(forms.page.get_by_text("message 2")).to_be_visible()
    await forms.page.keyboard.type("a")

    await expect(window.get_by_label("Name")).to_have_value("Ana")
    await expect(window.get_by_label("Name")).to_be_focused()


async def test_the_focus_stays_in_the_form(forms: FormDesk) -> None:
    await forms.open()

    for _ in range(12):
        await forms.page.keyboard.press("Tab")
        assert await forms.page.evaluate(IN_DIALOG)


async def test_a_second_form_lies_over_the_first_and_gives_it_back(forms: FormDesk) -> None:
    first = await forms.open()
    await forms.page.keyboard.type("Ana")

    second = await forms.open("long-form")
    await expect(second.get_by_label("Red")).to_be_focused()
    await forms.page.keyboard.press("Escape")

    await expect(second).to_have_count(0)
    await expect(first.get_by_label("Name")).to_have_value("Ana")
    await expect(first.get_by_label("Name")).to_be_focused()


async def test_a_form_that_is_answered_elsewhere_closes(forms: FormDesk) -> None:
    window = await forms.open()

    await forms.house.ana.fill(name="Ana", size="s")

    await expect(window).to_have_count(0)
