"""The page speaks the person's language: as 小梅, no English word of the page's own is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from sandbox.people import Person
from tests.end_to_end.conftest import png
from tests.page.house import PageHouse, page_house
from tests.page.opening import Pages
from tests.page.panels import SECTIONS, open_section

COMMANDS = [
    {"name": "ping", "type": 1, "description": "Answer", "name_localizations": {"zh-CN": "应答"},
     "description_localizations": {"zh-CN": "立即应答"}},
    {"name": "Describe", "type": 3, "name_localizations": {"zh-CN": "描述"}},
]  # fmt: skip
# Names, a key, "match", an argument of a fault, and "play", a command. Constants, such as PNG, are left out below.
ALLOWED = {
    "Wanvas", "Wan", "Discord", "Cloudflare", "English", "png", "Ana", "Bo", "Op", "Managers", "everyone", "match",
    "ms", "Ctrl", "play",
}  # fmt: skip
LATIN = r"""() => {
  const shown = (node) => !node.closest("code") && node.checkVisibility({ visibilityProperty: true });
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (shown(walk.currentNode.parentElement)) found.push(walk.currentNode.textContent);
  for (const node of document.querySelectorAll("*")) {
    for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(node.getAttribute(name) ?? "");
  }
  const words = [document.title, ...found].flatMap((text) => text.match(/(?<![\w/])[A-Za-z_]{2,}(?!\d)/g) ?? []);
  return words.filter((word) => !word.includes("_") && word !== word.toUpperCase());
}"""


@pytest.fixture(scope="module")
async def chinese() -> AsyncIterator[tuple[PageHouse, Person]]:
    """Run a house in which only the page could say something in English, and return it with 小梅."""
    async with page_house() as house:
        server = await house.control.post("/servers", name="灯塔", locale="zh-CN")
        house.channel = await house.new_channel("港口", server=server["id"])
        mei = await house.person("小梅", locale="zh-CN", server=server["id"])
        await house.bot.register(*COMMANDS)
        await mei.say(house.channel, "你好")
        yield house, mei


@pytest.fixture
async def page(chinese: tuple[PageHouse, Person], pages: Pages) -> Page:
    house, mei = chinese
    found = await pages.open(mei, house.channel)
    await expect(found.get_by_role("log")).to_contain_text("你好")
    await expect(found.locator("html")).to_have_attribute("lang", "zh-CN")
    return found


async def english(page: Page) -> set[str]:
    """Return the words in Latin letters that the page shows or names. Code, such as the id of a session, is none."""
    return set(await page.evaluate(LATIN)) - ALLOWED


async def test_no_english_is_left_in_the_composer(page: Page, tmp_path: Path) -> None:
    (tmp_path / "船.png").write_bytes(png())
    field = page.get_by_role("textbox", name="消息", exact=True)
    assert await english(page) == set()

    await field.fill("/")
    await expect(page.get_by_role("option").first).to_be_visible()
    assert await english(page) == set()
    await field.fill("@")
    await expect(page.get_by_role("option").first).to_be_visible()
    assert await english(page) == set()
    await field.fill("")
    await page.locator("input[type=file]").first.set_input_files(tmp_path / "船.png")
    await expect(page.get_by_text("船.png")).to_be_visible()
    assert await english(page) == set()


async def test_no_english_is_left_in_menus_dialogs_and_the_panel(page: Page) -> None:
    await page.get_by_role("article").click(button="right", position={"x": 90, "y": 8})
    await expect(page.get_by_role("menu")).to_be_visible()
    assert await english(page) == set()
    await page.keyboard.press("Escape")
    await page.get_by_role("navigation").get_by_role("button", name="小梅").click()
    await expect(page.get_by_role("menuitemradio").first).to_be_visible()
    assert await english(page) == set()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="新子区").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await english(page) == set()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="面板", exact=True).click()
    for section in SECTIONS:
        await open_section(page, section)
        assert await english(page) == set()
