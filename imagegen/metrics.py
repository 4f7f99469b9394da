"""The numbers that an operator watches, as Prometheus metrics.

No label holds a prompt, a token, a key, a link, or the id of a person, a server or a job: each label has a fixed set of
values. Names and units: https://prometheus.io/docs/practices/naming/ (2026-11-29).
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector

from imagegen import VERSION
from imagegen.errors import Reason, WanError, WanvasError
from imagegen.store_metrics import StoreCollector

REGISTRY = CollectorRegistry()
disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the page, and Prometheus knows when a process started
ProcessCollector(registry=REGISTRY)

QUICK_S = (0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3)  # Discord forgets an interaction after 3 s
SLOW_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 900)
LOOP_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


def _counter(name: str, about: str, *labels: str) -> Counter:
    return Counter(name, about, labels, registry=REGISTRY)


def _gauge(name: str, about: str, *labels: str) -> Gauge:
    return Gauge(name, about, labels, registry=REGISTRY)


def _histogram(name: str, about: str, *labels: str, buckets: Sequence[float]) -> Histogram:
    return Histogram(name, about, labels, buckets=buckets, registry=REGISTRY)


BUILD = Info("wanvas_build", "The running version.", registry=REGISTRY)
BUILD.info({"version": VERSION, "python": platform.python_version()})
READY = _gauge("wanvas_ready", "1 if every part of this process works, as /readyz says; else 0.")

# People
REQUESTS = _counter("wanvas_requests", "Requests: accepted, repeated, or the reason of the refusal.", "outcome")
QUOTA_REFUSALS = _counter("wanvas_quota_refusals", "Requests that a quota or a budget refused.", "quota")
ACKNOWLEDGED_S = _histogram(
    "wanvas_acknowledgement_seconds",
    "Seconds from Discord's creation of an interaction to Discord's answer to the acknowledgement.",
    buckets=QUICK_S,
)
ACKNOWLEDGED_LATE = _counter(
    "wanvas_late_acknowledgements", "Interactions that Discord had forgotten when the bot acknowledged them."
)

# Jobs
ENDED = _counter(
    "wanvas_jobs_ended", "Jobs whose member was served or notified, by state and reason.", "state", "reason"
)
JOB_S = _histogram("wanvas_job_duration_seconds", "Seconds from the request to the delivered image.", buckets=SLOW_S)
DELIVERY_S = _histogram(
    "wanvas_delivery_duration_seconds",
    "Seconds from Wan's result to the delivered image.",
    buckets=(0.25, 0.5, *SLOW_S),
)
DELIVERY_RETRIES = _counter("wanvas_delivery_retries", "Deliveries that were put off, by reason.", "reason")
DELIVERED = _counter("wanvas_images_delivered", "Images delivered to members.")

# Wan
GENERATION_S = _histogram(
    "wanvas_generation_duration_seconds", "Seconds from sending a request to its result.", "model", buckets=SLOW_S
)
WAN_RESPONSES = _counter(
    "wanvas_wan_responses",
    "Calls to Wan, by kind (sync, stream, create, query, cancel, check, download): ok, or the reason why not.",
    "request",
    "result",
)
WAN_RETRIES = _counter("wanvas_wan_retries", "Requests that are sent to Wan again later, by reason.", "reason")
BILLED = _counter("wanvas_images_billed", "Images that Wan bills.", "model")
IN_DOUBT = _counter("wanvas_jobs_in_doubt", "Requests that Wan may bill although their answer was lost.")

# Discord
DISCORD_RESPONSES = _counter(
    "wanvas_discord_responses", "Calls to Discord's REST API, by status; none: no answer.", "status"
)
DISCORD_HOLDS = _counter("wanvas_discord_holds", "Times that a refusal of Discord held back all further calls.", "why")
SHARDS = _gauge("wanvas_gateway_shards", "Gateway shards of this process.")
SHARDS_READY = _gauge("wanvas_gateway_shards_ready", "Gateway shards of this process that Discord answers.")
GATEWAY_LATENCY_S = _gauge(
    "wanvas_gateway_latency_seconds", "Seconds until Discord answers a heartbeat: slowest shard."
)
DISCONNECTS = _counter("wanvas_gateway_disconnects", "Connections to the gateway that were lost.")

# Process
LOOP_DELAY_S = _histogram("wanvas_loop_delay_seconds", "Seconds by which the event loop is late.", buckets=LOOP_S)
DATABASE_ERRORS = _counter(
    "wanvas_database_errors",
    "Transactions that failed: unavailable, in_doubt (in the commit), timeout, or invariant (a defect).",
    "kind",
)
DATABASE_RETRIES = _counter("wanvas_database_retries", "Transactions that had to run again.")
DECODERS = _gauge("wanvas_decoder_children", "Child processes that work on images now.")
DECODER_ENDS = _counter(
    "wanvas_decoder_runs",
    "Child processes that worked on an image: ok, failed, crashed, cpu_time, killed (too slow or not needed), lost.",
    "task",
    "result",
)
DECODER_S = _histogram("wanvas_decoder_duration_seconds", "Seconds that a child process took.", "task", buckets=QUICK_S)

STORE = StoreCollector()
REGISTRY.register(STORE)

QUOTAS = {
    Reason.MEMBER_QUOTA_USED: "member",
    Reason.PERSON_QUOTA_USED: "person",
    Reason.SERVER_QUOTA_USED: "server",
    Reason.SERVER_SHARE_USED: "share",
    Reason.DAY_BUDGET_USED: "budget_day",
    Reason.MONTH_BUDGET_USED: "budget_month",
    Reason.ATTEMPTS_USED: "attempts",
    Reason.PAID_IMAGES_USED: "paid",
}
DISCORD_STATUSES = ("2xx", "3xx", "401", "403", "404", "429", "4xx", "5xx", "none")  # none: no answer
HOLDS = ("banned", "too_many_refusals", "global_limit")
DATABASE_ERROR_KINDS = ("unavailable", "in_doubt", "timeout", "invariant")


def _begin_at_zero() -> None:
    """Publish these numbers before their first event: Prometheus sees no increase in a number that appears as 1."""
    for status in DISCORD_STATUSES:
        DISCORD_RESPONSES.labels(status=status)
    for why in HOLDS:
        DISCORD_HOLDS.labels(why=why)
    for kind in DATABASE_ERROR_KINDS:
        DATABASE_ERRORS.labels(kind=kind)
    for quota in QUOTAS.values():
        QUOTA_REFUSALS.labels(quota=quota)
    for outcome in ("accepted", "repeated", Reason.QUEUE_FULL):
        REQUESTS.labels(outcome=outcome)
    for state, reason in (("done", ""), ("canceled", ""), ("failed", Reason.INTERNAL), ("failed", Reason.UNANSWERED)):
        ENDED.labels(state=state, reason=reason)


_begin_at_zero()


def count_refusal(error: WanvasError) -> None:
    """Count a request that was refused, and the quota that refused it."""
    REQUESTS.labels(outcome=error.reason).inc()
    quota = error.facts.get("quota", QUOTAS.get(error.reason))
    if quota is not None:
        QUOTA_REFUSALS.labels(quota=quota).inc()


def observe(histogram: Histogram, since: datetime | None, now: datetime) -> None:
    """Observe the seconds from *since* to *now*; nothing if *since* is unknown, and 0 if the clock was set back."""
    if since is not None:
        histogram.observe(max(0.0, (now - since).total_seconds()))


@contextmanager
def wan_call(request: str) -> Iterator[None]:
    """Count the call to Wan within the block: ok, or the reason of its WanError."""
    try:
        yield
    except WanError as error:
        WAN_RESPONSES.labels(request=request, result=error.reason).inc()
        raise
    WAN_RESPONSES.labels(request=request, result="ok").inc()


async def watch_loop(interval_s: float = 0.25) -> None:
    """Measure how late the event loop wakes, until canceled."""
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        LOOP_DELAY_S.observe(max(0.0, loop.time() - due_s))
