"""The open panel: alone, or one that the tests of a module share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page

from sandbox.people import Person
from sandbox.program import Program
from tests.page.house import PageHouse, page_house
from tests.page.opening import Pages
from tests.page.watch import Watch

SECTIONS = ("clock", "faults", "wan", "gateway", "permissions", "requests", "log")
CLOSE_ALL = "() => { for (const one of document.querySelectorAll('#panel > details')) one.open = false; }"


async def open_panel(pages: Pages, person: Person, *sections: str, name: str = "Panel", **how: Any) -> Page:
    """Open the page, its panel by the button *name*, and these sections."""
    page = await pages.open(person, **how)
    await page.get_by_role("button", name=name, exact=True).click()
    for section in sections:
        await open_section(page, section)
    return page


async def open_section(page: Page, name: str) -> Locator:
    """Open a section of the panel, unless it is open, and return it."""
    section = page.locator(f"#panel-{name}")
    if await section.get_attribute("open") is None:
        await section.locator("> summary").click()
    return section


@dataclass
class Desk:
    """A house with one page whose panel is open."""

    house: PageHouse
    page: Page
    watch: Watch

    async def section(self, name: str) -> Locator:
        """Open one section, and close the others."""
        await self.page.evaluate(CLOSE_ALL)
        return await open_section(self.page, name)


@asynccontextmanager
async def desk_in(browser: Browser) -> AsyncIterator[Desk]:
    """Run a desk for the length of the block, and fail if its page did what no page may do."""
    watch = Watch()
    async with page_house() as house:
        page = await open_panel(Pages(browser, watch), house.ana, channel=house.channel)
        yield Desk(house, page, watch)
        await page.context.close()
    assert watch.faults() == []


@asynccontextmanager
async def logged(house: PageHouse, folder: Path) -> AsyncIterator[Path]:
    """Run a program whose log has 20 lines each of jobs 12 and 7, then the line ``up``, and yield the log's path."""
    log = folder / "bot.log"
    program = Program("lamp", ["sh", "-c", "echo up; exec sleep 60"], folder=folder, environment={}, log=log)
    lines = [f"2026-11-29T20:26:{n:02d}Z [info     ] step {n} job={12 if n % 2 else 7}\n" for n in range(40)]
    log.write_text("".join(lines), encoding="utf-8")
    await program.start()
    house.sandbox.controls.program = program
    yield log
    house.sandbox.controls.program = None
    await program.stop()


async def ask_wan(house: PageHouse, body: dict[str, Any]) -> None:
    """Send a request to the local Wan."""
    path, headers = "/services/aigc/multimodal-generation/generation", {"Authorization": f"Bearer {house.sandbox.key}"}
    async with house.bot.session.post(house.sandbox.wan + path, json=body, headers=headers) as answer:
        await answer.read()
