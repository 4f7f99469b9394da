"""Each control of the panel does what it says, and what a person types or reads stays while the panel follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.page.opening import intercept
from tests.page.panels import Desk, ask_wan, desk_in, logged, open_section


@pytest.fixture(scope="module")
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    """Run the desk that the tests of this module share."""
    async with desk_in(browser) as found:
        yield found


@pytest.fixture
async def log(desk: Desk, tmp_path: Path) -> AsyncIterator[Path]:
    """Run a program with a log, and return the log's path."""
    async with logged(desk.house, tmp_path) as path:
        yield path


async def test_a_step_of_the_clock_moves_the_sandbox(desk: Desk) -> None:
    clock, before_s = await desk.section("clock"), desk.house.sandbox.clock.ahead_s

    await clock.get_by_role("button", name="+15 min").click()
    await expect(clock.get_by_text("15 min ahead of this computer")).to_be_visible()
    await expect(clock.get_by_text("its log stay at this computer's time")).to_be_visible()
    await clock.get_by_role("button", name="+1 day").click()
    await clock.get_by_role("button", name="+1 h").click()

    await expect(clock.get_by_text("1 day 1 hr 15 min ahead of this computer")).to_be_visible()
    assert desk.house.sandbox.clock.ahead_s - before_s == 900 + 86400 + 3600


async def test_a_fault_is_armed_with_a_seed_seen_and_disarmed(desk: Desk) -> None:
    faults = await desk.section("faults")

    await faults.get_by_label("Fault", exact=True).select_option("server_error_before")
    await faults.get_by_label("match").fill("/users/@me")
    await faults.get_by_label("Next occasions").fill("8")
    await faults.get_by_label("About one in").fill("2")
    await faults.get_by_label("Seed").fill("42")
    await faults.get_by_role("button", name="Arm").click()
    await expect(faults.get_by_text("left: 8 · taken: 0 · about 1 in 2, seed 42")).to_be_visible()
    statuses = [(await desk.house.bot.call("GET", "/users/@me"))[0] for _ in range(4)]
    await expect(faults.get_by_text(f"left: 4 · taken: {statuses.count(500)}")).to_be_visible()
    await faults.get_by_role("button", name="Disarm server_error_before").click()

    await expect(faults.get_by_text("No fault is armed.")).to_be_visible()
    assert desk.house.sandbox.faults.armed() == []


async def test_a_fault_that_cannot_happen_is_refused_in_words(desk: Desk) -> None:
    desk.watch.expect("400.*/faults")
    faults = await desk.section("faults")

    await faults.get_by_label("Fault", exact=True).select_option("discord_error")
    await faults.get_by_label("code").fill("7")
    await faults.get_by_role("button", name="Arm").click()

    await expect(faults.get_by_role("alert")).to_contain_text("Code must be one of")
    assert desk.house.sandbox.faults.armed() == []


async def test_what_is_typed_and_read_stays_while_the_panel_follows(desk: Desk) -> None:
    for n in range(60):
        about = {"at": "2026-11-29T20:00:00Z", "method": "GET", "path": f"/{n}", "check": "kept", "duration_ms": n}
        desk.house.sandbox.record.add("discord", **about)
    await desk.section("requests")
    requests = desk.page.get_by_role("list", name="Requests to Discord")
    faults = await open_section(desk.page, "faults")
    await faults.get_by_label("Fault", exact=True).select_option("slow_rest")
    await requests.locator("summary", has_text="GET /30").click()
    scrolled = await requests.evaluate("(one) => (one.scrollTop = 300)")
    match = faults.get_by_label("match")
    await match.press_sequentially("/users")

    await desk.house.bot.call("GET", "/users/@me")
    await desk.house.control.arm("nonce_ignored")
    await expect(requests.get_by_text("GET /users/@me").first).to_be_attached()
    await expect(faults.get_by_role("list", name="Armed faults")).to_contain_text("nonce_ignored")
    desk.house.sandbox.faults.disarm()

    await expect(match).to_be_focused()
    await expect(match).to_have_value("/users")
    await expect(requests.locator("details[open]")).to_contain_text('"path": "/30"')
    assert await requests.evaluate("(one) => one.scrollTop") >= scrolled  # a browser keeps what is read in place


async def test_what_wan_was_asked_and_billed_is_listed(desk: Desk) -> None:
    wan, words = await desk.section("wan"), {"messages": [{"role": "user", "content": [{"text": "a lamp"}]}]}

    await ask_wan(
        desk.house, {"model": "wan2.6-t2i", "input": words, "parameters": {"n": 1, "size": "1280*1280"}}
    )  # fmt: skip
    await ask_wan(desk.house, {"model": "nothing"})

    await expect(wan.get_by_text("Billed $0.03 · images: 1 · requests: 1")).to_be_visible()
    await expect(wan.get_by_text("1280*1280 · 200 · billed: 1 $0.03")).to_be_visible()
    await expect(wan.locator(".wrong", has_text="ModelNotFound")).to_be_visible()
    await wan.get_by_text("wan2.6-t2i", exact=True).click()
    await expect(wan.get_by_text('"text": "a lamp"')).to_be_visible()


async def test_a_session_is_asked_to_reconnect_refused_and_dropped(desk: Desk) -> None:
    gateway = await desk.section("gateway")
    async with desk.house.bot.events() as events:
        assert events.socket is not None
        session = list(desk.house.sandbox.gateway_server.sessions)[-1][:6]
        card = gateway.get_by_role("list", name="Gateway sessions").get_by_role("listitem").filter(has_text=session)

        await expect(card).to_contain_text("GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES")
        await card.get_by_role("button", name="Ask for reconnect").click()
        while (await events.socket.receive_json(timeout=5))["op"] != 7:
            pass
        await card.get_by_role("button", name="Refuse next resume").click()
        await expect(card).to_contain_text("its next resume is refused")
        await card.get_by_label("Close code").select_option("4009")
        await card.get_by_role("button", name="Drop").click()
        closed = await events.socket.receive(timeout=5)

        await expect(card).to_have_count(0)
        assert closed.data == 4009


