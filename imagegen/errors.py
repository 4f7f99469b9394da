"""What can go wrong.

WanvasError                  carries .reason (a word the sentence is chosen by) and .facts (its numbers)
├── Refused                  an ask that was not accepted: nothing held, nothing sent
├── ImageRefused           an image that cannot be taken: the job fails, its allowance is returned
├── WanError                 the endpoint
│   ├── WanNotSent           never reached it (no connection): not paid, safe to send again
│   ├── WanRefused           Wan's own error body, with its code: not paid
│   ├── WanUnanswered        sent, and no answer of Wan's came: may have been paid
│   └── WanLinkLost          a result's link no longer gives its image
├── Undeliverable            no way is left to show this job where it was asked
├── DeliverLater             Discord does not answer now: try again after .delay_s
└── StoreUnavailable         the database does not answer: nothing was counted
    └── StoreInDoubt         it did not answer to a commit: an ask may have been accepted

InvariantBroken              a row or a transition that is not allowed: a defect of ours, and no WanvasError
OwnershipLost                another process has the job, or may have it soon: drop everything; no WanvasError either

cogs/text/phrases.py is the one place where a reason becomes a sentence for a person. A reason is one of Reason's words.
"""

from __future__ import annotations

from enum import StrEnum

from imagegen.model import Facts


class Reason(StrEnum):
    """Every reason a member may be told. The facts that come with each are named behind it."""

    # an ask that was not accepted
    PROMPT_EMPTY = "prompt_empty"
    PROMPT_TOO_LONG = "prompt_too_long"  # length, limit
    LINK_NOT_TAKEN = "link_not_taken"
    NEGATIVE_TOO_LONG = "negative_too_long"  # length, limit
    TOO_MANY_IMAGES = "too_many_images"  # count, limit
    COUNT_OUT_OF_RANGE = "count_out_of_range"  # count, limit
    SEED_OUT_OF_RANGE = "seed_out_of_range"  # limit
    ASPECT_RATIO_NEEDS_IMAGE = "aspect_ratio_needs_image"
    MODEL_NOT_OFFERED = "model_not_offered"  # model; the same for the next four
    MODEL_NEEDS_IMAGE = "model_needs_image"
    MODEL_TAKES_NO_IMAGES = "model_takes_no_images"
    MODEL_TELLS_NO_STORY = "model_tells_no_story"
    MODEL_TAKES_NO_NEGATIVE = "model_takes_no_negative"
    MEMBER_EMPTY = "member_empty"  # used, limit, resets_at (seconds since the epoch, UTC); the same for the next six
    PERSON_EMPTY = "person_empty"
    SERVER_EMPTY = "server_empty"
    MONEY_DAY_EMPTY = "money_day_empty"
    MONEY_MONTH_EMPTY = "money_month_empty"
    ATTEMPTS_EMPTY = "attempts_empty"
    PAID_EMPTY = "paid_empty"  # too much was generated for this person today, whatever became of it
    MORE_THAN_LEFT = "more_than_left"  # allowance, asked, left, resets_at
    TOO_MANY_WAITING = "too_many_waiting"  # limit
    QUEUE_FULL = "queue_full"  # limit
    MODERATION_PAUSE = "moderation_pause"  # resets_at
    SENDING_PAUSED = "sending_paused"  # why: a Reason below (KEY_REFUSED, ACCOUNT_OVERDUE, TURNED_AWAY)
    MODEL_PAUSED = "model_paused"  # model, why: MODEL_REFUSED or CALL_REFUSED
    INPUTS_OF_PERSON_FULL = "inputs_of_person_full"  # limit_mb: of the input images that one person has waiting
    INPUTS_FULL = "inputs_full"  # of those of everybody
    SERVER_NOT_ALLOWED = "server_not_allowed"
    BOT_PAUSED = "bot_paused"  # by its operator
    SERVER_BLOCKED = "server_blocked"  # by the bot's operator, everywhere; the same for the next one
    PERSON_BLOCKED = "person_blocked"
    SERVER_PAUSED = "server_paused"
    MEMBER_BLOCKED = "member_blocked"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"  # channels: at most five ids, with commas between
    AGE_RESTRICTED_ONLY = "age_restricted_only"
    PROMPT_BLOCKED = "prompt_blocked"
    OPERATOR_ONLY = "operator_only"
    MANAGERS_ONLY = "managers_only"
    RULE_OUT_OF_RANGE = "rule_out_of_range"  # limit
    WORD_TOO_SHORT = "word_too_short"  # limit: letters or digits of a word that is to be blocked
    CONSENT_REFUSED = "consent_refused"  # position: the image whose owner lets nobody edit it
    MY_DATA_TOO_SOON = "my_data_too_soon"  # resets_at
    READS_TOO_FAST = "reads_too_fast"  # wait_s
    PRESSED_TWICE = "pressed_twice"  # wait_s
    STORE_UNAVAILABLE = "store_unavailable"
    STORE_IN_DOUBT = "store_in_doubt"  # the ask may have been accepted: then it ends like any other

    # an image that cannot be taken; each carries position (1 = first image)
    IMAGE_NOT_A_IMAGE = "image_not_an_image"
    IMAGE_TRUNCATED = "image_truncated"
    IMAGE_HEIC = "image_heic"
    IMAGE_KIND = "image_kind"  # kind: the name of a file format
    IMAGE_RAW = "image_raw"
    IMAGE_VIDEO = "image_video"
    IMAGE_TOO_SMALL = "image_too_small"  # width_px, height_px, limit_px
    IMAGE_TOO_LONG = "image_too_long"  # limit (times as long as it is wide, or as wide as it is long)
    IMAGE_TOO_LARGE = "image_too_large"  # kind, megapixels, limit_megapixels
    IMAGE_TOO_HEAVY = "image_too_heavy"  # limit_mb
    IMAGE_TOO_COMPLEX = "image_too_complex"  # opening it took more memory or time than one image is given
    IMAGE_UNREACHABLE = "image_unreachable"
    IMAGE_HOST_REFUSED = "image_host_refused"
    IMAGES_TOO_HEAVY_TOGETHER = "images_too_heavy_together"  # limit_mb
    FILE_NOT_AN_IMAGE = "file_not_an_image"  # position: a video or a sound
    FILE_EMPTY = "file_empty"  # position
    INPUTS_GONE = "inputs_gone"  # the words or images of the request to repeat are no longer kept
    INPUT_ERASED = "input_erased"  # position: the image whose owner had everything of theirs erased
    RESULT_UNSEEN = "result_unseen"  # it is gone, or stands where whoever asks cannot see it now

    # the endpoint; each carries request_id and code where there is one
    MODERATION = "moderation"  # side: input | output
    COPYRIGHT = "copyright"
    KEY_REFUSED = "key_refused"
    ACCOUNT_OVERDUE = "account_overdue"
    MODEL_REFUSED = "model_refused"  # model; to the operator's account, whatever the call style
    CALL_REFUSED = "call_refused"  # model; this model by this call style, or at this address
    WAN_SETUP = "wan_setup"  # model; as the bot is set up, no request like this one can be made
    TURNED_AWAY = "turned_away"  # by a gateway in front of the service, with every other call
    WAN_UNREADABLE = "wan_unreadable"  # an answer that is none of the service's: may have been paid
    BUSY = "busy"  # throttled until the attempts were spent
    WAN_DOWN = "wan_down"
    WAN_REJECTED = "wan_rejected"  # an error body about the request itself
    WAN_REJECTED_IMAGE = "wan_rejected_image"  # an error body about one of the images given
    UNANSWERED = "unanswered"  # may have been paid; never sent again
    RESULT_LOST = "result_lost"
    NO_IMAGE = "no_image"
    MORE_THAN_ASKED = "more_than_asked"  # for the operator alone: a model made or billed images beyond the request

    # where it cannot be shown
    TOO_LATE = "too_late"
    UNDELIVERED = "undelivered"
    PLACE_CLOSED = "place_closed"  # counted: the place where it was asked was deleted or closed to the bot meanwhile
    RESULT_TOO_HEAVY = "result_too_heavy"
    INTERNAL = "internal"  # our own defect: job id for the operator's log


