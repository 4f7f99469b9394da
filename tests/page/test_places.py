"""Servers, channels, threads and people: where a person goes in the page, by mouse and by keyboard."""

from __future__ import annotations

from playwright.async_api import expect

from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages


async def test_arrows_move_between_channels_and_enter_shows_one(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbour")
    channels = page.get_by_role("navigation").get_by_role("link")

    await channels.filter(has_text="harbour").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    await expect(page).to_have_title("#studio · The Lighthouse")
    await expect(page.locator("nav [aria-current=page]")).to_have_text("#studio")
    await expect(channels.filter(has_text="studio")).to_be_focused()


async def test_people_are_switched_by_keyboard_and_each_returns_to_their_last_channel(
    house: PageHouse, pages: Pages
) -> None:
    page = await pages.open(house.ana, "harbour")
    switcher = page.get_by_role("navigation").get_by_role("button", name="Act as another person")

    await switcher.press("Enter")
    await page.keyboard.press("b")
    await page.keyboard.press("Enter")
    await expect(switcher).to_contain_text("BoMember · English")
    await page.get_by_role("link", name="#quiet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#quiet")
    await switcher.press("Enter")
    await page.get_by_role("menuitemradio", name="Ana").click()

    await expect(switcher).to_contain_text("AnaOperator · English")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbour")


async def test_escape_closes_the_switcher_and_the_focus_returns(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana)
    switcher = page.get_by_role("navigation").get_by_role("button", name="Act as another person")

    await switcher.click()
    await expect(page.get_by_role("menuitemradio", name="Ana")).to_be_focused()
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("menu")).to_have_count(0)
    await expect(switcher).to_be_focused()


async def test_the_drawer_of_a_phone_closes_by_choice_escape_and_scrim(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbour", size=PHONE, touch=True)
    button, side = page.get_by_role("button", name="Servers and channels"), page.locator("#side")

    await expect(side).to_be_hidden()
    await button.tap()
    await expect(page.get_by_role("link", name="#harbour")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(side).to_be_hidden()
    await expect(button).to_be_focused()
    await button.tap()
    await page.touchscreen.tap(380, 400)
    await expect(side).to_be_hidden()
    await button.tap()
    await page.get_by_role("link", name="#studio").tap()

    await expect(side).to_be_hidden()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
