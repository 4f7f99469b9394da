"""The misbehaviours of the local Wan, by name. Each is taken in the room that misbehaves."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.faults import Argument, declare
from sandbox.wan.errors import documented


def _is_documented(arguments: Mapping[str, Argument]) -> None:
    documented(str(arguments["code"]), status=int(arguments.get("status", 0)))


def _has_a_code(arguments: Mapping[str, Argument]) -> None:
    documented(str(arguments["code"]))


PROMPT_REJECTED = declare("prompt_rejected", "Moderation refuses the next request.", side="input")
WAN_ERROR = declare(
    "wan_error",
    "The next request gets this error, as documented for its code unless told otherwise.",
    _is_documented,
    code="ModelUnavailable", status=0, message="", retry_after_s=0.0, openai=False,
)  # fmt: skip
GATEWAY_ERROR = declare(
    "gateway_error", "A gateway answers in plain text, without a code of Wan's.", status=502, retry_after_s=0.0
)
SSE_LABELLED_JSON = declare(
    "sse_labelled_json",
    "The next request's error is an event stream that is labelled JSON.",
    _has_a_code,
    code="InvalidParameter",
)
WAN_SLOW = declare("wan_slow", "Bills, then answers nothing for so many real seconds.", seconds=61.0)
WAN_DISCONNECT = declare("wan_disconnect", "Bills, then cuts the connection.")
TRUNCATED_IMAGE = declare("truncated_image", "A result's file is cut in half.")
EXPIRED_LINK = declare("expired_link", "A result's link is refused with 403.")
RESULT_DOWN = declare("result_down", "A result's file is answered with this status, for now.", status=503)
FEWER_IMAGES = declare("fewer_images", "One picture fewer is made and billed than was asked for.")
EMPTY_CHOICE = declare("empty_choice", "The first of several choices comes blocked: without a picture, not billed.")
INPUT_LOST = declare("input_lost", "The given pictures are lost before they are looked at.")
WRONG_SIZE = declare("wrong_size", "The picture has another size than the answer says.")

STREAM_ERROR = declare(
    "stream_error",
    "The next stream ends in event:error after so many chunks and pictures, under HTTP 200 unless told otherwise.",
    _has_a_code,
    code="InternalError", after=5, images=0, status=200,
)  # fmt: skip
STREAM_DISCONNECT = declare(
    "stream_disconnect",
    "The next stream's connection is cut after so many chunks and pictures; clean ends it as if nothing were missing.",
    after=5, images=0, clean=False,
)  # fmt: skip
STREAM_SLOW = declare(
    "stream_slow",
    "The next stream falls silent for so many real seconds after so many chunks and pictures.",
    seconds=61.0, after=5, images=0,
)  # fmt: skip
FINISHED_EVERYWHERE = declare(
    "finished_everywhere", "Each chunk of the next stream says finished and the last image_count, as one sample does."
)
STORY_TEXT = declare("story_text", "Each paragraph of the next story is this text.", text="@everyone\n")

TASK_FAILED = declare(
    "task_failed", "The next task to end ends as FAILED with this code.", _has_a_code, code="InternalError"
)
TASK_CANCELED = declare("task_canceled", "The next task to end was CANCELED by somebody else.")
TASK_UNKNOWN = declare("task_unknown", "The next query does not know its task.")
QUERY_ERROR = declare(
    "query_error",
    "The next query of a task gets this error; gateway, the answer of one, 502 unless told otherwise.",
    _is_documented,
    code="InternalError", status=0, gateway=False, retry_after_s=0.0,
)  # fmt: skip
CANCEL_DISCONNECT = declare(
    "cancel_disconnect", "The next cancel of a task is not answered; done, though the task is canceled.", done=True
)
TASK_SUSPENDED = declare("task_suspended", "The next query finds its task SUSPENDED, which is not an end.")
