"""The errors that this program raises on purpose.

WanvasError                  carries .reason, which chooses the sentence for the member, and .facts, its numbers
├── Refused                  a request that was not accepted: nothing was reserved or sent
├── ImageRefused             an input image that cannot be used: the job fails and its quota is released
├── WanError                 an error of the Wan endpoint
│   ├── WanNotSent           no connection: not paid, safe to send again
│   ├── WanRefused           an error body of Wan's, with its code: not paid
│   ├── WanUnanswered        the request was sent and Wan did not answer: may have been paid
│   └── WanLinkLost          the link of a result no longer gives its image: paid
├── Undeliverable            no route is left to deliver a job
├── DeliverLater             Discord does not answer now: retry after .delay_s
└── StoreUnavailable         the database does not answer: nothing was reserved
    ├── StoreUnusable        the database, or the setting that names it, must be changed first: no restart helps
    └── StoreInDoubt         the database did not answer to a commit: a request may have been accepted

InvariantBroken              a row or a transition that is not allowed: a defect, and no WanvasError
OwnershipLost                another process owns the job, or may soon: stop working on it; no WanvasError

cogs/text/errors.py has the sentence for each Reason.
"""

from __future__ import annotations

from enum import StrEnum

from imagegen.model import Facts

WRITTEN = "name"  # the fact that a person wrote: the name of a style or a character