class WanvasError(Exception):
    """The root. ``str()`` gives the log's half: the reason and the numbers; never a prompt, key or link."""

    def __init__(self, reason: Reason, **facts: str | int) -> None:
        self.reason = reason
        self.facts: Facts = facts
        super().__init__(" ".join([reason.value, *(f"{name}={value}" for name, value in facts.items())]))


class Refused(WanvasError):
    """An ask that was not accepted."""


class ImageRefused(WanvasError):
    """An image that cannot be taken; *position* counts from 1."""


class WanError(WanvasError):
    """Anything the endpoint did. *retry_after_s* is the server's own wish, already clamped.

    *code*, *status* and *request_id* are Wan's own, as far as it told them.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        retry_after_s: float | None = None,
        **facts: str | int,
    ) -> None:
        self.code, self.status, self.request_id, self.retry_after_s = code, status, request_id, retry_after_s
        super().__init__(reason, code=code, status=status, request_id=request_id, **facts)


class WanNotSent(WanError):
    """The request never left: no connection. Not paid."""


class WanRefused(WanError):
    """Wan's own error body, as an HTTP error, in a stream, or as a FAILED task. Not paid."""


class WanUnanswered(WanError):
    """The request left and no answer of Wan's came: it may have been paid."""


class WanLinkLost(WanError):
    """A result's link no longer gives its image. Paid."""


class Undeliverable(WanvasError):
    """No way is left to show a job where it was asked."""


class DeliverLater(WanvasError):
    """Discord does not take it now; *delay_s* is how long to leave it alone.

    *shown* counts the images of a story that people have seen already.
    """

    def __init__(self, delay_s: float, shown: int = 0) -> None:
        self.delay_s, self.shown = delay_s, shown
        super().__init__(Reason.UNDELIVERED, delay_s=round(delay_s))


class StoreUnavailable(WanvasError):
    """The database does not answer."""

    def __init__(self, cause: str, reason: Reason = Reason.STORE_UNAVAILABLE) -> None:
        super().__init__(reason, cause=cause)


class StoreInDoubt(StoreUnavailable):
    """The database did not answer to a commit: what was written may be there, or appear."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, Reason.STORE_IN_DOUBT)


class OwnershipLost(Exception):
    """This process slept past its lease, or is no longer the owner: whatever it was about to do is not its to do."""


class InvariantBroken(Exception):
    """The schema refuses a row, or ``TRANSITIONS`` a transition. Names the constraint or the states, never the row."""
