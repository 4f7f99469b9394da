"""The panel for developers: each control does what it says, and what a person types or reads stays while it follows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from sandbox.faults import DECLARED
from sandbox.people import Control, Person
from sandbox.program import Program
from sandbox.run import sandbox
from tests.page.house import PageHouse
from tests.page.opening import DESKTOP, PHONE, Pages, Theme, unreadable

SECTIONS = ("clock", "faults", "wan", "gateway", "permissions", "requests", "log")
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


def button(page: Page, name: str = "Panel") -> Locator:
    return page.get_by_role("button", name=name, exact=True)


async def panel_of(pages: Pages, person: Person, *opened: str, name: str = "Panel", **how: Any) -> Page:
    """Open the page, its panel and these sections."""
    page = await pages.open(person, **how)
    await button(page, name).click()
    for section in opened:
        details = page.locator(f"#panel-{section}")
        if await details.get_attribute("open") is None:
            await details.locator("> summary").click()
    return page


# Opening and closing


async def test_the_panel_opens_by_its_button_and_closes_by_escape(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana)
    panel, opener = page.get_by_role("complementary", name="Panel"), button(page)

    await expect(opener).to_have_attribute("aria-expanded", "false")
    await expect(panel).to_be_hidden()
    await opener.press("Enter")
    await expect(opener).to_have_attribute("aria-expanded", "true")
    await expect(panel.get_by_text("Clock")).to_be_focused()
    await page.keyboard.press("Escape")

    await expect(panel).to_be_hidden()
    await expect(opener).to_be_focused()
    await expect(opener).to_have_attribute("aria-expanded", "false")


async def test_a_tab_remembers_its_panel_and_its_open_sections(house: PageHouse, pages: Pages) -> None:
    page = await panel_of(pages, house.ana, "wan")
    other = await pages.tab(page.context, house.ana)

    await page.reload()

    await expect(page.get_by_text("Wan was asked nothing yet.")).to_be_visible()
    await expect(button(other)).to_have_attribute("aria-expanded", "false")


async def test_on_a_phone_the_panel_covers_the_page(house: PageHouse, pages: Pages) -> None:
    page = await panel_of(pages, house.ana, *SECTIONS, size=PHONE, touch=True)

    box = await page.locator("#panel").bounding_box()
    reached = [await page.evaluate("() => Boolean(document.activeElement.closest('#room, #side'))")]
    for _ in range(5):
        await page.keyboard.press("Shift+Tab")
        reached.append(await page.evaluate("() => Boolean(document.activeElement.closest('#room, #side'))"))
    fits = await page.evaluate(FITS)
    await page.get_by_role("button", name="Close panel").click()

    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *PHONE)
    assert fits
    assert not any(reached)
    await expect(button(page)).to_be_focused()


# The clock


async def test_a_step_of_the_clock_moves_the_sandbox(house: PageHouse, pages: Pages) -> None:
    page = await panel_of(pages, house.ana)

    await page.get_by_role("button", name="+15 min").click()
    await expect(page.get_by_text("15 min ahead of this machine")).to_be_visible()
    await page.get_by_role("button", name="+1 day").click()
    await page.get_by_role("button", name="+1 h").click()

    await expect(page.get_by_text("1 day 1 hr 15 min ahead of this machine")).to_be_visible()
    assert house.sandbox.clock.ahead_s == 900 + 86400 + 3600


# Faults


async def test_a_fault_is_armed_with_a_seed_seen_and_disarmed(house: PageHouse, pages: Pages) -> None:
    page = await panel_of(pages, house.ana, "faults")
    faults = page.locator("#panel-faults")

    await faults.get_by_label("Fault", exact=True).select_option("server_error_before")
    await faults.get_by_label("match").fill("/users/@me")
    await faults.get_by_label("Next occasions").fill("8")
    await faults.get_by_label("About one in").fill("2")
    await faults.get_by_label("Seed").fill("42")
    await faults.get_by_role("button", name="Arm").click()
    await expect(faults.get_by_text("left: 8 · taken: 0 · about 1 in 2, seed 42")).to_be_visible()
    statuses = [(await house.bot.call("GET", "/users/@me"))[0] for _ in range(4)]
    await expect(faults.get_by_text(f"left: 4 · taken: {statuses.count(500)}")).to_be_visible()
    await faults.get_by_role("button", name="Disarm server_error_before").click()

    await expect(faults.get_by_text("No fault is armed.")).to_be_visible()
    assert house.sandbox.faults.armed() == []


async def test_a_fault_that_cannot_happen_is_refused_in_words(house: PageHouse, pages: Pages) -> None:
    pages.watch.expect("400")
    page = await panel_of(pages, house.ana, "faults")
    faults = page.locator("#panel-faults")

    await faults.get_by_label("Fault", exact=True).select_option("discord_error")
    await faults.get_by_label("code").fill("7")
    await faults.get_by_role("button", name="Arm").click()

    await expect(faults.get_by_role("alert")).to_contain_text("code must be one of")
    assert house.sandbox.faults.armed() == []


async def test_what_is_typed_and_read_stays_while_the_panel_follows(house: PageHouse, pages: Pages) -> None:
    for n in range(60):
        house.sandbox.record.add(
            "discord", at="2026-11-29T20:00:00Z", method="GET", path=f"/{n}", check="kept", duration_ms=n
        )
    page = await panel_of(pages, house.ana, "faults", "requests")
    match, requests = page.get_by_label("match"), page.get_by_role("list", name="Requests to Discord")
    await expect(requests.get_by_text("GET /59")).to_be_visible()
    read = requests.locator("summary", has_text="GET /30")
    await read.click()
    before = await read.bounding_box()
    await match.press_sequentially("/users")

    await house.bot.call("GET", "/users/@me")
    await house.control.arm("nonce_ignored")
    await expect(requests.get_by_text("GET /users/@me")).to_be_attached()
    await expect(page.get_by_role("list", name="Armed faults")).to_contain_text("nonce_ignored")

    await expect(match).to_be_focused()
    await expect(match).to_have_value("/users")
    await expect(requests.locator("details[open]")).to_contain_text('"path": "/30"')
    assert before is not None
    house.sandbox.faults.disarm()


# Wan


async def test_what_wan_was_asked_and_billed_is_listed(house: PageHouse, pages: Pages) -> None:
    page = await panel_of(pages, house.ana, "wan")
    wan = page.locator("#panel-wan")

    words = {"messages": [{"role": "user", "content": [{"text": "a lamp"}]}]}
    await ask_wan(house, {"model": "wan2.6-t2i", "input": words, "parameters": {"n": 1, "size": "1280*1280"}})
    await ask_wan(house, {"model": "nothing"})

    await expect(wan.get_by_text("Billed $0.03 · images: 1 · requests: 1")).to_be_visible()
    await expect(wan.get_by_text("1280*1280 · 200 · billed: 1 $0.03")).to_be_visible()
    await expect(wan.locator(".wrong", has_text="ModelNotFound")).to_be_visible()
    await wan.get_by_text("wan2.6-t2i", exact=True).click()
    await expect(wan.get_by_text('"text": "a lamp"')).to_be_visible()


async def ask_wan(house: PageHouse, body: dict[str, Any]) -> None:
    path, headers = "/services/aigc/multimodal-generation/generation", {"Authorization": f"Bearer {house.sandbox.key}"}
    async with house.bot.session.post(house.sandbox.wan + path, json=body, headers=headers) as answer:
        await answer.read()


# The gateway


async def test_a_session_is_asked_to_reconnect_refused_and_dropped(house: PageHouse, pages: Pages) -> None:
    async with house.bot.events() as events:
        assert events.socket is not None
        session = list(house.sandbox.gateway_server.sessions)[-1][:6]
        page = await panel_of(pages, house.ana, "gateway")
        card = page.get_by_role("list", name="Gateway sessions").get_by_role("listitem").filter(has_text=session)

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


# Permissions


async def test_a_permission_of_the_bot_is_denied_and_allowed_in_the_shown_channel(
    house: PageHouse, pages: Pages
) -> None:
    page = await panel_of(pages, house.ana, "permissions", channel=house.channel)
    row = page.get_by_role("row", name="Attach Files")

    async def is_allowed() -> bool:
        found = await house.control.get("/permissions", channel=house.channel, person=house.ana.id)
        return "ATTACH_FILES" in found["bot"]

    await expect(row.get_by_role("cell").first).to_have_text("✓")
    await row.get_by_label("Attach Files").select_option("deny")
    await expect(row.get_by_role("cell").first).to_have_text("✕")
    denied = not await is_allowed()
    await row.get_by_label("Attach Files").select_option("allow")
    await expect(row.get_by_role("cell").first).to_have_text("✓")

    assert denied
    assert await is_allowed()


# Requests


@pytest.mark.usefixtures("description")
async def test_a_violation_is_red_and_says_what_broke(house: PageHouse, pages: Pages) -> None:
    page = await panel_of(pages, house.ana)

    await house.bot.post({"content": "fine"})
    await house.bot.post({"contents": "broken"})
    del house.sandbox.record.part("violations")[:]  # this one was meant
    house.sandbox.record.add("violations", method="POST", path="/", side="bot", what="contents")
    title = page.locator("#panel-requests > summary")
    await expect(title).to_contain_text("broke the description")
    await title.click()
    requests = page.locator("#panel-requests")
    broken = requests.locator("li", has_text="'contents' was unexpected")

    await expect(broken).to_contain_text("broken")
    await expect(broken.locator(".wrong")).to_have_css("color", "rgb(255, 138, 128)")
    await requests.get_by_label("Only problems").check()
    await expect(requests.locator("li")).to_have_count(1)
    del house.sandbox.record.part("violations")[:]


async def test_without_a_description_no_request_is_called_kept(bare: Person, pages: Pages) -> None:
    page = await panel_of(pages, bare, "requests")

    await expect(page.get_by_text("Not checked: start the sandbox with DISCORD_OPENAPI")).to_be_visible()
    await expect(page.locator("#panel-requests li")).to_contain_text("not checked")


@pytest.fixture
async def bare(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Person]:
    """Run a sandbox without Discord's description that had one request."""
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)
    async with running() as ana:
        yield ana


