"""The page follows the world in many tabs, and recovers from whatever goes away: sandbox, bot, channel or server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import aiohttp
from playwright.async_api import Page, Request, Route, WebSocketRoute, expect

from sandbox.people import Control, Person
from sandbox.run import sandbox
from tests.page.house import PageHouse
from tests.page.opening import Pages, intercept
from tests.sandbox.conftest import WireBot

GONE = "ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"


@asynccontextmanager
async def small_sandbox() -> AsyncIterator[WireBot]:
    """Run a sandbox with Ana and Bo, and yield its bot, which is not connected yet."""
    async with sandbox() as box, aiohttp.ClientSession() as session:
        control, first = Control(session, box.control), next(iter(box.world.people.values()))
        yield WireBot(box, session, control, Person(control, first.id, first.name), next(iter(box.world.channels)))


async def write(page: Page, text: str) -> None:
    await page.get_by_role("textbox", name="Message").fill(text)


async def test_a_tab_leaves_no_request_open(house: PageHouse, pages: Pages) -> None:
    """A browser leaves six requests to a host open, over all tabs: six that wait would stop the seventh tab."""
    context = await pages.context()
    waiting = set[Request]()
    context.on("request", lambda request: waiting.add(request))  # noqa: PLW0108 - Playwright marks its handlers
    context.on("requestfinished", lambda request: waiting.discard(request))  # noqa: PLW0108  # as above
    page = await pages.tab(context, house.ana, "harbor")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")

    await house.ana.say("harbor", "heard of at once")

    await expect(page.get_by_text("heard of at once")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    assert waiting == set()


async def test_a_sandbox_that_is_suspended_is_said_and_gets_each_message_once(house: PageHouse, pages: Pages) -> None:
    context, resumed = await pages.context(), asyncio.Event()

    async def hold(route: Route) -> None:
        await resumed.wait()
        await route.continue_()

    await context.clock.install()
    page = await pages.tab(context, house.ana, "harbor")
    status = page.get_by_role("status", name="Connection")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")  # Enter sends nothing before that
    await intercept(page, "**/act/message", hold)
    async with page.expect_request("**/act/message"):
        await write(page, "said once")
        await page.keyboard.press("Enter")
    await page.clock.run_for(5000)
    await expect(status).to_contain_text("The sandbox does not answer")
    resumed.set()

    await expect(page.get_by_role("article").filter(has_text="said once")).to_have_count(1)
    await expect(status).to_be_empty()


async def test_a_page_returns_quietly_when_the_same_run_is_back(house: PageHouse, pages: Pages) -> None:
    pages.watch.expect(GONE)
    context, lines = await pages.context(), list[WebSocketRoute]()

    def connect(route: WebSocketRoute) -> None:
        lines.append(route)
        route.connect_to_server()

    await context.route_web_socket("**/changes", connect)
    page = await pages.tab(context, house.ana, "harbor")
    await write(page, "half a sentence")
    await intercept(page, "**/state?*", lambda route: route.abort())
    await lines[0].close()
    await expect(page.get_by_role("status", name="Connection")).to_contain_text("The sandbox does not answer")
    await house.ana.say(house.channel, "said meanwhile")
    await page.unroute("**/state?*")

    await expect(page.get_by_text("said meanwhile")).to_be_visible()
    await expect(page.get_by_role("status", name="Connection")).to_be_empty()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.get_by_role("textbox", name="Message")).to_have_value("half a sentence")


async def test_a_tab_that_nobody_sees_asks_at_most_once_a_second(house: PageHouse, pages: Pages) -> None:
    context = await pages.context()
    await context.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    page = await pages.tab(context, house.ana, "harbor")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    begun = monotonic()

    for number in range(20):
        await house.ana.say("harbor", f"message {number}")
    await expect(page.get_by_text("message 19", exact=True)).to_be_attached()

    assert len([url for url in asked if "/state" in url]) <= 2 + monotonic() - begun


async def test_the_page_says_while_the_bot_is_not_connected(pages: Pages) -> None:
    async with small_sandbox() as wire:
        page = await pages.open(wire.ana, "harbor")
        status = page.get_by_role("status", name="Connection")

        await expect(status).to_contain_text("The bot is not connected")
        async with wire.events():
            await expect(status).to_be_empty()
        await expect(status).to_contain_text("The bot is not connected")
        await page.close()


async def test_a_channel_that_is_deleted_gives_way_to_another_with_a_notice(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "studio")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    studio = (await house.ana.state(channel="studio"))["channels"][0]["id"]

    await house.control.post("/channels/delete", channel=studio)

    await expect(page.get_by_role("alert")).to_have_text("You can no longer see #studio. This is #harbor.")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")


async def test_a_person_who_is_removed_from_every_server_sees_that_there_is_no_channel(
    house: PageHouse, pages: Pages
) -> None:
    cleo = await house.person("Cleo")
    page = await pages.open(cleo, "harbor")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")

    await house.control.post("/members", person=cleo.id, leave=True)

    await expect(page.get_by_role("alert")).to_have_text("You can no longer see #harbor.")
    await expect(page.get_by_role("heading", level=1)).to_have_text("No channel")
    await page.get_by_role("button", name="say hello").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("@Wanvas")


async def test_back_returns_to_the_channel_before(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbor")
    await page.get_by_role("link", name="#studio").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")

    await page.go_back()

    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")
