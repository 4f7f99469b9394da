"""For each alert of monitoring/alerts.yml: numbers that make it fire, and the nearest ones that do not.

The notation is promtool's: ``0x30`` is 31 zeros a minute apart, ``0+2x30`` counts up by two a minute.
https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series (2026-11-29)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Series = Mapping[str, str]  # a series -> its values, one a minute


@dataclass(frozen=True)
class Case:
    """What fires an alert after *minutes*, *firing* times, and what leaves it silent."""

    fires: Series
    silent: Series
    minutes: int = 20
    firing: int = 1


def _age(state: str) -> str:
    return f'wanvas_oldest_open_job_age_seconds{{state="{state}"}}'


def _ended(state: str, reason: str = "") -> str:
    return f'wanvas_jobs_ended_total{{state="{state}",reason="{reason}"}}'


def _budget(kind: str, window: str = "day") -> str:
    return f'wanvas_budget_{kind}_usd{{window="{window}"}}'


def _acknowledged(le: str) -> str:
    return f'wanvas_acknowledgement_seconds_bucket{{le="{le}"}}'


UP = 'up{job="wanvas"}'
START = 'process_start_time_seconds{job="wanvas"}'
DATABASE = 'wanvas_database_errors_total{kind="unavailable"}'
SHARDS, SHARDS_READY = "wanvas_gateway_shards", "wanvas_gateway_shards_ready"
DELAYS, SHORT_DELAYS = "wanvas_loop_delay_seconds_count", 'wanvas_loop_delay_seconds_bucket{le="0.5"}'
FULL = 'wanvas_requests_total{outcome="queue_full"}'
PAUSES = 'wanvas_sending_pauses{reason="key_refused"}'
BUSY = 'wanvas_wan_responses_total{request="sync",result="busy"}'
LIMITED, FORBIDDEN = (f'wanvas_discord_responses_total{{status="{status}"}}' for status in (429, 403))
HOLDS, BRIEF = (f'wanvas_discord_holds_total{{why="{why}"}}' for why in ("banned", "global_limit"))
CRASHES, SLOW = (f'wanvas_decoder_runs_total{{task="decode",result="{end}"}}' for end in ("crashed", "cpu_time"))
MEMORY = 'process_resident_memory_bytes{job="wanvas"}'
FILES, MAX_FILES = 'process_open_fds{job="wanvas"}', 'process_max_fds{job="wanvas"}'

CASES: Mapping[str, Case] = {
    "WanvasDown": Case({UP: "1x5 0x20"}, {UP: "1x16 0x1 1x20"}),
    "WanvasRestarts": Case({START: "1 2 3 4 5x20"}, {START: "1 2 3 4x20"}),
    "WanvasProcessMissing": Case(
        {"wanvas_processes": "1x5 2x20 1x250"},
        {"wanvas_processes": "1x100 2x5 1x120"},  # a process that was killed is counted beside the one that follows it
        minutes=200,
    ),
    "WanvasNotReady": Case({"wanvas_ready": "1x5 0x20"}, {"wanvas_ready": "1x16 0x3 1x20"}),
    "WanvasDatabaseDown": Case({"wanvas_database_up": "1x15 0x20"}, {"wanvas_database_up": "1x18 0x0 1x20"}),
    "WanvasDatabaseErrors": Case({DATABASE: "0+3x30"}, {DATABASE: "0+1x30"}),
    "WanvasGatewayDown": Case({SHARDS: "2x30", SHARDS_READY: "1x30"}, {SHARDS: "2x30", SHARDS_READY: "1x4 2x30"}),
    "WanvasGatewayUnstable": Case(
        {"wanvas_gateway_disconnects_total": "0+1x90"}, {"wanvas_gateway_disconnects_total": "0x60 0+1x30"}, 70
    ),
    "WanvasAcknowledgesLate": Case(
        {_acknowledged("2"): "0+98x30", _acknowledged("2.5"): "0+100x30", _acknowledged("+Inf"): "0+100x30"},
        {_acknowledged("2"): "0+100x30", _acknowledged("2.5"): "0+100x30", _acknowledged("+Inf"): "0+100x30"},
    ),
    "WanvasEventLoopSlow": Case(
        {DELAYS: "0+240x30", SHORT_DELAYS: "0+237x30"}, {DELAYS: "0+240x30", SHORT_DELAYS: "0+240x30"}
    ),
    "WanvasQueueStuck": Case(
        {_age("queued"): "0+60x60", _age("generated"): "0x60"},
        {_age("queued"): "600x60", _age("failed"): "0+60x60"},
        50,
    ),
    "WanvasQueueFull": Case({FULL: "0x10 1x20"}, {FULL: "4x30"}),
    "WanvasDeliveryStuck": Case({_age("generated"): "0+60x90"}, {_age("queued"): "0+60x90"}, 80),
    "WanvasJobsFail": Case(
        {_ended("failed", "wan_down"): "0+1x60", _ended("done"): "0+1x60"},
        {_ended("failed", "moderation"): "0+5x60", _ended("done"): "0+1x60", _ended("failed", "busy"): "0x60"},
        40,
    ),
    "WanvasDefect": Case({_ended("failed", "internal"): "0x10 1x20"}, {_ended("failed", "wan_down"): "0+9x30"}),
    "WanvasSendingPaused": Case({PAUSES: "1x30"}, {PAUSES: "1x3 _x30"}),
    "WanvasPausedByOperator": Case({"wanvas_paused": "1x90"}, {"wanvas_paused": "1x30 0x60"}, 80),
    "WanvasWanThrottles": Case({BUSY: "0+5x40"}, {BUSY: "0+1x40"}, 30),
    "WanvasWanDoubt": Case({"wanvas_jobs_in_doubt_total": "0x10 1x20"}, {"wanvas_jobs_in_doubt_total": "3x30"}),
    "WanvasBudgetNearlyUsed": Case(
        {_budget("used"): "3x30", _budget("reserved"): "1x30", _budget("limit"): "5x30"},
        {_budget("used"): "3x30", _budget("reserved"): "0.9x30", _budget("limit"): "5x30"},
    ),
    "WanvasBudgetUsed": Case(
        {
            _budget("used", "month"): "49.99x30",
            _budget("reserved", "month"): "0x30",
            _budget("limit", "month"): "50x30",
        },
        {_budget("used", "month"): "41x30", _budget("reserved", "month"): "0x30", _budget("limit", "month"): "50x30"},
    ),
    "WanvasDiscordRateLimits": Case({LIMITED: "0+15x30"}, {LIMITED: "0+5x30", FORBIDDEN: "0+15x30"}),
    "WanvasDiscordBanned": Case({HOLDS: "0x10 1x20"}, {HOLDS: "2x30", BRIEF: "0+1x30"}),
    "WanvasDiscordBanNear": Case({LIMITED: "0+200x30", FORBIDDEN: "0+100x30"}, {LIMITED: "0+200x30"}),
    "WanvasDecodersCrash": Case({CRASHES: "0+1x40"}, {SLOW: "0+9x40", CRASHES: "0x40"}, 30),
    "WanvasMemoryHigh": Case({MEMORY: "450000000x40"}, {MEMORY: "190000000x40"}, 30),
    "WanvasFilesNearlyUsed": Case({FILES: "900x30", MAX_FILES: "1024x30"}, {FILES: "800x30", MAX_FILES: "1024x30"}),
}
