"""What somebody typed, as it may be shown: it does nothing, and is no longer than there is room."""

from __future__ import annotations

import re

import discord

from cogs.text.units import cut, units

# What Discord would read as markdown. A link is passed over whole: a backslash in it would lead elsewhere.
# https://support.discord.com/hc/en-us/articles/210298617 (2026-11-25)
_ACTIVE = re.compile(r"(?P<link>https?://[^\s<]+)|(?P<sign>[_\\~|*`\[]|\A[#>-])")


def plain(text: str) -> str:
    """Return *text* on one line, as it was typed: no markdown and no mention works in it.

    A backslash before ``<`` keeps Discord from reading a mention, a time or a link behind it. discord.py's own
    ``escape_markdown`` takes a second for 2,800 brackets, and leaves what stands in a masked link as it is.
    """
    escaped = _ACTIVE.sub(lambda found: found["link"] or f"\\{found['sign']}", " ".join(text.split()))
    return discord.utils.escape_mentions(escaped).replace("<", "\\<")


def shortened(text: str, most: int) -> str:
    """At most *most* units, as Discord's clients count them, and visibly cut."""
    return text if units(text) <= most else cut(text, most - 1).rstrip() + "…"


def plain_within(text: str, most: int) -> str:
    """Return as much of *text* as fits into *most* units when it is plain; escapes may double it."""
    shown = plain(text)
    if units(shown) <= most:
        return shown
    kept = cut(shown, most - 1)
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept[: len(kept) - backslashes % 2].rstrip() + "…"  # a last one would escape nothing any more


def code(text: str) -> str:
    """*text* to be copied, as it was typed: in a block that it cannot close."""
    return "```\n" + text.replace("```", "`\N{ZERO WIDTH SPACE}`\N{ZERO WIDTH SPACE}`") + "\n```"


def uncoded(text: str) -> str | None:
    """Return what ``code`` made a block of, at the end of *text*; None where there is none."""
    _, begun, block = text.partition("```\n")
    if not begun or not block.endswith("\n```"):
        return None
    return block.removesuffix("\n```").replace("`\N{ZERO WIDTH SPACE}`\N{ZERO WIDTH SPACE}`", "```")
