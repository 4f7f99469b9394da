"""No view of the page is unreadable for a screen reader, or too faint for weak eyes: axe-core finds nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from sandbox.people import File, Person
from tests.end_to_end.conftest import png
from tests.page.house import PageHouse
from tests.page.opening import DESKTOP, PHONE, Pages, Theme, unreadable

SHOWN = ("card", "buttons", "selects", "embed", "spoilers", "secret", "slow")
OVER = "dialog[open], .popup, #completions:not([hidden])"  # what lies over the page
Step = Callable[[Page], Awaitable[object]]


async def fill_with_messages(house: PageHouse, person: Person) -> None:
    """Post one of everything in the first channel."""
    await house.ana.say(house.channel, "# Title\n## Smaller\n### Third\nA [link](https://example.com) and `code`")
    first = await house.ana.say(
        house.channel, f"<@{person.id}> look", [File("a.png", png((640, 360))), File("notes.txt", b"x")]
    )
    await person.say(house.channel, "a reply", reply_to=first)
    for reactor in (person, house.ana):
        await reactor.react(first, "👍")
    await house.ana.react(first, "❤")
    for command in SHOWN:
        await person.slash(house.channel, command)
    await house.control.post("/act/thread", person=house.ana.id, channel=house.channel, name="Ideas", message=first)


async def fill_places(house: PageHouse) -> None:
    """Add one place of each kind."""
    forum = await house.new_channel("gallery", kind="forum")
    await house.new_channel("after-dark", nsfw=True)
    about = {"person": house.ana.id, "channel": forum, "name": "Post", "content": "first words"}
    await house.control.post("/act/thread", **about)
    await house.control.post("/servers", name="Cat Lovers", bot=False, owner=house.ana.id)


async def go(page: Page, name: str) -> None:
    """Show a place, by the drawer on a phone."""
    if await page.locator("#open").is_visible():
        await page.locator("#open").click()
    await page.locator("#places a", has_text=name).first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)


async def open_people(page: Page) -> None:
    if await page.locator("#open").is_visible():
        await page.locator("#open").click()
    await page.locator("#me").click()


@asynccontextmanager
async def closed_after(page: Page) -> AsyncIterator[None]:
    yield
    await page.keyboard.press("Escape")
    await expect(page.locator(OVER)).to_have_count(0)
    await page.keyboard.press("Escape")  # the drawer of a phone


VIEWS: dict[str, Step] = {
    "an empty channel": lambda page: go(page, "quiet"),
    "a forum": lambda page: go(page, "gallery"),
    "the gate": lambda page: go(page, "after-dark"),
    "messages": lambda page: go(page, "harbor"),
}
OPENED: dict[str, Step] = {
    "the people": open_people,
    "a dialog": lambda page: page.locator("#begin").click(),
    "find a place": lambda page: page.keyboard.press("Control+k"),
    "the commands": lambda page: page.locator("#words").press_sequentially("/"),
    "a select": lambda page: page.locator("[role=log] [role=combobox]").first.click(),
    "a modal": lambda page: page.locator("[role=log]").get_by_role("button", name="Open form").first.click(),
    "an image": lambda page: page.locator("[role=log] button.image").first.click(),
    "a message's menu": lambda page: page.locator("article", has_text="a reply").first.click(button="right"),
}


@dataclass(frozen=True)
class Desk:
    """Where a person uses the page."""

    size: tuple[int, int]
    theme: Theme
    locale: str


@pytest.mark.parametrize(
    "desk", [Desk(DESKTOP, "dark", "en-US"), Desk(PHONE, "light", "zh-CN")], ids=["dark desktop", "light phone"]
)
async def test_axe_finds_nothing_in_any_view(house: PageHouse, pages: Pages, desk: Desk) -> None:
    person = await house.person("小梅", locale=desk.locale)
    await fill_places(house)
    await fill_with_messages(house, person)
    page = await pages.open(person, "studio", size=desk.size, theme=desk.theme)
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    found = {}

    for view, show in VIEWS.items():
        await show(page)
        found[view] = await unreadable(page)
    await page.emulate_media(color_scheme="light" if desk.theme == "dark" else "dark")
    found["messages in the other theme"] = await unreadable(page, None, "color-contrast")
    await page.emulate_media(color_scheme=desk.theme)
    for view, show in OPENED.items():
        async with closed_after(page):
            await show(page)
            await expect(page.locator(OVER).first).to_be_visible()
            found[view] = await unreadable(page, OVER)

    assert {view: faults for view, faults in found.items() if faults} == {}
