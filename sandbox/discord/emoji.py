"""Which texts are Unicode emoji, and how Discord writes each. Pure.

The form is checked, not Unicode's list of sequences: any two letters are a flag, and any emoji takes a skin tone.
https://www.unicode.org/reports/tr51/#Definitions and .../Public/16.0.0/ucd/emoji/emoji-data.txt (2026-11-29)
"""

from __future__ import annotations

import re
import unicodedata

# The property Emoji, without digits and the letters of flags. From 1FA70 on: the block that new versions fill.
_EMOJI = (
    "A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 23CF 23E9-23F3 23F8-23FA 24C2 25AA-25AB 25B6 25C0 "
    "25FB-25FE 2600-2604 260E 2611 2614-2615 2618 261D 2620 2622-2623 2626 262A 262E-262F 2638-263A 2640 2642 "
    "2648-2653 265F-2660 2663 2665-2666 2668 267B 267E-267F 2692-2697 2699 269B-269C 26A0-26A1 26A7 26AA-26AB "
    "26B0-26B1 26BD-26BE 26C4-26C5 26C8 26CE-26CF 26D1 26D3-26D4 26E9-26EA 26F0-26F5 26F7-26FA 26FD 2702 2705 "
    "2708-270D 270F 2712 2714 2716 271D 2721 2728 2733-2734 2744 2747 274C 274E 2753-2755 2757 2763-2764 2795-2797 "
    "27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55 3030 303D 3297 3299 1F004 1F0CF 1F170-1F171 1F17E-1F17F "
    "1F18E 1F191-1F19A 1F201-1F202 1F21A 1F22F 1F232-1F23A 1F250-1F251 1F300-1F321 1F324-1F393 1F396-1F397 "
    "1F399-1F39B 1F39E-1F3F0 1F3F3-1F3F5 1F3F7-1F4FD 1F4FF-1F53D 1F549-1F54E 1F550-1F567 1F56F-1F570 1F573-1F57A "
    "1F587 1F58A-1F58D 1F590 1F595-1F596 1F5A4-1F5A5 1F5A8 1F5B1-1F5B2 1F5BC 1F5C2-1F5C4 1F5D1-1F5D3 1F5DC-1F5DE "
    "1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA-1F64F 1F680-1F6C5 1F6CB-1F6D2 1F6D5-1F6D7 1F6DC-1F6E5 1F6E9 1F6EB-1F6EC "
    "1F6F0 1F6F3-1F6FC 1F7E0-1F7EB 1F7F0 1F90C-1F93A 1F93C-1F945 1F947-1F9FF 1FA70-1FAFF"
)
_NEW_BLOCK = 0x1FA70
# Wide, and yet drawn as text without a selector: https://www.unicode.org/reports/tr51/#emoji_data (2026-11-29)
_WIDE_TEXT = "\u3030\u303d\u3297\u3299\U0001f202\U0001f237"
_SELECTOR = "\ufe0f"
_MAX_CHARS = 40


def _character_class() -> str:
    ends = [[chr(int(end, 16)) for end in found.split("-")] for found in _EMOJI.split()]
    return "[" + "".join("-".join(found) for found in ends) + "]"


_BASE, _TONE = _character_class(), "[\U0001f3fb-\U0001f3ff]"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_REGION = "\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f"  # England, Scotland, Wales
_ONE = f"(?:{_FLAG}|[0-9#*]\u20e3|{_REGION}|{_BASE}{_TONE}?)"
_WHOLE = re.compile(f"{_ONE}(?:\u200d{_ONE})*")
_PART = re.compile(f"(?:[0-9#*]|{_BASE})(?!{_TONE})")


def canonical(text: str) -> str | None:
    """Return an emoji as Discord writes it, with a selector where Unicode wants one; None if *text* is no emoji."""
    bare = text[: _MAX_CHARS + 1].replace(_SELECTOR, "")
    if len(text) > _MAX_CHARS or _WHOLE.fullmatch(bare) is None:
        return None
    return _PART.sub(lambda found: found[0] + _SELECTOR if _is_text(found[0]) else found[0], bare)


def _is_text(character: str) -> bool:
    """Return whether a character is drawn as text unless a selector follows."""
    is_wide = unicodedata.east_asian_width(character) == "W" or ord(character) >= _NEW_BLOCK
    return not is_wide or character in _WIDE_TEXT
