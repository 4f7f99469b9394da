"""Selects of messages are used by keyboard or mouse as in Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.page.forms import FormDesk, form_desk
from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, unreadable


@pytest.fixture(scope="module")
async def room(browser: Browser) -> AsyncIterator[FormDesk]:
    """Run a desk for the tests of this module."""
    async with form_desk(browser) as found:
        yield found


@pytest.fixture
async def desk(room: FormDesk) -> AsyncIterator[FormDesk]:
    """Return the desk with a new message of all selects, for one test."""
    async with room.one_test():
        before = await card(room).count()
        await room.house.ana.slash(room.house.channel, "selects")
        await expect(card(room)).to_have_count(before + 1)
        yield room


def card(desk: FormDesk) -> Locator:
    """Return the messages of all selects."""
    return desk.page.get_by_role("article").filter(has_text="Selects of every type")


def select(desk: FormDesk, name: str) -> Locator:
    return card(desk).last.get_by_role("combobox", name=name)


async def chosen(desk: FormDesk, custom_id: str) -> list[str]:
    """Return the values that the newest use of a select brought."""
    found = await desk.house.bot.heard(lambda one: one["data"].get("custom_id") == custom_id, custom_id)
    return list(found["data"]["values"])


def sent(desk: FormDesk) -> list[str]:
    """Return which selects were used so far."""
    return [one["data"]["custom_id"] for one in desk.house.bot.got if one["type"] == 3]


async def test_a_select_of_one_value_sends_it_at_once_by_mouse(desk: FormDesk) -> None:
    await select(desk, "Choose a person").click()
    await desk.option("@Ana").click()

    assert await chosen(desk, "who") == [desk.house.ana.id]
    await expect(desk.page.get_by_role("listbox")).to_have_count(0)
    await expect(select(desk, "Choose a person")).to_have_text("@Ana")


async def test_a_select_of_several_values_sends_them_when_it_closes(desk: FormDesk) -> None:
    await select(desk, "Choose a size").click()
    await desk.option("Small").click()
    await desk.option("Huge").click()
    await expect(desk.option("Large")).to_be_disabled()
    await expect(desk.page.get_by_text("Choose 1 to 2")).to_be_visible()
    before = sent(desk)
    await desk.page.keyboard.press("Escape")

    assert await chosen(desk, "size") == ["s", "h"]
    assert before == []
    await expect(select(desk, "Choose a size")).to_have_text("SmallHuge")


async def test_too_few_values_are_said_and_not_sent(desk: FormDesk) -> None:
    await select(desk, "Choose a size").click()
    await desk.option("Large").click()
    await desk.page.keyboard.press("Escape")
    assert await chosen(desk, "size") == ["l"]

    await select(desk, "Choose a size").click()
    await desk.option("Large").click()
    await desk.page.keyboard.press("Escape")

    await expect(desk.page.get_by_text("Choose at least 1.")).to_be_visible()
    await expect(select(desk, "Choose a size")).to_have_text("Large")
    assert sent(desk) == ["size"]


async def test_a_select_is_used_by_keyboard_alone(desk: FormDesk) -> None:
    keys = desk.page.keyboard

    await select(desk, "Choose a size").focus()
    await keys.press("ArrowDown")
    await expect(desk.option("Small")).to_have_attribute("aria-selected", "true")
    await keys.press("End")
    await keys.press("Space")
    await keys.press("Home")
    await keys.press("l")
    await keys.press("Enter")
    await keys.press("Escape")

    assert await chosen(desk, "size") == ["h", "l"]
    await expect(select(desk, "Choose a size")).to_be_focused()


async def test_a_select_that_closes_unchanged_sends_nothing(desk: FormDesk) -> None:
    await select(desk, "Choose a role").press("Enter")
    await expect(desk.page.get_by_role("listbox")).to_be_focused()
    await desk.page.keyboard.press("Escape")

    await expect(select(desk, "Choose a role")).to_be_focused()
    assert sent(desk) == []


async def test_many_options_have_a_filter_field(desk: FormDesk) -> None:
    for number in range(30):
        await desk.house.new_channel(f"pier-{number}")
    await expect(desk.page.get_by_role("link", name="pier-29")).to_be_attached()

    await select(desk, "Choose a channel").click()
    await expect(desk.page.get_by_role("listbox").get_by_role("option")).to_have_count(25)
    await expect(desk.page.get_by_role("combobox", name="Search")).to_be_focused()
    await desk.page.keyboard.type("#PIER-29")
    await expect(desk.page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await desk.page.keyboard.press("Enter")

    found = await chosen(desk, "place")
    assert desk.house.sandbox.world.channels[found[0]].name == "pier-29"


async def test_an_open_select_is_a_sheet_on_a_phone_and_readable(house: PageHouse, pages: Pages) -> None:
    await house.ana.slash(house.channel, "selects")
    page = await pages.open(house.ana, house.channel, size=PHONE, touch=True)

    await page.get_by_role("combobox", name="Choose a size").tap()
    box = await page.locator(".picks").bounding_box()

    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, PHONE[0], PHONE[1])
    assert await unreadable(page) == []
