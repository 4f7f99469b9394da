"""Slash commands in the composer: the list, the options as fields, and what is sent."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.page.house import PageHouse
from tests.page.opening import Pages


def message(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("textbox", name="Message", exact=True)


async def test_a_command_is_chosen_filled_and_sent_by_keyboard(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, house.channel)
    await expect(message(page)).to_be_focused()

    await page.keyboard.type("/every")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.keyboard.type("a lighthouse")
    await page.keyboard.press("Enter")

    assert await house.bot.used("everything") == {"text": "a lighthouse"}
    await expect(message(page)).to_be_focused()
