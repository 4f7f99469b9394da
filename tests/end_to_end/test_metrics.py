"""What Prometheus reads from the running bot moves with what members do, and with what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.end_to_end.conftest import House, house_in, is_result, photo, says

Numbers = Mapping[str, float]  # a sample as Prometheus writes it: name{label="value"}


JOBS_DONE = 'wanvas_jobs_ended_total{reason="",state="done"}'
REJECTED = 'wanvas_jobs_ended_total{reason="moderation",state="failed"}'
MOVED = {
    JOBS_DONE: 1,
    'wanvas_requests_total{outcome="accepted"}': 1,
    'wanvas_requests_total{outcome="member_quota_used"}': 1,
    'wanvas_quota_refusals_total{quota="member"}': 1,
    "wanvas_acknowledgement_seconds_count": 2,
    "wanvas_job_duration_seconds_count": 1,
    "wanvas_delivery_duration_seconds_count": 1,
    "wanvas_images_delivered_total": 1,
    'wanvas_images_billed_total{model="wan2.6-image"}': 1,
    'wanvas_generation_duration_seconds_count{model="wan2.6-image"}': 1,
    'wanvas_wan_responses_total{request="sync",result="ok"}': 1,
    'wanvas_wan_responses_total{request="download",result="ok"}': 1,
    'wanvas_decoder_runs_total{result="ok",task="decode"}': 1,
    'wanvas_decoder_duration_seconds_count{task="decode"}': 1,
    'wanvas_budget_used_usd{window="day"}': 0.03,
    'wanvas_budget_used_usd{window="month"}': 0.03,
    'wanvas_budget_limit_usd{window="day"}': 5,
    'wanvas_budget_limit_usd{window="month"}': 50,
    "wanvas_gateway_shards": 1,
    "wanvas_gateway_shards_ready": 1,
    "wanvas_processes": 1,
    "wanvas_database_up": 1,
    "wanvas_ready": 1,
}


async def scraped(house: House) -> Numbers:
    """Return the numbers of /metrics."""
    async with house.session.get(f"http://127.0.0.1:{house.bot.settings['HEALTH_PORT']}/metrics") as answer:
        text = await answer.text()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {_name(sample.name, sample.labels): sample.value for sample in samples}


def _name(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name


async def becomes(house: House, holds: Callable[[Numbers], bool]) -> Numbers:
    """Return the numbers as soon as they are so."""
    async with asyncio.timeout(30):
        while not holds(found := await scraped(house)):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.1)
        return found


async def test_a_request_moves_the_numbers_of_each_part(tmp_path: Path, unused_tcp_port: int) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port), MEMBER_IMAGES_PER_DAY="1") as house:
        ana, channel = await house.new_person(), await house.channel()
        before = await becomes(house, lambda found: found["wanvas_ready"] == 1)
        assert before[JOBS_DONE] == before["wanvas_job_duration_seconds_count"] == 0

        await ana.slash(channel, "imagine", prompt="make it blue", image1=photo())
        await ana.see(channel, is_result, "the image")
        await ana.slash(channel, "imagine", prompt="one too many")
        await ana.see(channel, says("You've used all 1 of your images"), "the refusal")
        after = await becomes(house, lambda found: found[JOBS_DONE] == 1)

    moved = {name: value for name, value in after.items() if value and name in MOVED}
    assert moved == MOVED
    assert 0 < after["wanvas_acknowledgement_seconds_sum"] < 3
    assert 0 < after["wanvas_job_duration_seconds_sum"] < 30
    assert 0 < after["wanvas_delivery_duration_seconds_sum"] < after["wanvas_job_duration_seconds_sum"]
    assert after["wanvas_loop_delay_seconds_count"] > before["wanvas_loop_delay_seconds_count"]
    assert after["process_resident_memory_bytes"] > 50_000_000


async def test_what_goes_wrong_is_counted_by_its_reason(tmp_path: Path, unused_tcp_port: int) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port)) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.arm("prompt_rejected")
        await house.control.arm("too_many_requests", match="/webhooks/", retry_after_s=0.05)

        await ana.slash(channel, "imagine", prompt="refused by Wan")
        await ana.see(channel, says("moderation rejected"), "the sentence")
        await house.control.arm("gateway_disconnect")
        await ana.slash(channel, "imagine", prompt="after a lost connection")
        await ana.see(channel, is_result, "the image")
        after = await becomes(house, lambda found: REJECTED in found)

    assert after[REJECTED] == 1
    assert after['wanvas_wan_responses_total{request="sync",result="moderation"}'] == 1
    assert after['wanvas_discord_responses_total{status="429"}'] == 1
    assert after["wanvas_gateway_disconnects_total"] == 1


async def test_a_scrape_never_fails_because_the_database_is_away(tmp_path: Path, unused_tcp_port: int) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port)) as house:
        there = await becomes(house, lambda found: found["wanvas_database_up"] == 1)

        (tmp_path / "wanvas.db").rename(tmp_path / "taken away")
        away = await becomes(house, lambda found: found["wanvas_database_up"] == 0)

    of_the_database = [
        name for name in there if name.startswith(("wanvas_open_jobs", "wanvas_budget", "wanvas_processes"))
    ]
    assert len(of_the_database) == 14
    assert not set(of_the_database) & set(away)
    assert away["wanvas_ready"] == 0
    assert away['wanvas_database_errors_total{kind="unavailable"}'] > 0
