"""Start bot.py as sandbox.launch does, on a clock that the test controls: an hour passes in seconds.

At SIGUSR1 the process reads ``clock.json`` in its folder: ``speed`` multiplies how fast its clocks run and how short it
waits, and ``wall_ahead_s`` sets its wall clock wrong, as an operator would. Everything else is the real bot, which only
looks for work less often.
"""

from __future__ import annotations

import json
import selectors
import signal
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord

from cogs.delivery.edit_budget import EditBudget
from cogs.messaging.rate_limits import RateLimitGate
from imagegen import metrics, service
from imagegen.store.away import DatabaseAway
from imagegen.wan.away import WanAway
from imagegen.worker import loop
from sandbox import launch

FILE = "clock.json"
MIN_WAIT_S = 0.001  # of real time: the shortest wait that epoll knows
SLICE_S = 0.02  # of real time
LOOK_S = 12.0  # between two looks into the database for work that nobody announced; the bot's is 2 s


@dataclass(frozen=True)
class Pace:
    """The fake time is *began_s* at the real time *since_s*, and runs *speed* times as fast from there."""

    since_s: float
    began_s: float
    speed: float

    def at(self, real_s: float) -> float:
        return self.began_s + (real_s - self.since_s) * self.speed


class OwnTime:
    """Replaces the clocks and the waits of this process."""

    def __init__(self) -> None:
        self.real_s = time.monotonic
        self.pace = Pace(self.real_s(), self.real_s(), 1.0)
        self.wall_ahead_s = time.time() - self.real_s()

    def now_s(self) -> float:
        return self.pace.at(self.real_s())

    def now(self, zone: Any = UTC) -> datetime:
        return datetime.fromtimestamp(self.now_s() + self.wall_ahead_s, zone)

    def real(self, fake_s: float) -> float:
        return fake_s if self.pace.speed == 1 else max(MIN_WAIT_S, fake_s / self.pace.speed)

    def read(self, *_: object) -> None:
        told = json.loads(Path(FILE).read_text(encoding="utf-8"))
        real_s = self.real_s()
        self.pace = Pace(real_s, self.pace.at(real_s), float(told["speed"]))
        self.wall_ahead_s += float(told["wall_ahead_s"])

    def take_over(self) -> None:
        """Let every clock and every wait of the process be this one's."""
        time.monotonic = time.perf_counter = self.now_s
        time.clock_gettime = lambda _clock: self.now_s()
        time.time = lambda: self.now_s() + self.wall_ahead_s
        service.utc_now = self.now
        service.Service.__init__.__kwdefaults__ = {**(service.Service.__init__.__kwdefaults__ or {}), "clock": self.now}
        for timed in (RateLimitGate, EditBudget, DatabaseAway, WanAway):  # their clock is a default, bound at import
            timed.__init__.__defaults__ = (self.now_s,)
        discord.utils.utcnow = self.now
        self._shorten_waits()
        # What an idle bot does most, and only within itself, took two thirds of the processor time of an outage.
        loop.POLL_S, metrics.watch_loop.__defaults__ = LOOK_S, (LOOK_S,)

    def _shorten_waits(self) -> None:
        select, wait, sleep = selectors.EpollSelector.select, threading.Condition.wait, time.sleep

        def select_sooner(its: Any, timeout: float | None = None) -> Any:  # the signal itself ends a wait
            return select(its, self.real(timeout) if timeout else timeout)

        def wait_in_slices(its: Any, timeout: float | None = None) -> bool:  # so that a new speed counts at once
            if timeout is None:
                return wait(its)
            until_s = self.now_s() + timeout
            while not (found := wait(its, min(SLICE_S, self.real(max(0.0, until_s - self.now_s()))))):
                if self.now_s() >= until_s:
                    break
            return found

        selectors.EpollSelector.select = select_sooner  # type: ignore[method-assign, assignment]  # every wait of the process ends sooner
        threading.Condition.wait = wait_in_slices  # type: ignore[method-assign, assignment]  # every wait of the process ends sooner
        time.sleep = lambda seconds: sleep(self.real(float(seconds)))


def main() -> None:
    own = OwnTime()
    own.take_over()
    signal.signal(signal.SIGUSR1, own.read)
    launch.main()


if __name__ == "__main__":
    main()
