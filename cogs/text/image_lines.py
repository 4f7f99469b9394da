"""The small lines about the images of a result: which came, in what form, and from which input images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeVar

from cogs.text import phrases
from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import plain
from cogs.text.models import full_name
from imagegen.image_request import OF_STYLE
from imagegen.model import Job, Shrink
from imagegen.model_options import reads_boxes_as_words
from imagegen.policy.characters import MARK
from imagegen.policy.parts import place_of
from imagegen.policy.variations import SUBTLE

K = TypeVar("K")


def ranges(numbers: Iterable[int], translate: Translator = ENGLISH) -> str:
    """Return ascending *numbers* as text, neighbors as a range: "1–6, 8"."""
    found: list[str] = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        ends = [number for _, number in run]
        found.append(str(ends[0]) if len(ends) == 1 else f"{ends[0]}–{ends[-1]}")
    return translate.nouns(found)


def _by_value(pairs: Iterable[tuple[int, K]]) -> dict[K, list[int]]:
    """Return the numbers of each value, in the order of the first ones."""
    found: dict[K, list[int]] = {}
    for number, value in pairs:
        found.setdefault(value, []).append(number)
    return found


def _about(sentence: tuple[str, str], numbers: Sequence[int], translate: Translator, **facts: str) -> str:
    """Return *sentence*, in the form for one image or for several, about the images with these numbers."""
    return translate.plural(*sentence, len(numbers), images=ranges(numbers, translate), **facts)


def reading_order(numbers: Sequence[int], translate: Translator = ENGLISH) -> list[str]:
    """Return how the images of a card are numbered, when one of them is left out."""
    if len(numbers) < 2 or list(numbers) == list(range(1, len(numbers) + 1)):
        return []
    named = [translate(phrases.IMAGE_NUMBER, number=number) for number in numbers]
    return [translate(phrases.READING_ORDER, images=translate.nouns(named))]


def inputs(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """Return which input images a result comes from, in order, and how the bot adapted them."""
    number = job.input_count
    lines = [translate(phrases.FROM_IMAGES, number=number)] if number > 1 else []
    known = job.request.origins[:number]
    known = known if number > 1 or any(origin.startswith(MARK) for origin in known) else ()
    origins = _by_value((at, _origin(origin, translate)) for at, origin in enumerate(known, start=1) if origin)
    if named := [
        _about(phrases.IMAGE_ORIGIN, numbers, translate, origin=origin) for origin, numbers in origins.items()
    ]:
        lines = [translate(phrases.FROM_NAMED_IMAGES, images=translate.listed(named))]
    said = _by_value((number, _notes(notes, translate)) for number, notes in enumerate(job.input_notes, start=1))
    return lines + [
        _about(phrases.IMAGE_NOTES, numbers, translate, notes=notes) for notes, numbers in said.items() if notes
    ]


def _notes(notes: Sequence[str], translate: Translator) -> str:
    return translate.listed([translate(phrases.NOTES[note]) for note in notes if note in phrases.NOTES])


def _origin(origin: str, translate: Translator) -> str:
    """Return where an image was: in a message or a command's option, or of which character; or of the style.

    Never its file name, which is untrusted.
    """
    if origin.startswith(MARK):
        return plain(origin)
    if origin.startswith(OF_STYLE):
        return translate(phrases.FROM_STYLE)
    return translate(phrases.ORIGINS[origin]) if origin in phrases.ORIGINS else translate.name(origin)


def edited_parts(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """Return which parts of its input images a result changed; nothing if it changed whole images.

    A model that takes no boxes read them as words, and may have changed more.
    """
    places = [
        translate(phrases.PLACES[place_of(box, *size)])
        for boxes, size in zip(job.request.boxes, job.input_sizes, strict=False)
        for box in boxes
    ]
    if not places:
        return []
    lines = [translate(phrases.EDITED_PARTS, places=translate.nouns(places))]
    return [*lines, translate(phrases.PART_WENT_AS_WORDS)] if reads_boxes_as_words(job.model) else lines


def variation(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """Return how a result varies the one that it comes from; nothing if it does not."""
    kinds, number = job.request.variation, job.request.varied_number
    sentences = dict(phrases.VARIATIONS)
    if number is not None:
        sentences[SUBTLE] = phrases.SUBTLE_VARIATION_OF
    return [translate(sentences[kind], number=number or 1) for kind in kinds if kind in sentences]


def lost(numbers: Sequence[int], translate: Translator = ENGLISH) -> list[str]:
    """Return a line about the images that could not be downloaded, if there are any."""
    return [_about(phrases.LOST, numbers, translate)] if numbers else []


def left_out(sizes: Sequence[tuple[int, int]], translate: Translator = ENGLISH) -> list[str]:
    """Return a line for each image that is too large for Discord, from (number, bytes)."""
    return [translate(phrases.LEFT_OUT, number=number, mb=f"{size / 1024**2:.1f}") for number, size in sizes]


def shrunk(found: Sequence[tuple[int, Shrink | None]], translate: Translator = ENGLISH) -> list[str]:
    """Return a line for each way in which images were saved smaller to fit, from (number, how)."""
    return [
        _about(phrases.SHRUNK[how], numbers, translate) for how, numbers in _by_value(found).items() if how is not None
    ]


def style(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """Return the style of a result, and that its model was not used if so; nothing without a style."""
    request = job.request
    lines = [translate(phrases.STYLE_APPLIED, name=plain(request.style))] if request.style else []
    if request.style_model:
        lines.append(translate(phrases.STYLE_MODEL_NOT_USED, model=plain(full_name(request.style_model, translate))))
    return lines