class Reason(StrEnum):
    """Why a request failed. The comment behind each reason names its facts."""

    # a request that was not accepted; "other" names a model that takes the request, if there is one
    PROMPT_EMPTY = "prompt_empty"
    PROMPT_TOO_LONG = "prompt_too_long"  # length, limit, model
    PROMPT_HAS_IMAGE_LINK = "prompt_has_image_link"
    TOO_MANY_ALTERNATIVES = "too_many_alternatives"  # limit: of combinations of {a|b} in a prompt
    NO_ROOM_FOR_ALL = "no_room_for_all"  # count, limit: of requests of a person in the queue
    NEGATIVE_PROMPT_TOO_LONG = "negative_prompt_too_long"  # length, limit, model
    TOO_MANY_IMAGES = "too_many_images"  # count, limit, model
    COUNT_OUT_OF_RANGE = "count_out_of_range"  # count, limit, model
    SEED_OUT_OF_RANGE = "seed_out_of_range"  # limit
    ASPECT_RATIO_NEEDS_IMAGE = "aspect_ratio_needs_image"
    MODEL_NOT_OFFERED = "model_not_offered"  # model ("" if it is unknown), offered (intents, with commas between them)
    MODEL_NEEDS_IMAGE = "model_needs_image"  # model; the same for the next four
    MODEL_TAKES_NO_IMAGES = "model_takes_no_images"
    MODEL_MAKES_NO_STORY = "model_makes_no_story"
    MODEL_MAKES_NO_IMAGE_SET = "model_makes_no_image_set"
    MODEL_TAKES_NO_NEGATIVE_PROMPT = "model_takes_no_negative_prompt"
    PALETTE_TOO_LONG = "palette_too_long"  # length, limit
    PALETTE_COLOR_UNREADABLE = "palette_color_unreadable"  # position
    PALETTE_SHARE_UNREADABLE = "palette_share_unreadable"  # position
    PALETTE_COUNT = "palette_count"  # count, least, limit
    PALETTE_SHARES = "palette_shares"  # total: percent; without: how many colors have no share
    OPTION_NOT_TAKEN = (
        "option_not_taken"  # model, option: aspect_ratio, quality, palette or thinking; quality: its value
    )
    # part, beside: what no model takes together, as policy/refusals.py names it; quality: its value
    PARTS_CLASH = "parts_clash"
    # used, limit, resets_at (UTC, in s since 1970), and the next six too; of images, used_units and limit_units
    MEMBER_QUOTA_USED = "member_quota_used"
    PERSON_QUOTA_USED = "person_quota_used"
    SERVER_QUOTA_USED = "server_quota_used"
    DAY_BUDGET_USED = "day_budget_used"
    SERVER_SHARE_USED = "server_share_used"
    MONTH_BUDGET_USED = "month_budget_used"
    ATTEMPTS_USED = "attempts_used"
    PAID_IMAGES_USED = "paid_images_used"  # limit: images that were generated for this person today, delivered or not
    MORE_THAN_LEFT = "more_than_left"  # quota, requested, left, resets_at
    MORE_UNITS_THAN_LEFT = "more_units_than_left"  # quota, needed_units, remaining_units, left (images), resets_at
    LESS_THAN_ONE_LEFT = "less_than_one_left"  # the same: something is left, but less than one image of this model uses
    TOO_MANY_QUEUED = "too_many_queued"  # limit
    QUEUE_FULL = "queue_full"  # limit
    MODERATION_PAUSE = "moderation_pause"  # resets_at
    SENDING_PAUSED = "sending_paused"  # why: a Reason below (KEY_REFUSED, ACCOUNT_OVERDUE, GATEWAY_REFUSED)
    MODEL_PAUSED = "model_paused"  # model, why: MODEL_REFUSED or CALL_REFUSED
    PERSON_INPUTS_FULL = "person_inputs_full"  # limit_mb: of the input images of one person's waiting jobs
    INPUTS_FULL = "inputs_full"  # limit_mb: of the input images of all waiting jobs
    SERVER_NOT_ALLOWED = "server_not_allowed"
    BOT_PAUSED = "bot_paused"  # by its operator
    SERVER_BLOCKED = "server_blocked"  # by the bot's operator, everywhere; the same for the next one
    PERSON_BLOCKED = "person_blocked"
    SERVER_PAUSED = "server_paused"
    MEMBER_BLOCKED = "member_blocked"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"  # channels: at most five ids, with commas between
    AGE_RESTRICTED_ONLY = "age_restricted_only"
    PROMPT_BLOCKED = "prompt_blocked"
    PRIVATE_NEEDS_DIRECT = "private_needs_direct"  # requested by message, and the member takes no direct messages
    OPERATOR_ONLY = "operator_only"
    MANAGERS_ONLY = "managers_only"
    SETTING_OUT_OF_RANGE = "setting_out_of_range"  # limit
    STYLE_GONE = "style_gone"  # name: as typed, or "" if only an id was sent
    STYLE_NAME_TAKEN = "style_name_taken"  # name
    STYLE_NAME_UNUSABLE = "style_name_unusable"  # limit: characters
    STYLE_TOO_LONG = "style_too_long"  # length, limit
    STYLE_BLOCKED = "style_blocked"  # its words contain a blocked word of the server
    STYLES_FULL = "styles_full"  # limit
    NO_STYLES_HERE = "no_styles_here"  # outside a server
    CHANGED_SINCE = "changed_since"  # a setting, after a manager saw it
    NOT_IN_SERVER = "not_in_server"  # a channel or role
    NO_NUMBER = "no_number"
    NO_SERVER_ID = "no_server_id"
    NO_MONTH = "no_month"
    NO_DAY = "no_day"
    MEMBER_NEEDS_SERVER = "member_needs_server"
    NO_SUCH_MODEL = "no_such_model"
    BLOCKED_WORD_TOO_SHORT = "blocked_word_too_short"  # limit: letters or digits that a blocked word must have
    EDITS_NOT_ALLOWED = "edits_not_allowed"  # position: the image whose owner allows no edits
    ALBUM_RUNNING = "album_running"
    MY_DATA_TOO_SOON = "my_data_too_soon"  # resets_at
    CHARACTER_NAME = "character_name"  # limit: characters of a name
    CHARACTER_EXISTS = "character_exists"  # name
    TOO_MANY_CHARACTERS = "too_many_characters"  # limit
    CHARACTER_WAITS = "character_waits"  # name: the person whom it shows has not allowed it yet
    CHARACTER_NOT_ALLOWED = "character_not_allowed"  # the person does not let others use images of theirs
    PERSON_NOT_HERE = "person_not_here"  # a person to ask is no member of this server, or a bot
    ASKED_TODAY = "asked_today"  # that person, by the same member
    ASKED_MANY_TODAY = "asked_many_today"  # people, by the same member
    CHARACTER_OF_OTHERS = "character_of_others"  # name: it shows a person who allowed it to another member
    NO_CHARACTER = "no_character"  # the character was deleted, or is somebody else's
    NO_STROKES = "no_strokes"  # on the copy that should show which part to edit
    STROKES_ON_OTHER_IMAGE = "strokes_on_other_image"  # or hardly anything of the image is left beside the strokes
    READS_TOO_FAST = "reads_too_fast"  # wait_s
    STARS_USED = "stars_used"  # limit: of one person
    PRESSED_TWICE = "pressed_twice"  # wait_s
    STORE_UNAVAILABLE = "store_unavailable"
    STORE_IN_DOUBT = "store_in_doubt"  # the request may have been accepted: then it ends like any other

    # an input image that cannot be used; each has position (1 = first image), and copy if it is a copy with strokes
    IMAGE_UNREADABLE = "image_unreadable"
    IMAGE_TRUNCATED = "image_truncated"
    IMAGE_HEIC = "image_heic"
    IMAGE_FORMAT = "image_format"  # kind: the name of a file format
    IMAGE_RAW = "image_raw"
    IMAGE_VIDEO = "image_video"
    IMAGE_TOO_SMALL = "image_too_small"  # width_px, height_px, limit_px
    IMAGE_TOO_LONG = "image_too_long"  # limit: the largest ratio of the long side to the short side
    IMAGE_TOO_LARGE = "image_too_large"  # kind, megapixels, limit_megapixels
    IMAGE_FILE_TOO_LARGE = "image_file_too_large"  # limit_mb
    IMAGE_TOO_COMPLEX = "image_too_complex"  # decoding needs more memory or time than one image may use
    IMAGE_UNREACHABLE = "image_unreachable"
    IMAGE_HOST_REFUSED = "image_host_refused"
    IMAGES_TOO_LARGE_TOGETHER = "images_too_large_together"  # limit_mb
    FILE_NOT_AN_IMAGE = "file_not_an_image"  # position: of a video or an audio file
    FILE_EMPTY = "file_empty"  # position
    INPUTS_GONE = "inputs_gone"  # the prompt or input images of the request to repeat are no longer kept
    INPUTS_PRIVATE = "inputs_private"  # only the requester of the request to repeat sees its input images
    BEFORE_GONE = "before_gone"  # the image of which a part was edited is no longer kept
    INPUT_ERASED = "input_erased"  # position: the image whose owner erased all their data
    # name: of the style or character that was deleted; without, if the bot no longer knows which of them it was
    REFERENCE_GONE = "reference_gone"
    REFERENCES_FULL = (
        "references_full"  # limit_mb: of the images of a member's characters, a server's styles, or of all
    )
    RESULT_NOT_VISIBLE = "result_not_visible"  # the result is gone, or the user cannot see its message now

    # the Wan endpoint; each has request_id and code if Wan gave them
    MODERATION = "moderation"  # side: input | output
    COPYRIGHT = "copyright"
    KEY_REFUSED = "key_refused"
    ACCOUNT_OVERDUE = "account_overdue"
    MODEL_REFUSED = "model_refused"  # model; refused to the operator's account in every call style
    CALL_REFUSED = "call_refused"  # model; refused in this call style, or at this address
    WAN_SETUP = "wan_setup"  # model; the bot's configuration does not allow such a request
    GATEWAY_REFUSED = "gateway_refused"  # a gateway in front of Wan refuses every call
    WAN_UNREADABLE = "wan_unreadable"  # not an answer of Wan's: may have been paid
    BUSY = "busy"  # throttled in every attempt
    WAN_DOWN = "wan_down"
    WAN_REJECTED = "wan_rejected"  # an error body about the request itself
    WAN_REJECTED_IMAGE = "wan_rejected_image"  # an error body about an input image
    UNANSWERED = "unanswered"  # may have been paid; never sent again
    RESULT_LOST = "result_lost"
    NO_IMAGE = "no_image"
    MORE_THAN_REQUESTED = "more_than_requested"  # for the operator only: Wan generated or billed extra images

    # a result that managers look at first
    NO_REVIEW_CHANNEL = "no_review_channel"  # a request that was not accepted: no manager could see its result
    REVIEW_IMPOSSIBLE = "review_impossible"  # the managers' log channel is gone, or closed to the bot
    WITHHELD = "withheld"  # said: what the manager wrote to the requester
    ERASED_UNSEEN = "erased_unseen"  # the requester erased all their data while the result was held
    REVIEW_EXPIRED = "review_expired"

    # a job that cannot be delivered
    TOO_LATE = "too_late"
    UNDELIVERED = "undelivered"
    CHANNEL_CLOSED = "channel_closed"  # counted: the channel was deleted or closed to the bot meanwhile
    RESULT_FILE_TOO_LARGE = "result_file_too_large"
    INTERNAL = "internal"  # a defect; job_id, for the operator's log

    @classmethod
    def of(cls, value: str) -> Reason | None:
        """Return the reason with *value*; None for an unknown one, which a newer version may have stored."""
        try:
            return cls(value)
        except ValueError:
            return None


