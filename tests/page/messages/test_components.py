"""Components of both versions, embeds and files are drawn as in Discord, and pressed ones show that they wait."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.end_to_end.conftest import png
from tests.page.bot_cards import V2, button, row, text
from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, intercept, unreadable

OVERFLOWS = """() => [...document.querySelectorAll("article, article *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.className)"""
LONG = "W" * 80
DIRTY = "\u202e\u200b\u200f" + "م" * 20 + "\u0301" * 40
OUTSIDE = "https://example.com/x.png"


async def post(house: PageHouse, channel: str, body: dict[str, Any], files: dict[str, bytes] | None = None) -> None:
    """Post a message as the bot."""
    listed = {"attachments": [{"id": n, "filename": name} for n, name in enumerate(files or {})]} if files else {}
    status, answer = await house.bot.call("POST", f"/channels/{channel}/messages", {**body, **listed}, files)
    assert status == 200, answer


async def pass_deadline(page: Page) -> None:
    """Let four seconds pass in the page. An answer takes three at most."""
    await page.clock.run_for(4000)


async def test_a_pressed_button_waits_with_its_row_until_the_bot_has_acknowledged(
    house: PageHouse, pages: Pages, room: str
) -> None:
    await house.ana.slash(room, "buttons")
    page = await pages.open(house.ana, room)
    await expect(page.get_by_role("button", name="Count 0")).to_be_visible()
    await page.clock.install()
    silent, count = page.get_by_role("button", name="No answer"), page.get_by_role("button", name="Count 0")

    await silent.focus()
    await page.keyboard.press("Enter")

    await expect(silent).to_have_attribute("aria-busy", "true")
    await expect(silent).to_be_focused()
    await expect(count).to_have_attribute("aria-disabled", "true")
    await expect(page.get_by_role("button", name="Slow")).not_to_have_attribute("aria-disabled", "true")
    await pass_deadline(page)
    await expect(page.get_by_role("alert").filter(has_text="This interaction failed")).to_be_visible()
    await expect(silent).not_to_have_attribute("aria-busy", "true")
    await count.click()
    await expect(page.get_by_role("button", name="Count 1")).to_be_visible()
    await expect(page.get_by_text("This interaction failed")).to_have_count(0)


async def test_a_command_that_the_bot_does_not_answer_says_so_to_its_person(
    house: PageHouse, pages: Pages, room: str
) -> None:
    page = await pages.open(house.ana, room)
    await expect(page.get_by_text("No messages yet")).to_be_visible()
    await page.clock.install()
    sent = asyncio.Event()

    async def hold(route: Route) -> None:
        await sent.wait()
        await route.continue_()

    await intercept(page, "**/act/slash", hold)
    await page.get_by_role("textbox", name="Message").fill("/silent")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="#harbor").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")
    sent.set()
    await house.bot.used("silent")
    await pass_deadline(page)
    await expect(page.get_by_text("The application did not respond")).to_have_count(0)
    await page.go_back()

    answer = page.get_by_role("article").filter(has_text="The application did not respond")
    await expect(answer).to_contain_text("Ana used /silent")
    await answer.get_by_role("button", name="Dismiss message").click()
    await expect(answer).to_have_count(0)


async def test_embeds_show_every_part_and_fetch_nothing_from_other_sites(
    house: PageHouse, page: Page, room: str
) -> None:
    fields = [{"name": f"Field {n}", "value": f"**{n}**", "inline": True} for n in range(4)]
    await post(house, room, {"embeds": [{
        "title": "The title", "url": "https://example.com/", "description": "Some *words*", "color": 0xE67E22,
        "author": {"name": "The author"}, "footer": {"text": "The foot", "icon_url": OUTSIDE}, "fields": fields,
        "timestamp": "2026-11-29T10:00:00+00:00", "image": {"url": OUTSIDE}, "thumbnail": {"url": OUTSIDE + "?2"},
    }]})  # fmt: skip

    await expect(page.get_by_role("link", name="The title")).to_have_attribute("href", "https://example.com/")
    await expect(page.get_by_role("link", name=OUTSIDE, exact=True)).to_be_visible()
    for words in ("The author", "Some words", "The foot", "Field 3"):
        await expect(page.get_by_text(words)).to_be_visible()
    tops = [await page.get_by_text(f"Field {n}").evaluate("(one) => one.getBoundingClientRect().top") for n in range(4)]
    assert tops[0] == tops[1] == tops[2] < tops[3]
    assert await page.get_by_role("article").get_by_role("img").count() == 0


async def test_a_card_of_version_2_shows_what_it_holds_and_hides_its_spoilers(
    house: PageHouse, page: Page, room: str
) -> None:
    server = house.sandbox.world.server_id
    link = f"https://discord.com/channels/{server}/{room}"
    await post(
        house, room,
        {"flags": V2, "components": [
            {"type": 17, "accent_color": 0x2ECC71, "components": [
                {"type": 9, "components": [text("A section")], "accessory": button("a", "Accessory")},
                {"type": 14, "spacing": 2}, {"type": 13, "file": {"url": "attachment://notes.txt"}},
                row({"type": 2, "style": 5, "label": "This channel", "url": link})]},
            {"type": 17, "spoiler": True, "components": [text("Behind"), row(button("b", "Hidden"))]}]},
        {"notes.txt": b"x" * 2048},
    )  # fmt: skip

    hidden = page.get_by_role("button", name="Hidden")

    await expect(page.get_by_role("button", name="Accessory")).to_be_visible()
    await expect(page.get_by_text("2 KB · text/plain")).to_be_visible()
    await expect(page.get_by_role("link", name="This channel")).to_be_visible()
    await expect(hidden).to_have_count(0)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="notes.txt").click()
    assert (await waiting.value).suggested_filename == "notes.txt"
    await page.get_by_role("button", name="Spoiler").click()
    await expect(hidden).to_be_visible()
    assert await unreadable(page, "[role=log]") == []


