"""Reactions in the page: seen, pressed, added from the menu, by mouse, keyboard and thumb, in both languages."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, unreadable
from tests.page.test_list import from_foot, message


async def pills(page: Page) -> list[str | None]:
    """Return the names of the reactions that the page shows."""
    found = page.get_by_role("group", name=re.compile("Reactions|反应")).locator("[aria-pressed]")
    return [await one.get_attribute("aria-label") for one in await found.all()]


async def test_a_press_on_a_reaction_adds_to_it_and_takes_back(house: PageHouse, pages: Pages) -> None:
    bo, mei = await house.person("Bo"), await house.person("小梅", locale="zh-CN")
    said = await house.ana.say(house.channel, "good?")
    await bo.react(said, "👍")
    page, other = await pages.open(house.ana, house.channel), await pages.open(mei, house.channel, theme="light")
    pill = page.get_by_role("button", name="👍")
    await expect(pill).to_have_accessible_name("👍 1 reaction")

    await pill.click()
    await expect(pill).to_have_accessible_name("👍 2 reactions, including yours")
    await expect(pill).to_have_attribute("aria-pressed", "true")
    await expect(pill).to_have_attribute("title", "Bo and Ana")
    await expect(pill).to_be_focused()
    theirs = other.get_by_role("button", name="👍 2 个反应", exact=True)
    await expect(theirs).to_have_attribute("aria-pressed", "false")
    await expect(theirs).to_have_attribute("title", "Bo和Ana")
    await page.keyboard.press("Enter")

    await expect(pill).to_have_accessible_name("👍 1 reaction")
    await bo.react(said, "👍", remove=True)
    await expect(pill).to_have_count(0)
    await expect(page.get_by_role("article")).to_be_focused()


async def test_an_emoji_is_chosen_by_keyboard_in_the_menu_of_a_message(house: PageHouse, pages: Pages) -> None:
    for number in range(30):
        await house.ana.say(house.channel, f"message {number}")
    page = await pages.open(house.ana, house.channel)
    found = message(page, "message 29")
    await found.focus()
    await page.keyboard.press("Shift+F10")
    await expect(page.get_by_role("menuitem", name="Add reaction")).to_be_focused()

    await page.keyboard.press("Enter")
    menu = page.get_by_role("menu", name="Add reaction")
    await expect(menu.get_by_role("menuitem")).to_have_count(12)
    assert await unreadable(page, ".popup") == []
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    await expect(menu.get_by_role("menuitem", name="🔥")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(found.get_by_role("button", name="🔥 1 reaction, including yours")).to_be_in_viewport()
    await expect(found).to_be_focused()
    assert await from_foot(page) < 2


async def test_a_thumb_adds_a_reaction_beside_the_others(house: PageHouse, pages: Pages) -> None:
    said = await house.ana.say(house.channel, "x")
    for emoji in ("❤", "🎉"):
        await house.ana.react(said, emoji)
    page = await pages.open(house.ana, house.channel, size=PHONE, touch=True)

    await page.get_by_role("button", name="Add reaction").tap()
    await page.get_by_role("menuitem", name="✅").tap()
    await expect(page.get_by_role("button", name="✅")).to_be_visible()
    await page.get_by_role("button", name="🎉").tap()
    await expect(page.get_by_role("button", name="🎉")).to_have_count(0)

    assert await pills(page) == ["❤\ufe0f 1 reaction, including yours", "✅ 1 reaction, including yours"]


async def test_reactions_are_offered_only_where_discord_takes_them(house: PageHouse, pages: Pages) -> None:
    bo, server = await house.person("Bo"), next(iter(house.sandbox.world.servers))
    said = await house.ana.say(house.channel, "x")
    await bo.slash(house.channel, "secret")
    page = await pages.open(bo, house.channel)

    await message(page, "Between us").hover()
    await expect(page.get_by_role("button", name="More")).to_be_visible()
    offered_in_private = await page.get_by_role("button", name="Add reaction").count()
    await house.control.post("/overwrites", channel=house.channel, target=server, deny=["ADD_REACTIONS"])
    await house.ana.react(said, "👀")
    await page.get_by_role("button", name="👀").click()

    await expect(page.get_by_role("button", name="👀")).to_have_accessible_name("👀 2 reactions, including yours")
    assert offered_in_private == await page.get_by_role("button", name="Add reaction").count() == 0
