"""Act in the page as a person does: by keyboard alone, or by mouse alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import Locator, Page, expect

MOST_STEPS = 100  # a walk passes the buttons of five results; more would be a trap for the focus
HAS_FOCUS = "(one) => one === document.activeElement"
IS_CURRENT = "(one) => one === document.activeElement || one.getAttribute('aria-selected') === 'true'"
HOLDS_FOCUS = "(one) => one.contains(document.activeElement)"
IS_AMONG = "(one) => document.activeElement.closest('article')?.parentElement === one.parentElement"
IS_AT_A_BUTTON = "() => !document.activeElement.matches('article')"
IS_BEFORE = """(one) => Boolean(document.activeElement.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING)
    && document.activeElement !== document.body"""


class Hands(Protocol):
    """What a person can do in a page."""

    page: Page

    async def press(self, target: Locator) -> None:
        """Press a button or a link."""

    async def take(self, target: Locator, within: Locator | None = None) -> None:
        """Take an entry of a list or a menu that is open, or of the list *within* the page."""

    async def open_menu(self, message: Locator) -> None:
        """Open the menu of a message."""

    async def write(self, field: Locator, text: str) -> None:
        """Write into a field."""

    async def send(self, button: Locator) -> None:
        """Send what the composer holds. *button* is its button."""


@dataclass
class Keyboard:
    """Presses keys alone: Tab between what can be used, arrows inside a list, Escape from a button to its message."""

    page: Page

    async def press(self, target: Locator) -> None:
        await self._tab_to(target, HAS_FOCUS)
        await self.page.keyboard.press("Enter")

    async def take(self, target: Locator, within: Locator | None = None) -> None:
        key = "ArrowDown"
        if within is not None:
            await self._tab_to(within, HOLDS_FOCUS)
            key = await self._arrow_to(target)
        await self._step(key, target, IS_CURRENT)
        await self.page.keyboard.press("Enter")

    async def open_menu(self, message: Locator) -> None:
        await self._tab_to(message, IS_AMONG)
        if await message.evaluate(IS_AT_A_BUTTON):
            await self.page.keyboard.press("Escape")
        await self._step(await self._arrow_to(message), message, HAS_FOCUS)
        await self.page.keyboard.press("ContextMenu")

    async def write(self, field: Locator, text: str) -> None:
        await self._tab_to(field, HAS_FOCUS)
        await self.page.keyboard.type(text)

    async def send(self, button: Locator) -> None:
        await self.page.keyboard.press("Enter")

    @staticmethod
    async def _arrow_to(target: Locator) -> str:
        return "ArrowUp" if await target.evaluate(IS_BEFORE) else "ArrowDown"

    async def _tab_to(self, target: Locator, reached: str) -> None:
        """Move the focus to an element by Tab, or by Shift+Tab if it is before."""
        await expect(target).to_be_visible()
        await self._step("Shift+Tab" if await target.evaluate(IS_BEFORE) else "Tab", target, reached)

    async def _step(self, key: str, target: Locator, reached: str) -> None:
        """Press a key until the target is reached. AssertionError after MOST_STEPS."""
        await expect(target).to_be_visible()
        for _ in range(MOST_STEPS):
            if await target.evaluate(reached):
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"{key} does not reach {target} in {MOST_STEPS} steps")


@dataclass
class Mouse:
    """Clicks alone. Text comes into the field that was clicked, without an event of a key."""

    page: Page

    async def press(self, target: Locator) -> None:
        await target.click()

    async def take(self, target: Locator, within: Locator | None = None) -> None:
        await target.click()

    async def open_menu(self, message: Locator) -> None:
        await message.click(button="right", position={"x": 90, "y": 8})  # beside the author's name

    async def write(self, field: Locator, text: str) -> None:
        await field.click()
        await self.page.keyboard.insert_text(text)

    async def send(self, button: Locator) -> None:
        await button.click()


@dataclass
class Thumb:
    """Taps alone. Text comes into the field that was tapped, as from a keyboard on the screen."""

    page: Page

    async def press(self, target: Locator) -> None:
        await target.tap()

    async def take(self, target: Locator, within: Locator | None = None) -> None:
        await target.tap()

    async def open_menu(self, message: Locator) -> None:
        """Press long beside the author's name."""
        await message.scroll_into_view_if_needed()
        box = await message.bounding_box()
        assert box is not None
        devtools = await self.page.context.new_cdp_session(self.page)
        point = {"x": box["x"] + 90, "y": box["y"] + 8}
        await devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        await expect(self.page.get_by_role("menu")).to_be_visible()
        await devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    async def write(self, field: Locator, text: str) -> None:
        await field.tap()
        await self.page.keyboard.insert_text(text)

    async def send(self, button: Locator) -> None:
        await button.tap()
