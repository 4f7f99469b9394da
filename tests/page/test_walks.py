"""A newcomer's whole walk with the real bot: by keyboard alone, by mouse alone, and by thumb on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from sandbox.people import Person
from tests.end_to_end.conftest import House, house_in, png
from tests.page import newcomer
from tests.page.hands import Hands, Keyboard, Mouse, Thumb
from tests.page.opening import DESKTOP, PHONE, Pages, unreadable

# Counts what the other hand would send: events of a mouse, and keys outside of fields for text. A browser sends a move
# of no length by itself, when the page changes below the pointer.
NOTE_EVENTS = """(() => {
  window.events = { mouse: 0, keys: 0 };
  for (const name of ["pointerdown", "mousedown", "mousemove", "wheel", "touchstart"]) {
    addEventListener(name, ({ type, movementX, movementY }) => {
      if (type !== "mousemove" || movementX || movementY) window.events.mouse++;
    }, { capture: true });
  }
  addEventListener("keydown", () => { window.events.keys++; }, { capture: true });
})()"""


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house with the real bot."""
    async with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


async def walk(hands: Hands, house: House, drawing: Path) -> None:
    """Walk through everything that a newcomer tries."""
    page = hands.page
    await house.hold_images()
    await newcomer.ask_for_an_image(hands, "a lighthouse at dusk")
    await newcomer.see_the_status_card(page, "a lighthouse at dusk")
    await house.finish_images()
    first = await newcomer.result(page, "a lighthouse at dusk")
    await newcomer.edit(hands, first, "make it winter")
    edited = await newcomer.result(page, "make it winter")
    await newcomer.reply_by_menu(hands, edited, "add a small boat")
    await newcomer.result(page, "add a small boat")
    await newcomer.attach(hands, drawing)
    await newcomer.mention(hands)
    await hands.write(newcomer.composer(page), "as stained glass")
    await newcomer.send(hands)
    await newcomer.result(page, "as stained glass")
    card = await newcomer.try_in_private(hands, "a secret garden")
    await newcomer.star(hands, await newcomer.share_the_second(hands, card))
    await newcomer.ask_for_help(hands)
    await newcomer.go_to_channel(hands, "studio")
    await expect(newcomer.results(page)).to_have_count(0)
    await newcomer.become(hands, "Bo")
    await newcomer.open_panel(hands)


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    file = tmp_path / "drawing.png"
    file.write_bytes(png())
    return file


async def opened(house: House, pages: Pages, *, on_phone: bool = False) -> Page:
    """Open the page as Ana in a new channel, and count the events in it."""
    ana, channel = next(iter(house.sandbox.world.people.values())), await house.channel()
    context = await pages.context(size=PHONE if on_phone else DESKTOP, touch=on_phone)
    await context.add_init_script(NOTE_EVENTS)
    page = await pages.tab(context, Person(house.control, ana.id, ana.name), channel)
    await expect(newcomer.composer(page)).to_be_visible()
    return page


async def test_a_newcomer_walks_by_keyboard_alone(house: House, pages: Pages, drawing: Path) -> None:
    page = await opened(house, pages)

    await walk(Keyboard(page), house, drawing)

    assert (await page.evaluate("window.events"))["mouse"] == 0
    assert await unreadable(page) == []


async def test_a_newcomer_walks_by_mouse_alone(house: House, pages: Pages, drawing: Path) -> None:
    page = await opened(house, pages)

    await walk(Mouse(page), house, drawing)

    assert (await page.evaluate("window.events"))["keys"] == 0


async def test_a_newcomer_walks_by_thumb_on_a_phone(house: House, pages: Pages, drawing: Path) -> None:
    page = await opened(house, pages, on_phone=True)

    await walk(Thumb(page), house, drawing)

    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
