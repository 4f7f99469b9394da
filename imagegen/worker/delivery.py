"""Deliver one claimed job through the Deliverer, and store the outcome: done, failed, or to be tried again later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from imagegen import metrics
from imagegen.errors import DeliverLater, Reason, Undeliverable, WanError, WanLinkLost
from imagegen.model import Delivered, Facts, Failure, Job, Review
from imagegen.states import State
from imagegen.store import jobs, reviews, time_bounds
from imagegen.store.engine import Store
from imagegen.wakeup import Wake, WakeSignal

log = structlog.get_logger(__name__)

# If a result's link cannot be downloaded, retry after 5 s, then after a third of the time waited so far. The link is
# valid for 24 h, but the member is notified within minutes.
LINK_RETRY_S, LINK_RETRY_SHARE, LINK_RETRY_FOR = 5.0, 3, timedelta(minutes=8)
LINKS_LIVE = timedelta(hours=24)


class Deliverer(Protocol):
    """Delivers a job where its request was made. After a crash, each method may be called again for the same job."""

    async def deliver(self, job: Job) -> Delivered:
        """Deliver the images of *job*. Raises Undeliverable, DeliverLater, or a WanError of the download."""
        ...

    async def hold(self, job: Job) -> tuple[int, int]:
        """Show the results of *job* to the managers alone. Return the channel and the message of their card.

        Raises as ``deliver`` does.
        """
        ...

    async def notify(self, job: Job) -> None:
        """Notify the member that a job failed or was canceled. Raises Undeliverable or DeliverLater."""
        ...


class DeliveryRunner:
    """Delivers claimed jobs. Each method takes a job that this process owns."""

    def __init__(
        self, store: Store, wake_signal: WakeSignal, deliverer: Deliverer, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._wake_signal, self._deliverer, self._clock = store, wake_signal, deliverer, clock
        self._failing_since: dict[int, datetime] = {}  # by job: when its download failed for the first time

    async def run(self, job: Job) -> None:
        """Deliver a generated job, or notify the member of one that failed or was canceled; store the outcome."""
        try:
            if job.state is State.GENERATED and job.review is Review.REQUIRED:
                await self._hold(job)
            elif job.state is State.GENERATED and job.review is Review.HELD:
                await self._store.write(reviews.expire, job, now=self._clock())
                self._wake_signal.send(Wake.DELIVER)  # to notify the member
            elif job.state is State.GENERATED:
                await self._finish(job, await self._deliverer.deliver(job))
            else:
                await self._deliverer.notify(job)
                await self._notified(job)
                log.info("job_notified", state=job.state, reason=job.failure.reason if job.failure else "")
        except DeliverLater as error:
            await self._deliver_later(job, error.delay_s, Reason.UNDELIVERED, error.shown)
        except WanLinkLost as error:
            await self._fail_delivery(job, error.reason, str(error))
        except WanError as error:
            await self._download_later(job, error)
        except Undeliverable as error:
            await self._fail_delivery(job, error.reason, str(error))

    async def _hold(self, job: Job) -> None:
        """Give the managers a card with the results, which then wait for a decision."""
        channel_id, message_id = await self._deliverer.hold(job)
        self._failing_since.pop(job.id, None)
        await self._store.write(reviews.hold, job, channel_id, message_id, now=self._clock())
        log.info("job_held")

    async def _finish(self, job: Job, shown: Delivered) -> None:
        self._failing_since.pop(job.id, None)
        now = self._clock()
        await self._store.write(jobs.done, job, shown.images, shown.message_id, now=now)
        metrics.ENDED.labels(state="done", reason="").inc()
        metrics.DELIVERED.inc(shown.images)
        metrics.observe(metrics.JOB_S, job.requested_at, now)
        metrics.observe(metrics.DELIVERY_S, job.generated_at, now)
        log.info("job_delivered", images=shown.images, took_s=round((now - job.requested_at).total_seconds(), 2))

    async def _download_later(self, job: Job, error: WanError) -> None:
        now = self._clock()
        waited = now - self._failing_since.setdefault(job.id, now)  # a job may have waited for Discord before
        log.warning("download_failed", waited_s=round(waited.total_seconds()), why=str(error))
        if waited >= LINK_RETRY_FOR:
            await self._fail_delivery(job, error.reason, str(error))
        else:
            delay = max(timedelta(seconds=LINK_RETRY_S), waited / LINK_RETRY_SHARE)
            await self._put_off(job, now + min(delay, LINK_RETRY_FOR - waited), error.reason)

    async def _deliver_later(self, job: Job, delay_s: float, reason: Reason, shown: int = 0) -> None:
        self._failing_since.pop(job.id, None)  # what was to be downloaded came
        now = self._clock()
        if now - job.requested_at > LINKS_LIVE and shown and job.state is State.GENERATED:
            await self._finish(job, Delivered(shown))  # part of a story was delivered
        elif now - job.requested_at > LINKS_LIVE:
            await self._fail_delivery(job, reason, "its links have expired")
        else:
            delay = min(timedelta(seconds=delay_s), time_bounds.DELIVERS_AHEAD)
            await self._put_off(job, now + delay, reason)

    async def _put_off(self, job: Job, at: datetime, reason: Reason) -> None:
        metrics.DELIVERY_RETRIES.labels(reason=reason).inc()
        await self._store.write(jobs.deliver_again, job, at)
        self._wake_signal.send(Wake.DELIVER)  # the loop may be asleep for longer

    async def _fail_delivery(self, job: Job, reason: Reason, why: str) -> None:
        """Fail a job that cannot be delivered; one that cannot even be notified counts as notified.

        The quota is released, unless the channel was closed to the bot meanwhile: then the whole result is used.
        """
        self._failing_since.pop(job.id, None)
        log.warning("job_undelivered", state=job.state, why=why)
        if job.state is State.GENERATED:
            lost = reason is Reason.RESULT_LOST and job.request_id  # Wan lost it: its request id helps to find out why
            counted = len(job.made.links) if job.made is not None and reason is Reason.CHANNEL_CLOSED else 0
            used: Facts = {"counted": counted, "counted_units": counted * job.weight} if counted else {}
            facts: Facts = {"request_id": lost} if lost else used
            await self._store.write(jobs.undelivered, job, Failure(reason, facts), used=counted, now=self._clock())
            self._wake_signal.send(Wake.DELIVER)  # to notify the member
        else:
            await self._notified(job)

    async def _notified(self, job: Job) -> None:
        """Store that the member knows how a job ended. Each failed or canceled job comes here once, in one process."""
        await self._store.write(jobs.notified, job, now=self._clock())
        metrics.ENDED.labels(state=job.state, reason=job.failure.reason if job.failure else "").inc()

    async def count_defect(self, job: Job) -> None:
        """Deliver or notify again later; after a few defects in a row the store ends the job."""
        after = await self._store.write(jobs.stumbled, job, now=self._clock())
        if after is not None and (after.state is not job.state or after.notified_at is not None):
            log.error("delivery_given_up", state=after.state, tries=job.defects + 1)
            if after.notified_at is not None:
                metrics.ENDED.labels(state=after.state, reason=Reason.INTERNAL).inc()
        self._wake_signal.send(Wake.DELIVER)
