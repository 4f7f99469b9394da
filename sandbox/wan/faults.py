"""The faults of the local Wan. The module that misbehaves takes them."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.faults import Argument, declare
from sandbox.wan.errors import documented
from sandbox.wan.models import MODELS


def _is_documented(arguments: Mapping[str, Argument]) -> None:
    documented(str(arguments["code"]), status=int(arguments.get("status", 0)))


def _has_a_code(arguments: Mapping[str, Argument]) -> None:
    documented(str(arguments["code"]))


def _is_known(arguments: Mapping[str, Argument]) -> None:
    if arguments["model"] not in MODELS:
        raise ValueError(f"the sandbox has no model {arguments['model']!r}, only {', '.join(MODELS)}")


KEY_REFUSED = declare("key_refused", "The next call is refused with InvalidApiKey, whatever it asks.")
PROMPT_REJECTED = declare(
    "prompt_rejected", "Moderation rejects the next request's *side*: input or output.", side="input"
)
WAN_ERROR = declare(
    "wan_error",
    "The next request gets this error, with the code's documented status and message unless given.",
    _is_documented,
    code="ModelUnavailable", status=0, message="", retry_after_s=0.0, openai=False,
)  # fmt: skip
MODEL_DENIED = declare(
    "model_denied", "The next request of this model gets Model.AccessDenied, as if its grant was withdrawn.",
    _is_known, model="qwen-image-max",
)  # fmt: skip
GATEWAY_ERROR = declare(
    "gateway_error",
    "The next request gets a gateway's plain text, without a code of Wan's.",
    status=502,
    retry_after_s=0.0,
)
SSE_LABELLED_JSON = declare(
    "sse_labelled_json",
    "The next request's error is an event stream under a JSON content type.",
    _has_a_code,
    code="InvalidParameter",
)
WAN_SLOW = declare(
    "wan_slow", "Bills the next request, then waits *seconds* of real time before it answers.", seconds=61.0
)
WAN_DISCONNECT = declare("wan_disconnect", "Bills the next request, then closes the connection without an answer.")
TRUNCATED_IMAGE = declare("truncated_image", "The next result's file is only half sent.")
EXPIRED_LINK = declare("expired_link", "The next result's link answers 403.")
CORRUPT_IMAGE = declare("corrupt_image", "The next result's file is complete, but its pixels are damaged.")
LINK_SCHEME = declare("link_scheme", "The next result's link has this scheme.", scheme="https")
LINK_HOST = declare("link_host", "The next result's link leads to this host.", host="results.example")
SHORT_LINK = declare("short_link", "The next result's link expires after so many seconds.", seconds=60.0)
RESULT_DOWN = declare("result_down", "The next result's file answers this status, once.", status=503)
FEWER_IMAGES = declare("fewer_images", "The next request generates and bills one image less than requested.")
BILLED_MORE = declare("billed_more", "The next synchronous request bills one image more than it generates.")
EMPTY_CHOICE = declare("empty_choice", "The first of several choices is blocked: it has no image and is not billed.")
INPUT_LOST = declare("input_lost", "The next request's input images are lost.")
DATA_URI_REFUSED = declare("data_uri_refused", "The next readable data URI is refused with InvalidURL.")
UNREADABLE_ACCEPTED = declare(
    "unreadable_accepted", "The next request whose input image is refused is generated without input images."
)
SIZE_IGNORED = declare("size_ignored", "The next request gets the model's default size, whatever it asks for.")
WRONG_SIZE = declare("wrong_size", "The next image is 256 px wider than the answer says.")

STREAM_ERROR = declare(
    "stream_error",
    "The next stream ends in event:error after so many chunks and images, under HTTP 200 unless given.",
    _has_a_code,
    code="InternalError", after=5, images=0, status=200,
)  # fmt: skip
STREAM_DISCONNECT = declare(
    "stream_disconnect",
    "The next stream's connection closes after so many chunks and images; clean: as if it were complete.",
    after=5, images=0, clean=False,
)  # fmt: skip
STREAM_SLOW = declare(
    "stream_slow",
    "The next stream pauses for *seconds* of real time after so many chunks and images.",
    seconds=61.0, after=5, images=0,
)  # fmt: skip
FINISHED_EVERYWHERE = declare(
    "finished_everywhere",
    "Each chunk of the next stream says finished and the final image_count, as in one documented sample.",
)
STORY_TEXT = declare("story_text", "Every paragraph of the next story is this text.", text="@everyone\n")

TASK_FAILED = declare(
    "task_failed", "The next task to end is FAILED with this code.", _has_a_code, code="InternalError"
)
TASK_ENDLESS = declare("task_endless", "The next task runs and never ends.")
TASK_CANCELED = declare("task_canceled", "The next task to end is CANCELED, as if by another client.")
TASK_UNKNOWN = declare("task_unknown", "The next query does not know its task.")
QUERY_ERROR = declare(
    "query_error",
    "The next query of a task gets this error; gateway: a gateway's, 502 unless given.",
    _is_documented,
    code="InternalError", status=0, gateway=False, retry_after_s=0.0,
)  # fmt: skip
CANCEL_DISCONNECT = declare(
    "cancel_disconnect", "The next cancel of a task gets no answer; done: the task is canceled all the same.", done=True
)
TASK_SUSPENDED = declare("task_suspended", "The next query finds its task SUSPENDED, a status that is not an end.")
