"""Act in the page as a person does: by keyboard alone, or by mouse alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import Locator, Page

MOST_TABS = 60  # nobody presses Tab more often to reach something
HAS_FOCUS = "(one) => one === document.activeElement"
IS_BEFORE = """(one) => Boolean(document.activeElement.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING)
    && document.activeElement !== document.body"""


class Hands(Protocol):
    """What a person can do in a page."""

    page: Page

    async def press(self, target: Locator) -> None:
        """Press a button, a link or an entry of a list."""

    async def open_menu(self, target: Locator) -> None:
        """Open the menu of a message."""

    async def write(self, field: Locator, text: str) -> None:
        """Write into a field."""


@dataclass
class Keyboard:
    """Presses keys alone. Tab and Shift+Tab move to what is pressed or written into."""

    page: Page

    async def press(self, target: Locator) -> None:
        await self.reach(target)
        await self.page.keyboard.press("Enter")

    async def open_menu(self, target: Locator) -> None:
        await self.reach(target)
        await self.page.keyboard.press("ContextMenu")

    async def write(self, field: Locator, text: str) -> None:
        await self.reach(field)
        await self.page.keyboard.type(text)

    async def reach(self, target: Locator) -> None:
        """Move the focus to an element by Tab, or by Shift+Tab if it is before. AssertionError after 60 steps."""
        await target.wait_for()
        key = "Shift+Tab" if await target.evaluate(IS_BEFORE) else "Tab"
        for _ in range(MOST_TABS):
            if await target.evaluate(HAS_FOCUS):
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"{key} does not reach {target} in {MOST_TABS} steps")


@dataclass
class Mouse:
    """Clicks alone. Text comes into the field that was clicked without an event of a key."""

    page: Page

    async def press(self, target: Locator) -> None:
        await target.click()

    async def open_menu(self, target: Locator) -> None:
        await target.click(button="right")

    async def write(self, field: Locator, text: str) -> None:
        await field.click()
        await self.page.keyboard.insert_text(text)
