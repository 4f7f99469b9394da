"""Read a color palette as members type it: ``#C2D1E6 40%, teal, gold``. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import ImageColor

from imagegen.errors import Reason, Refused
from imagegen.image_request import PaletteColor

# 3 to 10 colors, whose shares are 100.00 % together; 8 are advised.
# https://help.aliyun.com/zh/model-studio/wan-image-generation-and-editing-api-reference (2026-11-20)
COLORS = (3, 10)
WHOLE = 100_00  # hundredths of a percent
ROUNDING = 1_00  # people write 33 % three times: a total that is so near is taken as rounded
MAX_CHARS = 200
UNREAD = (PaletteColor("#000000", WHOLE),)  # stands for a palette whose text is not read yet

_SEPARATORS = re.compile(r"[,;、\n]")
_HEX = re.compile(r"#?([0-9a-f]{6})|#([0-9a-f])([0-9a-f])([0-9a-f])")
_SHARE = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%?")
_CHINESE = {
    "红": "red", "橙": "orange", "黄": "yellow", "绿": "green", "青": "cyan", "蓝": "blue", "紫": "purple",
    "粉": "pink", "棕": "brown", "黑": "black", "白": "white", "灰": "gray", "金": "gold", "银": "silver",
}  # fmt: skip


def hex_of(name: str) -> str:
    """Return ``#RRGGBB`` for a name of CSS. Pillow's own table mixes texts and numbers once it was read."""
    return "#{:02X}{:02X}{:02X}".format(*ImageColor.getrgb(name))


_NAMES = {hex_of(name): name for name in reversed([*ImageColor.colormap])}


@dataclass(frozen=True)
class _Entry:
    """A color as typed. *share* None: it shares with others what is left."""

    hex: str
    share: int | None


def parse_palette(text: str) -> tuple[PaletteColor, ...]:
    """Return the colors of *text* with their shares; none for a text of spaces. A color named twice has both shares.

    Colors are ``#RRGGBB``, ``#RGB``, names as in CSS, or common Chinese names. What named shares leave is divided
    evenly among colors without one. Raise Refused with a reason PALETTE_….
    """
    if len(text) > MAX_CHARS:
        raise Refused(Reason.PALETTE_TOO_LONG, length=len(text), limit=MAX_CHARS)
    plain = unicodedata.normalize("NFKC", text).lower()  # Chinese keyboards write wide signs
    typed = [part for part in _SEPARATORS.split(plain) if part.strip()]
    entries = [_entry(part, position) for position, part in enumerate(typed, start=1)]
    if not entries:
        return ()
    shares: dict[str, int] = {}
    for entry, share in zip(entries, _whole_shares([entry.share for entry in entries]), strict=True):
        shares[entry.hex] = shares.get(entry.hex, 0) + share
    if not COLORS[0] <= len(shares) <= COLORS[1]:
        raise Refused(Reason.PALETTE_COUNT, count=len(shares), least=COLORS[0], limit=COLORS[1])
    return tuple(PaletteColor(color, share) for color, share in shares.items())


def palette_text(palette: Sequence[PaletteColor]) -> str:
    """Return *palette* as members read it, and as ``parse_palette`` reads it again: ``#C2D1E6 40%, teal 60%``.

    If it would be too long with names of colors, there are none.
    """
    named = _joined(palette, _NAMES)
    return named if len(named) <= MAX_CHARS else _joined(palette, {})


def _joined(palette: Sequence[PaletteColor], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names.get(color.hex, color.hex)} {percent(color.share)}%" for color in palette)


def percent(share: int) -> str:
    """Return a share as a number of percent: ``40``, ``12.5``, ``33.33``."""
    return f"{share // 100}.{share % 100:02}".rstrip("0").rstrip(".")


def _entry(part: str, position: int) -> _Entry:
    """Return one color. Raise Refused PALETTE_COLOR_UNREADABLE for an unknown color.

    Raise Refused PALETTE_SHARE_UNREADABLE for a known one with a share of nothing, or with none that is a number.
    """
    words = part.replace("%", "% ").replace(":", " ").split() or [""]
    if words[-1] == "%":
        words[-2:] = ["".join(words[-2:])]
    found = _SHARE.fullmatch(words[-1]) if len(words) > 1 else None
    share = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None
    color = _hex("".join(words[:-1] if found else words))
    is_no_share = share == 0 or (share is None and words[-1].endswith("%"))
    if is_no_share and _hex("".join(words[:-1])):
        raise Refused(Reason.PALETTE_SHARE_UNREADABLE, position=position)
    if color is None or is_no_share:
        raise Refused(Reason.PALETTE_COLOR_UNREADABLE, position=position)
    return _Entry(color, share)


def _hex(name: str) -> str | None:
    """Return ``#RRGGBB`` for a color as typed, in lower case; None for an unknown one."""
    if found := _HEX.fullmatch(name):
        digits = found[1] or "".join(digit * 2 for digit in found.groups()[1:])
        return f"#{digits.upper()}"
    name = _CHINESE.get(name.removesuffix("色"), name)
    if name not in ImageColor.colormap:
        return None
    return hex_of(name)


def _whole_shares(typed: Sequence[int | None]) -> list[int]:
    """Return shares of WHOLE together. Raise Refused PALETTE_SHARES if the named ones are too much or too little."""
    shares, blank = [share or 0 for share in typed], typed.count(None)
    rest = WHOLE - sum(shares)
    if rest < blank if blank else abs(rest) > ROUNDING:
        raise Refused(Reason.PALETTE_SHARES, total=percent(sum(shares)), without=blank)
    if not blank:
        shares[shares.index(max(shares))] += rest
        return shares
    each, more = divmod(rest, blank)
    even = iter([each + 1] * more + [each] * (blank - more))
    return [next(even) if share is None else share for share in typed]
