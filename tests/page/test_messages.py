"""Messages look and act as in Discord: who said what, to whom, and by which command."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.page.house import PageHouse
from tests.page.opening import Pages


async def test_messages_of_one_author_within_seven_minutes_belong_together(house: PageHouse, pages: Pages) -> None:
    await house.ana.say(house.channel, "First")
    await house.ana.say(house.channel, "Second")
    await house.control.advance(8 * 60)
    await house.ana.say(house.channel, "Much later")

    page = await pages.open(house.ana, house.channel)

    names = page.get_by_role("article").locator(".by")
    await expect(names).to_have_count(2)
    await expect(page.get_by_role("article", name=re.compile("^Ana, .*, Second$"))).to_be_visible()
    await expect(page.get_by_role("separator")).to_have_count(1)


async def test_an_answer_names_the_person_and_the_command(house: PageHouse, pages: Pages) -> None:
    xiaomei = await house.person("小梅", locale="zh-CN")
    await xiaomei.slash(house.channel, "settings size set", pixels=20)
    await xiaomei.see(house.channel, lambda m: bool(m.get("interaction")), "an answer")

    page = await pages.open(house.ana, house.channel)
    own = await pages.open(xiaomei, house.channel)

    await expect(page.get_by_text("小梅 used /settings size set")).to_be_visible()
    await expect(own.get_by_text("小梅 使用了 /settings size set")).to_be_visible()


async def test_a_reply_previews_the_message_and_jumps_to_it(house: PageHouse, pages: Pages) -> None:
    first = await house.ana.say(house.channel, "The **first** ||secret|| words")
    reply = await house.ana.say(house.channel, "An answer", reply_to=first)
    lost = await house.ana.say(house.channel, "Soon gone")
    await house.ana.say(house.channel, "To nothing", reply_to=lost)
    await house.control.post("/act/delete", person=house.ana.id, message=lost)

    page = await pages.open(house.ana, house.channel)
    preview = page.locator(f"#m{reply}").get_by_role("button", name="@Ana The first ▒▒▒ words")

    await expect(preview).to_be_visible()
    await expect(page.get_by_text("Original message was deleted")).to_be_visible()


async def test_a_person_dismisses_what_only_they_see(house: PageHouse, pages: Pages) -> None:
    await house.ana.slash(house.channel, "secret")

    page = await pages.open(house.ana, house.channel)
    await page.get_by_role("button", name="Dismiss message").click()

    await expect(page.get_by_text("Between us")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("No messages yet")).to_be_visible()
