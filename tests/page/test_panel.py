"""The panel for developers opens, closes, covers a phone, recovers with the sandbox, and can be read by everybody."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from sandbox.faults import DECLARED
from sandbox.people import Control, Person
from sandbox.run import sandbox
from tests.page.house import PageHouse
from tests.page.opening import DESKTOP, PHONE, Pages, Theme, unreadable
from tests.page.panels import SECTIONS, ask_wan, logged, open_panel
from tests.ports import free_port

FITS = "() => document.documentElement.scrollWidth <= innerWidth"
IN_THE_REST = "() => Boolean(document.activeElement.closest('#room, #side, #skip'))"


async def test_a_tab_opens_closes_and_remembers_its_panel(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana)
    panel, opener = (
        page.get_by_role("complementary", name="Panel"),
        page.get_by_role("button", name="Panel", exact=True),
    )

    await expect(opener).to_have_attribute("aria-expanded", "false")
    await expect(panel).to_be_hidden()
    await expect(opener).to_be_enabled()
    await opener.press("Enter")
    await expect(opener).to_have_attribute("aria-expanded", "true")
    await expect(panel.get_by_text("Clock", exact=True)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(opener).to_be_focused()
    await opener.press("Enter")
    await panel.get_by_text("Wan", exact=True).press("Enter")
    await expect(panel.get_by_text("Wan was asked nothing yet.")).to_be_visible()
    await page.wait_for_function("sessionStorage.getItem('panel-sections').includes('wan')")
    await page.reload()

    await expect(panel.get_by_text("Wan was asked nothing yet.")).to_be_visible()
    await expect(opener).to_have_attribute("aria-expanded", "true")


async def test_the_narrow_panel_lies_over_the_page_until_a_press_beside_it(house: PageHouse, pages: Pages) -> None:
    page = await open_panel(pages, house.ana, "faults", size=PHONE, touch=True)

    box = await page.locator("#panel").bounding_box()
    left = []
    for _ in range(5):
        await page.keyboard.press("Shift+Tab")
        left.append(await page.evaluate(IN_THE_REST))
    await page.set_viewport_size({"width": 900, "height": 700})
    await page.mouse.click(300, 400)

    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *PHONE)
    assert not any(left)
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(page.get_by_role("button", name="Panel", exact=True)).to_be_focused()


@asynccontextmanager
async def running(port: int | None = None) -> AsyncIterator[Person]:
    """Run a sandbox that had one request, and yield its first person."""
    async with sandbox(port=port) as box, aiohttp.ClientSession() as session:
        async with session.get(f"{box.rest}/users/@me", headers={"Authorization": f"Bot {box.token}"}):
            pass
        first = next(iter(box.world.people.values()))
        yield Person(Control(session, box.control), first.id, first.name)


async def test_the_panel_recovers_when_the_sandbox_starts_again_and_calls_nothing_kept_unchecked(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)
    pages.watch.expect("ERR_CONNECTION|ERR_EMPTY_RESPONSE|404|WebSocket")
    port = free_port()
    async with running(port) as ana:
        await ana.control.advance(180)
        page = await open_panel(pages, ana, "requests")
        await expect(page.get_by_text("3 min ahead of this computer")).to_be_visible()
        await expect(page.locator("#panel-requests li")).to_have_count(1)

    async with running(port):
        await expect(page.get_by_text("as on this computer", exact=True)).to_be_visible()
        await expect(page.locator("#panel-requests li")).to_contain_text("not checked")
        await expect(page.get_by_text("Not checked: start the sandbox with DISCORD_OPENAPI")).to_be_visible()


@pytest.mark.parametrize(("theme", "size", "name"), [("dark", DESKTOP, "Ana"), ("light", PHONE, "小梅")])
async def test_everybody_can_read_the_panel(
    house: PageHouse, pages: Pages, tmp_path: Path, theme: Theme, size: tuple[int, int], name: str
) -> None:
    chinese = name == "小梅"
    person = await house.person(name, locale="zh-CN") if chinese else house.ana
    await house.control.arm("server_error_before", match="/users/@me", times=2)
    await house.bot.call("GET", "/users/@me")
    await ask_wan(house, {"model": "nothing"})

    async with logged(house, tmp_path):
        page = await open_panel(pages, person, *SECTIONS, name="面板" if chinese else "Panel", theme=theme, size=size)
        await expect(page.locator("#panel-wan li")).to_have_count(1)
        await expect(page.locator("#panel")).to_contain_text("事件" if chinese else "events")

        assert await unreadable(page, "#panel") == []
        assert await page.evaluate(FITS)


def test_every_fault_has_its_sentence_in_chinese() -> None:
    page = Path(__file__).parents[2] / "sandbox" / "page" / "words" / "faults-zh-CN.js"
    lines = [line.strip() for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("  ")]

    said = {line.partition(":")[0]: json.loads(line.partition(": ")[2].rstrip(",")) for line in lines}

    assert said.keys() == DECLARED.keys()
