"""How to call Wan for one request: which call style, and how long to wait for the answer. Pure."""

from __future__ import annotations

from enum import StrEnum

from imagegen.image_request import ImageRequest, Quality
from imagegen.model import Call
from imagegen.wan.catalogue import TASK_ONLY_REGIONS
from imagegen.wan.record import Mode

# The platform ends a synchronous call after 300 s with an error body of its own, and bills nothing. No answer comes
# after that. https://help.aliyun.com/zh/model-studio/error-code (2026-11-22)
PLATFORM_TIMEOUT_S = 310.0


class CallStyle(StrEnum):
    """The operator's choice: the fastest call that fits each request, or one call style for all requests."""

    AUTO = "auto"
    SYNC = "sync"
    TASKS = "tasks"


def thinks(mode: Mode, request: ImageRequest) -> bool:
    """Return whether the model thinks about *request* first: if not said otherwise, as with enhancing a prompt."""
    wanted = request.enhance is not False if request.thinking is None else request.thinking
    return wanted and "thinking_mode" in mode.parameters


def fits_sync_call(mode: Mode, request: ImageRequest) -> bool:
    """Return whether the result is ready well within the time limit of a synchronous call.

    No document says how long thinking takes. Two images took 224 s [image]. A set may always have several.
    """
    is_one = request.count == 1 and not request.image_set
    return is_one and request.quality is Quality.NORMAL and not thinks(mode, request)


def answer_timeout_s(mode: Mode, request: ImageRequest) -> float:
    """Return the seconds to wait for a synchronous answer. A result that comes later is paid and lost."""
    return mode.answer_timeout_s if fits_sync_call(mode, request) else PLATFORM_TIMEOUT_S


def call_for(mode: Mode, region: str, request: ImageRequest, style: CallStyle) -> Call:
    """Return the call for a request: synchronous if the result is ready in time, because that is fastest, else a task.

    A story has no synchronous call: it is a stream or a task [image]. Some models have synchronous calls only.
    """
    if mode.calls == (Call.SYNC,):
        return Call.SYNC
    if region in TASK_ONLY_REGIONS or style is CallStyle.TASKS:
        return Call.TASK
    if Call.SYNC not in mode.calls:
        return Call.STREAM
    if style is CallStyle.SYNC:
        return Call.SYNC
    return Call.SYNC if fits_sync_call(mode, request) else Call.TASK


def other_call(mode: Mode, region: str, call: Call, style: CallStyle) -> Call | None:
    """Return the call to use if the service refuses *call*; None if there is no other or the operator forces one."""
    if region in TASK_ONLY_REGIONS or style is not CallStyle.AUTO:
        return None
    return next((other for other in mode.calls if other is not call), None)


def reachable_calls(mode: Mode, region: str, style: CallStyle) -> frozenset[Call]:
    """Return the call styles by which this set-up can send a request: the first choice, and what follows a refusal."""
    first = call_for(mode, region, ImageRequest(""), style)
    return frozenset(call for call in (first, other_call(mode, region, first, style)) if call is not None)
