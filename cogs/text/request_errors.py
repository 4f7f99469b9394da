"""The sentences about a request that cannot be generated as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cogs.text.i18n import Facts
from cogs.text.sentences import Sentence, not_used
from imagegen.errors import Reason

SHORTEN = "Shorten it and send it again."
PALETTE_EXAMPLE = "Write colors like #C2D1E6 or teal, with shares if you like: “#C2D1E6 40%, teal, gold”."
SHORTEN_OR_USE = "Shorten it, or use {other}, which reads all of it."
EMPTY_OR_USE = "Leave the option empty, or use {other}."

REQUESTS: Mapping[Reason, Sentence] = {
    Reason.PROMPT_EMPTY: not_used("Your request has no prompt.", "Describe the image you want."),
    Reason.PROMPT_TOO_LONG: not_used("Your prompt has {length} characters; {model} reads up to {limit}.", SHORTEN),
    Reason.TOO_MANY_ALTERNATIVES: not_used(
        "That prompt makes more than {limit} requests.",
        "Use fewer alternatives in braces, or put a backslash before a brace to keep it as text.",
    ),
    Reason.PROMPT_HAS_IMAGE_LINK: not_used(
        "I can't open links, so I can't use the image behind yours.",
        "Attach the image, or reply to a message that shows it.",
    ),
    Reason.NEGATIVE_PROMPT_TOO_LONG: not_used(
        "Your negative prompt has {length} characters; {model} reads up to {limit}.", SHORTEN
    ),
    Reason.TOO_MANY_IMAGES: not_used(
        "You sent {count} images; {model} takes up to {limit}.", "Choose up to {limit} and send it again."
    ),
    Reason.COUNT_OUT_OF_RANGE: not_used(
        "You requested {count} images; {model} generates 1 to {limit} a request.", "Choose a number in that range."
    ),
    Reason.PALETTE_TOO_LONG: not_used("Your palette has {length} characters; I read up to {limit}.", SHORTEN),
    Reason.PALETTE_COLOR_UNREADABLE: not_used("I can't read color {position} of your palette.", PALETTE_EXAMPLE),
    Reason.PALETTE_SHARE_UNREADABLE: not_used(
        "I can't read the share of color {position} of your palette.", "Write it as a number of percent, such as 40%."
    ),
    Reason.PALETTE_COUNT: not_used(
        "Your palette has {count} different colors, and a palette has {least} to {limit}.", PALETTE_EXAMPLE
    ),
    Reason.PALETTE_SHARES: not_used(
        "The shares in your palette add up to {total}%.",
        "Make them 100% together, or leave some out: colors without a share divide the rest evenly.",
    ),
    Reason.SEED_OUT_OF_RANGE: not_used(
        "A seed is a number from 0 to {limit}.", "Choose another seed, or leave it empty."
    ),
    Reason.ASPECT_RATIO_NEEDS_IMAGE: not_used(
        "The aspect ratio “same as input image” needs an input image.", "Attach one, or choose another aspect ratio."
    ),
    Reason.MODEL_NOT_OFFERED: not_used(
        "{model} isn't available here.", "Choose one of these, or leave it empty: {offered}."
    ),
    Reason.MODEL_NEEDS_IMAGE: not_used("{model} only edits images.", "Attach an image."),
    Reason.MODEL_TAKES_NO_IMAGES: not_used("{model} can't use input images.", "Remove the images."),
    Reason.MODEL_MAKES_NO_STORY: not_used("{model} can't generate stories.", "Use /imagine."),
    Reason.MODEL_MAKES_NO_IMAGE_SET: not_used("{model} can't generate an image set.", "Leave the option empty."),
    Reason.OPTION_NOT_TAKEN: not_used("{model} doesn't support {option}.", "Leave the option empty."),
    Reason.PARTS_CLASH: not_used("No model here combines {part} with {beside}.", "Leave one of them out."),
    Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT: not_used(
        "{model} can't use a negative prompt.", "Describe what you want instead."
    ),
}

# Of a palette in which some colors have no share.
NOTHING_LEFT = not_used(
    "The shares in your palette add up to {total}%, which leaves nothing for colors without one.",
    "Lower some shares, or give every color one.",
)
# Of a request whose style or character was deleted just before the request was sent.
REFERENCE_GONE = not_used(
    "A style or character of this request is no longer available.", "Send your request again without that name."
)
STYLE_GONE = not_used("That style is gone.", "Continue without the style, or choose another one.")
STYLED_TOO_LONG = not_used(
    "Together with the style, your prompt has {length} characters; {model} reads up to {limit}.", SHORTEN
)
# Of a model that generates one image a request: "1 to 1" would be no range.
ONE_AT_A_TIME = not_used("You requested {count} images; {model} generates one a request.", "Request one.")
ONE_OR_USE = "Request one, or use {other}."

# What to do next if another model takes the request.
WITH_OTHER_MODEL: Mapping[Reason, str] = {
    Reason.PROMPT_TOO_LONG: SHORTEN_OR_USE,
    Reason.NEGATIVE_PROMPT_TOO_LONG: SHORTEN_OR_USE,
    Reason.TOO_MANY_IMAGES: "Choose up to {limit}, or use {other}, which takes them all.",
    Reason.COUNT_OUT_OF_RANGE: "Choose a number in that range, or use {other}.",
    Reason.MODEL_NEEDS_IMAGE: "Attach an image, or use {other}.",
    Reason.MODEL_TAKES_NO_IMAGES: "Remove the images, or use {other}.",
    Reason.MODEL_MAKES_NO_STORY: "Use /imagine, or use {other}.",
    Reason.MODEL_MAKES_NO_IMAGE_SET: EMPTY_OR_USE,
    Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT: "Describe what you want instead, or use {other}.",
    Reason.OPTION_NOT_TAKEN: EMPTY_OR_USE,
    Reason.MORE_UNITS_THAN_LEFT: "Request {left} or fewer, use {other}, or wait: it resets <t:{resets_at}:R>.",
    Reason.LESS_THAN_ONE_LEFT: "Use {other}, or wait: it resets <t:{resets_at}:R>.",
    Reason.MODEL_PAUSED: "Use {other}, or try again later.",
}
# What to do next with a stored request that no model takes now: its form leaves out what no model has.
AGAIN_WITHOUT = "Use Edit prompt to send it without that."
AGAIN_OR_USE = "Use Edit prompt to send it without that, or use {other}."
AGAIN: Mapping[Reason, str] = {
    Reason.MODEL_MAKES_NO_IMAGE_SET: AGAIN_WITHOUT,
    Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT: AGAIN_WITHOUT,
    Reason.OPTION_NOT_TAKEN: AGAIN_WITHOUT,
    Reason.MODEL_NOT_OFFERED: "Use Edit prompt to send it to another model.",
}


def _next_step(reason: Reason, facts: Facts) -> str | None:
    """Return what to do next, if another model takes the request or the request is a stored one."""
    again = AGAIN.get(reason) if "again" in facts else None
    if "other" not in facts:
        return again
    return AGAIN_OR_USE if again == AGAIN_WITHOUT else WITH_OTHER_MODEL.get(reason)


def request_sentence(found: Sentence, reason: Reason, facts: Facts) -> Sentence:
    """Return *found*, the sentence of *reason*, as its facts need it. If another model takes the request, name it."""
    next_step = _next_step(reason, facts)
    if reason is Reason.COUNT_OUT_OF_RANGE and facts.get("limit") == 1:
        found, next_step = ONE_AT_A_TIME, next_step and ONE_OR_USE
    if reason is Reason.PALETTE_SHARES and facts.get("without"):
        found = NOTHING_LEFT
    if reason is Reason.REFERENCE_GONE and not facts.get("name"):
        found = REFERENCE_GONE
    if reason is Reason.STYLE_GONE and not facts.get("name"):
        found = STYLE_GONE
    if reason is Reason.PROMPT_TOO_LONG and "style" in facts:
        found = STYLED_TOO_LONG
    return found if next_step is None else replace(found, next=next_step)
