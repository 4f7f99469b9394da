"""Chromium, as the tests of the sandbox's page and the pictures start it: the system's own, with Playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from playwright.async_api import Browser, async_playwright

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first starts quickest
FLAGS = (
    "--no-sandbox",  # root has no other way, in a container as in CI
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # no request can leave this machine
    # With a mouse: without one, what hovering shows is shown always.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2",
)


class Missing(RuntimeError):
    """Chromium is not installed; the message says what to install."""


@cache
def program() -> str | None:
    """Return the path of the installed Chromium, if there is one."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser. Missing if none is installed."""
    path = program()
    if path is None:
        raise Missing("Chromium is not installed: on Debian, apt install chromium fonts-noto-cjk.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
