"""The numbers that an operator watches, as Prometheus metrics.

No label holds a prompt, a token, a key, a link, or the id of a person, a server or a job.
"""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter("wanvas_requests", "Requests, by outcome.", ["outcome"], registry=REGISTRY)
ENDED = Counter("wanvas_jobs_ended", "Jobs that ended, by state and reason.", ["state", "reason"], registry=REGISTRY)
DELIVERED = Counter("wanvas_images_delivered", "Images delivered to members.", registry=REGISTRY)
BILLED = Counter("wanvas_images_billed", "Images that Wan bills.", ["model"], registry=REGISTRY)
IN_DOUBT = Counter("wanvas_jobs_in_doubt", "Jobs that may have been paid but gave no image.", registry=REGISTRY)
WAN_S = Histogram(
    "wanvas_wan_seconds",
    "Seconds from sending a request to Wan's answer.",
    ["model"],
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300),
    registry=REGISTRY,
)
JOB_S = Histogram(
    "wanvas_job_seconds",
    "Seconds from the request to the delivered image.",
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300, 900),
    registry=REGISTRY,
)
LOOP_STALL_S = Gauge("wanvas_loop_stall_seconds", "Longest stall of the event loop so far.", registry=REGISTRY)


async def watch_loop(interval_s: float = 0.25) -> None:
    """Measure the longest stall of the event loop, in seconds, until canceled."""
    loop = asyncio.get_running_loop()
    longest_s = 0.0
    while True:
        due_s = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        longest_s = max(longest_s, loop.time() - due_s)
        LOOP_STALL_S.set(longest_s)
