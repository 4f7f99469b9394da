"""What a story says and where its pictures stand. Pure: the same words and seed tell the same story."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

Part = str | int  # a paragraph, or the number of a picture from 0

_PLACES = ("a quiet harbour", "the old lamp room", "a market under lanterns", "the tide pools", "a bridge of rope")
_HAPPENINGS = (
    "a gull lands, looks around — and decides to stay",
    "somebody has left a door open, and light falls through it",
    "the wind turns; everybody notices, nobody says so",
    "a small boat comes in without a sail: 静かに, as if it knew the way",
    "rain begins, fine as thread, and the colours deepen",
)
_ENDINGS = ("It is only the beginning…", "So the day goes on.", "And that is how they find it. 🌊")


def plan(prompt: str, seed: int, pictures: int, *, paragraph: str = "", last_words: bool = False) -> list[Part]:
    """A paragraph, its picture, a paragraph, its picture; words alone where *pictures* is 0.

    *paragraph* stands in each paragraph's place. *last_words* ends with a paragraph instead of a picture.
    """
    rng = Random(f"{prompt}\0{seed}")
    parts: list[Part] = []
    for index in range(pictures):
        parts += [paragraph or _paragraph(rng, prompt, index), index]
    if last_words or not pictures:
        parts.append(paragraph or f"{_paragraph(rng, prompt, pictures)}The end.\n")
    return parts


def _paragraph(rng: Random, prompt: str, index: int) -> str:
    opening = f"“{prompt[:80]}”: it begins at" if index == 0 else "Then comes"
    return (
        f"**{index + 1}.** {opening} {rng.choice(_PLACES)}, where {rng.choice(_HAPPENINGS)}. {rng.choice(_ENDINGS)}\n"
    )


def beats(parts: list[Part], seed: int) -> Iterator[Part]:
    """The parts as they are streamed: words in fragments of a few characters, pictures whole."""
    rng = Random(seed)
    for part in parts:
        if isinstance(part, int):
            yield part
            continue
        rest = part
        while rest:
            length = rng.randrange(2, 8)
            yield rest[:length]
            rest = rest[length:]
