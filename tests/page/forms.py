"""A house with one open page that the tests of a module share, and its forms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Locator, Page, expect

from sandbox.people import Json
from tests.page import bot_cards
from tests.page.house import PageHouse, page_house
from tests.page.opening import Pages
from tests.page.watch import Watch

CLOSE_ALL = "() => { for (const one of document.querySelectorAll('dialog[open]')) one.close(); }"


@dataclass
class FormDesk:
    """Ana's page at a desk. *house* is its sandbox."""

    house: PageHouse
    page: Page
    watch: Watch

    async def open(self, form: str = "form", *parts: Json) -> Locator:
        """Let the bot open a form, with *parts* instead of its own, and return its window."""
        return await open_form(self.house, self.page, form, *parts)

    def select(self, name: str) -> Locator:
        return self.page.get_by_role("combobox", name=name)

    def option(self, name: str) -> Locator:
        return self.page.get_by_role("option", name=name)

    @property
    def submit(self) -> Locator:
        return self.page.get_by_role("button", name="Submit")

    @asynccontextmanager
    async def one_test(self) -> AsyncIterator[None]:
        """Forget what the bot got before the block, and close the windows after it."""
        bot = self.house.bot
        bot.got.clear()
        yield
        bot.modals.update(bot_cards.MODALS)
        await self.page.evaluate(CLOSE_ALL)
        assert self.watch.faults() == []


async def open_form(house: PageHouse, page: Page, form: str = "form", *parts: Json) -> Locator:
    """Let the bot open a form in a page of Ana's, with *parts* instead of its own, and return its window."""
    if parts:
        house.bot.modals[form] = {"custom_id": form, "title": "A form", "components": list(parts)}
    await house.ana.slash(house.channel, form)
    window = page.get_by_role("dialog", name=house.bot.modals[form]["title"])
    await expect(window).to_be_visible()
    return window


@asynccontextmanager
async def form_desk(browser: Browser) -> AsyncIterator[FormDesk]:
    """Run a desk for the length of the block."""
    watch = Watch()
    async with page_house() as house:
        pages = Pages(browser, watch)
        context = await pages.context()
        page = await pages.tab(context, house.ana, house.channel)
        await expect(page.get_by_role("textbox", name="Message")).to_be_visible()
        yield FormDesk(house, page, watch)
        await context.close()
