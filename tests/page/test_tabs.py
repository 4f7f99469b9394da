"""Two tabs of one person: each has its own form and its own draft, and messages arrive in both."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.page.house import PageHouse
from tests.page.opening import Pages


@pytest.fixture
async def tabs(house: PageHouse, pages: Pages) -> tuple[Page, Page]:
    """Open two tabs of one browser in one channel, as one person."""
    context = await pages.context()
    found = await pages.tab(context, house.ana, house.channel), await pages.tab(context, house.ana, house.channel)
    for page in found:
        await expect(page.get_by_label("Message", exact=True)).to_be_enabled()
    return found


async def test_a_message_arrives_in_both_tabs(house: PageHouse, tabs: tuple[Page, Page]) -> None:
    await tabs[0].get_by_label("Message", exact=True).fill("from the first tab")
    await tabs[0].get_by_label("Message", exact=True).press("Enter")

    for page in tabs:
        await expect(page.get_by_role("log")).to_contain_text("from the first tab")


async def test_drafts_of_two_tabs_do_not_fight(house: PageHouse, tabs: tuple[Page, Page]) -> None:
    for number, page in enumerate(tabs):
        await page.get_by_label("Message", exact=True).fill(f"draft {number}")
    await house.ana.say(house.channel, "something new")

    for number, page in enumerate(tabs):
        await expect(page.get_by_role("log")).to_contain_text("something new")
        await expect(page.get_by_label("Message", exact=True)).to_have_value(f"draft {number}")


async def test_a_form_opens_only_in_the_tab_that_asked(house: PageHouse, tabs: tuple[Page, Page]) -> None:
    await house.ana.slash(house.channel, "buttons")

    await tabs[0].get_by_role("button", name="Open form").click()

    await expect(tabs[0].get_by_role("dialog")).to_be_visible()
    await house.ana.say(house.channel, "something new")  # the other tab has the state with the form as well
    await expect(tabs[1].get_by_role("log")).to_contain_text("something new")
    await expect(tabs[1].get_by_role("dialog")).to_be_hidden()
