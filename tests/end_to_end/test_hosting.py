"""An operator can kill, misconfigure, limit and watch the bot, and no member loses an image."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cogs.text import operator_alerts
from imagegen.errors import Reason
from imagegen.reports import SendingPause
from imagegen.store import pauses
from imagegen.store.engine import open_store
from sandbox.people import EPHEMERAL, images_of
from tests.end_to_end.conftest import HOLD_S, House, house_in, is_result, photo, says

ROOT = Path(__file__).parents[2]


async def run(*arguments: str, folder: Path, **settings: str) -> tuple[int, str]:
    """Run bot.py as an operator at a shell would. Return the exit code and the output."""
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), *arguments,
        cwd=folder, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def said(house: House, *arguments: str) -> tuple[int | None, str]:
    """Run a command with the settings of the house's bot. Return the exit code and the output."""
    before = len(house.bot.log.read_text()) if house.bot.log.exists() else 0
    process = await house.bot.spawn(*arguments)
    code = await process.wait()
    return code, house.bot.log.read_text()[before:]


async def test_without_token_and_key_the_bot_says_what_is_missing_and_where_to_get_it(tmp_path: Path) -> None:
    code, text = await run(folder=tmp_path)

    assert (code, text.splitlines()) == (
        2,
        [
            "DISCORD_TOKEN is not set: add the line DISCORD_TOKEN=… to .env. Copy the token from Discord's developer "
            "portal > your application > Bot > Reset Token.",
            "DASHSCOPE_API_KEY is not set: add the line DASHSCOPE_API_KEY=… to .env. Copy a key of the region of "
            "DASHSCOPE_HTTP_BASE_URL from Model Studio.",
            "To try the bot without a token and without a key, run `make sandbox`.",
        ],
    )


EVERY_SERVER = "Note: every server may spend your budget. Set ALLOWED_SERVERS to limit that."
OFFERED = "Note: Wan lets the key use wan2.6-image, wan2.6-t2i, which MODELS offers."


def without_further_models(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("Note: Wan lets the key also use ")]


