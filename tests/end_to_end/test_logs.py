"""The log of a whole run: one JSON object a line, the job's id in each line of a job, and no secret anywhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.people import Json, Person, WaitTimeout, private_answer, text_of
from tests.end_to_end import quoting_defects as defects
from tests.end_to_end.conftest import House, house_in, is_result, photo, says
from tests.end_to_end.test_hosting import said
from tests.panel import decided
from tests.postgres import Cluster
from tests.secrets import leaks, secrets_of

PASSWORD = "pelican-pa55"  # of a server that takes any
WORKSPACE = "ws-avocet-1234"
WORD = "bitterndragon"  # that managers block

FAULTS: dict[str, dict[str, Any]] = {
    "token_expired": {},
    "v2_upload_refused": {},
    "server_error_before": {"match": "PATCH"},
    "too_many_requests": {"match": "PATCH", "retry_after_s": 0.2},
    "discord_reset_after": {"match": "PATCH"},
    "result_down": {},
    "wan_error": {"code": "InternalError"},
    "gateway_disconnect": {},
}

Line = dict[str, Any]


@dataclass
class Run:
    """A bot that people used in every way; *private* is what they wrote, by what it was."""

    house: House
    private: dict[str, str] = field(default_factory=dict)

    def words(self, kind: str) -> str:
        """Return words that stand nowhere else, and keep them: no log may hold them."""
        marker = f"heron{len(self.private)}zephyr"
        self.private[kind] = marker
        return f'a \N{SNOWMAN} {marker} "in" its/reeds'

    def log(self) -> str:
        return self.house.bot.log.read_text(encoding="utf-8")

    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.log().splitlines()]

    def of_job(self, job: int) -> list[str]:
        return [line["event"] for line in self.lines() if line.get("job") == job]

    def job_of(self, key: str) -> int:
        """Return the job of the request whose interaction or message ends *key*."""
        (job,) = [line["job"] for line in self.lines() if line["event"] == "job_accepted" and line["key"][2:] == key]
        return int(job)

    async def logged(self, job: int, event: str) -> list[str]:
        """Return the events of *job* as soon as *event* is among them."""
        for _ in range(900):
            if event in (events := self.of_job(job)):
                return events
            await asyncio.sleep(0.05)
        raise WaitTimeout(f"{event} of job {job}: {self.of_job(job)}")


@pytest.fixture(scope="module")
async def run(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    """Run a house that logs JSON."""
    async with house_in(tmp_path_factory.mktemp("logs"), LOG_FORMAT="json") as house:
        yield Run(house)


async def use(run: Run) -> None:
    channel = await run.house.channel()
    ana = await run.house.control.person("Anastasia-Curlew")
    boss = await run.house.control.person("Boss-Lapwing", manager=True)
    run.private |= {"a member's name": ana.name, "a manager's name": boss.name}
    await run.house.finish_images()  # at once
    await ana.slash(channel, "imagine", prompt=f"{defects.IN_DELIVERY} {run.words('a prompt in a delivery')}")
    shown = await requests(run, ana, channel)
    await refusals(run, ana, boss, channel)
    await trouble(run, ana, channel)
    await result(run, ana, channel, "a prompt in a delivery")  # tried again after 15 s: before links expire for all
    await lose_images(run, ana, channel)
    await quoted(run, ana, channel)
    await afterwards(run, ana, shown, channel)


def file(run: Run, kind: str) -> Any:
    run.private[kind] = f"ruff{len(run.private)}holiday"
    return photo(f"{run.private[kind]}.png")


async def result(run: Run, person: Person, channel: str, kind: str) -> Json:
    marker = run.private[kind]
    return await person.see(channel, lambda m: is_result(m) and marker in text_of(m), kind)


async def requests(run: Run, ana: Person, channel: str) -> Json:
    """Request an image in each way, and return one of them."""
    avoid = run.words("a negative prompt")
    await ana.slash(channel, "imagine", prompt=run.words("a prompt"), negative_prompt=avoid, count=2)
    shown = await result(run, ana, channel, "a prompt")
    await ana.slash(channel, "imagine", prompt=run.words("an edit"), image1=file(run, "a file's name"))
    await result(run, ana, channel, "an edit")
    await ana.slash(channel, "story", prompt=run.words("a story"), images=2)
    await result(run, ana, channel, "a story")
    await ana.say(channel, f"{run.house.mention} {run.words('a mention')}", [file(run, "a mention's file")])
    await result(run, ana, channel, "a mention")
    await ana.menu("Edit image", shown)
    await ana.fill(words=run.words("a form"))
    await result(run, ana, channel, "a form")
    await ana.press(shown, "Edit prompt")
    await ana.fill(words=run.words("another prompt"))
    await result(run, ana, channel, "another prompt")
    return shown


async def refusals(run: Run, ana: Person, boss: Person, channel: str) -> None:
    """Be refused by the bot, by Wan's moderation and by Wan."""
    run.private["a blocked word"] = WORD
    await decided(boss, channel, blocked_words=[WORD])
    await private_answer(ana, await ana.slash(channel, "imagine", prompt=f"{WORD} {run.words('a refused prompt')}"))
    await private_answer(ana, await ana.slash(channel, "imagine", prompt=run.words("a long prompt") + "o" * 3000))
    for code, kind in (("DataInspectionFailed", "a rejected prompt"), ("IPInfringementSuspect", "a copied prompt")):
        words = run.words(kind)
        await run.house.control.arm("wan_error", code=code, message=f"{words} is not allowed")
        await private_answer(ana, await ana.slash(channel, "imagine", prompt=words))
    await run.house.control.arm("stream_slow", seconds=60.0, after=0)
    await ana.slash(channel, "story", prompt=run.words("a canceled story"), images=2)
    await ana.press(await ana.see(channel, lambda m: '"Cancel"' in json.dumps(m), "its card"), "Cancel")
    await ana.see(channel, says("Canceled."), "the end")


