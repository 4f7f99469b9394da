"""A color palette: which ones Wan accepts. Pure.

help.aliyun.com/zh/model-studio/wan-image-generation-and-editing-api-reference, color_palette (2026-11-20).
"""

from __future__ import annotations

import re

from sandbox.wan.errors import invalid
from sandbox.wan.requests import PaletteColor

COLORS = (3, 10)
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
_SHARE = re.compile(r"(\d{1,3})\.(\d{2})%")
_MESSAGE = "color_palette needs 3 to 10 colors of 100.00% in total"


def parse(value: object) -> tuple[PaletteColor, ...]:
    """Return the palette; nothing for None. Refusal for another form, or shares that are not 100.00% in total."""
    if value is None:
        return ()
    if not isinstance(value, list) or not COLORS[0] <= len(value) <= COLORS[1]:
        raise invalid(_MESSAGE)
    palette = tuple(_color(entry) for entry in value)
    if sum(color.share for color in palette) != 100_00:
        raise invalid(_MESSAGE)
    return palette


def _color(value: object) -> PaletteColor:
    entry = value if isinstance(value, dict) else {}
    share = _SHARE.fullmatch(str(entry.get("ratio")))
    if not share or not _HEX.fullmatch(str(entry.get("hex"))):
        raise invalid('a color of color_palette should be like {"hex": "#C2D1E6", "ratio": "25.00%"}')
    return PaletteColor(str(entry["hex"]), int(share[1]) * 100 + int(share[2]))