async def test_parts_that_lack_their_fields_are_drawn_without_an_error(house: PageHouse, page: Page, room: str) -> None:
    await expect(page.get_by_text("No messages yet")).to_be_visible()

    drawn = await page.evaluate(
        """async () => {
          const { component, embed } = await import("/page/messages/components.js");
          const lacking = { label: null, emoji: null, components: null, accessory: null, items: null, media: null,
            file: null, content: null, url: null, accent_color: 1e12, description: null, style: 77 };
          const types = [1, 2, 9, 10, 11, 12, 13, 14, 17, 99].map((type) => component({ ...lacking, type }, () => {}));
          const empty = { title: null, description: null, fields: null, author: null, footer: null, image: {},
            thumbnail: null, color: -1, timestamp: "never" };
          return [...types, component(null), embed(empty)].map((one) => one.textContent);
        }"""
    )

    assert "The page does not draw components of type 99." in drawn


async def test_hostile_content_fits_on_a_phone(house: PageHouse, pages: Pages, room: str) -> None:
    many = [button(f"b{n}", f"{LONG[:70]}{n}") for n in range(25)]
    words = f"{LONG * 5} ||{DIRTY}|| `{LONG}`\n# {LONG}\n> {LONG}\n- {LONG}\n```\n{LONG * 3}\n```"
    await post(house, room, {"content": words, "components": [row(*many[n : n + 5]) for n in range(0, 25, 5)]})
    await post(house, room, {"flags": V2, "components": [
        {"type": 17, "components": [
            {"type": 9, "components": [text(DIRTY * 3)], "accessory": {"type": 11, "media": {"url": OUTSIDE}}},
            {"type": 12, "items": [{"media": {"url": OUTSIDE + LONG}, "description": LONG}]},
            row(button("x", "\u200b\u202e"), button("y", DIRTY))]}]})  # fmt: skip
    await post(house, room, {"embeds": [{"title": LONG, "description": LONG, "color": 0, "author": {"name": DIRTY},
                                   "fields": [{"name": LONG, "value": LONG, "inline": True}] * 3}]})  # fmt: skip
    await post(
        house, room, {"content": ""}, {f"{LONG}.bin": b"x", "broken.png": b"no image", "thin.png": png((4000, 1))}
    )
    person = await house.person(LONG[:32])
    await person.say(room, DIRTY, reply_to=await person.say(room, LONG))

    page = await pages.open(house.ana, room, size=PHONE, touch=True)

    await expect(page.get_by_role("article")).to_have_count(6)
    await expect(page.get_by_role("button", name="•")).to_be_visible()
    await expect(page.get_by_text(f"{LONG}.bin")).to_be_visible()
    assert await page.evaluate(OVERFLOWS) == []
