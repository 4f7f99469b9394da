"""What a member has chosen of an image, to edit a part of it: it is all in the ids of the private grid's components.

So a grid that was sent before a restart still works. Ids may be made up: who uses one must be able to see the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cogs.ui.limits import SELECT_OPTIONS
from imagegen.model import Box
from imagegen.policy.parts import Grid, grid_for

_CHOICE = (
    r"(?P<message>\d{1,20}):(?P<number>\d{1,2}):(?P<total>\d{1,2}):(?P<width>[1-9]\d{2,3})x(?P<height>[1-9]\d{2,3})"
    r":(?P<cells>[0-9a-f]{1,7})"
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
    """Image *number* of *total* in a message, its size as it would be sent, and the chosen cells of its grid."""

    message_id: int
    number: int
    total: int
    width_px: int
    height_px: int
    cells: frozenset[int] = frozenset()

    @property
    def grid(self) -> Grid:
        """Return the grid that the member sees."""
        return grid_for(self.width_px, self.height_px)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Return at most two boxes that cover the chosen cells; none if no cell is chosen."""
        return self.grid.boxes(self.cells)

    def custom_id(self, what: str) -> str:
        """Return the id of one component."""
        return f"w1:part:{what}:{self._text}"

    def form_id(self, nonce: int) -> str:
        """Return the id of the form that asks for the change."""
        return f"w1:part:form:{self._text}:{nonce:x}"

    @property
    def _text(self) -> str:
        bits = sum(1 << number for number in self.cells)
        return f"{self.message_id}:{self.number}:{self.total}:{self.width_px}x{self.height_px}:{bits:x}"


def choice_in(match: re.Match[str]) -> PartChoice:
    """Return the choice of an id."""
    bits = int(match["cells"], 16)
    message_id, number, total, width, height = (
        int(match[name]) for name in ("message", "number", "total", "width", "height")
    )
    choice = PartChoice(message_id, number, min(total, SELECT_OPTIONS), width, height)
    return replace(choice, cells=frozenset(number for number in choice.grid.numbers if bits >> number & 1))