@asynccontextmanager
async def running(port: int | None = None) -> AsyncIterator[Person]:
    """Run a sandbox that had one request, and yield its first person."""
    async with sandbox(port=port) as box, aiohttp.ClientSession() as session:
        async with session.get(f"{box.rest}/users/@me", headers={"Authorization": f"Bot {box.token}"}):
            pass
        first = next(iter(box.world.people.values()))
        yield Person(Control(session, box.control), first.id, first.name)


# The log


@pytest.fixture
async def log(house: PageHouse, tmp_path: Path) -> AsyncIterator[Path]:
    """Run a program whose log has lines of two jobs, and return the log's path."""
    path = tmp_path / "bot.log"
    program = Program("lamp", ["sh", "-c", "echo up; exec sleep 60"], folder=tmp_path, environment={}, log=path)
    house.sandbox.controls.program = program
    lines = [f"2026-11-29T20:26:{n:02d}Z [info     ] step {n} job={12 if n % 2 else 7}\n" for n in range(40)]
    path.write_text("".join(lines), encoding="utf-8")
    await program.start()
    yield path
    await program.stop()


async def test_the_log_follows_and_shows_the_lines_of_one_job(house: PageHouse, log: Path, pages: Pages) -> None:
    page = await panel_of(pages, house.ana, "log")
    lines = page.get_by_role("log", name="Log lines")
    await expect(lines).to_contain_text("step 39")
    with log.open("a", encoding="utf-8") as file:
        file.write("2026-11-29T20:27:00Z [error    ] a lamp broke job=12\n")

    await expect(lines).to_contain_text("a lamp broke")
    await expect(lines.locator("span").last).to_be_in_viewport()
    await page.get_by_label("Job").fill("12")
    await expect(lines.locator("span")).to_have_count(21)
    await page.get_by_label("Job").fill("99")
    await expect(page.get_by_text("No line is about job 99.")).to_be_visible()
    await page.get_by_role("button", name="All lines").click()

    await expect(lines).to_contain_text("step 38 job=7")


