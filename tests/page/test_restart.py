"""A page that stays open while the sandbox is restarted recovers by itself, and says what happened."""

from __future__ import annotations

from playwright.async_api import expect

from sandbox.people import Control, Person
from sandbox.run import Sandbox, sandbox
from tests.page.house import control_of
from tests.page.opening import Pages
from tests.sandbox.playing import two_free_ports

AWAY = r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 404"


def first_person(box: Sandbox, control: Control) -> Person:
    found = next(iter(box.world.people.values()))
    return Person(control, found.id, found.name)


async def test_a_page_that_is_open_through_a_restart_recovers_and_says_so(pages: Pages) -> None:
    port = two_free_ports()
    pages.watch.expect(AWAY)
    async with sandbox(port=port) as box, control_of(box) as control:
        page = await pages.open(first_person(box, control), "studio")
        composer, notice = page.get_by_label("Message", exact=True), page.get_by_role("alert")
        await composer.fill("half a senten")

    await expect(notice).to_contain_text("The sandbox does not answer")

    async with sandbox(port=port) as box, control_of(box) as control:
        await expect(notice).to_contain_text("The sandbox was restarted")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("studio")
        await expect(composer).to_have_value("half a senten")
        await composer.press_sequentially("ce")
        await composer.press("Enter")
        await first_person(box, control).see("studio", lambda m: m["content"] == "half a sentence", "the message")
        await expect(page.get_by_role("log")).to_contain_text("half a sentence")
