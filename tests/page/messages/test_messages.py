"""Messages look and act as in Discord: who said what, to whom, and by which command."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from sandbox.discord import message_rules
from sandbox.records import LOADING
from tests.page.house import PageHouse
from tests.page.opening import Pages


async def test_messages_of_one_author_within_seven_minutes_belong_together(
    house: PageHouse, page: Page, room: str
) -> None:
    await house.go_to_noon()
    await house.ana.say(room, "First")
    await house.ana.say(room, "Second")
    await house.control.advance(8 * 60)
    await house.ana.say(room, "Much later")

    names = page.get_by_role("article").locator(".by")
    await expect(names).to_have_count(2)
    await expect(page.get_by_role("article", name=re.compile("^Ana, .*, Second$"))).to_be_visible()
    await expect(page.get_by_role("separator")).to_have_count(1)


async def test_an_answer_names_the_person_and_the_command(
    house: PageHouse, pages: Pages, page: Page, room: str
) -> None:
    xiaomei = await house.person("小梅", locale="zh-CN")
    await xiaomei.slash(room, "settings size set", pixels=20)
    await xiaomei.see(room, lambda m: bool(m.get("interaction")), "an answer")

    own = await pages.open(xiaomei, room)

    await expect(page.get_by_text("小梅 used /settings size set")).to_be_visible()
    await expect(own.get_by_text("小梅 使用了 /settings size set")).to_be_visible()


async def test_thinking_that_no_token_can_end_is_said_to_have_failed(house: PageHouse, pages: Pages, room: str) -> None:
    world = house.sandbox.world
    message_rules.create(world, world.channels[room], world.bot_id, {"flags": LOADING})  # as an earlier run left it

    page = await pages.open(house.ana, room)

    await expect(page.get_by_role("article")).to_contain_text("The application did not respond")


async def test_a_reply_previews_the_message_and_jumps_to_it(house: PageHouse, page: Page, room: str) -> None:
    first = await house.ana.say(room, "The **first** ||secret|| words")
    reply = await house.ana.say(room, "An answer", reply_to=first)
    lost = await house.ana.say(room, "Soon gone")
    await house.ana.say(room, "To nothing", reply_to=lost)
    await house.control.post("/act/delete", person=house.ana.id, message=lost)

    await page.locator(f"#m{reply}").get_by_role("button", name="@Ana The first ▒▒▒ words").click()

    await expect(page.locator(f"#m{first}")).to_be_focused()
    await expect(page.get_by_text("Original message was deleted")).to_be_visible()


async def test_a_person_dismisses_what_only_they_see(house: PageHouse, page: Page, room: str) -> None:
    await house.ana.slash(room, "secret")

    await page.get_by_role("button", name="Dismiss message").click()

    await expect(page.get_by_text("Between us")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("No messages yet")).to_be_visible()


async def test_a_forwarded_message_leads_to_its_source(house: PageHouse, page: Page, room: str) -> None:
    studio = await house.new_channel("atelier")
    source = await house.ana.say(studio, "Worth **reading**")
    await house.ana.say(room, "", forward=source)
    article = page.get_by_role("article")
    await expect(article).to_contain_text("Forwarded")
    await expect(article).to_contain_text("Worth reading")

    await article.get_by_role("button", name="#atelier").click()

    await expect(page.locator(f"#m{source}")).to_be_focused()


async def test_a_message_shows_its_thread_and_how_many_messages_it_has(house: PageHouse, page: Page, room: str) -> None:
    message = await house.ana.say(room, "Let us talk")
    thread = await house.ana.thread(room, "A long talk", message=message)
    await expect(page.get_by_role("button", name="A long talk 0 messages")).to_be_visible()

    await house.ana.say(thread, "Yes")
    await page.get_by_role("button", name="A long talk 1 message").click()

    await expect(page.get_by_role("heading", name="A long talk")).to_be_visible()


async def test_an_edited_message_says_so_after_its_words(house: PageHouse, page: Page, room: str) -> None:
    message = await house.ana.say(room, "Before")
    await expect(page.get_by_text("Before")).to_be_visible()

    await house.ana.edit(message, "After **all**")

    await expect(page.get_by_text("After all (edited)")).to_be_visible()


async def test_a_command_thinks_until_it_is_done(house: PageHouse, pages: Pages, room: str) -> None:
    await house.ana.slash(room, "slow")
    page = await pages.open(house.ana, room, motion=True)
    article = page.get_by_role("article")
    await expect(article).to_contain_text("Wanvas is thinking…")
    dot = article.locator(".dots i").first
    assert await dot.evaluate("(one) => getComputedStyle(one).animationName") == "beat"
    await page.emulate_media(reduced_motion="reduce")
    assert await dot.evaluate("(one) => getComputedStyle(one).animationName") == "none"

    house.bot.finish()

    await expect(article).to_contain_text("Done at last.")
    await expect(article.get_by_text("(edited)")).to_have_count(0)


async def test_a_day_later_the_times_say_yesterday(house: PageHouse, page: Page, room: str) -> None:
    await house.go_to_noon()
    await house.ana.say(room, "Of today")
    sent = page.get_by_role("article", name="Of today").locator(".by time")
    await expect(sent).not_to_contain_text("Yesterday")

    await house.control.advance(24 * 3600)

    await expect(sent).to_contain_text("Yesterday at")
    await expect(page.get_by_role("article", name="Yesterday at")).to_be_visible()