class WanvasError(Exception):
    """The root of the tree. ``str()`` is for logs: the reason and its facts, never a prompt, key, link or name."""

    def __init__(self, reason: Reason, **facts: str | int) -> None:
        self.reason = reason
        self.facts: Facts = facts
        logged = [f"{name}={value}" for name, value in facts.items() if name != WRITTEN]
        super().__init__(" ".join([reason.value, *logged]))


class Refused(WanvasError):
    """A request that was not accepted."""


class ImageRefused(WanvasError):
    """An input image that cannot be used; the fact *position* counts from 1."""


class WanError(WanvasError):
    """An error of the Wan endpoint. *retry_after_s* is Wan's Retry-After, limited.

    *code*, *status* and *request_id* are Wan's, empty or 0 if Wan gave none.
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
    """The request was not sent: no connection. Not paid."""


class WanRefused(WanError):
    """An error body of Wan's, as an HTTP error, in a stream, or in a FAILED task. Not paid."""


class WanUnanswered(WanError):
    """The request was sent and Wan did not answer: it may have been paid."""


class WanLinkLost(WanError):
    """The link of a result no longer gives its image. Paid."""


class Undeliverable(WanvasError):
    """No route is left to deliver a job."""


class DeliverLater(WanvasError):
    """Discord does not answer now; retry after *delay_s* seconds.

    *shown* counts the images of a story that are delivered already.
    """

    def __init__(self, delay_s: float, shown: int = 0) -> None:
        self.delay_s, self.shown = delay_s, shown
        super().__init__(Reason.UNDELIVERED, delay_s=round(delay_s))


class StoreUnavailable(WanvasError):
    """The database does not answer."""

    def __init__(self, cause: str, reason: Reason = Reason.STORE_UNAVAILABLE) -> None:
        super().__init__(reason, cause=cause)


class StoreUnusable(StoreUnavailable):
    """The operator must change the database, or the setting that names it, before any process can use it."""


class StoreInDoubt(StoreUnavailable):
    """The database did not answer to a commit: what was written may be stored, now or later."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, Reason.STORE_IN_DOUBT)


class OwnershipLost(Exception):
    """This process slept past its lease, or no longer owns the job: it must not act on the job."""


class InvariantBroken(Exception):
    """The schema refuses a row, or ``TRANSITIONS`` a transition. Names the constraint or the states, never the row."""
