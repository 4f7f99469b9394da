"""Measure in the page what a person waits for: until it is ready, and until a pressed key is drawn."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable

from playwright.async_api import BrowserContext, Page

from tests.page.opening import WAIT_MS

# A promise of the time of the frame in which the message field has the focus and *newest* is the last message.
NOTE_READY = """window.ready = new Promise((done) => {
  const newest = %r;
  const isReady = () => document.activeElement?.matches("input, textarea, [contenteditable]")
    && [...document.querySelectorAll("article")].at(-1)?.textContent.includes(newest);
  const look = () => {
    if (!isReady()) return requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    return port2.postMessage(null);
  };
  requestAnimationFrame(look);
})"""
# A promise of how long each of so many keys took, from its event to the end of the frame that shows it.
NOTE_ECHOES = """(count) => { window.echoes = new Promise((done) => {
  const found = [], stop = new AbortController();
  addEventListener("keydown", (event) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      if (found.push(performance.now() - event.timeStamp) < count) return;
      stop.abort();
      done(found);
    };
    port2.postMessage(null);
  }), { capture: true, signal: stop.signal });
}); }"""


async def ready_ms(context: BrowserContext, url: str, newest: str) -> float:
    """Open *url* in a new tab, and return the milliseconds from the start of the navigation until it is ready.

    It is ready in the first painted frame with the focus in a field and the message *newest* at the end. TimeoutError
    after 15 s.
    """
    page = await context.new_page()
    await page.add_init_script(NOTE_READY % newest)
    await page.goto(url, wait_until="commit")
    async with asyncio.timeout(WAIT_MS / 1000):
        took = float(await page.evaluate("window.ready"))
    await page.close()
    return took


async def echo_ms(page: Page, text: str) -> float:
    """Type into the field that has the focus, and return the median time from a key's event to its painted frame."""
    await page.evaluate(NOTE_ECHOES, len(text))
    await page.keyboard.type(text)
    return float(statistics.median(await page.evaluate("window.echoes")))


async def work_ms(page: Page, act: Callable[[], Awaitable[None]]) -> float:
    """Return how long the page's main thread works while *act* runs, in milliseconds of the thread's own time."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def so_far_s() -> float:
        found = (await devtools.send("Performance.getMetrics"))["metrics"]
        return next(float(one["value"]) for one in found if one["name"] == "TaskDuration")

    before = await so_far_s()
    await act()
    return (await so_far_s() - before) * 1000
