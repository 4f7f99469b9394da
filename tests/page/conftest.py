"""Give the tests of the sandbox's page a browser, pages of people, and the fast house."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.chromium import chromium
from tests.page.forms import FormDesk, form_desk
from tests.page.house import PageHouse, page_house
from tests.page.opening import WAIT_MS, Pages
from tests.page.watch import Watch

expect.set_options(timeout=WAIT_MS)

TURN_S = 0.05  # between two looks for a free turn


@pytest.fixture(autouse=True)
async def turn(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> AsyncIterator[None]:
    """Let only as many tests use a browser at once as there are processors: each keeps one busy."""
    folder = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    turns = [os.open(folder / f"turn-{number}", os.O_RDWR | os.O_CREAT, 0o600) for number in range(os.cpu_count() or 1)]
    try:
        while not any(_takes(one) for one in turns):  # noqa: ASYNC110  # locks of other processes
            await asyncio.sleep(TURN_S)
        yield
    finally:
        for one in turns:
            os.close(one)


def _takes(turn: int) -> bool:
    """Return whether this process got the lock, which it keeps until the file is closed."""
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Run the browser that all tests of this worker share."""
    async with chromium() as found:
        yield found


@pytest.fixture
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    """Open pages, and fail at the end if one of them threw, logged an error, broke its CSP or asked another machine."""
    watch = Watch()
    before = set(browser.contexts)
    yield Pages(browser, watch)
    for context in set(browser.contexts) - before:
        await context.close()
    assert watch.faults() == []


@pytest.fixture
async def house() -> AsyncIterator[PageHouse]:
    """Run a sandbox of the test's own, with the scripted bot."""
    async with page_house() as found:
        yield found


@pytest.fixture(scope="module")
async def form_room(browser: Browser) -> AsyncIterator[FormDesk]:
    """Run a sandbox with one open page for the tests of a module that fill in forms."""
    async with form_desk(browser) as found:
        yield found


@pytest.fixture
async def forms(form_room: FormDesk) -> AsyncIterator[FormDesk]:
    """Return that page for one test."""
    async with form_room.one_test():
        yield form_room
