"""Selects of messages are used by keyboard or mouse as in Discord."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, unreadable


async def opened(house: PageHouse, pages: Pages, **about: Any) -> Page:
    """Open the page as Ana, with the message of all selects."""
    await house.ana.slash(house.channel, "selects")
    return await pages.open(house.ana, house.channel, **about)


async def chosen(house: PageHouse, custom_id: str) -> list[str]:
    """Return the values that the newest use of a select brought."""
    found = await house.bot.heard(lambda one: one["data"].get("custom_id") == custom_id, custom_id)
    return list(found["data"]["values"])


def select(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name)


def option(page: Page, name: str) -> Locator:
    return page.get_by_role("option", name=name)


async def test_a_select_of_one_value_sends_it_at_once_by_mouse(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)

    await select(page, "Choose a person").click()
    await option(page, "@Ana").click()

    assert await chosen(house, "who") == [house.ana.id]
    await expect(page.get_by_role("listbox")).to_have_count(0)
    await expect(select(page, "Choose a person")).to_have_text("@Ana")


async def test_a_select_of_several_values_sends_them_when_it_closes(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)

    await select(page, "Choose a size").click()
    await option(page, "Small").click()
    await option(page, "Huge").click()
    await expect(option(page, "Large")).to_be_disabled()
    await expect(page.get_by_text("Choose 1 to 2")).to_be_visible()
    sent_before = [one["data"].get("custom_id") for one in house.bot.got]
    await page.keyboard.press("Escape")

    assert "size" not in sent_before
    assert await chosen(house, "size") == ["s", "h"]
    await expect(select(page, "Choose a size")).to_have_text("SmallHuge")


async def test_too_few_values_are_said_and_not_sent(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)
    await select(page, "Choose a size").click()
    await option(page, "Large").click()
    await page.keyboard.press("Escape")
    assert await chosen(house, "size") == ["l"]
    count = len(house.bot.got)

    await select(page, "Choose a size").click()
    await option(page, "Large").click()
    await page.keyboard.press("Escape")

    await expect(page.get_by_text("Choose at least 1.")).to_be_visible()
    await expect(select(page, "Choose a size")).to_have_text("Large")
    assert len(house.bot.got) == count


async def test_a_select_is_used_by_keyboard_alone(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages)

    await select(page, "Choose a size").focus()
    await page.keyboard.press("ArrowDown")
    await expect(option(page, "Small")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("End")
    await page.keyboard.press("Space")
    await page.keyboard.press("Home")
    await page.keyboard.press("l")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")

    assert await chosen(house, "size") == ["h", "l"]


async def test_a_select_that_closes_unchanged_gives_the_focus_back_and_sends_nothing(
    house: PageHouse, pages: Pages
) -> None:
    page = await opened(house, pages)
    count = len(house.bot.got)

    await select(page, "Choose a role").press("Enter")
    await expect(page.get_by_role("listbox")).to_be_focused()
    await page.keyboard.press("Escape")

    await expect(select(page, "Choose a role")).to_be_focused()
    assert len(house.bot.got) == count


async def test_many_options_have_a_filter_field(house: PageHouse, pages: Pages) -> None:
    for number in range(30):
        await house.new_channel(f"pier-{number}")
    page = await opened(house, pages)

    await select(page, "Choose a channel").click()
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(25)
    await expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    await page.keyboard.type("#PIER-29")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")

    found = await chosen(house, "place")
    assert house.sandbox.world.channels[found[0]].name == "pier-29"


async def test_an_open_select_is_a_sheet_on_a_phone_and_readable(house: PageHouse, pages: Pages) -> None:
    page = await opened(house, pages, size=PHONE)

    await select(page, "Choose a size").press("ArrowDown")
    box = await page.locator(".picks").bounding_box()

    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, PHONE[0], PHONE[1])
    assert [one for one in await unreadable(page) if "pick" in one or "select" in one] == []
