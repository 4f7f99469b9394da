"""The aspect ratios and qualities that members choose from, and the id of a form that repeats a prompt."""

from __future__ import annotations

from typing import Any

from discord.app_commands import Choice

from imagegen.image_request import AspectRatio, ImageRequest, Quality

ASPECT_RATIOS = {
    AspectRatio.SAME: "same as input image",
    AspectRatio.SQUARE: "1:1 square",
    AspectRatio.PORTRAIT: "3:4 portrait",
    AspectRatio.LANDSCAPE: "4:3 landscape",
    AspectRatio.TALL: "9:16 tall",
    AspectRatio.WIDE: "16:9 wide",
    AspectRatio.PHOTO: "3:2 photo",
    AspectRatio.PHOTO_PORTRAIT: "2:3 photo portrait",
    AspectRatio.CINEMA: "21:9 cinema",
}
QUALITIES = {Quality.NORMAL: "normal", Quality.HIGH: "high", Quality.FOUR_K: "4K"}
ASPECT_RATIO_CHOICES = [Choice(name=name, value=ratio.value) for ratio, name in ASPECT_RATIOS.items()]
WORDS, STORY, SET, PALETTE = "words", "story", "set", "palette"  # kinds of forms that repeat a prompt
PROMPT_FORMS = (WORDS, STORY, SET, PALETTE)
WHO, OPEN, PRIVATE = "who", "open", "private"  # the field that says who sees the results, and its values
_BY_DIGIT = (None, *ASPECT_RATIOS)
_QUALITIES = tuple(QUALITIES)
_SWITCH = (None, True, False)


def aspect_ratio_name(request: ImageRequest) -> str:
    """Return the aspect ratio of *request* as members choose it, in English."""
    return ASPECT_RATIOS[request.aspect_ratio or AspectRatio.SQUARE]


def prompt_form(what: str, request: ImageRequest, inputs: int | None = None) -> str:
    """Return the form of a request that no message holds.

    That is ``words:<seed + 1><switches><tens><quality><inputs><count><aspect ratio>``: one digit each but for the seed;
    *tens* are those of the count. Zeros in front are left out. *what* is a ``form_kind``, and *inputs* the number of
    the input images if they are not in *request*: a stored request has none.
    """
    quality, given = _QUALITIES.index(request.quality), min(len(request.images) if inputs is None else inputs, 9)
    tens, count = divmod(min(max(request.count, 0), 99), 10)
    switches = 3 * _SWITCH.index(request.enhance) + _SWITCH.index(request.thinking)
    seed = "" if request.seed is None else request.seed + 1
    its_id = int(f"{seed}{switches}{tens}{quality}{given}{count}{_BY_DIGIT.index(request.aspect_ratio)}")
    return f"{what}:{its_id}"


def form_kind(request: ImageRequest, palette: str = "") -> str:
    """Return the kind of the form that can hold *request*, with the *palette* as typed."""
    if request.image_set:
        return SET
    return STORY if request.story else PALETTE if palette else WORDS


def with_palette(prompt: str, palette: str) -> str:
    """Return what a member typed as one text."""
    return f"{prompt}\n\n{palette}" if palette else prompt


def without_palette(typed: str) -> tuple[str, str]:
    """Return the prompt and the palette of a text of ``with_palette``. A palette has no empty line."""
    prompt, _, palette = typed.rpartition("\n\n")
    return prompt, palette


def count_and_aspect_ratio(its_id: int) -> tuple[int, AspectRatio | None]:
    """Return what such an id holds. Ids may be made up."""
    tens, count, digit = its_id // 10_000 % 10, its_id // 10 % 10, its_id % 10
    return 10 * tens + count, _BY_DIGIT[digit] if digit < len(_BY_DIGIT) else None


def quality_in(its_id: int) -> Quality:
    """Return the quality that such an id holds."""
    digit = its_id // 1000 % 10
    return _QUALITIES[digit] if digit < len(_QUALITIES) else Quality.NORMAL


def unseen_in(its_id: int) -> dict[str, Any]:
    """Return what such an id holds of the options for which its form has no field, by name: seed, enhance, thinking."""
    seed, switches = its_id // 1_000_000, its_id // 100_000 % 10 % 9
    options = {"enhance": _SWITCH[switches // 3], "thinking": _SWITCH[switches % 3]}
    return {**options, "seed": seed - 1 if seed else None}


def had_images(its_id: int) -> bool:
    """Return whether the request came with input images: a prompt alone would be another request."""
    return its_id // 100 % 10 > 0
