"""Every sentence and every word of ours that a person can read; which error becomes which sentence.

A refusal says what happened, that it was not counted, and what to do next. Facts that come from outside are numbers
and Wan's own ids; a prompt is never repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imagegen.errors import Reason, WanvasError
from imagegen.model import Facts, Failure, Job, Remaining, Waiting

REQUEST = " (request {request_id})"

ALLOWANCES = {
    "member": "your allowance in this server today",
    "person": "your allowance over all servers today",
    "server": "this server's allowance this month",
    "attempts": "your attempts today",
}
NAMES = {
    "member": "You, in this server, today",
    "person": "You, everywhere, today",
    "server": "This server, this month",
    "attempts": "Attempts today",
}
NOTES = {
    "first_frame": "its first frame",
    "flattened": "transparency made white",
    "turned": "turned upright",
    "converted": "colours converted",
    "reduced": "made smaller",
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
    Reason.MEMBER_EMPTY: "Your allowance in this server is used up: {limit} a day. Nothing was counted. More comes "
    "<t:{back_at}:R>.",
    Reason.PERSON_EMPTY: "Your allowance over all servers is used up: {limit} a day. Nothing was counted. More comes "
    "<t:{back_at}:R>.",
    Reason.SERVER_EMPTY: "This server's allowance is used up: {limit} a month. Nothing was counted. More comes "
    "<t:{back_at}:R>.",
    Reason.MONEY_DAY_EMPTY: "The bot has spent what its operator allows for today. Nothing was counted. Try again "
    "<t:{back_at}:R>.",
    Reason.MONEY_MONTH_EMPTY: "The bot has spent what its operator allows for this month. Nothing was counted. Try "
    "again <t:{back_at}:R>.",
    Reason.ATTEMPTS_EMPTY: "Your attempts for today are used up: {limit} a day. Nothing was counted. Try again "
    "<t:{back_at}:R>.",
    Reason.MORE_THAN_LEFT: "You asked for {asked} pictures; {allowance} has {left} left. Nothing was counted. Ask for "
    "{left} or fewer; more comes <t:{back_at}:R>.",
    Reason.TOO_MANY_WAITING: "You have as many requests waiting as one person may: {limit}. Nothing was counted. Send "
    "this again when one of them is done.",
    Reason.LINE_FULL: "The line is full: {limit} are waiting. Nothing was counted. Try again in a few minutes.",
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
    Reason.PICTURE_TOO_COMPLEX: "Picture {position} takes more time or memory to open than there is. Nothing was "
    "counted. Save it smaller, or as a JPEG.",
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
    Reason.RESULT_TOO_HEAVY: "The picture was made, but its file is larger than Discord takes here. Nothing was "
    "counted against you. Ask for it with quality normal.",
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
NOT_ACCEPTED = "This was not accepted. Nothing was counted. Say it differently."
PAUSED = "Waiting: the operator's account at the picture service needs attention. Nothing is counted meanwhile."
LEFT_OUT = "picture {number} is {mb} MB, more than Discord takes here: left out, not counted"

BAR = 10  # characters of an allowance's bar
UNKNOWN = "…"  # a fact that an older row does not hold


class _Known(dict[str, str | int]):
    """Facts as a sentence asks for them: a missing one must not keep the sentence from being said."""

    def __missing__(self, _name: str) -> str:
        return UNKNOWN


def sentence_for(reason: str, facts: Facts) -> str:
    """The sentence of a reason, with its facts; the general one where this version knows no such reason."""
    known = Reason(reason) if reason in Reason._value2member_map_ else Reason.INTERNAL
    named = _Known(facts)
    named["allowance"] = ALLOWANCES.get(str(facts.get("allowance", "")), "your allowance")
    text = SENTENCES[known].format_map(named)
    return text + (REQUEST.format_map(named) if facts.get("request_id") else "")


def sentence(error: WanvasError | Failure) -> str:
    """What a person is told of an error, or of a job that failed."""
    return sentence_for(error.reason, error.facts)


def waiting(waiting: Waiting) -> str:
    """What a waiting card says; coarse enough not to change with each second, or with each job before it."""
    if waiting.paused:
        return PAUSED
    place = "Painting" if waiting.position == 0 else _place(waiting.position)
    return place if waiting.about_s is None else f"{place}, about {_coarse_time(waiting.about_s)}"


def _place(position: int) -> str:
    if position == 1:
        return "Next in line"
    step = next(step for most, step in ((10, 1), (50, 5), (200, 20), (position, 100)) if position <= most)
    rounded = -(-position // step) * step
    ending = "th" if 10 <= rounded % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rounded % 10, "th")
    return f"{'' if step == 1 else 'about '}{rounded}{ending} in line"


def _coarse_time(seconds: int) -> str:
    if seconds <= 60:
        return f"{max(10, -(-seconds // 10) * 10)} s"
    minutes = -(-seconds // 60)
    return f"{minutes if minutes <= 5 else -(-minutes // 5) * 5} min"


def counted(job: Job, shown: int, left: Remaining | None) -> str:
    """What a result took from the allowance. *left* was read while the whole request was still held."""
    taken = (
        f"{shown} counted" if shown == job.request.count else f"{shown} of {job.request.count} came, {shown} counted"
    )
    if left is None:
        return taken
    return f"{taken}, {min(left.limit, left.left + job.request.count - shown)} left of today's {left.limit}"


def given(job: Job) -> list[str]:
    """Which pictures a result was made from: their order, and what was put right on the way."""
    lines = [f"from {job.pictures_given} pictures, in the order given"] if job.pictures_given > 1 else []
    for number, notes in enumerate(job.picture_notes, start=1):
        if said := ", ".join(NOTES[note] for note in notes if note in NOTES):
            lines.append(f"picture {number}: {said}")
    return lines


def left_out(sizes: Sequence[tuple[int, int]]) -> list[str]:
    """One line for each (number, bytes) that Discord does not take."""
    return [LEFT_OUT.format(number=number, mb=f"{size / 1024**2:.1f}") for number, size in sizes]


def allowance(remaining: Remaining) -> str:
    """One allowance as a bar, what is left of it, and when it is whole again."""
    name = NAMES.get(remaining.name, remaining.name)
    filled = round(remaining.left / remaining.limit * BAR) if remaining.limit else 0
    bar = "▰" * filled + "▱" * (BAR - filled)
    held = f", {remaining.held} on their way" if remaining.held else ""
    back = f"<t:{round(remaining.back_at.timestamp())}:R>"
    return f"{name}\n{bar} {remaining.left} left of {remaining.limit}{held} · full again {back}"
