"""Modals of the bot open, are filled in, sent and closed as in Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from sandbox.people import Json
from tests.page.bot_cards import SIZES, label
from tests.page.forms import FormDesk, form_desk

PNG: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
SUBMIT = 5
IN_DIALOG = "document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"


@pytest.fixture(scope="module")
async def room(browser: Browser) -> AsyncIterator[FormDesk]:
    """Run a desk for the tests of this module."""
    async with form_desk(browser) as found:
        yield found


@pytest.fixture
async def desk(room: FormDesk) -> AsyncIterator[FormDesk]:
    """Return the desk, for one test."""
    async with room.one_test():
        yield room


async def test_a_form_is_filled_in_by_keyboard_alone(desk: FormDesk) -> None:
    field, keys = desk.page.get_by_role("textbox", name="Message"), desk.page.keyboard
    await field.focus()
    window = await desk.open()

    await expect(window.get_by_label("Name")).to_be_focused()
    await keys.type("Ana")
    await keys.press("Tab")
    await keys.type(" upon a time")
    await keys.press("Tab")
    await keys.press("Enter")
    await keys.press("l")
    await keys.press("Enter")
    await expect(desk.select("Size")).to_be_focused()
    for _ in range(3):
        await keys.press("Tab")
    await expect(desk.submit).to_be_focused()
    await keys.press("Enter")

    await expect(window).to_have_count(0)
    assert await desk.house.bot.submitted() == {"name": "Ana", "story": "Once upon a time", "size": ["l"], "files": []}
    await expect(field).to_be_focused()


async def test_other_fields_are_filled_in_by_keyboard_alone(desk: FormDesk) -> None:
    keys = desk.page.keyboard
    window = await desk.open("long-form")

    await keys.press("ArrowDown")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Enter")

    await expect(window).to_have_count(0)
    filled = {"color": "b", "extras": ["sun"], "agree": True, "who": [], "place": []}
    assert await desk.house.bot.submitted() == filled


async def test_other_fields_are_filled_in_by_mouse_alone(desk: FormDesk) -> None:
    window = await desk.open("long-form")

    await window.get_by_text("Red").click()
    await window.get_by_text("Moon").click()
    await desk.select("Person").click()
    await desk.option("@Ana").click()
    await desk.select("Channel").click()
    await desk.option("#harbour").click()
    await desk.submit.click()

    await expect(window).to_have_count(0)
    chosen = {"color": "r", "extras": ["moon"], "agree": False, "who": [desk.house.ana.id]}
    assert await desk.house.bot.submitted() == {**chosen, "place": [desk.house.channel]}


async def test_what_an_optional_field_offers_can_be_taken_back_and_the_most_is_kept(desk: FormDesk) -> None:
    ticks = [{"label": name, "value": name} for name in ("one", "two", "three")]
    size = {**SIZES[0], "default": True}
    window = await desk.open(
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
    await desk.select("Size").click()
    await desk.option("Small").click()
    await desk.submit.click()

    await expect(window).to_have_count(0)
    filled: Json = {"radio": None, "ticks": ["one", "two"], "size": [], "role": [], "anyone": []}
    assert await desk.house.bot.submitted() == filled


async def test_wrong_fields_are_marked_and_the_first_gets_the_focus(desk: FormDesk) -> None:
    window = await desk.open()
    name = window.get_by_label("Name")

    await desk.submit.click()
    await expect(window.get_by_text("This field is required.")).to_have_count(2)
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description("2 to 10 This field is required.")
    await desk.page.keyboard.type("A")
    await expect(window.get_by_text("Must be at least 2 characters long.")).to_be_visible()
    await desk.page.keyboard.type("na-and-too-many")
    await expect(name).to_have_value("Ana-and-to")
    await expect(window.get_by_text("10/10")).to_be_visible()
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    await desk.submit.click()

    await expect(desk.select("Size")).to_be_focused()
    assert not [one for one in desk.house.bot.got if one["type"] == SUBMIT]


@pytest.mark.parametrize("way", ["Escape", "Cancel", "Close", "outside"])
async def test_a_form_closes_for_good(desk: FormDesk, way: str) -> None:
    page, ana = desk.page, desk.house.ana
    window = await desk.open()

    if way == "Escape":
        await page.keyboard.type("typed and left")
        await page.keyboard.press("Escape")
    elif way == "outside":
        await page.mouse.click(5, 5)
    else:
        await window.get_by_role("button", name=way).click()

    await expect(window).to_have_count(0)
    assert (await ana.wait(lambda state: not state["modals"], "the form to close"))["modals"] == []
    await ana.say(desk.house.channel, f"after {way}")
    await expect(page.get_by_text(f"after {way}")).to_be_visible()
    await expect(window).to_have_count(0)
    await desk.open()
    await expect(window.get_by_label("Name")).to_have_value("")
    await expect(window.get_by_label("Story")).to_have_value("Once")


async def test_a_press_outside_asks_before_typed_words_are_lost(desk: FormDesk) -> None:
    page, question = desk.page, desk.page.get_by_role("dialog", name="Discard changes?")
    window = await desk.open()
    await page.keyboard.type("typed")

    await page.mouse.click(5, 5)
    await question.get_by_role("button", name="Cancel").click()
    await expect(window.get_by_label("Name")).to_have_value("typed")
    await expect(window.get_by_label("Name")).to_be_focused()
    await page.mouse.click(5, 5)
    await question.get_by_role("button", name="Discard").click()

    await expect(window).to_have_count(0)


@pytest.mark.parametrize("way", ["Escape", "outside"])
async def test_an_open_list_closes_before_its_form(desk: FormDesk, way: str) -> None:
    window = await desk.open()
    await desk.select("Size").click()
    await expect(desk.option("Small")).to_be_visible()

    if way == "Escape":
        await desk.page.keyboard.press("Escape")
    else:
        await desk.page.mouse.click(5, 5)

    await expect(desk.option("Small")).to_have_count(0)
    await expect(window).to_be_visible()


async def test_a_form_that_the_bot_does_not_answer_stays_open_and_can_be_sent_again(
    desk: FormDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, sent = desk.house.bot, []

    async def silent(one: Json) -> None:
        sent.append(one)

    window = await desk.open("long-form")
    await window.get_by_text("Red").click()
    with monkeypatch.context() as patch:
        patch.setattr(bot, "_submit", silent)
        await desk.submit.dblclick()
        await expect(desk.submit).to_have_attribute("aria-disabled", "true")
        await expect(window.get_by_text("Something went wrong. Try again.")).to_be_visible()
    await expect(window.get_by_label("Red")).to_be_checked()
    await desk.submit.click()

    await expect(window).to_have_count(0)
    assert (len(sent), (await bot.submitted())["color"]) == (1, "r")


async def test_newer_states_leave_what_is_typed_alone(desk: FormDesk) -> None:
    window = await desk.open()
    await desk.page.keyboard.type("An")
    for number in range(3):
        await desk.house.ana.say(desk.house.channel, f"message {number}")
    await expect(desk.page.get_by_text("message 2")).to_be_visible()
    await desk.page.keyboard.type("a")

    await expect(window.get_by_label("Name")).to_have_value("Ana")
    await expect(window.get_by_label("Name")).to_be_focused()


async def test_the_focus_stays_in_the_form(desk: FormDesk) -> None:
    await desk.open()

    for _ in range(12):
        await desk.page.keyboard.press("Tab")
        assert await desk.page.evaluate(IN_DIALOG)


async def test_a_second_form_lies_over_the_first_and_gives_it_back(desk: FormDesk) -> None:
    first = await desk.open()
    await desk.page.keyboard.type("Ana")

    second = await desk.open("long-form")
    await expect(second.get_by_label("Red")).to_be_focused()
    await desk.page.keyboard.press("Escape")

    await expect(second).to_have_count(0)
    await expect(first.get_by_label("Name")).to_have_value("Ana")
    await expect(first.get_by_label("Name")).to_be_focused()


async def test_a_form_that_is_answered_elsewhere_closes(desk: FormDesk) -> None:
    window = await desk.open()

    await desk.house.ana.fill(name="Ana", size="s")

    await expect(window).to_have_count(0)


async def test_files_are_chosen_pasted_dropped_and_removed(desk: FormDesk) -> None:
    window = await desk.open("form", label("Files", {"type": 19, "custom_id": "files", "max_values": 2}))
    files = window.get_by_role("group", name="Files").get_by_role("listitem")

    async with desk.page.expect_file_chooser() as chooser:
        await window.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files([PNG])
    await expect(files.filter(has_text="a.png").get_by_role("presentation")).to_be_visible()
    await bring(desk.page, "paste", "b.txt")
    await expect(files).to_have_count(2)
    await bring(desk.page, "drop", "c.txt")
    await expect(window.get_by_text("You can attach 2 files at most. Left out: c.txt")).to_be_visible()
    await window.get_by_role("button", name="Remove a.png").click()
    await expect(window.get_by_role("button", name="Remove b.txt")).to_be_focused()
    await bring(desk.page, "drop", "c.txt")
    await desk.submit.click()

    await expect(window).to_have_count(0)
    sent = await desk.house.bot.heard(lambda one: one["type"] == SUBMIT, "the form")
    assert [one["filename"] for one in sent["data"]["resolved"]["attachments"].values()] == ["b.txt", "c.txt"]


async def test_a_file_over_the_limit_and_too_few_files_are_said(desk: FormDesk) -> None:
    control = desk.house.control
    await control.post("/discord/settings", person_upload_limit=3)
    field = {"type": 19, "custom_id": "files", "min_values": 2, "max_values": 3}
    window = await desk.open("form", label("Files", field))

    await bring(desk.page, "drop", "large.txt")
    await expect(window.get_by_text("large.txt is 5 B. The limit is 3 B for each file.")).to_be_visible()
    await control.post("/discord/settings", person_upload_limit=50 * 1024 * 1024)
    await control.post("/channels", name="a-newer-state")
    await expect(desk.page.get_by_text("a-newer-state")).to_be_attached()
    await bring(desk.page, "drop", "small.txt")
    await desk.submit.click()

    await expect(window.get_by_text("Add at least 2 files.")).to_be_visible()


async def test_a_file_dropped_on_a_form_without_a_field_for_it_does_not_leave_the_page(desk: FormDesk) -> None:
    await desk.open("long-form")

    assert await bring(desk.page, "drop", "a.txt")


async def bring(page: Page, how: str, name: str) -> bool:
    """Paste a file of five bytes into the newest window, or drop it there. Return whether the page handled that."""
    script = """([how, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["words"], name, { type: "text/plain" }));
      const about = { bubbles: true, cancelable: true };
      const event = how === "paste" ? new ClipboardEvent(how, { ...about, clipboardData: data })
        : new DragEvent(how, { ...about, dataTransfer: data });
      return !document.querySelector("dialog[open] h2").dispatchEvent(event);
    }"""
    return bool(await page.evaluate(script, [how, name]))
