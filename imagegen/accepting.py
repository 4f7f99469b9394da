"""What follows when a request is accepted or refused: the log, the metrics and the wake-up of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from imagegen import metrics
from imagegen.errors import WanvasError
from imagegen.logs import now_about_job
from imagegen.reports import Submission
from imagegen.wakeup import WakeSignal

log = structlog.get_logger(__name__)


@contextmanager
def refusals_counted(key: str) -> Iterator[None]:
    """Count and log a refusal within the block."""
    try:
        yield
    except WanvasError as error:
        metrics.count_refusal(error)
        log.info("request_refused", key=key, why=str(error))
        raise


def note_accepted(submission: Submission, wake_signal: WakeSignal) -> None:
    """Count and log an accepted request, and wake the worker that continues it."""
    job = submission.job
    metrics.REQUESTS.labels(outcome="repeated" if submission.repeated else "accepted").inc()
    now_about_job(job.id)
    facts = {"model": job.model, "images": job.request.count, "repeated": submission.repeated}
    log.info("job_accepted", key=job.key, **facts)
    wake_signal.send_for(job.state)