async def trouble(run: Run, ana: Person, channel: str) -> None:
    """Have trouble with each side, in the delivery too."""
    prompts = {name: run.words(f"a prompt in trouble: {name}") for name in FAULTS}
    for name, arguments in FAULTS.items():
        await run.house.control.arm(name, **arguments)
    await asyncio.gather(*(ana.slash(channel, "imagine", prompt=prompt) for prompt in prompts.values()))
    await asyncio.gather(*(result(run, ana, channel, f"a prompt in trouble: {name}") for name in prompts))


async def lose_images(run: Run, ana: Person, channel: str) -> None:
    """Request an image whose links have expired each time."""
    await run.house.control.arm("expired_link", times=100)
    await private_answer(ana, await ana.slash(channel, "imagine", prompt=run.words("a lost image")))
    run.house.sandbox.faults.disarm()


async def quoted(run: Run, ana: Person, channel: str) -> None:
    """Meet two more of the defects whose errors quote the prompt."""
    for start, kind in ((defects.IN_INTERACTION, "a prompt in a handler"), (defects.IN_GENERATION, "a prompt to send")):
        await private_answer(ana, await ana.slash(channel, "imagine", prompt=f"{start} {run.words(kind)}"))


async def afterwards(run: Run, ana: Person, shown: Json, channel: str) -> None:
    """Look, search, take the data home, and erase."""
    await ana.press(shown, "Details")
    await ana.see(channel, says("Request:"), "the details")
    for command, options in (("gallery", {"find": run.words("a search")}), ("quota", {}), ("my-data", {})):
        await private_answer(ana, await ana.slash(channel, command, **options))
    question = await private_answer(ana, await ana.slash(channel, "forget-me"))
    await ana.press(question, "Erase my prompts and images")
    await ana.see(channel, says("erased"), "the answer")


@pytest.mark.long
async def test_nothing_that_people_do_leaves_a_secret_in_log_or_metrics(
    tmp_path: Path, postgresql: Cluster, unused_tcp_port: int
) -> None:
    settings = {
        "LOG_FORMAT": "json",
        "HEALTH_PORT": str(unused_tcp_port),
        "WAN_WORKSPACE": WORKSPACE,
        "DATABASE_URL": postgresql.database().replace("@", f":{PASSWORD}@"),
        "MEMBER_IMAGES_PER_DAY": "100",
        "PERSON_IMAGES_PER_DAY": "100",
        "QUEUED_PER_MEMBER": "20",
    }
    async with house_in(tmp_path, launcher="tests.end_to_end.quoting_defects", **settings) as house:
        run = Run(house)
        await use(run)
        async with house.session.get(f"http://127.0.0.1:{unused_tcp_port}/metrics") as answer:
            metrics = await answer.text()

    events = {line["event"] for line in run.lines()}
    assert {"work_failed", "interaction_failed", "job_undelivered", "download_failed", "job_canceled"} <= events
    assert "wanvas_jobs_ended_total" in metrics
    assert leaks(run.log(), secrets(run)) == []
    assert leaks(metrics, secrets(run)) == []
    for line in run.lines():
        assert line["event"]
        assert line["level"] in ("info", "warning", "error")
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None