async def test_a_permission_of_the_bot_is_denied_and_allowed_in_the_shown_channel(desk: Desk) -> None:
    row = (await desk.section("permissions")).get_by_role("row", name="Attach Files")
    bot = row.get_by_role("cell").first

    async def is_allowed() -> bool:
        house = desk.house
        found = await house.control.get("/permissions", channel=house.channel, person=house.ana.id)
        return "ATTACH_FILES" in found["bot"]

    await expect(bot).to_have_text("✓")
    await row.get_by_label("Attach Files").select_option("deny")
    await expect(bot).to_have_text("✕")
    denied = not await is_allowed()
    await row.get_by_label("Attach Files").select_option("allow")
    await expect(bot).to_have_text("✓")

    assert denied
    assert await is_allowed()


async def test_a_permission_is_changed_in_the_channel_that_it_was_read_in(desk: Desk) -> None:
    house, studio = desk.house, (await desk.house.ana.state(channel="studio"))["channels"][0]["id"]
    section = await desk.section("permissions")
    await expect(section).to_contain_text("#harbor")
    select = section.get_by_label("Embed Links")
    desk.watch.expect("ERR_FAILED.*/permissions")
    await intercept(desk.page, "**/permissions?*", lambda route: route.abort())
    await desk.page.get_by_role("link", name="#studio").click()
    await expect(desk.page.get_by_role("heading", level=1)).to_have_text("#studio")

    async with desk.page.expect_response("**/overwrites"):
        await select.select_option("deny")
    await desk.page.unroute("**/permissions?*")
    await desk.page.go_back()

    assert (
        "EMBED_LINKS" in (await house.control.get("/permissions", channel=house.channel, person=house.ana.id))["deny"]
    )
    assert not (await house.control.get("/permissions", channel=studio, person=house.ana.id))["deny"]


@pytest.mark.usefixtures("description")
async def test_a_violation_is_red_and_says_what_broke(desk: Desk) -> None:
    house, violations = desk.house, desk.house.sandbox.record.part("violations")
    await desk.section("clock")

    await house.bot.post({"content": "fine"})
    await house.bot.post({"contents": "broken"})
    requests = desk.page.locator("#panel-requests")
    await expect(requests.locator("> summary")).to_contain_text("1 broke the description")  # while it is closed
    del violations[:]  # this one was meant
    await requests.locator("> summary").click()
    broken = requests.locator("li", has_text="'contents' was unexpected")

    await expect(broken).to_contain_text("broken")
    await expect(broken.locator(".wrong")).to_have_css("color", "rgb(255, 138, 128)")
    await requests.get_by_label("Only problems").check()
    await expect(requests.locator("li:not(.broken)")).to_have_count(0)
    await expect(broken).to_be_visible()
    await requests.get_by_label("Only problems").uncheck()
    await expect(requests.locator("li:not(.broken)").first).to_be_visible()


async def test_the_log_follows_and_shows_the_lines_of_one_job(desk: Desk, log: Path) -> None:
    section = await desk.section("log")
    lines = section.get_by_role("log", name="Log lines")
    await expect(lines).to_contain_text("step 39")
    with log.open("a", encoding="utf-8") as file:
        file.write("2026-11-29T20:27:00Z [error    ] a lamp broke job=12\n")

    await expect(lines).to_contain_text("a lamp broke")
    await expect(lines.locator("span").last).to_be_in_viewport()
    await section.get_by_label("Job").fill("12")
    await expect(lines.locator("span")).to_have_count(21)
    await section.get_by_label("Job").fill("99")
    await expect(section.get_by_text("No line is about job 99.")).to_be_visible()
    await section.get_by_role("button", name="All lines").click()

    await expect(lines).to_contain_text("step 38 job=7")


async def test_the_bot_is_restarted(desk: Desk, log: Path) -> None:
    section = await desk.section("log")
    await section.get_by_role("button", name="All lines").click()  # of this log, not of another test's

    await expect(section.get_by_text("lamp is running.")).to_be_visible()
    await section.get_by_role("button", name="Restart the bot").click()

    await expect(section.get_by_role("log").get_by_text("up", exact=True)).to_have_count(2)
    assert log.read_text(encoding="utf-8").count("up\n") == 2  # noqa: ASYNC240  # a small file


@pytest.mark.usefixtures("log")
async def test_a_results_menu_shows_the_lines_of_its_job(desk: Desk) -> None:
    await desk.house.bot.post({"content": "A lamp"}, {"wanvas-12-1.png": b"no image"})

    await desk.page.get_by_role("article").filter(has_text="A lamp").click(button="right")
    await desk.page.get_by_role("menuitem", name="Show log lines").click()

    await expect(desk.page.get_by_role("log", name="Log lines").locator("span")).to_have_count(20)
    await expect(desk.page.get_by_label("Job")).to_have_value("12")
    await expect(desk.page.get_by_role("log", name="Log lines")).to_be_focused()


async def test_without_a_program_the_log_says_so(desk: Desk) -> None:
    section = await desk.section("log")

    await expect(section.get_by_text("The sandbox runs no bot of its own.")).to_be_visible()
    await expect(section.get_by_role("button", name="Restart the bot")).to_be_hidden()
