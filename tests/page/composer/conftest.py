"""Give the tests of the composer one house for each module, and Ana's page in a channel of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.page.composer.composing import message_field, ready
from tests.page.house import PageHouse, page_house
from tests.page.opening import Pages


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[PageHouse]:
    """Run one house for the tests of a module."""
    async with page_house() as found:
        yield found


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
async def page(house: PageHouse, pages: Pages, room: str) -> Page:
    """Open Ana's page in the test's channel."""
    page = await pages.open(house.ana, room)
    await ready(page)
    await expect(message_field(page)).to_be_focused()
    return page
