"""A test of the page fails on each thing that no page may do."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect

from tests.page.house import PageHouse
from tests.page.opening import WAIT_MS, Pages

BAD = {
    "setTimeout(() => { throw new Error('thrown late') })": "thrown: .*thrown late",
    "console.error('said')": "logged: said",
    "open('http://example.com/')": "requested: http://example.com/",
    "new Image().src = 'http://example.com/'": "logged: .*Content Security Policy",
    "Promise.reject(new Error('nobody catches'))": "thrown: nobody catches",
}


async def test_what_a_page_may_not_do_is_noticed(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, house.channel)
    await expect(page.get_by_label("Message", exact=True)).to_be_visible()
    pages.watch.expect("|".join([*BAD.values(), "ERR_NAME_NOT_RESOLVED", "requested: http://example.com/"]))

    for script, fault in BAD.items():
        await page.evaluate(f"void ({script})")
        async with asyncio.timeout(WAIT_MS / 1000):
            while not any(re.search(fault, seen) for seen in pages.watch.seen):  # noqa: ASYNC110  # a list
                await asyncio.sleep(0.01)
