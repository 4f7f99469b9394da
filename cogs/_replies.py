"""Every sentence a person can read; which error becomes which sentence.

A refusal says what happened, that it was not counted, and what to do next. Facts that come from outside are numbers
and Wan's own ids; a prompt is never repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping

from imagegen.errors import Reason, WanvasError
from imagegen.model import Facts, Failure

NOT_COUNTED = "Nothing was counted."
REQUEST = " (request {request_id})"

ALLOWANCES = {
    "member": "your allowance in this server today",
    "person": "your allowance over all servers today",
    "server": "this server's allowance this month",
    "attempts": "your attempts today",
}

SENTENCES: Mapping[Reason, str] = {
    Reason.PROMPT_EMPTY: "There are no words to paint from. Nothing was counted. Say what the picture should show.",
    Reason.PROMPT_TOO_LONG: "Those are {length} characters; the model reads {limit} and would cut the rest without a "
    "word. Nothing was counted. Shorten it and send it again.",
    Reason.NEGATIVE_TOO_LONG: "The words to avoid are {length} characters; the model reads {limit}. Nothing was "
    "counted. Shorten them and send it again.",
    Reason.TOO_MANY_PICTURES: "Those are {count} pictures; one request takes {limit}. Nothing was counted. Choose up "
    "to {limit} and send it again.",
    Reason.COUNT_OUT_OF_RANGE: "{count} pictures were asked for; one request makes 1 to {limit}. Nothing was counted. "
    "Choose a count in that range.",
    Reason.SEED_OUT_OF_RANGE: "A seed is a number from 0 to {limit}. Nothing was counted. Choose another, or leave it "
    "out.",
    Reason.SHAPE_NEEDS_PICTURE: "The shape “same” needs a picture to follow. Nothing was counted. Attach one, or "
    "choose another shape.",
    Reason.MEMBER_EMPTY: "Today's {limit} pictures of yours in this server are used up. Nothing was counted. More "
    "come <t:{back_at}:R>.",
    Reason.PERSON_EMPTY: "Today's {limit} pictures of yours over all servers are used up. Nothing was counted. More "
    "come <t:{back_at}:R>.",
    Reason.SERVER_EMPTY: "This server's {limit} pictures of the month are used up. Nothing was counted. More come "
    "<t:{back_at}:R>.",
    Reason.MONEY_DAY_EMPTY: "The bot has spent what its operator allows for today. Nothing was counted. Try again "
    "<t:{back_at}:R>.",
    Reason.MONEY_MONTH_EMPTY: "The bot has spent what its operator allows for this month. Nothing was counted. Try "
    "again <t:{back_at}:R>.",
    Reason.ATTEMPTS_EMPTY: "You have asked {limit} times today, which is the most. Nothing was counted. Try again "
    "<t:{back_at}:R>.",
    Reason.MORE_THAN_LEFT: "You asked for {asked}, and {left} are left of {allowance}. Nothing was counted. Ask for "
    "{left} or fewer; more come <t:{back_at}:R>.",
    Reason.TOO_MANY_WAITING: "You have {limit} requests waiting, which is the most. This one was not counted. Send it "
    "again when one of them is done.",
    Reason.LINE_FULL: "{limit} requests are waiting, and the line takes no more. Nothing was counted. Try again in a "
    "few minutes.",
    Reason.MODERATION_PAUSE: "Three of your prompts were refused one after another, so there is a pause. Nothing was "
    "counted. Try again <t:{back_at}:R>.",
    Reason.SENDING_PAUSED: "Painting is paused: the operator's account at the picture service needs attention, and "
    "the operator knows. Nothing was counted. Try again later.",
    Reason.SERVER_NOT_ALLOWED: "The bot's operator has not opened it for this place. Nothing was counted. Ask the "
    "operator, or use it in a server where it is open.",
    Reason.STORE_UNAVAILABLE: "The bot cannot write anything down just now. Nothing was counted. Try again shortly.",
    Reason.PICTURE_NOT_A_PICTURE: "Picture {position} is not a picture, whatever its name says. Nothing was counted. "
    "Send a PNG, JPEG, WEBP, GIF, BMP, TIFF or AVIF.",
    Reason.PICTURE_TRUNCATED: "Picture {position} is damaged or cut off and cannot be read. Nothing was counted. Save "
    "it again and send it anew.",
    Reason.PICTURE_HEIC: "Picture {position} is a HEIC, which cannot be read here. Nothing was counted. Send it as a "
    "JPEG.",
    Reason.PICTURE_TOO_SMALL: "Picture {position} has {width_px} × {height_px} pixels; each side needs {limit_px}. "
    "Nothing was counted. Send a larger one.",
    Reason.PICTURE_TOO_LARGE: "Picture {position} has {megapixels} megapixels; the most is {limit_megapixels}. Nothing "
    "was counted. Send a smaller one.",
    Reason.PICTURE_TOO_HEAVY: "Picture {position} is over {limit_mb} MB. Nothing was counted. Send a smaller file.",
    Reason.PICTURE_UNREACHABLE: "Picture {position} could not be fetched from Discord. Nothing was counted. Attach it "
    "again.",
    Reason.PICTURE_HOST_REFUSED: "Picture {position} is not kept by Discord, and nothing else is fetched. Nothing was "
    "counted. Save it and attach it.",
    Reason.PICTURES_TOO_HEAVY_TOGETHER: "The pictures are over {limit_mb} MB together. Nothing was counted. Send fewer "
    "or smaller ones.",
    Reason.INPUTS_GONE: "That request's pictures are no longer kept. Nothing was counted. Use Edit on its result "
    "instead.",
    Reason.MODERATION: "The picture service's moderation refused this. Nothing was counted. Say it differently.",
    Reason.COPYRIGHT: "The picture service refused this for copyright. Nothing was counted. Ask for something of "
    "your own.",
    Reason.KEY_REFUSED: "The picture service does not accept the operator's key. Nothing was counted. Tell the "
    "operator, and try again later.",
    Reason.ACCOUNT_OVERDUE: "The operator's account at the picture service has no balance. Nothing was counted. Tell "
    "the operator, and try again later.",
    Reason.MODEL_REFUSED: "The picture service does not offer this model here. Nothing was counted. Tell the operator.",
    Reason.BUSY: "The picture service was too busy, several times in a row. Nothing was counted. Try again in a few "
    "minutes.",
    Reason.WAN_DOWN: "The picture service does not work just now. Nothing was counted. Try again in a few minutes.",
    Reason.WAN_REJECTED: "The picture service rejected the request. Nothing was counted. Change it, or tell the "
    "operator.",
    Reason.UNANSWERED: "The picture service did not answer in time. Nothing was counted against you. Try again.",
    Reason.RESULT_LOST: "The picture was made, but could not be fetched. Nothing was counted against you. Try again.",
    Reason.NO_PICTURE: "The picture service made no picture of this. Nothing was counted. Say it differently.",
    Reason.TOO_LATE: "The line was too long to show you a picture here in time. Nothing was counted. Try again later.",
    Reason.UNDELIVERED: "The picture was made, but Discord took it nowhere. Nothing was counted against you. Ask where "
    "the bot may write.",
    Reason.INTERNAL: "Something went wrong in the bot itself, and its operator can see it. Nothing was counted against "
    "you. Try again.",
}

NO_PICTURES = "There is no picture in that message. Nothing was counted. Choose a message that has one."
UNSEEN_REPLY = (
    "I cannot see the message you replied to: Discord shows me other people's pictures only through a menu. Nothing "
    "was counted. Right-click that message (or hold it) and choose Apps ▸ Edit picture."
)
NOT_YOURS = "Only whoever asked for it, or a moderator here, can do that. Nothing was changed."
ALREADY_SENT = "It is being painted already, so it can no longer be cancelled. Nothing was changed."
CANCELLED = "Cancelled. Nothing was counted."
CANNOT_WRITE_HERE = (
    "I may not write in that channel, so I answer here. Nothing was counted. Ask a manager to allow it, or use "
    "/imagine there, which needs no permission."
)
ALARM = "Sending to Wan is paused: {why}. One request is tried every ten minutes, and at each start of the bot."


def sentence_for(reason: str, facts: Facts) -> str:
    """The sentence of a reason, with its facts; the general one where this version knows no such reason."""
    known = Reason(reason) if reason in Reason._value2member_map_ else Reason.INTERNAL
    named = {**facts, "allowance": ALLOWANCES.get(str(facts.get("allowance", "")), "your allowance")}
    text = SENTENCES[known].format(**named)
    return text + (REQUEST.format(**facts) if facts.get("request_id") else "")


def sentence(error: WanvasError | Failure) -> str:
    """What a person is told of an error, or of a job that failed."""
    return sentence_for(error.reason, error.facts)
