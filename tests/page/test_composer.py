"""The composer: messages, drafts, mentions, replies and attachments, typed as people type."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.page.house import PageHouse
from tests.page.opening import Pages


def field(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("textbox", name="Message", exact=True)


async def test_enter_sends_and_shift_enter_makes_a_line(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, house.channel)
    await expect(field(page)).to_be_focused()

    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    await house.ana.see(house.channel, lambda m: m["content"] == "one\ntwo", "the message")
    await expect(field(page)).to_have_value("")
