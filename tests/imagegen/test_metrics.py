"""Metrics follow Prometheus's conventions, and their labels have few values."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from imagegen import metrics
from imagegen.errors import Reason, Refused, WanRefused
from imagegen.model import Requester, Scope
from imagegen.policy import quota
from imagegen.reports import QuotaStatus, StoreNumbers
from imagegen.store_metrics import StoreCollector
from tests.imagegen.store.books import LIMITS

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
UNITS = ("_seconds", "_usd", "_bytes", "_info")
COUNTS = {  # gauges that count things
    "wanvas_ready", "wanvas_gateway_shards", "wanvas_gateway_shards_ready", "wanvas_decoder_children",
    "wanvas_database_up", "wanvas_processes", "wanvas_paused", "wanvas_sending_pauses", "wanvas_open_jobs",
}  # fmt: skip
LABELS = {
    "outcome", "quota", "state", "reason", "model", "request", "result", "status", "kind", "task", "window", "why",
    "version", "python",
}  # fmt: skip


def numbers(**more: object) -> StoreNumbers:
    day, month = (QuotaStatus(name, 1_500_000, 30_000, 5_000_000, NOW) for name in quota.BUDGET_COUNTERS)
    fields = {"open_jobs": {"queued": 3}, "oldest_at": {"queued": NOW - timedelta(seconds=90)}, "processes": 2}
    defaults = {"spending": (day, month), "paused": {"key_refused": 1}, "is_paused": False, "at": NOW}
    return StoreNumbers(**{**fields, **defaults, **more})  # type: ignore[arg-type]  # of the fields' types


def published(of: StoreNumbers | None) -> dict[str, float]:
    """Return what the collector publishes of *of*, by name and labels."""
    collector = StoreCollector()
    collector.publish(of)
    samples = [sample for metric in collector.collect() for sample in metric.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def every_metric() -> list[Metric]:
    """Return every metric, with those that are read from the database."""
    collector = StoreCollector()
    collector.publish(numbers())
    found = {metric.name: metric for metric in (*metrics.REGISTRY.collect(), *collector.collect())}
    return list(found.values())


def labels_of(metric: Metric) -> set[str]:
    """Return the labels of *metric*, also if nothing has been counted yet."""
    declared = [
        one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase) and one._name == metric.name
    ]
    seen = {label for sample in metric.samples for label in sample.labels}
    return (seen | {label for one in declared for label in one._labelnames}) - {"le"}


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("metric", every_metric(), ids=lambda metric: metric.name)
def test_each_name_has_its_unit_and_each_metric_a_sentence(metric: Metric) -> None:
    assert re.fullmatch(r"(wanvas|process)_[a-z_]+", metric.name)
    assert metric.documentation.endswith((".", "epoch"))
    assert (
        metric.type == "counter"
        or metric.name.startswith("process_")
        or metric.name in COUNTS
        or (f"{metric.name}_info".endswith(UNITS) if metric.type == "info" else metric.name.endswith(UNITS))
    )


@pytest.mark.parametrize("metric", every_metric(), ids=lambda metric: metric.name)
def test_no_label_names_a_person_a_server_or_a_job(metric: Metric) -> None:
    assert labels_of(metric) <= LABELS


def test_a_refusal_is_counted_with_the_quota_that_refused() -> None:
    before = value("wanvas_quota_refusals_total", quota="person"), value("wanvas_quota_refusals_total", quota="server")

    metrics.count_refusal(Refused(Reason.PERSON_QUOTA_USED, used=1, limit=1))
    metrics.count_refusal(Refused(Reason.MORE_THAN_LEFT, quota="server", requested=4, left=1))
    metrics.count_refusal(Refused(Reason.PROMPT_EMPTY))

    after = value("wanvas_quota_refusals_total", quota="person"), value("wanvas_quota_refusals_total", quota="server")
    assert after == (before[0] + 1, before[1] + 1)


def test_every_quota_that_can_refuse_has_a_label() -> None:
    requester = Requester(1, Scope(7))
    charge = quota.Charge(1, price_microusd=30_000)
    reservations = [
        *quota.image_reservations(requester, charge, LIMITS, NOW),
        *quota.budget_reservations(charge, LIMITS, NOW),
        quota.attempt_reservation(requester, LIMITS, NOW),
        quota.paid_reservation(1, charge, LIMITS, NOW),
        quota.share_reservation(Scope(7), charge, LIMITS, NOW),
    ]

    assert {reservation.refusal for reservation in reservations} <= set(metrics.QUOTAS)


def test_a_call_to_wan_is_counted_by_what_it_came_to() -> None:
    ok, refused = {"request": "sync", "result": "ok"}, {"request": "sync", "result": "busy"}
    before = value("wanvas_wan_responses_total", **ok), value("wanvas_wan_responses_total", **refused)

    with metrics.wan_call("sync"):
        pass
    with suppress(WanRefused), metrics.wan_call("sync"):
        raise WanRefused(Reason.BUSY)
    with suppress(asyncio.CancelledError), metrics.wan_call("sync"):
        raise asyncio.CancelledError

    after = value("wanvas_wan_responses_total", **ok), value("wanvas_wan_responses_total", **refused)
    assert after == (before[0] + 1, before[1] + 1)


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    histogram = Histogram("set_back", "Of this test.", registry=None)

    metrics.observe(histogram, NOW, NOW - timedelta(seconds=5))
    metrics.observe(histogram, None, NOW)

    (metric,) = histogram.collect()
    assert [sample.value for sample in metric.samples if sample.name == "set_back_count"] == [1]
    assert [sample.value for sample in metric.samples if sample.name == "set_back_sum"] == [0]


def test_the_database_is_published_in_dollars_and_seconds() -> None:
    found = published(numbers())

    assert found["wanvas_budget_used_usd day"] == 1.5
    assert found["wanvas_budget_reserved_usd month"] == 0.03
    assert found["wanvas_open_jobs queued"] == 3
    assert found["wanvas_open_jobs submitting"] == 0
    assert found["wanvas_oldest_open_job_age_seconds queued"] == 90
    assert found["wanvas_sending_pauses key_refused"] == 1


def test_a_database_that_is_away_publishes_nothing_but_that() -> None:
    assert published(None) == {"wanvas_database_up": 0}


def test_a_bot_that_starts_says_nothing_of_a_database_that_it_has_not_asked() -> None:
    assert list(StoreCollector().collect()) == []


async def test_a_stall_of_the_event_loop_is_seen_in_the_slow_buckets() -> None:
    before = value("wanvas_loop_delay_seconds_bucket", le="0.1"), value("wanvas_loop_delay_seconds_count")
    watch = asyncio.create_task(metrics.watch_loop(0.01))
    await asyncio.sleep(0)

    time.sleep(0.2)  # noqa: ASYNC251  # that is the stall
    await asyncio.sleep(0.02)
    watch.cancel()

    fast, count = value("wanvas_loop_delay_seconds_bucket", le="0.1"), value("wanvas_loop_delay_seconds_count")
    assert (count - before[1]) - (fast - before[0]) == 1
