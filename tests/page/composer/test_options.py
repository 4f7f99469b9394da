"""The options of a taken command: read from text, completed, checked and sent."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.page.composer.composing import message_field, offered, option, ready, take
from tests.page.house import PageHouse
from tests.page.opening import Pages, intercept


async def test_text_after_the_name_fills_the_first_text_or_the_named_options(house: PageHouse, page: Page) -> None:
    await take(page, "/everything a lighthouse")
    await expect(option(page, "text")).to_have_value("a lighthouse")
    await expect(option(page, "text")).to_be_focused()
    await page.keyboard.press("Enter")
    assert await house.bot.used("everything") == {"text": "a lighthouse"}

    await take(page, "/everything text: at sea: now shape: tall number: 3 yes: true who: @Ana")
    await page.keyboard.press("Enter")

    expected = {"text": "at sea: now", "shape": "9:16", "number": 3, "yes": True, "who": house.ana.id}
    await house.bot.heard(lambda one: "at sea" in str(one["data"]), "the second command")
    assert await house.bot.used("everything") == expected


async def test_a_chinese_colon_names_an_option_too(house: PageHouse, page: Page) -> None:
    await take(page, "/everything text：灯塔 shape：16:9")
    await page.keyboard.press("Enter")

    assert await house.bot.used("everything") == {"text": "灯塔", "shape": "16:9"}


async def test_enter_focuses_the_first_wrong_field_and_each_error_stands_at_its_field(
    house: PageHouse, page: Page
) -> None:
    await take(page, "/everything text: x number: 99 ratio: much shape: round")
    await page.keyboard.press("Enter")

    wrong = {"text": "Enter at least 2 characters, not 1.", "number": "Enter a number from 1 to 9.",
             "ratio": "Enter a number.", "shape": "Choose one from the list."}  # fmt: skip
    for name, sentence in wrong.items():
        await expect(option(page, name)).to_have_attribute("aria-invalid", "true")
        await expect(option(page, name)).to_have_accessible_description(re.compile(re.escape(sentence) + "$"))
    await expect(option(page, "text")).to_be_focused()
    await expect(page.get_by_role("alert")).to_contain_text("text: Enter at least 2 characters, not 1.")
    await page.keyboard.type("yz")
    await expect(option(page, "text")).to_have_attribute("aria-invalid", "false")
    assert not any("99" in str(one["data"]) for one in house.bot.got)


async def test_a_missing_option_is_said_by_name(page: Page) -> None:
    await take(page, "/settings size set")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("pixels: This option is required.")
    await expect(option(page, "pixels")).to_be_focused()


async def test_tab_and_arrows_move_between_options_and_backspace_removes_an_empty_one(page: Page) -> None:
    await take(page, "/everything text: ab number: 3 ratio: 1")
    await option(page, "text").focus()
    await page.keyboard.press("End")
    await page.keyboard.press("ArrowRight")
    await expect(option(page, "number")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(option(page, "ratio")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(option(page, "number")).to_be_focused()
    await page.keyboard.press("Control+A")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Backspace")

    await expect(option(page, "number")).to_have_count(0)
    await expect(option(page, "text")).to_be_focused()
    await expect(page.get_by_role("button", name="+ number")).to_be_visible()


async def test_the_bot_suggests_with_what_was_typed_so_far(house: PageHouse, page: Page) -> None:
    await take(page, "/everything text: so far number: 4")
    await page.get_by_role("button", name="+ lamp").click()
    await expect(page.get_by_text("Loading suggestions…")).to_be_visible()
    await page.keyboard.type("lamp 3")
    await expect(offered(page).first).to_have_text("Lamp 3")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(option(page, "lamp")).to_have_value("Lamp 30")
    await page.keyboard.press("Enter")

    asked = await house.bot.heard(lambda one: one["type"] == 4, "the question")
    assert {one["name"]: one["value"] for one in asked["data"]["options"]} == {
        "text": "so far",
        "number": 4,
        "lamp": "lamp 3",
    }
    await house.bot.heard(lambda one: one["type"] == 2 and "so far" in str(one["data"]), "the command")
    assert (await house.bot.used("everything"))["lamp"] == "lamp-30"


async def test_an_option_says_that_the_bot_suggests_nothing_or_does_not_answer(
    house: PageHouse, pages: Pages, room: str
) -> None:
    page = await ready(await pages.open(house.ana, room))
    await expect(message_field(page)).to_be_focused()
    await take(page, "/everything text: nothing")
    await page.get_by_role("button", name="+ lamp").click()
    await page.keyboard.type("zzz")
    await expect(page.get_by_text("No suggestions.")).to_be_visible()
    await intercept(page, "**/interaction/*", lambda route: route.fulfill(json={"choices": None}))
    await page.clock.install()
    await page.keyboard.type("z")
    await page.clock.run_for(200)
    await page.clock.run_for(4000)

    await expect(page.get_by_text("Wanvas sent no suggestions in time.")).to_be_visible()


async def test_people_roles_channels_and_mentionables_are_chosen_by_name(house: PageHouse, page: Page) -> None:
    await take(page, "/everything text: who")
    for name, typed in (("who", "an"), ("where", "stud"), ("role", "manag"), ("anyone", "an")):
        await page.get_by_role("button", name=f"+ {name}").click()
        await page.keyboard.type(typed)
        await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    used = await house.bot.heard(lambda one: "studio" in str(one["data"].get("resolved")), "the command")
    values = {one["name"]: one["value"] for one in used["data"]["options"]}
    assert values["who"] == values["anyone"] == house.ana.id
    assert set(used["data"]["resolved"]) == {"members", "users", "channels", "roles"}


async def test_a_text_with_lines_is_pasted_into_an_option(house: PageHouse, page: Page) -> None:
    await take(page, "/everything")
    await page.keyboard.insert_text("first\nsecond")
    await page.keyboard.press("Enter")

    await house.bot.heard(lambda one: "second" in str(one["data"]), "the command")
    assert await house.bot.used("everything") == {"text": "first\nsecond"}


async def test_a_newer_state_disturbs_no_option(house: PageHouse, page: Page, room: str) -> None:
    await take(page, "/everything text: typing")
    await page.get_by_role("button", name="+ shape").click()
    await page.keyboard.press("ArrowDown")
    await house.ana.say(room, "news")
    await page.get_by_text("news").wait_for()

    await expect(page.locator("[aria-selected=true]")).to_have_text("Tall")
    await expect(option(page, "shape")).to_be_focused()
    await expect(option(page, "shape")).to_have_attribute("aria-expanded", "true")