async def test_the_bot_is_restarted(house: PageHouse, log: Path, pages: Pages) -> None:
    page = await panel_of(pages, house.ana, "log")

    await expect(page.get_by_text("lamp is running.")).to_be_visible()
    await page.get_by_role("button", name="Restart the bot").click()

    await expect(page.get_by_role("log", name="Log lines").get_by_text("up", exact=True)).to_have_count(2)
    assert log.read_text(encoding="utf-8").count("up\n") == 2  # noqa: ASYNC240  # a small file


@pytest.mark.usefixtures("log")
async def test_a_results_menu_shows_the_lines_of_its_job(house: PageHouse, pages: Pages) -> None:
    await house.bot.post({"content": "A lamp"}, {"wanvas-12-1.png": b"no image"})
    page = await pages.open(house.ana, house.channel)

    await page.get_by_role("article").filter(has_text="A lamp").hover()
    await page.get_by_text("Show log lines").click()

    await expect(page.get_by_role("log", name="Log lines").locator("span")).to_have_count(20)
    await expect(page.get_by_label("Job")).to_have_value("12")


async def test_without_a_program_the_log_says_so(house: PageHouse, pages: Pages) -> None:
    page = await panel_of(pages, house.ana, "log")

    await expect(page.get_by_text("The sandbox runs no bot of its own.")).to_be_visible()
    await expect(page.get_by_role("button", name="Restart the bot")).to_be_hidden()


