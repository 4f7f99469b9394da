"""How long a text is for Discord: its clients count units of UTF-16, so an emoji is two."""

from __future__ import annotations


def units(text: str) -> int:
    """Return the length of *text* in units of UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """Return the beginning of *text* that fits into *most* units; no character is cut in half."""
    if units(text) <= most:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * max(0, most)].decode("utf-16-le", "ignore")
