"""``bot.py check`` says "All good" only if a start would be: each check by itself, and all of them within a bound."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from hosting import checks
from hosting.checks import application, database, endpoint, health_page, limits, servers
from hosting.configuration import read_configuration
from hosting.connect import MAX_SERVERS, Account
from hosting.health_server import Health, health_server
from hosting.installs import PERMISSIONS
from hosting.problems import Exit, Finding, explained
from imagegen.ownership import LEASE
from imagegen.settings import Settings
from imagegen.store.engine import open_store
from imagegen.store.inspection import look
from tests.postgres import Cluster

APPLICATION: dict[str, Any] = {
    "id": "1", "name": "Wanvas", "icon": None, "description": "", "bot_public": True, "bot_require_code_grant": False,
    "verify_key": "", "flags": 1 << 18, "owner": {"id": "2", "username": "ana", "discriminator": "0", "avatar": None},
    "integration_types_config": {"0": {}, "1": {}},
}  # fmt: skip
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def said(findings: Iterable[Finding]) -> list[tuple[Exit, str]]:
    return [(finding.exit, finding.sentence) for finding in findings]


@pytest.mark.parametrize(
    ("about", "settings", "weight", "start"),
    [
        ({"flags": 0}, {}, Exit.GOOD, "without the message-content intent, replies to other people's images"),
        ({"flags": 0}, {"message_content": "on"}, Exit.SETUP, "MESSAGE_CONTENT is on, but Discord does not grant"),
        (
            {"interactions_endpoint_url": "https://a.example"}, {}, Exit.SETUP,
            "The application sends its commands to a web address. Empty Interactions Endpoint URL",
        ),
        ({"bot_require_code_grant": True}, {}, Exit.SETUP, "The invite link cannot work. Switch off Requires OAuth2"),
        ({"bot_public": False}, {}, Exit.GOOD, "only you can add the bot to servers. For others, switch on Public Bot"),
        ({"integration_types_config": {"0": {}}}, {}, Exit.GOOD, "people cannot add the bot to their own account."),
        ({"shards": 4}, {"shard_count": 2}, Exit.SETUP, "SHARD_COUNT is 2, but Discord asks for 4. Set SHARD_COUNT"),
        ({"starts_left": 3}, {}, Exit.RUN, "Discord allows 3 more starts today, and resets the token"),
        ({"starts_left": 0}, {}, Exit.SETUP, "Discord allows 0 more starts today, and resets the token"),
        ({"clock_ahead_s": 12.0}, {}, Exit.GOOD, "this machine's clock is 12 s ahead of Discord's. Switch on NTP."),
        ({"clock_ahead_s": -90.0}, {}, Exit.RUN, "this machine's clock is 90 s behind Discord's. Switch on NTP."),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_the_application_is_told(
    about: dict[str, Any], settings: dict[str, Any], weight: Exit, start: str
) -> None:
    answers: dict[str, Any] = {
        "shards": 1,
        "starts_left": 999,
        "clock_ahead_s": 0.4,
        "permissions": {7: PERMISSIONS},
    } | {name: value for name, value in about.items() if name not in (*APPLICATION, "interactions_endpoint_url")}
    told = APPLICATION | {name: value for name, value in about.items() if name not in answers}
    async with discord.Client(intents=discord.Intents.none()) as client:
        app = discord.AppInfo(client._connection, told)  # type: ignore[arg-type]  # a part of what Discord tells

    found = said(application.judged(Account(app, **answers), Settings(**settings)))

    assert [(exit_code, sentence[: len(start)]) for exit_code, sentence in found] == [(weight, start)]


async def test_a_sound_application_is_not_mentioned() -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        app = discord.AppInfo(client._connection, APPLICATION)  # type: ignore[arg-type]  # a part of what Discord tells

    assert said(application.judged(Account(app, 4, 999, 2.0, {7: PERMISSIONS}), Settings(allowed_servers=(7,)))) == []


def test_servers_that_are_not_named_or_grant_too_little_are_noted() -> None:
    little = discord.Permissions(PERMISSIONS.value & ~discord.Permissions(attach_files=True, embed_links=True).value)
    everything = discord.Permissions(administrator=True)

    none = said(servers.judged({}, (1,)))
    some = said(servers.judged({1: PERMISSIONS, 2: little, 3: everything, 4: little}, (1, 2, 3, 5)))
    every = said(servers.judged({server: little for server in range(MAX_SERVERS)}, ()))

    link = "the link that `python bot.py invite` prints"
    assert none == [(Exit.GOOD, f"the bot is in no server yet. Open {link}.")]
    assert some == [
        (Exit.GOOD, f"ALLOWED_SERVERS names 5, but the bot is not there. Correct the id, or open {link}."),
        (
            Exit.GOOD,
            f"in server 2, the bot's role lacks Embed Links, Attach Files. Grant it, or open {link} again.",
        ),
    ]
    assert len(every) == servers.MAX_TOLD


IMAGE, PRO = "wan2.6-image", "wan2.7-image-pro"


async def judged_limits(**settings: Any) -> list[tuple[Exit, str]]:
    return [told for part, _ in limits.PARTS for told in said(await limits.found(part, Settings(**settings)))]


@pytest.mark.parametrize(
    ("settings", "weight", "sentence"),
    [
        ({"budget_usd_per_day": 0.02}, Exit.SETUP, "BUDGET_USD_PER_DAY is $0.02, less than one image (wan2.6-image: "),
        ({"budget_usd_per_day": 60.0}, Exit.GOOD, "BUDGET_USD_PER_DAY=60 is more than BUDGET_USD_PER_MONTH=50, which"),
        ({"member_images_per_day": 50}, Exit.GOOD, "MEMBER_IMAGES_PER_DAY=50 is more than PERSON_IMAGES_PER_DAY=40"),
        ({"queued_max": 3}, Exit.GOOD, "QUEUED_PER_MEMBER=5 is more than QUEUED_MAX=3, which ends first."),
        ({"server_usd_per_month": 0.01}, Exit.GOOD, "SERVER_USD_PER_MONTH is $0.01, which pays for no image (wan2.6-"),
        ({"server_usd_per_month": 0.0}, Exit.GOOD, "SERVER_USD_PER_MONTH is $0, which pays for no image (wan2.6-image"),
        ({"server_usd_per_month": 80.0}, Exit.GOOD, "SERVER_USD_PER_MONTH=80 is more than BUDGET_USD_PER_MONTH=50"),
        ({"history_days": 1, "input_retention_h": 48}, Exit.GOOD, "INPUT_RETENTION_H=48 is longer than HISTORY_DAYS=1"),
        (
            {"wan_region": "cn-beijing", "price_usd": {"wan2.6-image": 0.03}}, Exit.GOOD,
            "no price in US dollars is documented for wan2.6-t2i in cn-beijing, so the budget counts $0.03 an image.",
        ),
        (
            {"price_usd": {"wan2.6-t2i": 0.0}}, Exit.GOOD,
            "PRICE_USD counts wan2.6-t2i as free, so no budget and no share limits it.",
        ),
        (
            {"models": (IMAGE, PRO), "budget_usd_per_day": 0.05}, Exit.GOOD,
            "an image of wan2.7-image-pro costs $0.075, and a budget is $0.05, so nobody can use that model. Raise",
        ),
        (
            {"models": (IMAGE, PRO), "member_images_per_day": 2}, Exit.GOOD,
            "an image of wan2.7-image-pro uses 2.5 images, more than MEMBER_IMAGES_PER_DAY=2, so members without a",
        ),
        (
            {"model_weights": {IMAGE: 300}, "server_images_per_month": 2, "member_images_per_day": 2}, Exit.GOOD,
            "an image of wan2.6-image uses 3 images, more than MEMBER_IMAGES_PER_DAY=2, so members without a grant",
        ),
        ({"allowed_servers": ()}, Exit.GOOD, "every server may spend your budget. Set ALLOWED_SERVERS"),
    ],
)  # fmt: skip
async def test_limits_that_contradict_each_other_are_told(
    settings: dict[str, Any], weight: Exit, sentence: str
) -> None:
    found = await judged_limits(**{"allowed_servers": (1,), **settings})

    assert [(exit_code, text[: len(sentence)]) for exit_code, text in found] == [(weight, sentence)]


async def test_the_default_limits_fit_together() -> None:
    assert await judged_limits(allowed_servers=(1,)) == []


@pytest.mark.parametrize(
    ("url", "region", "notes"),
    [
        ("https://dashscope-intl.aliyuncs.com/api/v1", "", 0),
        ("https://ws1.eu-central-1.maas.aliyuncs.com/api/v1", "", 0),
        ("https://wan.example.com/api/v1", "us-east-1", 0),
        ("https://wan.example.com/api/v1", "", 1),
    ],
)
async def test_an_address_that_names_no_region_is_noted(url: str, region: str, notes: int) -> None:
    found = said(await endpoint.found(Settings(dashscope_http_base_url=url, wan_region=region)))

    note = "wan.example.com names no region, so ap-southeast-1's prices and limits apply. Set WAN_REGION if that is "
    assert found == [(Exit.GOOD, f"{note}wrong.")] * notes


def test_a_disk_without_room_is_told() -> None:
    full, low, enough = (said(database.disk(free_mb, Settings())) for free_mb in (50, 1500, 2500))

    assert full == [(Exit.RUN, "The database's disk has 50 MB left. Make room: a full disk stops the bot.")]
    assert [weight for weight, _ in low] == [Exit.GOOD]
    assert "1500 MB left, less than INPUT_MB=2000" in low[0][1]
    assert enough == []


def test_a_bot_counts_as_running_while_its_lease_lasts() -> None:
    alive, dead = (said(database.running(NOW - ago, NOW)) for ago in (timedelta(seconds=4), LEASE))

    sentence = "the bot is running (last sign of life 4 s ago). Restart it to use changed settings."
    assert (alive, dead, said(database.running(None, NOW))) == ([(Exit.GOOD, sentence)], [], [])


async def test_the_database_of_a_running_bot_is_read_with_its_own_clock(postgresql: Cluster) -> None:
    url = postgresql.database()
    running = await open_store(url)

    found = await asyncio.to_thread(look, url)
    said_of_it = await database.found(Settings(database_url=url))

    await running.close()
    assert found.database_ahead_s is not None
    assert abs(found.database_ahead_s) < 2
    assert said_of_it == []


async def _web_page(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.0 200 OK\r\n\r\nhello")
    writer.close()


async def test_a_port_is_free_or_of_a_bot_or_of_another_program(unused_tcp_port: int) -> None:
    async def nothing() -> list[str]:
        return []

    settings = Settings(health_port=unused_tcp_port)
    free = said(await health_page.found(settings))
    async with health_server("127.0.0.1", unused_tcp_port, Health(nothing)):
        ours = said(await health_page.found(settings))
    async with await asyncio.start_server(_web_page, "127.0.0.1", unused_tcp_port):
        other = said(await health_page.found(settings))

    assert free == []
    sentence = f"a running Wanvas has HEALTH_PORT={unused_tcp_port}. A second bot needs its own port."
    assert ours == [(Exit.GOOD, sentence)]
    assert [weight for weight, _ in other] == [Exit.RUN]
    assert "another program has it. Set another HEALTH_PORT or HEALTH_HOST" in other[0][1]
    assert said(await health_page.found(Settings(health_port=0))) == []


async def test_an_address_of_another_machine_is_told() -> None:
    ((weight, sentence),) = said(await health_page.found(Settings(health_host="192.0.2.1")))  # TEST-NET-1, RFC 5737

    assert weight is Exit.RUN
    assert "192.0.2.1 port 8080: Cannot assign requested address." in sentence


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        await reader.read()  # until the caller hangs up


async def test_a_check_without_an_answer_ends_and_the_others_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with await asyncio.start_server(_silent, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", f"http://127.0.0.1:{port}/api/v1")
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sandbox-x")
        monkeypatch.setenv("BUDGET_USD_PER_DAY", "0")

        found = said(await checks.findings(read_configuration(), limit_s=0.3))

    told = [sentence for weight, sentence in found if weight is not Exit.GOOD]
    assert told[0].startswith("DISCORD_TOKEN is not set")
    assert told[1] == "The check of Wan was not done within 0.3 s. Try again later."
    assert told[2].startswith("BUDGET_USD_PER_DAY is $0")


@pytest.mark.parametrize(
    ("setting", "value", "left_out"),
    [("BUDGET_USD_PER_DAY", "much", "is more than"), ("HEALTH_PORT", "http", "health page")],
)
async def test_a_check_that_needs_a_wrong_setting_is_left_out(
    setting: str, value: str, left_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)
    monkeypatch.setenv("BUDGET_USD_PER_MONTH", "1")  # less than the default of the day's

    found = said(await checks.findings(read_configuration()))

    assert found[0][1].startswith(f"The environment: {setting} must be ")
    assert left_out not in " ".join(sentence for _, sentence in found)
    assert found[-1][1].startswith("every server may spend your budget.")


async def test_names_and_certificates_that_are_not_found_are_told() -> None:
    key = aiohttp.client_reqrep.ConnectionKey("discord.com", 443, True, True, None, None, None)
    untrusted = aiohttp.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError())
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorDNSError) as unknown:
            await session.get("https://nothing.invalid")

    told = [explained(error) for error in (unknown.value, untrusted)]

    assert [(finding.exit, finding.sentence) for finding in told if finding is not None] == [
        (
            Exit.RUN,
            "Discord cannot be reached: the name nothing.invalid is not found; check this machine's network and DNS.",
        ),
        (
            Exit.RUN,
            "Discord cannot be reached: the certificate of discord.com is not trusted; check this machine's clock and "
            "certificates, and whether a proxy reads its traffic.",
        ),
    ]


def test_a_defect_keeps_its_traceback() -> None:
    assert explained(RuntimeError("a defect of ours")) is None