async def test_check_finds_everything_at_once(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        code, text = await said(house, "check")

        assert (code, "qwen-image-max, " in text) == (0, True)
        assert without_further_models(text) == [OFFERED, EVERY_SERVER, "All good: `python bot.py` can run."]

        house.bot.settings.update(DISCORD_TOKEN="sandbox-x", DASHSCOPE_API_KEY="sandbox-x", DATABASE_URL="mysql://x/y")
        code, text = await said(house, "check")

        assert code == 2
        assert "Discord refuses DISCORD_TOKEN" in text
        assert "The Wan endpoint refuses the bot: the key is refused. Wan's answer: InvalidApiKey (HTTP 401)." in text
        assert "The database cannot be used" in text
        assert "3 to fix." in text


ALREADY = datetime(2026, 11, 23, 12, tzinfo=UTC)
SINCE = "has been paused since 2026-11-23 12:00 UTC:"
PAUSED: list[tuple[Reason, dict[str, str], str]] = [
    (
        Reason.ACCOUNT_OVERDUE,
        {"code": "Arrearage"},
        f"Sending to Wan {SINCE} the account has no balance. Wan's answer: Arrearage. Add funds to the account, or "
        "pay what is overdue.",
    ),
    (
        Reason.GATEWAY_REFUSED,
        {},
        f"Sending to Wan {SINCE} a gateway in front of Wan rejects this machine. Wan's answer had no code. Wait, or "
        "contact Alibaba Cloud support about the limit on this address.",
    ),
    (
        Reason.MODEL_REFUSED,
        {"model": "wan2.6-image", "code": "Model.AccessDenied"},
        f"wan2.6-image {SINCE} Wan refuses this model to your account. Wan's answer: Model.AccessDenied. Give the "
        "key's workspace access to the model, or remove the model from MODELS.",
    ),
    (
        Reason.CALL_REFUSED,
        {"model": "wan2.6-t2i", "call": "task", "code": "AccessDenied"},
        f"wan2.6-t2i {SINCE} Wan refuses this call style (task) for this model. Wan's answer: AccessDenied. The bot "
        "uses the model's other call style if it has one, unless WAN_CALL forces a style.",
    ),
]


def dump(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as db:
        return list(db.iterdump())


async def test_check_names_what_wan_refuses_and_writes_nothing(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        store = await open_store(f"sqlite:///{tmp_path}/wanvas.db")
        not_offered = (Reason.MODEL_REFUSED, {"model": "wan2.7-image", "code": "Model.AccessDenied"}, "")
        for reason, where, _ in [*PAUSED[1:], not_offered]:
            await store.write(pauses.pause, reason, ALREADY, **where, now=ALREADY)
        await store.close()
        before = dump(tmp_path / "wanvas.db")

        code, text = await said(house, "check")

        refusals = [says for _, _, says in PAUSED[1:]]
        assert (code, without_further_models(text)) == (1, [*refusals, OFFERED, EVERY_SERVER, "3 to fix."])
        assert dump(tmp_path / "wanvas.db") == before


@pytest.mark.parametrize(("reason", "where", "says"), PAUSED)
def test_what_wan_refuses_is_named_with_its_code_and_what_to_do(
    reason: Reason, where: dict[str, str], says: str
) -> None:
    pause = SendingPause(
        where.get("model", "*"), where.get("call", "*"), ALREADY, ALREADY, reason, where.get("code", "")
    )

    assert operator_alerts.found(pause) == says


async def test_invite_prints_the_link_with_exactly_the_permissions_needed(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        code, text = await said(house, "invite")

    assert code == 0
    (permissions,) = re.findall(r"permissions=(\d+)", text)
    assert int(permissions) == (1 << 10) | (1 << 11) | (1 << 14) | (1 << 15) | (1 << 16) | (1 << 38)
    assert "scope=bot+applications.commands" in text


async def test_an_image_in_the_making_survives_a_kill(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.hold_images()
        await ana.slash(channel, "imagine", prompt="survivor")
        await ana.see(channel, says("Generating…"), "the card")

        await house.bot.kill()
        await house.finish_images()
        await house.bot.start()
        await ana.see(channel, is_result, "the image")

        assert len(await ana.messages(channel)) == 1


async def test_a_row_that_the_schema_refuses_stops_no_bot(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        with closing(sqlite3.connect(tmp_path / "wanvas.db")) as db:
            db.execute(
                "CREATE TRIGGER defect BEFORE UPDATE ON jobs WHEN NEW.state = 'submitting'"
                " BEGIN SELECT RAISE(ABORT, 'a defect of ours'); END"
            )
            await ana.slash(channel, "imagine", prompt="refused by the schema")
            await ana.see(channel, says("queue"), "its card")

            db.execute("DROP TRIGGER defect")
            await ana.see(channel, is_result, "the image")

        assert "claim_refused" in house.bot.log.read_text()


async def test_a_task_whose_id_is_stored_is_paid_once_over_a_kill(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.hold_images()
        await ana.slash(channel, "imagine", prompt="two at once", count=2)
        await ana.see(channel, says("Generating…"), "the card")

        await house.bot.kill()
        await house.bot.start()
        await house.control.advance(HOLD_S)
        result = await ana.see(channel, is_result, "the images")

        assert len(images_of(result)) == 2
        assert await house.control.bill() == 2


async def test_after_sixteen_minutes_the_same_message_becomes_the_image(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.hold_images()
        await ana.slash(channel, "imagine", prompt="very late", count=2)
        card = await ana.see(channel, says("Generating…"), "the card")

        await house.bot.kill()
        await house.control.advance(16 * 60)
        await house.bot.start()
        result = await ana.see(channel, is_result, "the images")

        assert result["id"] == card["id"]


async def test_buttons_work_after_a_restart(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="before", image1=photo())
        result = await ana.see(channel, is_result, "the image")

        assert await house.bot.stop() == 0
        await house.bot.start()
        await ana.press(result, "Generate again")
        again = await ana.see(channel, lambda m: is_result(m) and m["id"] != result["id"], "another")
        await ana.press(again, "Edit image")
        await ana.fill(words="after the restart")
        await ana.see(channel, says("after the restart"), "the edit")
        await ana.press(result, "Delete")

        await ana.wait(lambda state: result["id"] not in {message["id"] for message in _all(state)}, "its end")


async def test_ten_at_once_with_three_left_take_exactly_three(tmp_path: Path) -> None:
    async with house_in(tmp_path, MEMBER_IMAGES_PER_DAY="3", QUEUED_PER_MEMBER="50") as house:
        ana, channel = await house.new_person(), await house.channel()

        await asyncio.gather(
            *(ana.slash(channel, "imagine", prompt=f"race {n}") for n in range(6)),
            *(ana.say(channel, f"{house.mention} race {n}") for n in range(6, 10)),
        )
        await ana.wait(lambda s: json.dumps(s["messages"]).count("You've used all 3") == 7, "seven refusals")
        await ana.wait(lambda s: sum(map(is_result, _all(s))) == 3, "three images")

        assert await house.control.bill() == 3


def _all(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [message for found in state["messages"].values() for message in found]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MEMBER_IMAGES_PER_DAY": "1"}, "You've used all 1 of your images in this server today. You'll get more <t:"),
        (
            {"PERSON_IMAGES_PER_DAY": "1"},
            "used all 1 of your images across all servers today. You'll get more <t:",
        ),
        ({"SERVER_IMAGES_PER_MONTH": "1"}, "This server has used all 1 of its images this month. It'll get more <t:"),
        (
            {"BUDGET_USD_PER_DAY": "0.03"},
            "its operator's budget for today. It didn't use your quota. Try again <t:",
        ),
        ({"BUDGET_USD_PER_MONTH": "0.03"}, "operator's budget for this month. It didn't use your quota. Try again <t:"),
        ({"ATTEMPTS_PER_DAY": "1"}, "You've used all 1 of your attempts today. You'll get more <t:"),
    ],
)
async def test_at_each_limit_no_request_is_sent(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    async with house_in(tmp_path, **settings) as house:
        ana, channel = await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="the last one")
        await ana.see(channel, is_result, "the image")

        await ana.slash(channel, "imagine", prompt="one too many")
        notice = await ana.see(channel, says(words), "the refusal")

        assert notice["flags"] & EPHEMERAL
        assert await house.control.bill() == 1


async def test_a_request_over_the_quota_is_refused_with_the_number_left(tmp_path: Path) -> None:
    async with house_in(tmp_path, MEMBER_IMAGES_PER_DAY="2") as house:
        ana, channel = await house.new_person(), await house.channel()

        await ana.slash(channel, "imagine", prompt="too many", count=3)

        assert await ana.see(
            channel, says("You requested 3 images, but your quota has 2 left (in this server today)"), "it"
        )


@pytest.mark.parametrize(("status", "code"), [(401, "InvalidApiKey"), (400, "Arrearage")])
async def test_trouble_with_key_or_balance_pauses_and_alerts_the_operator(
    tmp_path: Path, status: int, code: str
) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.arm("wan_error", status=status, code=code)
        await ana.slash(channel, "imagine", prompt="waits for the operator")
        await ana.see(channel, says("account at the image service has a problem"), "the waiting card")

        await ana.slash(channel, "imagine", prompt="refused meanwhile")
        notice = await ana.see(channel, says("Image generation is paused"), "the private refusal")
        owner = house.sandbox.world.people[next(iter(house.sandbox.world.people))]
        alarm = [m for m in house.sandbox.world.messages.values() if "Sending to Wan is paused" in m.body["content"]]

        assert notice["flags"] & EPHEMERAL
        assert [house.sandbox.world.channels[message.channel_id].recipient for message in alarm] == [owner.id]
        await house.bot.stop()
        await house.bot.start()
        assert await ana.see(channel, is_result, "the image, once it is mended")


async def test_a_request_to_a_silent_endpoint_fails_and_uses_no_quota(tmp_path: Path) -> None:
    async with house_in(tmp_path, WAN_ANSWER_S="1") as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.arm("wan_slow", seconds=61.0)

        await ana.slash(channel, "imagine", prompt="silence")

        notice = await ana.see(channel, says("didn't answer in time"), "the sentence")
        assert notice["flags"] & EPHEMERAL
        assert await house.control.bill() == 1  # the operator may have paid, the member has not


async def test_without_the_intent_a_reply_to_an_image_names_the_menu(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        await house.control.post("/discord/settings", message_content=False)
        await house.bot.start()
        ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
        there = await bo.say(channel, "look", [photo()])

        await ana.say(channel, f"{house.mention} make it blue", reply_to=there)
        await ana.see(channel, says("Apps ▸ Edit image"), "the hint")
        await ana.menu("Edit image", (await ana.messages(channel))[0])
        await ana.fill(words="make it blue")

        assert await ana.see(channel, is_result, "the edit")


async def test_a_server_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    async with house_in(tmp_path, ALLOWED_SERVERS="1") as house:
        ana, channel = await house.new_person(), await house.channel()

        await ana.slash(channel, "imagine", prompt="not here")

        assert await ana.see(channel, says("hasn't enabled it here"), "the refusal")


async def test_sigterm_stops_the_bot_cleanly_and_logs_no_secret(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="a very private prompt")
        await ana.see(channel, is_result, "the image")

        code = await house.bot.stop()

        log = house.bot.log.read_text()
        assert code == 0
        assert "job_delivered" in log
        for secret in (house.sandbox.token, house.sandbox.key, "a very private prompt", "Signature="):
            assert secret not in log
        for interaction in house.sandbox.world.interactions.values():
            assert interaction.token not in log


async def test_the_books_are_right_after_all_that(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.arm("prompt_rejected")
        for number in range(3):
            await ana.slash(channel, "imagine", prompt=f"book {number}")
        await ana.wait(lambda s: sum(map(is_result, _all(s))) == 2, "two images")
        await ana.see(channel, says("moderation rejected"), "one refusal")
        await house.bot.stop()

    with closing(sqlite3.connect(tmp_path / "wanvas.db")) as db:
        used = dict(db.execute("SELECT name, used FROM counters").fetchall())
        images = {"member": 2, "person": 2, "server": 2, "paid": 2}
        assert used == {**images, "share": 60000, "budget_day": 60000, "budget_month": 60000, "attempts": 3}
        assert db.execute("SELECT sum(reserved) FROM counters").fetchone() == (0,)
