"""Give the tests of the composer one house and one page of Ana's for each module, and a channel for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.page.composer.composing import message_field, ready
from tests.page.house import PageHouse, page_house
from tests.page.opening import Pages
from tests.page.watch import Watch


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[PageHouse]:
    """Run one house for the tests of a module."""
    async with page_house() as found:
        yield found


@pytest.fixture(scope="module")
def watch() -> Watch:
    """Collect what no page may do."""
    return Watch()


@pytest.fixture(scope="module")
async def opened(house: PageHouse, browser: Browser, watch: Watch) -> AsyncIterator[Page]:
    """Open the page as Ana, once for a module."""
    page = await Pages(browser, watch).open(house.ana, house.channel)
    yield await ready(page)
    await page.context.close()


@pytest.fixture
def room_name(request: pytest.FixtureRequest) -> str:
    """Return the name of the test's channel."""
    return str(request.node.name)[5:45].replace("_", "-")


@pytest.fixture
async def room(house: PageHouse, room_name: str) -> str:
    """Add a channel for the test, and return its id. What the bot got before is forgotten."""
    house.bot.got.clear()
    return await house.new_channel(room_name)


@pytest.fixture
async def page(opened: Page, room: str, room_name: str, watch: Watch) -> AsyncIterator[Page]:
    """Show Ana the test's channel, and fail if her page did what no page may do."""
    await opened.get_by_role("link", name=f"#{room_name}").click()
    await expect(opened.get_by_role("heading", level=1)).to_have_text(f"#{room_name}")
    await expect(message_field(opened)).to_be_focused()
    yield opened
    await opened.unroute_all()
    faults = watch.faults()
    watch.reset()
    assert faults == []
