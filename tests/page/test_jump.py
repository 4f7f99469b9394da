"""Jumps lead to a message in the page: by the address, by a link, and to what is far back or gone."""

from __future__ import annotations

from playwright.async_api import expect

from tests.page.house import PageHouse
from tests.page.opening import Pages, address
from tests.page.test_list import fill, message, top


async def test_an_address_with_a_message_opens_far_back_at_that_message(house: PageHouse, pages: Pages) -> None:
    ids = fill(house, 300)
    page = await (await pages.context()).new_page()

    await page.goto(f"{address(house.ana, house.channel)}&message={ids[40]}")

    found = message(page, "message 40")
    await expect(found).to_be_focused()
    await expect(found).to_be_in_viewport()
    assert 200 < await top(found) < 600
    await page.get_by_role("button", name="Jump to present").click()
    await expect(message(page, "message 299")).to_be_in_viewport()


async def test_a_link_jumps_inside_the_page_and_says_what_is_gone(house: PageHouse, pages: Pages) -> None:
    elsewhere = await house.new_channel("elsewhere")
    ids = fill(house, 120, elsewhere)
    links = [f"https://discord.com/channels/@me/{elsewhere}/{name}" for name in (ids[10], "1")]
    await house.ana.say(house.channel, f"[there]({links[0]}) and [gone]({links[1]})")
    page = await pages.open(house.ana, house.channel)

    await page.get_by_role("link", name="there").click()
    await expect(message(page, "message 10")).to_be_focused()
    await expect(page.get_by_role("heading", name="elsewhere")).to_be_visible()
    await page.go_back()
    await page.get_by_role("link", name="gone").click()

    await expect(page.get_by_role("alert")).to_have_text("That message was deleted, or you cannot see it.")
    await expect(message(page, "message 119")).to_be_in_viewport()


async def test_a_pin_is_said_and_leads_to_its_message(house: PageHouse, pages: Pages) -> None:
    ids = fill(house, 300)
    page = await pages.open(house.ana, house.channel)

    await house.bot.call("PUT", f"/channels/{house.channel}/messages/pins/{ids[40]}")
    await house.bot.post({"content": "more of the bot"})
    await expect(message(page, "more of the bot").get_by_text("Wanvas", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Wanvas pinned a message to this channel.").click()

    await expect(message(page, "message 40")).to_be_focused()
