"""What a member has chosen of an image, to edit a part of it: it is all in the ids of the private grid's components.

So a grid that was sent before a restart still works. Ids may be made up: who uses one must be able to see the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cogs.ui.ids import PRIVATE_MARK
from cogs.ui.limits import SELECT_OPTIONS
from imagegen.image_request import Box
from imagegen.policy.parts import Grid, grid_for

# The longest id of a form has 98 characters of the 100 that Discord takes.
_CHOICE = (
    r"(?P<message>\d{1,20}):(?P<position>\d{1,2}):(?P<images>\d{1,2}|x[0-9a-f]{1,4})"
    r":(?P<width>[1-9]\d{2,3})x(?P<height>[1-9]\d{2,3}):(?P<cells>[0-9a-f]{1,7})(?:,(?P<model>[a-z0-9.-]{1,20}))?(?P<private>!?)"
)
CELLS, IMAGE, WORDS = "cells", "image", "words"
# The nonce makes each opened form different, as in ids.py.
FORM = re.compile(rf"w1:part:form:{_CHOICE}:[0-9a-f]{{8,16}}")


def is_part_form(form: str) -> bool:
    """Return whether *form* is the id of the button that opens a PartForm (``PartChoice.custom_id`` of WORDS)."""
    return form.startswith(f"w1:part:{WORDS}:")


def part_template(what: str) -> str:
    """Return the regular expression of the id of one component: CELLS, IMAGE or WORDS."""
    return f"w1:part:{what}:{_CHOICE}"


@dataclass(frozen=True)
class PartChoice:
    """An image of a message by its position from 1, its size as it would be sent, and the chosen cells of its grid.

    *numbers* has the number of each image of the message, as members read it. *model* is the model that edits; None:
    the usual one. *private*: the result of the edit is to be private.
    """

    message_id: int
    position: int
    numbers: tuple[int, ...]
    width_px: int
    height_px: int
    cells: frozenset[int] = frozenset()
    model: str | None = None
    private: bool = False

    @property
    def grid(self) -> Grid:
        """Return the grid that the member sees."""
        return grid_for(self.width_px, self.height_px)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Return at most two boxes that cover the chosen cells; none if no cell is chosen."""
        return self.grid.boxes(self.cells)

    @property
    def more_cells(self) -> tuple[int, ...]:
        """Return the cells that the boxes cover and nobody chose."""
        return tuple(number for number in self.grid.numbers_in(self.boxes) if number not in self.cells)

    def custom_id(self, what: str) -> str:
        """Return the id of one component."""
        return f"w1:part:{what}:{self._text}"

    def form_id(self, nonce: int) -> str:
        """Return the id of the form that asks for the change."""
        return f"w1:part:form:{self._text}:{nonce:x}"

    @property
    def _text(self) -> str:
        model = "" if self.model is None else f",{self.model}"
        cells = f"{_bits(self.cells):x}{model}{PRIVATE_MARK if self.private else ''}"
        return f"{self.message_id}:{self.position}:{self._images}:{self.width_px}x{self.height_px}:{cells}"

    @property
    def _images(self) -> str:
        """Return the numbers of the images: how many, if they are counted from 1."""
        is_counted = self.numbers == tuple(range(1, len(self.numbers) + 1))
        return str(len(self.numbers)) if is_counted else f"x{_bits(self.numbers):x}"


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in set(numbers))


def _numbers_in(images: str) -> tuple[int, ...]:
    """Return what ``PartChoice._images`` holds. Ids may be made up."""
    if not images.startswith("x"):
        return tuple(range(1, min(int(images), SELECT_OPTIONS) + 1))
    bits = int(images[1:], 16)
    return tuple(number for number in range(bits.bit_length()) if bits >> number & 1)


def choice_in(match: re.Match[str]) -> PartChoice:
    """Return the choice of an id."""
    bits = int(match["cells"], 16)
    message_id, position, width, height = (int(match[name]) for name in ("message", "position", "width", "height"))
    choice = PartChoice(message_id, position, _numbers_in(match["images"]), width, height, model=match["model"])
    cells = frozenset(number for number in choice.grid.numbers if bits >> number & 1)
    return replace(choice, cells=cells, private=bool(match["private"]))
