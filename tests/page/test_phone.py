"""On a phone nothing is hidden, cut off or too small to touch, also above the keyboard of the screen."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.page.house import PageHouse
from tests.page.opening import Pages

LEAST_PX = 40
NARROW = [(390, 844), (320, 640)]
PRESSED = "#side :is(a, button), :is(header, #composer, #gate) button, #posts a"
# The names of what is pressed in the frame of the page and is lower than so many pixels.
LOW = f"""(least) => [...document.querySelectorAll("{PRESSED}")]
  .filter((one) => one.checkVisibility({{ visibilityProperty: true }}))
  .filter((one) => one.getBoundingClientRect().height < least)
  .map((one) => `${{one.id || one.textContent}}: ${{one.getBoundingClientRect().height}}`)"""
# What reaches over the right edge of the window, or is wider than its own box without scrolling.
WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true })
    && one.getBoundingClientRect().right > innerWidth + 1
    && !one.closest("pre, .unseen, #side"))
  .map((one) => `${one.tagName} ${one.className} ${one.id}`)"""


# The title, or what the empty message field says, if a part of it is cut off or stands in a further line.
CUT = """() => [document.querySelector("h1"), document.querySelector("#words")]
  .filter((one) => one.scrollWidth > one.clientWidth || one.clientHeight > 44).map((one) => one.id)"""


async def see_that_it_fits(page: Page) -> None:
    assert await page.evaluate(WIDE) == []
    assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert await page.evaluate(LOW, LEAST_PX) == []


@pytest.mark.parametrize("size", NARROW, ids=["390", "320"])
async def test_every_view_fits_a_narrow_screen(house: PageHouse, pages: Pages, size: tuple[int, int]) -> None:
    await house.new_channel("a-channel-with-a-name-that-is-much-too-long-for-any-phone", nsfw=True)
    forum = await house.new_channel("gallery", kind="forum")
    about = {"person": house.ana.id, "channel": forum, "name": "A title that goes on and on " * 3, "content": "w" * 300}
    await house.control.post("/act/thread", **about)
    for command in ("card", "buttons", "selects", "embed"):
        await house.ana.slash(house.channel, command)
    page = await pages.open(house.ana, "harbor", size=size, touch=True)
    await expect(page.get_by_role("button", name="Open form").last).to_be_visible()
    await see_that_it_fits(page)
    assert await page.evaluate(CUT) == []
    for name in ("gallery", "too-long", "quiet"):
        await page.locator("#open").tap()
        await expect(page.locator("#me")).to_be_in_viewport()
        await see_that_it_fits(page)
        await page.get_by_role("link", name=name).tap()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        await expect(page.locator("#side")).to_be_hidden()
        await see_that_it_fits(page)


async def test_send_stays_above_the_keyboard_of_the_screen(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbor", size=NARROW[0], touch=True)
    field = page.get_by_role("textbox", name="Message")
    await field.tap()

    await page.set_viewport_size({"width": 390, "height": 380})  # what a keyboard leaves: interactive-widget
    await field.fill("line\n" * 20)

    await expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    await expect(page.locator("header")).to_be_in_viewport(ratio=1)
    await expect(field).to_be_focused()
