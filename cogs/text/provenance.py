"""Say where images come from. What a file says of itself is named as such: everybody can write or remove metadata."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import discord

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import shortened
from imagegen.imaging.xmp import SeenMark
from imagegen.model import Job
from imagegen.provenance import Origin

MODEL_CHARS = 60
MADE_HERE = "**Yes, I generated this image**: {model}, {date}. {kind}"
SAYS_MADE_HERE = (
    "**The file says that I generated it**, and I have that request: {model}, {date}. {kind} "
    "That information can be copied into any image, so compare them."
)
NOT_FOUND_HERE = (
    "**I can't confirm it.** The file says that Wanvas generated it with {model}, {date}, but I have no such request: "
    "it's from another bot, the request was deleted, or the file was changed."
)
BY_SOMETHING_ELSE = "**Not mine.** The file says that it's AI-generated: {model}, {date}."
SAYS_NOTHING = (
    "**I don't know.** The file doesn't say that it's AI-generated. Screenshots and many apps remove that information."
)
UNREADABLE = "**I couldn't read this file.** Try again in a moment."
FROM_WORDS = "Generated from a prompt alone."
FROM_IMAGES = "Edited from input images."
VIEW = "[View]({jump})"
HONEST = "-# I read only what the files say of themselves, and that can be removed or forged."
NO_MODEL, NO_DATE = "no model named", "no date"


def origins_text(origins: Sequence[tuple[Origin, str]], translate: Translator = ENGLISH) -> str:
    """Return one line for each origin and link (empty: none that the member may follow), numbered if several."""
    lines = [_origin(origin, jump, translate) for origin, jump in origins]
    if len(lines) > 1:
        lines = [f"{number}. {line}" for number, line in enumerate(lines, start=1)]
    return "\n".join([*lines, translate(HONEST)])


def _origin(origin: Origin, jump: str, translate: Translator) -> str:
    if (job := origin.job) is not None:
        kind = translate(FROM_IMAGES if job.input_count else FROM_WORDS)
        sentence = MADE_HERE if origin.is_posted else SAYS_MADE_HERE
        text = translate(sentence, model=_code(job.model), date=_date(_made_at(origin, job), translate), kind=kind)
        return f"{text} {translate(VIEW, jump=jump)}" if jump else text
    if (seen := origin.seen) is not None:
        return _claim(seen, translate)
    return translate(SAYS_NOTHING if origin.is_read else UNREADABLE)


def _claim(seen: SeenMark, translate: Translator) -> str:
    sentence = BY_SOMETHING_ELSE if seen.job_id is None else NOT_FOUND_HERE
    model = _code(seen.model) if seen.model.strip() else translate(NO_MODEL)
    return translate(sentence, model=model, date=_date(seen.made_at, translate))


def _made_at(origin: Origin, job: Job) -> datetime:
    """Return when the image was made; the file knows it better than a job that a story is still added to."""
    named = None if origin.seen is None else origin.seen.made_at
    return named or job.generated_at or job.requested_at


def _date(date: datetime | None, translate: Translator) -> str:
    return translate(NO_DATE) if date is None else discord.utils.format_dt(date, "D")


def _code(model: str) -> str:
    """Return a name from a file of somebody else's, in a form that Discord reads no markdown and no link in."""
    return f"`{shortened(' '.join(model.replace('`', '').split()), MODEL_CHARS)}`"
