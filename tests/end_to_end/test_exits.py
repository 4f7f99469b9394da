"""Whatever is wrong, the start and each command end with one sentence and a documented exit code."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from imagegen.store.engine import open_store
from imagegen.store.inspection import look
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.end_to_end.conftest import house_in, says
from tests.end_to_end.test_hosting import said
from tests.end_to_end.test_supervision import logged
from tests.postgres import Cluster
from tests.warm_bot import WarmBot

START, INVITE, CHECK, AUDIT = "", "invite", "check", "audit"
VERIFY = "verify --free --channel 1"


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with described_sandbox() as found:
        yield found


class Rig:
    """Runs commands of a bot that does not start."""

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._box, self._folder = box, folder
        self.launcher = WarmBot.launcher

    async def ended(self, command: str, **settings: str) -> tuple[int, list[str]]:
        """Return the exit code of a command, and the lines that it printed for a person; no log lines and no notes."""
        folder = self._folder / f"{len(list(self._folder.iterdir()))}"
        folder.mkdir()
        bot = WarmBot(self._box, folder, LOG_FORMAT="json", **settings)
        bot.launcher = self.launcher
        process = await bot.spawn(*command.split())
        async with asyncio.timeout(20):
            code = await process.wait()
        text = bot.log.read_text()
        assert "Traceback" not in text
        return code, [line for line in text.splitlines() if not line.startswith(("{", "Note: "))]


@pytest.fixture
def rig(box: Sandbox, tmp_path: Path) -> Rig:
    """Return a rig in a folder of its own."""
    return Rig(box, tmp_path)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (
            "MTIz.of.another-bot",
            "Discord refuses DISCORD_TOKEN. Copy the token again from the developer portal",
        ),
        (
            "a-public-key",
            "Discord refuses DISCORD_TOKEN, and a bot's token has two dots in it. Copy the token",
        ),
        ("", "DISCORD_TOKEN is not set: add the line DISCORD_TOKEN=… to .env."),
        ("Bot sandbox-x", "The environment: DISCORD_TOKEN must be copied alone: it has a space"),
        ("sandbox-\N{BULLET}", "The environment: DISCORD_TOKEN must be copied alone: it has a space, or a character"),
    ],
)
async def test_a_token_that_cannot_work(rig: Rig, token: str, sentence: str) -> None:
    for command in (START, INVITE, CHECK):
        code, lines = await rig.ended(command, DISCORD_TOKEN=token)

        assert (code, lines[0].startswith(sentence)) == (2, True), lines
        assert len(lines) - (lines[-1] == "1 to fix.") - lines[-1].startswith("To try") == 1


async def test_invite_needs_the_token_alone(rig: Rig) -> None:
    code, lines = await rig.ended(INVITE, DASHSCOPE_API_KEY="")

    assert (code, lines[0].startswith("https://discord.com/")) == (0, True)


async def test_a_verification_without_discord(rig: Rig, unused_tcp_port: int) -> None:
    refused = await rig.ended(VERIFY, DISCORD_TOKEN="MTIz.of.another-bot")
    away = await rig.ended(VERIFY, WANVAS_SANDBOX_REST=f"http://127.0.0.1:{unused_tcp_port}/api/v10")

    assert refused[0] == 2
    assert refused[1][-1].startswith("Discord refuses DISCORD_TOKEN. Copy the token again")
    assert away[0] == 1
    assert away[1][-1].startswith("Discord cannot be reached: 127.0.0.1 refuses connections")


async def test_a_discord_that_refuses_connections(rig: Rig, unused_tcp_port: int) -> None:
    for command in (START, INVITE, CHECK):
        code, lines = await rig.ended(command, WANVAS_SANDBOX_REST=f"http://127.0.0.1:{unused_tcp_port}/api/v10")

        assert code == 1
        assert lines[0] == (
            "Discord cannot be reached: 127.0.0.1 refuses connections (Connection refused); check the address, this "
            "machine's network and its firewall."
        )


async def test_a_discord_without_tls(rig: Rig, box: Sandbox) -> None:
    for command in (START, INVITE):
        code, lines = await rig.ended(command, WANVAS_SANDBOX_REST=box.rest.replace("http:", "https:"))

        assert (code, lines) == (
            1,
            [
                "Discord cannot be reached: 127.0.0.1 speaks no TLS; check the address, and whether a proxy stands "
                "between."
            ],
        )


async def test_a_discord_that_fails_or_hangs(rig: Rig, box: Sandbox) -> None:
    rig.launcher = "tests.end_to_end.impatient_launch"
    silent = (
        "Discord gave no answer of use within 0.5 s. Check this machine's network; discordstatus.com says if Discord "
        "is down."
    )
    for command in (START, INVITE, CHECK):
        box.faults.arm("server_error_before", match="/users/@me", status=503)  # discord.py tries a 503 once
        failing = await rig.ended(command)
        box.faults.arm("server_error_before", match="/users/@me", status=502)  # and a 502 five times, for 25 s
        retried = await rig.ended(command)
        box.faults.arm("slow_rest", match="/users/@me", seconds=5.0)
        hanging = await rig.ended(command)

        assert [code for code, _ in (failing, retried, hanging)] == [1, 1, 1]
        assert failing[1][0] == "Discord fails with HTTP 503. Try again later; discordstatus.com says more."
        assert retried[1][0] == hanging[1][0] == silent


async def test_an_address_that_discord_bans(rig: Rig, box: Sandbox) -> None:
    for command in (INVITE, CHECK):
        box.faults.arm("server_error_before", match="/users/@me", status=403)

        code, lines = await rig.ended(command)

        assert (code, lines[0]) == (
            1,
            "Discord refuses calls from this machine's address for now. Wait an hour, and start nothing meanwhile.",
        )


async def test_an_intent_that_discord_does_not_grant(rig: Rig, box: Sandbox) -> None:
    box.world.settings.message_content = False

    started = await rig.ended(START, MESSAGE_CONTENT="on")
    checked = await rig.ended(CHECK, MESSAGE_CONTENT="on")

    assert started == (
        2,
        [
            "Discord does not grant the message-content intent. Set MESSAGE_CONTENT=off, or grant it in the portal, "
            "under Bot."
        ],
    )
    assert checked[0] == 2
    assert checked[1][0].startswith("MESSAGE_CONTENT is on, but Discord does not grant the intent.")


async def test_a_port_of_another_program(rig: Rig) -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]

        started = await rig.ended(START, HEALTH_PORT=str(port))
        checked = await rig.ended(CHECK, HEALTH_PORT=str(port))

    assert started[0] == checked[0] == 1
    assert f"The health page cannot use 127.0.0.1 port {port} (Address already in use)" in started[1][-1]
    assert checked[1][0] == (
        f"The health page cannot use 127.0.0.1 port {port}: another program has it. Set another HEALTH_PORT or "
        "HEALTH_HOST, or HEALTH_PORT=0 for no health page."
    )


OTHER = "it holds tables of another program (recipes); give Wanvas a database of its own"
NEWER = "it was written by a newer version of Wanvas; start that one"
UNREADABLE = (
    "DATABASE_URL cannot be read; it looks like sqlite:///data/wanvas.db or postgresql://user:…@host/name, with "
    "%40 for an @ in the password and %2F for a /"
)


@pytest.mark.parametrize(
    ("url", "code", "why"),
    [
        ("sqlite:///{folder}/other.db", 2, OTHER),
        ("sqlite:///{folder}/newer.db", 2, NEWER),
        ("sqlite:///{folder}/other.db/below/wanvas.db", 1, "wanvas.db cannot be written: "),
        ("mysql://x/y", 2, "DATABASE_URL must begin with sqlite:/// and a path, or with postgresql://"),
        ("postgresql://wanvas:s3cret@host:port/name", 2, UNREADABLE),
        ("postgresql://wanvas:p/s3cret@s3cret@host/name", 2, UNREADABLE),
        ("postgresql://wanvas:p@s3cret/s3cret@host/name", 2, UNREADABLE),
        ("postgresql://wanvas:s3cret@host..example/name", 2, UNREADABLE),
        ("nothing", 2, UNREADABLE),
        ("sqlite:///:memory:", 2, "DATABASE_URL must begin with sqlite:/// and a path"),
        ("sqlite:///{folder}/", 2, " is a folder or a device; DATABASE_URL must name a file in it"),
        ("sqlite:///" + 300 * "x", 2, "xxx cannot be used: File name too long"),
        ("postgresql+asyncpg://wanvas@host/name", 2, "PostgreSQL is reached with psycopg 3"),
        ("postgresql://wanvas:s3cret@127.0.0.1:1/wanvas", 1, "Connection refused"),
        ("postgresql://wanvas:s3cret@127.0.0.1:99999/x", 2, 'invalid port number: "99999"; check its address'),
        ("postgresql://wanvas:s3cret@127.0.0.1:1/x?sslmode=bogus", 2, 'invalid sslmode value: "bogus"; check its '),
        ("postgresql://wanvas:s3cret@/x?port=abc", 2, "non-integer port arguments: ('abc',); check its address"),
        ("postgresql://wanvas:s3cret@127.0.0.1:1/x?foo=bar", 2, 'invalid connection option "foo"; check its address'),
    ],
)
async def test_a_database_that_cannot_be_used(rig: Rig, tmp_path: Path, url: str, code: int, why: str) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    await (await open_store(f"sqlite:///{tmp_path}/newer.db")).close()
    with closing(sqlite3.connect(tmp_path / "newer.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()

    ended = {command: await rig.ended(command, DATABASE_URL=url.format(folder=tmp_path)) for command in (START, CHECK)}

    for command, (exit_code, lines) in ended.items():
        assert (exit_code, len(lines)) == (code, 2 if command == CHECK else 1), lines
        assert lines[0].startswith("The database cannot be used: ")
        assert why in lines[0]
        assert "s3cret" not in lines[0]


async def test_a_role_or_a_database_that_postgresql_does_not_know(rig: Rig, postgresql: Cluster) -> None:
    role = postgresql.url("postgres").replace("wanvas", "stranger", 1)
    database = postgresql.url("nowhere")

    for url, why in ((role, 'role "stranger" does not exist'), (database, 'database "nowhere" does not exist')):
        for command in (START, CHECK, AUDIT):
            code, lines = await rig.ended(command, DATABASE_URL=url)

            assert code == 2
            assert lines[0].startswith("The database cannot be used: ")
            assert f"{why}; check its address." in lines[0]


async def test_a_database_that_another_process_uses(rig: Rig, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    running = await open_store(url)

    started = await rig.ended(START, DATABASE_URL=url)
    checked = await rig.ended(CHECK, DATABASE_URL=url)

    await running.close()
    why = f"another process is using {tmp_path}/wanvas.db; stop it, or give this one its own"
    assert started == (1, [f"The database cannot be used: {why}."])
    assert checked[0] == 0


async def test_a_wan_that_is_not_there_or_refuses_the_key(rig: Rig, unused_tcp_port: int) -> None:
    unknown = await rig.ended(CHECK, DASHSCOPE_HTTP_BASE_URL="https://nothing.invalid/api/v1")
    closed = await rig.ended(CHECK, DASHSCOPE_HTTP_BASE_URL=f"http://127.0.0.1:{unused_tcp_port}/api/v1")
    refused = await rig.ended(CHECK, DASHSCOPE_API_KEY="sandbox-x")

    assert [code for code, _ in (unknown, closed, refused)] == [1, 1, 1]
    start = "The Wan endpoint of DASHSCOPE_HTTP_BASE_URL cannot be reached: "
    assert unknown[1][0].startswith(f"{start}the name nothing.invalid is not found;")
    assert closed[1][0].startswith(f"{start}127.0.0.1 refuses connections (Connection refused);")
    assert refused[1][0] == (
        "The Wan endpoint refuses the bot: the key is refused. Wan's answer: InvalidApiKey (HTTP 401). Check "
        "DASHSCOPE_API_KEY, and that it belongs to the region of DASHSCOPE_HTTP_BASE_URL."
    )


async def test_a_start_with_the_right_key_ends_the_pause_of_a_wrong_one(tmp_path: Path) -> None:
    async with house_in(tmp_path, DASHSCOPE_API_KEY="sandbox-x") as house:
        await logged(house, "sending_paused")
        await house.bot.stop()
        house.bot.settings["DASHSCOPE_API_KEY"] = house.sandbox.key
        paused = await said(house, "check")

        await house.bot.start()
        async with asyncio.timeout(10):
            while (await asyncio.to_thread(look, f"sqlite:///{tmp_path}/wanvas.db")).pauses:  # noqa: ASYNC110  # a row
                await asyncio.sleep(0.05)

    assert paused[0] == 1
    assert paused[1].startswith("Sending to Wan has been paused since ")


async def test_a_start_with_a_wrong_key_warns_at_once_and_sends_nothing(tmp_path: Path) -> None:
    async with house_in(tmp_path, DASHSCOPE_API_KEY="sandbox-x") as house:
        ana, channel = await house.new_person(), await house.channel()
        owner = next(iter(house.sandbox.world.people))

        def alerts() -> list[str]:
            world = house.sandbox.world
            sent = [m for m in world.messages.values() if world.channels[m.channel_id].recipient == owner]
            return [message.body["content"] for message in sent]

        await ana.wait(lambda _: bool(alerts()), "the operator's alert")
        await ana.slash(channel, "imagine", prompt="a lighthouse")
        await ana.see(channel, says("Image generation is paused"), "the private refusal")

        log = house.bot.log.read_text()
        assert [text for text in alerts() if "the key is refused" in text] == alerts()
        assert "key_check_failed" in log
        assert "sending_paused" in log
        assert [entry["path"] for entry in await house.control.record("wan") if entry["method"] == "POST"] == []
