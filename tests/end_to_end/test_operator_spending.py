"""The operator sees what servers spend, gives them shares of the budget, and downloads bills."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.people import Json, Person, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, says
from tests.end_to_end.test_operator import hosted_by, offer, operator
from tests.end_to_end.test_tampered import command
from tests.panel import decided

UNKNOWN = "123456789012345678"  # a server that the bot is no member of
KINDS = {float: 10, str: 3}  # https://discord.com/developers/docs/interactions/application-commands (2026-11-29)


@pytest.fixture(scope="module")
async def hosted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, Person]]:
    """Run a house, and return it with its operator."""
    async with house_in(tmp_path_factory.mktemp("money"), MEMBER_IMAGES_PER_DAY="100") as house:
        host = await house.new_person()
        await hosted_by(house, host)
        yield house, host


async def new_server(house: House, name: str) -> tuple[str, str, Person]:
    """Add a server, and return its id, a channel of it and a member."""
    server = (await house.control.post("/servers", name=name))["id"]
    channel = (await house.control.post("/channels", name=f"in {name}", server=server))["id"]
    return server, channel, await house.new_person(server=server, manager=True)


async def imagine(person: Person, channel: str, **options: object) -> Json:
    await person.slash(channel, "imagine", prompt="a lighthouse", **options)
    return await person.see(channel, is_result, "the image")


async def settled(host: Person, channel: str) -> None:
    """Wait until no job is open: an image is seen a moment before its job ends."""
    for _ in range(200):
        if "0 in queue, 0 generating, 0 to deliver" in await operator(host, channel, "status"):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a job is still open")


async def the_bill(house: House, host: Person, channel: str, **options: str) -> tuple[str, list[dict[str, str]]]:
    """Return what the bot says to /operator bill, and the rows of the file."""
    said = await private_answer(host, await host.slash(channel, "operator bill", **options))
    files = [await house.control.file(file["id"]) for file in said["attachments"]]
    return text_of(said), [row for file in files for row in csv.DictReader(io.StringIO(file.decode("utf-8-sig")))]


@pytest.mark.long
async def test_a_share_that_is_used_up_refuses_kindly_and_other_servers_go_on(hosted: tuple[House, Person]) -> None:
    house, host = hosted
    at_home = await house.channel()
    server, channel, boss = await new_server(house, "Small *Share*")
    elsewhere, other_channel, other = await new_server(house, "Other")
    log = (await house.control.post("/channels", name="log", server=server))["id"]
    await decided(boss, channel, log_channel_id=log)

    given = await operator(host, at_home, "share", server=server, usd=0.1)
    await imagine(boss, channel, count=2)
    half = text_of(await host.see("dm", says("50% of the share of Small"), "the alert"))
    too_many = text_of(await private_answer(boss, await boss.slash(channel, "imagine", prompt="a boat", count=2)))
    await boss.slash(channel, "imagine", prompt="a second lighthouse")
    await settled(host, at_home)
    full = text_of(await host.see("dm", says("100% of the share of Small"), "the second alert"))
    refused = text_of(await private_answer(boss, await boss.slash(channel, "imagine", prompt="a boat")))
    logged = [text_of(await boss.see(log, says(words), "the log")) for words in ("used 50% of", "can't accept new")]
    usage = text_of(await private_answer(boss, await boss.slash(channel, "studio usage")))
    quota = text_of(await private_answer(boss, await boss.slash(channel, "quota")))
    elsewhere_quota = text_of(await private_answer(other, await other.slash(other_channel, "quota")))
    await imagine(other, other_channel)
    raised = await operator(host, at_home, "share", server=server, usd=1)
    await boss.slash(channel, "imagine", prompt="a third lighthouse")
    await boss.wait(lambda state: sum(map(is_result, state["messages"].get(channel, []))) >= 3, "the third image")

    assert given == (
        f"Small \\*Share\\* `{server}` can spend US$0.10 of the budget each month. This month it has spent US$0.00."
    )
    assert f"50% of the share of Small \\*Share\\* `{server}` is used: US$0.06 of US$0.10 this month." in half
    assert "US$0.09 of US$0.10" in full
    assert "You requested 2 images, but your quota has 1 left (this server's share of the bot's budget" in too_many
    assert "This server has used its share of the bot's budget for this month. It didn't use your quota." in refused
    assert "This server has used its share of the bot's budget this month" in usage
    assert "This server has used its share of the bot's budget this month" in quota
    assert "share of the bot's budget" not in elsewhere_quota
    assert not [text for text in (too_many, refused, usage, quota, *logged) if "$" in text]
    assert "US$1.00" in raised
    assert "US$0.09" in raised
    assert elsewhere != server


async def test_the_servers_are_listed_with_names_use_and_forecast_and_one_in_detail(
    hosted: tuple[House, Person],
) -> None:
    house, host = hosted
    at_home = await house.channel()
    server, channel, ana = await new_server(house, "Lighthouse Keepers")
    await imagine(ana, channel, count=2)
    await ana.slash("dm", "imagine", prompt="a lighthouse")
    await ana.see("dm", is_result, "the image")
    await settled(host, at_home)

    suggested = await host.suggestions(at_home, "operator servers", "server", server="keepers")
    every = await operator(host, at_home, "servers")
    one = await operator(host, at_home, "servers", server=server)
    wrong = await operator(host, at_home, "servers", server="here")

    assert suggested == [{"name": "Lighthouse Keepers", "value": server}]
    assert "of US$50.00" in every
    assert "too early for a forecast" in every
    assert f"**Lighthouse Keepers `{server}`**\nUS$0.06, no share" in every
    assert "2 images, 1 member" in every
    assert "**Direct messages**\nUS$0.03, no share" in every
    assert "wan2.6-t2i: 2 images billed, 2 delivered, US$0.06" in one
    assert "**By day**" in one
    assert "That isn't a server ID. Nothing changed. Choose a server" in wrong


async def test_many_servers_are_shown_in_pages_and_each_press_is_judged(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        host, second, channel = await house.new_person(), await house.new_person(), await house.channel()
        await hosted_by(house, host)
        for number in range(12):
            await operator(host, channel, "share", server=str(int(UNKNOWN) + number), usd=5)

        first = await private_answer(host, await host.slash(channel, "operator servers"))
        await host.press(first, "Next")
        last = await host.see(channel, says("Page 2 of 2"), "the next page")
        await host.press(last, "Previous")
        again = await host.see(channel, says("Page 1 of 2"), "the first page")
        await hosted_by(house, second)
        refused = text_of(await private_answer(host, await host.press(again, "Next")))

    assert text_of(first).count("US$0.00 of US$5.00 (0%)") == 10
    assert text_of(last).count("US$0.00 of US$5.00 (0%)") == 2
    assert f"**server `{UNKNOWN}`**" in text_of(again)
    assert "Only the bot's operator can do that." in refused


async def test_a_bill_lists_each_server_and_adds_up_to_the_ledger(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        host, at_home = await house.new_person(), await house.channel()
        await hosted_by(house, host)
        server, channel, ana = await new_server(house, "=HYPERLINK(1)")
        gone, far_channel, far = await new_server(house, "Gone")
        await imagine(ana, channel, count=2)
        await imagine(far, far_channel)
        await house.control.arm("prompt_rejected")
        await private_answer(ana, await ana.slash(channel, "imagine", prompt="refused"))
        await settled(host, at_home)
        await house.control.post("/servers/bot", server=gone, present=False)

        said, rows = await the_bill(house, host, at_home)
        _, of_one = await the_bill(house, host, at_home, server=server)
        nothing, no_rows = await the_bill(house, host, at_home, month="2021-01")
        wrong, _ = await the_bill(house, host, at_home, month="2026-13")
        await house.bot.stop()

    with closing(sqlite3.connect(tmp_path / "wanvas.db")) as db:
        (ledger,) = db.execute("SELECT sum(amount) FROM ledger WHERE name = 'budget_month' AND entry = 'settle'")
    assert "US$0.09 for 3 images" in said
    assert [(row["server_id"], row["server_name"], row["images_billed"], row["images_shown"]) for row in rows] == [
        (server, "'=HYPERLINK(1)", "2", "2"),
        (gone, "", "1", "1"),
    ]
    assert sum(Decimal(row["usd"]) for row in rows) == Decimal(ledger[0]) / 1_000_000
    assert of_one == rows[:1]
    assert (nothing, no_rows) == ("Nothing was billed in January 2021. Bills go back three years.", [])
    assert wrong == "That isn't a month. Nothing changed. Write it like 2026-11."


@pytest.mark.parametrize("usd", [-1.0, 1e9, 1e308, 1e-9])
async def test_an_amount_that_discord_would_not_let_through_gives_no_share(
    hosted: tuple[House, Person], usd: float
) -> None:
    house, host = hosted
    channel = await house.channel()
    options = {"server": UNKNOWN, "usd": usd}
    values = [{"name": name, "type": KINDS[type(value)], "value": value} for name, value in options.items()]

    answer = await command(house, host, channel, "operator", {"name": "share", "type": 1, "options": values})
    refused = text_of(await private_answer(host, answer))
    shown = await operator(host, channel, "servers", server=UNKNOWN)

    assert "Nothing changed" in refused
    assert "US$0.00, no share" in shown


@pytest.mark.parametrize("server", ["here", "0", "-1", "9" * 19, "٣" * 18, "1 OR 1=1"])
async def test_what_is_no_servers_id_gives_no_share_and_blocks_nobody(
    hosted: tuple[House, Person], server: str
) -> None:
    house, host = hosted
    channel = await house.channel()

    shared = await operator(host, channel, "share", server=server, usd=1)
    blocked = await operator(host, channel, "block", server=server)
    _, rows = await the_bill(house, host, channel, server=server)

    assert "That isn't a server ID. Nothing changed. Choose a server" in shared
    assert "Nothing changed." in blocked
    assert rows == []


async def test_a_share_of_zero_stops_a_server_and_removing_it_lets_it_go_on(tmp_path: Path) -> None:
    async with house_in(tmp_path, SERVER_USD_PER_MONTH="2") as house:
        host, ana, channel = await house.new_person(), await house.new_person(), await house.channel()
        await hosted_by(house, host)
        server = house.sandbox.world.server_id

        stopped = await operator(host, channel, "share", server=server, usd=0)
        refused = text_of(await private_answer(ana, await ana.slash(channel, "imagine", prompt="a lighthouse")))
        removed = await operator(host, channel, "share", server=server)
        await imagine(ana, channel)

    assert stopped.endswith("is stopped: its share of the budget is US$0.")
    assert "The bot's operator hasn't enabled it here. It didn't use your quota." in refused
    assert "has the default share again: US$2.00 each month." in removed


async def test_a_chinese_operator_and_member_read_chinese(hosted: tuple[House, Person]) -> None:
    house, host = hosted
    at_home = await house.channel()
    server, channel, ana = await new_server(house, "灯塔")
    lin = await house.new_person(server=server, locale="zh-CN")
    await house.control.post("/people/change", person=host.id, locale="zh-CN")

    try:
        given = await operator(host, at_home, "share", server=server, usd=0.01)
        refused = text_of(await private_answer(lin, await lin.slash(channel, "imagine", prompt="灯塔")))
        every = await operator(host, at_home, "servers")
        said, _ = await the_bill(house, host, at_home)
    finally:
        await house.control.post("/people/change", person=host.id, locale="en-US")

    assert given == f"灯塔 `{server}`每月最多可使用预算中的 US$0.01。本月已花费 US$0.00。"
    assert "本服务器在机器人本月预算中的份额已用完。" in refused
    assert "的花费" in every
    assert "账单" in said
    assert ana.id != lin.id


async def test_only_the_operator_is_answered_and_others_get_no_suggestions(hosted: tuple[House, Person]) -> None:
    house, host = hosted
    ana, channel = await house.new_person(manager=True), await house.channel()
    await offer(house, ana, host)

    said = [
        await operator(ana, channel, name, **options)
        for name, options in {"servers": {}, "bill": {}, "share": {"server": UNKNOWN, "usd": 1}}.items()
    ]
    suggested = await ana.suggestions(channel, "operator servers", "server", server="")

    assert all("Only the bot's operator" in text for text in said)
    assert suggested == []
