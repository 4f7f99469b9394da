"""Modals of the bot open, are filled in, sent and closed as in Discord."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from sandbox.people import Json
from tests.page.bot_cards import label, text
from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, unreadable

PNG: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG"}


async def opened(house: PageHouse, pages: Pages, form: str = "form", **about: Any) -> Page:
    """Open the page as Ana, and a form in it."""
    page = await pages.open(house.ana, house.channel, **about)
    await expect(message_field(page)).to_be_visible()
    await reopen(house, page, form)
    return page


async def reopen(house: PageHouse, page: Page, form: str = "form") -> None:
    await house.ana.slash(house.channel, form)
    await expect(dialog(page)).to_be_visible()


def dialog(page: Page) -> Locator:
    return page.locator("dialog").first


def message_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def submit(page: Page) -> Locator:
    return page.get_by_role("button", name="Submit")


async def test_a_form_is_filled_in_by_keyboard_alone(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)
    keys = page.keyboard

    await expect(page.get_by_label("Name")).to_be_focused()
    await keys.type("Ana")
    await keys.press("Tab")
    await keys.type(" upon a time")
    await keys.press("Tab")
    await keys.press("Enter")
    await keys.press("l")
    await keys.press("Enter")
    await expect(page.get_by_role("combobox", name="Size")).to_be_focused()
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Tab")
    await expect(submit(page)).to_be_focused()
    await keys.press("Enter")

    await expect(dialog(page)).to_have_count(0)
    assert await house.bot.submitted() == {"name": "Ana", "story": "Once upon a time", "size": ["l"], "files": []}
    await expect(message_field(page)).to_be_focused()


async def test_every_other_field_is_filled_in_by_keyboard_and_by_mouse(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages, "long-form")
    keys = page.keyboard

    await keys.press("ArrowDown")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Enter")
    by_keyboard = await house.bot.submitted()
    await expect(dialog(page)).to_have_count(0)
    await reopen(house, page, "long-form")
    await page.get_by_text("Red").click()
    await page.get_by_text("Moon").click()
    await page.get_by_role("combobox", name="Person").click()
    await page.get_by_role("option", name="Ana").click()
    await page.get_by_role("combobox", name="Channel").click()
    await page.get_by_role("option").first.click()
    await submit(page).click()
    await expect(dialog(page)).to_have_count(0)

    assert by_keyboard == {"color": "b", "extras": ["sun"], "agree": True, "who": [], "place": []}
    assert await house.bot.submitted() == {
        "color": "r", "extras": ["moon"], "agree": False, "who": [house.ana.id], "place": [house.channel]
    }  # fmt: skip


async def test_wrong_fields_are_marked_and_the_first_gets_the_focus(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)
    name, size = page.get_by_label("Name"), page.get_by_role("combobox", name="Size")

    await submit(page).click()
    await expect(page.get_by_text("This field is required.")).to_have_count(2)
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description("2 to 10 This field is required.")
    await page.keyboard.type("A")
    await expect(page.get_by_text("Must be at least 2 characters long.")).to_be_visible()
    await page.keyboard.type("na-and-too-many")
    await expect(name).to_have_value("Ana-and-to")
    await expect(page.get_by_text("10/10")).to_be_visible()
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    await submit(page).click()

    await expect(size).to_be_focused()
    assert not [one for one in house.bot.got if one["type"] == 5]


@pytest.mark.parametrize("way", ["Escape", "Cancel", "Close", "outside"])
async def test_a_form_closes_for_good(house: PageHouse, pages: Pages, way: str) -> None:
    page = await opened(house, pages)

    if way == "Escape":
        await page.keyboard.type("typed and left")
        await page.keyboard.press("Escape")
    elif way == "outside":
        await page.mouse.click(5, 5)
    else:
        await page.get_by_role("button", name=way).click()

    await expect(dialog(page)).to_have_count(0)
    assert (await house.ana.wait(lambda state: not state["modals"], "the form to close"))["modals"] == []
    await house.ana.say(house.channel, "a newer state")
    await expect(page.get_by_text("a newer state")).to_be_visible()
    await expect(dialog(page)).to_have_count(0)
    await reopen(house, page)
    await expect(page.get_by_label("Name")).to_have_value("")
    await expect(page.get_by_label("Story")).to_have_value("Once")


async def test_a_press_outside_asks_before_typed_words_are_lost(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)
    await page.keyboard.type("typed")
    question = page.get_by_role("dialog", name="Discard changes?")

    await page.mouse.click(5, 5)
    await question.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_label("Name")).to_have_value("typed")
    await expect(page.get_by_label("Name")).to_be_focused()
    await page.mouse.click(5, 5)
    await question.get_by_role("button", name="Discard").click()

    await expect(dialog(page)).to_have_count(0)


async def test_a_form_that_the_bot_does_not_answer_stays_open_and_can_be_sent_again(
    house: PageHouse, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await opened(house, pages, "long-form")
    await page.get_by_text("Red").click()
    answer, sent = house.bot._submit, []

    async def silent(one: Json) -> None:
        sent.append(one)

    monkeypatch.setattr(house.bot, "_submit", silent)
    await submit(page).dblclick()
    await expect(submit(page)).to_have_attribute("aria-disabled", "true")
    await expect(page.get_by_text("Something went wrong. Try again.")).to_be_visible()
    await expect(page.get_by_label("Red")).to_be_checked()
    monkeypatch.setattr(house.bot, "_submit", answer)
    await submit(page).click()

    await expect(dialog(page)).to_have_count(0)
    assert (len(sent), (await house.bot.submitted())["color"]) == (1, "r")


async def test_newer_states_leave_what_is_typed_alone(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)
    await page.keyboard.type("An")
    for number in range(3):
        await house.ana.say(house.channel, f"message {number}")
    await expect(page.get_by_text("message 2")).to_be_visible()
    await page.keyboard.type("a")

    await expect(page.get_by_label("Name")).to_have_value("Ana")
    await expect(page.get_by_label("Name")).to_be_focused()


async def test_a_form_opens_only_in_the_tab_that_asked(house: PageHouse, pages: Pages) -> None:
    await house.ana.slash(house.channel, "buttons")
    context = await pages.context()
    asking, other = [await pages.tab(context, house.ana, house.channel) for _ in range(2)]
    await expect(other.get_by_role("button", name="Open form")).to_be_visible()

    await asking.bring_to_front()
    await asking.get_by_role("button", name="Open form").click()
    await expect(dialog(asking)).to_be_visible()
    await house.ana.say(house.channel, "a newer state")
    await expect(other.get_by_text("a newer state")).to_be_visible()
    in_other = await dialog(other).count()
    await asking.keyboard.press("Escape")

    assert in_other == 0
    await expect(asking.get_by_role("button", name="Open form")).to_be_focused()


async def test_a_form_that_is_answered_elsewhere_closes(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)

    await house.ana.fill(name="Ana", size="s")

    await expect(dialog(page)).to_have_count(0)


async def test_files_are_chosen_pasted_dropped_and_removed(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)
    await page.get_by_label("Name").fill("Ana")
    await page.get_by_role("combobox", name="Size").press("Enter")
    await page.keyboard.press("Enter")
    files = page.get_by_role("group", name="Pictures").get_by_role("listitem")

    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files([PNG])
    await expect(files.filter(has_text="a.png").get_by_role("presentation")).to_be_visible()
    await bring(page, "paste", "b.txt")
    await expect(files).to_have_count(2)
    await bring(page, "drop", "c.txt")
    await expect(page.get_by_text("You can attach 2 files at most. Left out: c.txt")).to_be_visible()
    await page.get_by_role("button", name="Remove a.png").click()
    await expect(page.get_by_role("button", name="Remove b.txt")).to_be_focused()
    await bring(page, "drop", "c.txt")
    await submit(page).click()

    await expect(dialog(page)).to_have_count(0)
    sent = (await house.bot.heard(lambda one: one["type"] == 5, "the form"))["data"]["resolved"]["attachments"]
    assert [one["filename"] for one in sent.values()] == ["b.txt", "c.txt"]


async def bring(page: Page, how: str, name: str) -> None:
    """Paste a file into the open window, or drop it there."""
    script = """([how, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["words"], name, { type: "text/plain" }));
      const about = { bubbles: true, cancelable: true };
      const event = how === "paste" ? new ClipboardEvent(how, { ...about, clipboardData: data })
        : new DragEvent(how, { ...about, dataTransfer: data });
      document.querySelector("dialog h2").dispatchEvent(event);
    }"""
    await page.evaluate(script, [how, name])


async def test_hostile_words_and_many_options_stay_inside_the_window(house: PageHouse, pages: Pages) -> None:
    options = [{"label": f"{n:02}" + "x" * 98, "value": str(n), "description": "مرحبا" * 20} for n in range(25)]
    ticks = [{"label": "y" * 100, "value": str(n)} for n in range(10)]
    parts = [
        text("z" * 200),
        label("W" * 45, {"type": 4, "custom_id": "a", "style": 1, "value": "<b>x</b>"}, "שלום" * 25),
        label("Many", {"type": 3, "custom_id": "b", "options": options, "max_values": 25, "required": False}),
        label("Ticks", {"type": 22, "custom_id": "c", "options": ticks, "max_values": 1, "required": False}),
    ]
    house.bot.modals["form"] = {"custom_id": "form", "title": "A form", "components": parts}
    page = await opened(house, pages, size=PHONE)

    await page.get_by_role("combobox", name="Many").click()
    await page.get_by_role("combobox", name="Search").fill("24x")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    wide = await page.evaluate(
        "[...document.querySelectorAll('dialog, dialog *')].filter((one) => one.scrollWidth > 390).length"
    )
    buttons = await page.locator("dialog .buttons").last.bounding_box()

    assert wide == 0
    assert buttons is not None
    assert buttons["y"] + buttons["height"] <= PHONE[1]
    assert await unreadable(page) == []


@pytest.mark.parametrize("form", ["form", "long-form"])
async def test_forms_are_readable_with_a_screen_reader(house: PageHouse, pages: Pages, form: str) -> None:
    page = await opened(house, pages, form, theme="light")
    await submit(page).click()

    assert await unreadable(page) == []
