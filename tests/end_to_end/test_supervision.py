"""An unhealthy bot reports what is wrong, and a bot whose part died exits, so that it is restarted."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.bot_process import BotProcess
from tests.described import described_sandbox
from tests.end_to_end.conftest import House, house_in
from tests.end_to_end.test_hosting import said
from tests.end_to_end.test_metrics import becomes as metrics_become
from tests.imagegen.store.revisions import LAST, NEXT
from tests.warm_bot import WarmBot


async def health(house: House, port: int, page: str = "/readyz") -> tuple[int, str]:
    async with house.session.get(f"http://127.0.0.1:{port}{page}") as answer:
        return answer.status, await answer.text()


async def logged(house: House, event: str, times: int = 1) -> None:
    """Return as soon as the bot has logged *event* so often."""
    await logged_by(house.bot, event, times)


async def logged_by(bot: BotProcess, event: str, times: int = 1) -> None:
    """Return as soon as *bot* has logged *event* so often."""
    async with asyncio.timeout(45):
        while bot.log.read_text().count(event) < times:  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.05)


async def becomes(house: House, port: int, status: int) -> str:
    """Return the text of /readyz as soon as it answers this status."""
    async with asyncio.timeout(45):
        while True:
            found, text = await health(house, port)
            if found == status:
                return text
            await asyncio.sleep(0.1)


async def test_a_gateway_that_falls_silent_is_named(tmp_path: Path, unused_tcp_port: int) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port)) as house:
        await house.bot.stop()
        await house.control.post("/discord/settings", heartbeat_s=0.5)
        await house.bot.start()
        assert await becomes(house, unused_tcp_port, 200) == "ok"

        await house.control.post("/discord/settings", gateway_silent=True)

        assert re.fullmatch(r"gateway: shard 0 was last heard \d+ s ago", await becomes(house, unused_tcp_port, 503))
        numbers = await metrics_become(house, lambda found: found["wanvas_gateway_shards_ready"] == 0)
        assert (numbers["wanvas_gateway_shards"], numbers["wanvas_ready"]) == (1, 0)


async def test_a_database_that_does_not_answer_is_named(tmp_path: Path, unused_tcp_port: int) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port)) as house:
        await becomes(house, unused_tcp_port, 200)

        (tmp_path / "wanvas.db").rename(tmp_path / "taken away")

        assert "database: no answer" in await becomes(house, unused_tcp_port, 503)
        assert await health(house, unused_tcp_port, "/healthz") == (200, "ok")  # a restart would bring nothing back


async def test_a_ban_by_discord_is_named_though_the_gateway_stays_connected(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port)) as house:
        ana, channel = await house.new_person(), await house.channel()
        await becomes(house, unused_tcp_port, 200)
        await house.control.arm("banned", match="/callback", retry_after_s=600)

        await ana.slash(channel, "imagine", prompt="during a ban")
        said_meanwhile = await becomes(house, unused_tcp_port, 503)
        numbers = await metrics_become(house, lambda found: found["wanvas_gateway_shards_ready"] == 1)

        assert re.fullmatch(r"discord: no calls for another (600|59\d) s", said_meanwhile)
        assert numbers['wanvas_discord_holds_total{why="banned"}'] == 1
        assert numbers["wanvas_ready"] == 0


async def test_a_bot_that_stops_is_alive_and_not_ready_until_its_work_is_done(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port)) as house:
        ana, channel = await house.new_person(), await house.channel()
        await metrics_become(house, lambda found: found["wanvas_ready"] == 1)
        await house.hold_images()
        await ana.slash(channel, "imagine", prompt="under way")
        await house.held(1)

        stopping = asyncio.create_task(house.bot.stop())
        said_meanwhile = await becomes(house, unused_tcp_port, 503)
        alive = await health(house, unused_tcp_port, "/healthz")
        numbers = await metrics_become(house, lambda found: found["wanvas_ready"] == 0)
        await house.finish_images()

        assert await stopping == 0
        assert said_meanwhile == "bot: stopping"
        assert alive == (200, "ok")
        assert numbers["wanvas_database_up"] == 1  # the database is not down because the bot has left it


async def test_a_part_that_dies_stops_the_bot_and_is_named(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        house.bot.launcher = "tests.end_to_end.dying_delivery"

        process = await house.bot.spawn()
        code = await asyncio.wait_for(process.wait(), 30)

        log = house.bot.log.read_text()
        assert code == 1
        assert "part_ended" in log
        assert "a defect of ours" in log
        assert "The bot stopped: its delivery ended by itself (RuntimeError). The log has the details." in log


async def test_early_deaths_in_a_row_wait_longer_before_each_identify(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        for _ in range(3):
            await house.bot.kill()
            await house.bot.start()

        waits = re.findall(r"identify_delayed.*wait_s=([\d.]+)", house.bot.log.read_text())

        assert waits == ["1.0", "2.0", "4.0"]


async def test_a_stop_on_purpose_is_no_early_death(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        await house.bot.start()

        assert "identify_delayed" not in house.bot.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_stop_while_the_start_waits_for_the_end_of_a_ban(tmp_path: Path, number: signal.Signals) -> None:
    async with described_sandbox() as box:
        box.faults.arm("server_error_before", match="/users/@me", status=403)
        bot = WarmBot(box, tmp_path, LOG_FORMAT="json")
        process = await bot.spawn()
        await logged_by(bot, "discord_banned_address")

        process.send_signal(number)

        assert await process.wait() == 0
        assert json.loads(bot.log.read_text().splitlines()[-1])["event"] == "bot_stopping"


async def test_check_changes_nothing_and_runs_beside_the_bot(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        running = house.bot.process
        await logged(house, "decoder_isolation")  # the last line of a start, in the same file as the check's output
        code, text = await said(house, "check")
        house.bot.process = running

    notes, verdict = text.splitlines()[:-1], text.splitlines()[-1]
    assert (code, verdict) == (0, "All good: `python bot.py` can run.")
    assert any(note.startswith("Note: the bot is running (last sign of life ") for note in notes)


async def test_check_says_that_an_older_database_will_be_upgraded_and_leaves_it(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        house.bot.launcher = "tests.end_to_end.second_revision"

        code, text = await said(house, "check")

        with closing(sqlite3.connect(tmp_path / "wanvas.db")) as db:
            assert db.execute("SELECT version_num FROM alembic_version").fetchone() == (LAST,)
        assert code == 0
        assert f"the next start brings the database's schema from {LAST} to {NEXT}" in text


async def test_an_application_without_user_install_is_registered_for_servers(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        await house.control.post("/discord/settings", user_install=False)

        await house.bot.start()
        log = house.bot.log.read_text()
        await house.bot.stop()
        code, checked = await said(house, "check")
        _, invited = await said(house, "invite")

        assert {tuple(command["integration_types"]) for command in house.sandbox.world.commands} == {(0,)}
        assert log.count("registered_for_servers_only") == 1
        assert code == 0
        assert "switch on User Install" in checked
        assert "switch on User Install" in invited


async def test_an_unannounced_refusal_of_user_installs_stops_no_bot(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        await house.control.arm("discord_error", match="PUT /api/v10/applications", code=50035)

        await house.bot.start()

        assert {tuple(command["integration_types"]) for command in house.sandbox.world.commands} == {(0,)}
        assert "user_install_refused" in house.bot.log.read_text()


@pytest.mark.parametrize("name", ["DISCORD_TOKENS", "MEMBER_IMAGES_A_DAY"])
async def test_check_and_log_name_a_misspelled_setting(tmp_path: Path, name: str) -> None:
    (tmp_path / ".env").write_text(f"{name}=s3cret\n")
    async with house_in(tmp_path) as house:
        log = house.bot.log.read_text()
        await house.bot.stop()
        code, text = await said(house, "check")

    assert f"{name} is no setting" in log
    assert f"{name} is no setting" in text
    assert code == 2
    assert "s3cret" not in log + text
