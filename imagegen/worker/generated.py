"""Count and log what Wan generated."""

from __future__ import annotations

from datetime import datetime

import structlog

from imagegen import metrics
from imagegen.model import MICRO_USD, Job, Made
from imagegen.policy.quota import charge_of

log = structlog.get_logger(__name__)


def note_generated(job: Job, made: Made, billed: int, now: datetime) -> None:
    """Count and log *made*, of which Wan bills *billed* images. The log has the price that the budgets count."""
    metrics.BILLED.labels(model=job.model).inc(billed)
    metrics.observe(metrics.GENERATION_S.labels(model=job.model), job.submitting_at, now)
    took_s = (now - (job.submitting_at or job.requested_at)).total_seconds()
    usd = charge_of(job, billed).billed_microusd / MICRO_USD
    facts = {"images": len(made.links), "billed": billed, "usd": usd, "took_s": round(took_s, 2)}
    log.info("job_generated", **facts, size=made.size, request_id=made.request_id)
