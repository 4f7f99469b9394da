"""Whatever people and bots write stays text: no script of theirs runs, and the page asks no other machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from sandbox.people import File, Person
from tests.page.bot_cards import V2, button, label, row, select, text
from tests.page.bot_commands import command, option
from tests.page.house import PageHouse, page_house
from tests.page.opening import Pages
from tests.page.panels import SECTIONS, logged, open_panel

EVIL = "<img src=x onerror=ran=1>"  # short enough for each field of Discord
SCRIPT = '<script>ran=1</script><svg onload="ran=1"><iframe srcdoc="<script>parent.ran=1</script>">'
MARKDOWN = [
    "[click](javascript:ran=1)", "<javascript:ran=1>", "[x](data:text/html,<script>ran=1</script>)",
    "![image](http://example.com/x.png)", "[**bold** <b>](http://example.com/\"onmouseover=\"ran=1)",
    "<a:evil:1234\"onerror=ran=1>", "<t:99999999999999999:R> <t:-1:F>", "<@1><@&1><#1></x\"><b>:1>",
    "```html\n<script>ran=1</script>\n```", "`<img src=x onerror=ran=1>`", "||<img src=x onerror=ran=1>||",
    "> <style>*{display:none}</style>", "\u202e reversed \u0000 \ufeff", "[a](http://127.0.0.1:1/\u202e)",
]  # fmt: skip
HARMLESS = """() => ({
  ran: window.ran ?? null,
  foreign: [...document.querySelectorAll("script:not([src^='/page/']), iframe, object, embed, base, style")]
    .map((one) => one.outerHTML),
  handlers: [...document.querySelectorAll("*")].flatMap((one) => [...one.attributes])
    .filter((one) => one.name.startsWith("on") || /^\\s*javascript:/i.test(one.value)).map((one) => one.value),
})"""
EMBED = {
    "title": EVIL, "description": SCRIPT, "author": {"name": EVIL}, "footer": {"text": EVIL},
    "fields": [{"name": EVIL, "value": SCRIPT, "inline": True}], "color": 0xFF0000,
}  # fmt: skip
FORM = {"custom_id": "evil-form", "title": EVIL, "components": [
    text(SCRIPT),
    label(EVIL, {"type": 4, "custom_id": "a", "style": 2, "placeholder": EVIL, "value": SCRIPT}, EVIL),
    label(EVIL, {"type": 3, "custom_id": "b", "placeholder": EVIL,
                 "options": [{"label": EVIL, "value": EVIL, "description": EVIL}]}),
    label(EVIL, {"type": 21, "custom_id": "c", "options": [{"label": EVIL, "value": "1", "description": EVIL},
                                                           {"label": "2", "value": "2"}]}),
]}  # fmt: skip
CARD = {"flags": V2, "components": [
    {"type": 17, "components": [
        text(SCRIPT), {"type": 9, "components": [text(EVIL)], "accessory": button("evil-form", EVIL, 1)},
        row(select("evil", 3, EVIL, options=[{"label": EVIL, "value": EVIL, "description": EVIL}])),
        row({"type": 2, "style": 5, "label": EVIL, "url": "https://example.com/\"onclick=\"ran=1"})]}]}  # fmt: skip


@pytest.fixture(scope="module")
async def hostile() -> AsyncIterator[PageHouse]:
    """Run a house in which every name, text and label is hostile."""
    async with page_house() as house:
        post = house.control.post
        server = await post("/servers", name=EVIL)
        mallory = await house.person(EVIL, server=server["id"])
        await post("/members", server=server["id"], person=house.ana.id)
        await post("/roles", name=EVIL, permissions=[], server=server["id"])
        house.channel = (await post("/channels", name=EVIL, server=server["id"]))["id"]
        house.bot.channel = house.channel
        house.bot.cards["evil"] = CARD
        house.bot.modals["evil-form"] = FORM
        house.bot.suggestions = [{"name": EVIL, "value": EVIL}]
        choices = [{"name": EVIL, "value": EVIL}]
        await house.bot.register(
            command("evil", EVIL, option("a", 3, EVIL, choices=choices), option("b", 3, EVIL, autocomplete=True)),
            command("evil-form", EVIL), {"type": 3, "name": EVIL},
        )  # fmt: skip
        await speak(house, mallory)
        yield house


async def speak(house: PageHouse, mallory: Person) -> None:
    """Post every hostile text there is."""
    first = await mallory.say(
        house.channel, SCRIPT, [File(f"{EVIL}.png", b"GIF89a"), File(f"{EVIL}.html", b"<script>")]
    )
    for words in MARKDOWN:
        await mallory.say(house.channel, words)
    await mallory.say(house.channel, EVIL, reply_to=first)
    await mallory.thread(house.channel, EVIL, content=SCRIPT)
    await house.bot.post({"embeds": [EMBED]})
    await mallory.slash(house.channel, "evil")


async def harmless(page: Page) -> None:
    """Fail if something of theirs ran, or stands in the page as more than text."""
    assert await page.evaluate(HARMLESS) == {"ran": None, "foreign": [], "handlers": []}


async def test_no_script_of_a_message_a_name_or_a_command_runs(hostile: PageHouse, pages: Pages) -> None:
    page = await pages.open(hostile.ana, hostile.channel)
    composer = page.get_by_label("Message", exact=True)

    await expect(page.get_by_role("button", name=EVIL).last).to_be_visible()
    await expect(page.get_by_text(SCRIPT).first).to_be_visible()
    await harmless(page)
    await composer.fill("/")
    await expect(page.get_by_text("/evil").first).to_be_visible()
    await harmless(page)
    await composer.fill("@")
    await expect(page.get_by_role("option", name=EVIL).first).to_be_visible()
    await harmless(page)


async def test_no_script_of_a_form_runs(hostile: PageHouse, pages: Pages) -> None:
    page = await pages.open(hostile.ana, hostile.channel)
    await expect(page.get_by_text(SCRIPT).first).to_be_visible()

    await hostile.ana.slash(hostile.channel, "evil-form")

    await expect(page.get_by_role("dialog").get_by_text(EVIL).first).to_be_visible()
    await harmless(page)
    async with page.expect_response("**/act/dismiss"):  # or it would open in the page of the next test
        await page.keyboard.press("Escape")


async def test_no_script_of_a_log_line_or_a_request_runs(hostile: PageHouse, pages: Pages, tmp_path: Path) -> None:
    async with logged(hostile, tmp_path) as log:
        page = await open_panel(pages, hostile.ana, *SECTIONS[1:], channel=hostile.channel)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"2026-11-29T20:26:00Z [error    ] {SCRIPT} {EVIL} job=12\n")

        await expect(page.get_by_role("log", name="Log lines").get_by_text(EVIL)).to_be_visible()
        await harmless(page)


async def test_a_message_of_markup_signs_is_drawn_in_milliseconds(hostile: PageHouse, pages: Pages) -> None:
    page = await pages.open(hostile.ana, hostile.channel)
    await expect(page.get_by_text(SCRIPT).first).to_be_visible()

    slow = await page.evaluate(SLOWEST, {"signs": list("*_|[(<`>~#-\n a"), "length": 4000, "texts": 20})

    assert slow["ms"] < 100, slow["text"]


# The slowest of random texts, each drawn three times: another program of the machine may stop one of them.
SLOWEST = """async ({ signs, length, texts }) => {
  const { text } = await import("/page/messages/markdown.js");
  let seed = 7;
  const next = (most) => { seed = (seed * 48271) % 2147483647; return seed % most; };
  const random = (some) => Array.from({ length }, () => some[next(some.length)]).join("");
  const cases = signs.map((one) => one.repeat(length));
  for (let n = 0; n < texts; n++) cases.push(random(signs.filter(() => next(3) > 0).concat("*")));
  const time = (one) => { const began = performance.now(); text(one); return performance.now() - began; };
  const timed = cases.map((one) => ({ ms: Math.min(time(one), time(one), time(one)), text: one }));
  return timed.sort((a, b) => b.ms - a.ms)[0];
}"""
