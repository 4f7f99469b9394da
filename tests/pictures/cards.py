"""What a card is: a scene, played by people on a stage of their own, that ends with what is to be seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.pictures.stage import Shot, Stage

Scene = Callable[[Stage], Awaitable[Shot]]


@dataclass(frozen=True)
class Card:
    """A scene to take pictures of. *whole*: with the page around it. *phone*: at the width of a phone too."""

    name: str  # begins the names of its files
    sentence: str
    play: Scene
    whole: bool = False
    phone: bool = False


def card(sentence: str, *, whole: bool = False, phone: bool = False) -> Callable[[Scene], Card]:
    """Make a scene a card of its own name."""
    return lambda play: Card(play.__name__.strip("_").replace("_", "-"), sentence, play, whole, phone)
