"""Read what only the database and the parts know into the metrics, when Prometheus asks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from hosting.running import Parts
from imagegen import metrics
from imagegen.errors import StoreUnavailable
from imagegen.policy.quota import Limits
from imagegen.store import numbers

READ_S = 2.0  # Prometheus waits 10 s for the whole page


async def refresh(parts: Parts, limits: Limits) -> None:
    """Read the metrics of *parts* and of their database. Never raises: what cannot be read is not published."""
    troubles, _ = await asyncio.gather(parts.troubles(), _read_store(parts, limits))
    metrics.READY.set(not troubles)


async def _read_store(parts: Parts, limits: Limits) -> None:
    if parts.worker.is_stopping:  # then the database may be closed already
        return
    found = None
    with suppress(StoreUnavailable, TimeoutError):
        async with asyncio.timeout(READ_S):
            found = await parts.store.read(numbers.numbers, limits, now=datetime.now(UTC))
    metrics.STORE.publish(found)
