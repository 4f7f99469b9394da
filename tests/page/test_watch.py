"""A test of the page fails on each thing that no page may do."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.page.house import PageHouse
from tests.page.opening import Pages

BAD = {
    "setTimeout(() => { throw new Error('thrown late') })": "thrown: .*thrown late",
    "console.error('said')": "logged: said",
    "fetch('http://example.com/').catch(() => {})": "requested: http://example.com/",
    "Promise.reject(new Error('nobody catches'))": "thrown: nobody catches",
}


@pytest.mark.parametrize("script", BAD)
async def test_what_a_page_may_not_do_is_noticed(house: PageHouse, pages: Pages, script: str) -> None:
    page = await pages.open(house.ana, house.channel)
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()

    with pages.watch.expecting(f"{BAD[script]}|ERR_NAME_NOT_RESOLVED|Connecting to") as happened:
        await page.evaluate(f"void ({script})")
        await page.evaluate("new Promise((done) => setTimeout(done, 50))")

    assert [fault for fault in happened if BAD[script].split(":")[0] in fault], happened
