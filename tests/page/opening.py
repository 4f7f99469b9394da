"""Open the sandbox's page as one person does: at a desk or on a phone, in dark or light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Route, ViewportSize

from sandbox.people import Person
from tests.page.watch import Watch

Theme = Literal["dark", "light"]
DESKTOP, PHONE = (1280, 800), (390, 844)
PROBE = "/page/base/make.js?intercepted"
NO_CONTENT = 204
WAIT_MS = 15_000.0  # a wait ends as soon as there is something to see; only a busy machine needs this long


@dataclass
class Pages:
    """Opens pages in contexts of one test, which share nothing with those of another."""

    browser: Browser
    watch: Watch

    async def open(
        self, person: Person, channel: str = "", *, theme: Theme = "dark", size: tuple[int, int] = DESKTOP,
        touch: bool = False, motion: bool = False,
    ) -> Page:  # fmt: skip
        """Open the page as *person* in a channel, named by its id or name, in a browser profile of its own."""
        context = await self.context(theme=theme, size=size, touch=touch, motion=motion)
        return await self.tab(context, person, channel)

    async def context(
        self, *, theme: Theme = "dark", size: tuple[int, int] = DESKTOP, touch: bool = False, motion: bool = False
    ) -> BrowserContext:
        """Return a new browser profile."""
        context = await self.browser.new_context(
            viewport=ViewportSize(width=size[0], height=size[1]), color_scheme=theme, has_touch=touch, is_mobile=touch,
            reduced_motion="no-preference" if motion else "reduce", timezone_id="UTC", locale="en-US",
        )  # fmt: skip
        context.set_default_timeout(WAIT_MS)
        self.watch.over(context)
        return context

    async def tab(self, context: BrowserContext, person: Person, channel: str = "") -> Page:
        """Open the page in one more tab of a profile."""
        page = await context.new_page()
        await page.goto(address(person, channel), wait_until="commit")
        return page


async def intercept(page: Page, pattern: str, handler: Callable[[Route], Any]) -> None:
    """Let *handler* answer the open page's requests to *pattern* from now on.

    Playwright's ``route`` returns before the browser asks about requests: the next one may still go through.
    """
    await page.route(pattern, handler)
    await page.route(f"**{PROBE}", _answer_probe)
    while await page.evaluate("(probe) => fetch(probe).then(({ status }) => status)", PROBE) != NO_CONTENT:
        pass
    await page.unroute(f"**{PROBE}", _answer_probe)


async def _answer_probe(route: Route) -> None:
    await route.fulfill(status=NO_CONTENT)


def address(person: Person, channel: str = "") -> str:
    """Return the page's address for a person in a channel."""
    query = {"person": person.id, **({"channel": channel} if channel else {})}
    return f"{person.control.url}/?{urlencode(query)}"


async def unreadable(page: Page, part: str | None = None, *rules: str) -> list[str]:
    """Return what axe-core finds that a person with a screen reader, or with weak eyes, cannot use.

    *part* is a CSS selector: look at nothing else. *rules* are those of axe-core to check; all, if none is named.
    """
    found = await Axe().run(page, context=part, options={"runOnly": list(rules)} if rules else None)
    violations: list[dict[str, Any]] = found.response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in violations for node in one["nodes"]]
