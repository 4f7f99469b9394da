"""The metrics that are read from the database when Prometheus asks.

Several processes on one database publish the same values: take their maximum, never their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from imagegen.model import MICRO_USD
from imagegen.reports import StoreNumbers
from imagegen.states import State

OPEN = tuple(state.value for state in State if state is not State.DONE)
WINDOWS = {"budget_day": "day", "budget_month": "month"}


class StoreCollector(Collector):
    """Publishes what was last read: nothing before the first time, as a bot that starts has no database yet."""

    def __init__(self) -> None:
        self._numbers: StoreNumbers | None = None
        self._was_read = False

    def publish(self, numbers: StoreNumbers | None) -> None:
        """Publish *numbers*; None if the database does not answer, of which only that is published."""
        self._numbers, self._was_read = numbers, True

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the metrics, for prometheus_client."""
        if not self._was_read:
            return
        numbers = self._numbers
        yield _gauge("database_up", "1 if the database answers within 2 s, else 0.", float(numbers is not None))
        if numbers is not None:
            yield from _jobs(numbers)
            yield from _budgets(numbers)
            yield _gauge("processes", "Processes on this database that are alive.", numbers.processes)
            yield _gauge("paused", "1 if the operator has paused the bot, else 0.", float(numbers.is_paused))
            yield _labeled("sending_pauses", "What is not sent to Wan now, by reason.", "reason", numbers.paused)


def _jobs(numbers: StoreNumbers) -> Iterator[GaugeMetricFamily]:
    ages = {state: max(0.0, (numbers.at - at).total_seconds()) for state, at in numbers.oldest_at.items()}
    none = dict.fromkeys(OPEN, 0)
    yield _labeled(
        "open_jobs", "Jobs whose member waits for something, by state.", "state", {**none, **numbers.open_jobs}
    )
    yield _labeled("oldest_open_job_age_seconds", "Age of the oldest open job, by state.", "state", {**none, **ages})


def _budgets(numbers: StoreNumbers) -> Iterator[GaugeMetricFamily]:
    for kind, about in (("used", "Spent"), ("reserved", "Reserved for open jobs"), ("limit", "The most to spend")):
        values = {WINDOWS[one.name]: getattr(one, kind) / MICRO_USD for one in numbers.spending}
        yield _labeled(f"budget_{kind}_usd", f"{about}, in US dollars, this day and this month.", "window", values)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"wanvas_{name}", about, value=value)


def _labeled(name: str, about: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"wanvas_{name}", about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
