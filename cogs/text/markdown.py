"""Show what a person typed: without active markdown or mentions, and short enough to fit."""

from __future__ import annotations

import re

import discord

from cogs.text.units import cut, units

# What Discord reads as markdown. Links stay whole, because a backslash in a link changes its target.
# https://support.discord.com/hc/en-us/articles/210298617 (2026-11-25)
_ACTIVE = re.compile(r"(?P<link>https?://[^\s<]+)|(?P<sign>[_\\~|*`\[]|\A[#>-])")


def plain(text: str) -> str:
    """Return *text* on one line, exactly as typed, with markdown and mentions escaped.

    The backslash before ``<`` stops mentions, times and links. discord.py's ``escape_markdown`` takes a second for
    2,800 brackets and does not escape text inside a masked link.
    """
    escaped = _ACTIVE.sub(lambda found: found["link"] or f"\\{found['sign']}", " ".join(text.split()))
    return discord.utils.escape_mentions(escaped).replace("<", "\\<")


def shortened(text: str, most: int) -> str:
    """Return *text*, or its beginning with an ellipsis, in at most *most* UTF-16 units."""
    return text if units(text) <= most else cut(text, most - 1).rstrip() + "…"


def plain_within(text: str, most: int) -> str:
    """Return as much of the escaped *text* as fits into *most* UTF-16 units. Escapes can double its length."""
    shown = plain(text)
    if units(shown) <= most:
        return shown
    kept = cut(shown, most - 1)
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept[: len(kept) - backslashes % 2].rstrip() + "…"  # a final single backslash would escape nothing


def code(text: str) -> str:
    """Return *text* in a code block for copying. Backticks in *text* cannot close the block."""
    return "```\n" + text.replace("```", "`\N{ZERO WIDTH SPACE}`\N{ZERO WIDTH SPACE}`") + "\n```"


def uncoded(text: str) -> str | None:
    """Return the text of the code block at the end of *text*, as ``code`` writes it, or None."""
    _, begun, block = text.partition("```\n")
    if not begun or not block.endswith("\n```"):
        return None
    return block.removesuffix("\n```").replace("`\N{ZERO WIDTH SPACE}`\N{ZERO WIDTH SPACE}`", "```")
