"""Answers of Wan, for the tests of what judges them."""

from __future__ import annotations

from datetime import UTC, datetime

from hosting.verify.items import Item
from hosting.verify.wan_calls import Answer, Received
from hosting.verify.wan_requests import Trial
from imagegen.image_request import ImageRequest
from imagegen.model import Call, Made
from imagegen.wan.record import Use

RECEIVED_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


def answer(
    *links: str,
    size: str = "1280*1280",
    says: str = "",
    ratio: float = 1.0,
    billed: int | None = 1,
    took_s: float = 1.0,
) -> Answer:
    """Return the answer to a request of *size*; a keyword keeps *ratio*. It *says* a size.

    The bot would wait 100 s for it."""
    trial = Trial(Item("wan.sync", ""), Use.TEXT_TO_IMAGE, ImageRequest("a bay"), "wan2.6-t2i", Call.SYNC)
    received = Received(Made(links, billed, says or size, "7"), took_s, 100.0, {})
    return Answer(trial, received, size, ratio, RECEIVED_AT)