def secrets(run: Run) -> dict[str, str]:
    known = {"the database's password": PASSWORD, "the workspace": WORKSPACE}
    return {**secrets_of(run.house.sandbox), **run.private, **known}


async def test_one_id_goes_through_all_lines_of_a_job(run: Run) -> None:
    ana, channel = await run.house.new_person(), await run.house.channel()
    await run.house.control.arm("too_many_requests", match="PATCH", retry_after_s=0.2)

    sent = await ana.slash(channel, "imagine", prompt=run.words("a followed prompt"))
    await result(run, ana, channel, "a followed prompt")

    events = await run.logged(run.job_of(sent.id), "job_delivered")
    assert [event for event in events if event.startswith("job_")] == [
        "job_accepted", "job_sending", "job_generated", "job_delivered",
    ]  # fmt: skip
    assert any("rate limited" in event for event in events)  # a line of discord.py's


async def test_each_end_of_a_job_is_a_line_with_its_reason(run: Run) -> None:
    ana, channel = await run.house.new_person(), await run.house.channel()
    await run.house.control.arm("prompt_rejected")

    sent = await ana.slash(channel, "imagine", prompt=run.words("an unkind prompt"))
    await private_answer(ana, sent)

    job = run.job_of(sent.id)
    events = await run.logged(job, "job_notified")
    assert events[-2:] == ["job_failed", "job_notified"]
    assert [line["reason"] for line in run.lines() if line["event"] == "job_notified" and line["job"] == job] == [
        "moderation"
    ]


async def test_a_job_s_line_says_what_the_job_took(run: Run) -> None:
    ana, channel = await run.house.new_person(), await run.house.channel()

    sent = await ana.slash(channel, "imagine", prompt=run.words("two images"), count=2)
    await result(run, ana, channel, "two images")

    job = run.job_of(sent.id)
    await run.logged(job, "job_delivered")
    generated = next(line for line in run.lines() if line["event"] == "job_generated" and line["job"] == job)
    delivered = next(line for line in run.lines() if line["event"] == "job_delivered" and line["job"] == job)
    assert (generated["images"], generated["billed"], generated["usd"]) == (2, 2, 0.06)
    assert delivered["images"] == 2
    assert 0 < delivered["took_s"] < 60


async def test_a_line_about_no_job_carries_no_job(run: Run) -> None:
    ana, channel = await run.house.new_person(), await run.house.channel()
    await ana.slash(channel, "imagine", prompt=run.words("accepted before"))
    await result(run, ana, channel, "accepted before")

    refused = await ana.slash(channel, "imagine", prompt=run.words("a long prompt") + "o" * 3000)
    await private_answer(ana, refused)

    (line,) = [line for line in run.lines() if line["event"] == "request_refused" and line["key"][2:] == refused.id]
    assert "job" not in line


async def test_no_command_prints_a_wrong_secret(tmp_path: Path) -> None:
    wrong = {
        "DISCORD_TOKEN": "sandbox-wrong-heronry",
        "DASHSCOPE_API_KEY": "sandbox-wrong-ruffian",
        "DATABASE_URL": f"postgresql://wanvas:{PASSWORD}@127.0.0.1:9/wanvas",
    }
    async with house_in(tmp_path) as house:
        await house.bot.stop()
        house.bot.settings.update(wrong)

        printed = [await said(house, *command) for command in ((), ("check",), ("invite",), ("audit",))]

    assert [code for code, _ in printed] == [1, 2, 2, 1]  # a start meets the database first
    assert leaks(str(printed), {**wrong, "the password": PASSWORD}) == []