# All of it


async def test_the_panel_recovers_when_the_sandbox_starts_again(pages: Pages, unused_tcp_port: int) -> None:
    pages.watch.expect("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|404")
    async with running(unused_tcp_port) as ana:
        for _ in range(3):
            await ana.control.advance(60)
        page = await panel_of(pages, ana, "requests")
        await expect(page.get_by_text("3 min ahead of this machine")).to_be_visible()
        await expect(page.locator("#panel-requests li")).to_have_count(1)

    async with running(unused_tcp_port):
        await expect(page.get_by_text("the time of this machine", exact=True)).to_be_visible()
        await expect(page.locator("#panel-requests li")).to_have_count(1)


@pytest.mark.parametrize(("theme", "size", "name"), [("dark", DESKTOP, "Ana"), ("light", PHONE, "小梅")])
@pytest.mark.usefixtures("log")
async def test_everybody_can_read_the_panel(
    house: PageHouse, pages: Pages, theme: Theme, size: tuple[int, int], name: str
) -> None:
    chinese = name == "小梅"
    person = await house.person(name, locale="zh-CN") if chinese else house.ana
    await house.control.arm("server_error_before", match="/users/@me", times=2)
    await house.bot.call("GET", "/users/@me")
    await ask_wan(house, {"model": "nothing"})

    page = await panel_of(pages, person, *SECTIONS, name="面板" if chinese else "Panel", theme=theme, size=size)
    await expect(page.locator("#panel-wan li")).to_have_count(1)

    await expect(page.locator("#panel")).to_contain_text("会话" if chinese else "events")
    assert await unreadable(page) == []
    assert await page.evaluate(FITS)


def test_every_fault_has_its_sentence_in_chinese() -> None:
    page = Path(__file__).parents[2] / "sandbox" / "page" / "words" / "faults-zh-CN.js"
    lines = [line.strip() for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("  ")]

    said = {line.partition(":")[0]: json.loads(line.partition(": ")[2].rstrip(",")) for line in lines}

    assert said.keys() == DECLARED.keys()
