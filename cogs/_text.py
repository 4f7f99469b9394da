"""What somebody typed, as it may be shown: it does nothing, and is no longer than there is room."""

from __future__ import annotations

import re

import discord


def plain(text: str) -> str:
    """*text* on one line, as it was typed: no markdown and no mention works in it.

    A backslash before ``<`` keeps Discord from reading a mention, a time or a link behind it.
    """
    escaped = discord.utils.escape_markdown(" ".join(text.split()))
    return discord.utils.escape_mentions(escaped).replace("<", "\\<")


def shortened(text: str, most: int) -> str:
    """At most *most* characters, and visibly cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain_within(text: str, most: int) -> str:
    """As much of *text* as fits into *most* characters when it is plain; escapes may double it."""
    kept = most
    while len(shown := plain(shortened(text, kept))) > most:
        kept = kept * most // len(shown)
    return shown


def code(text: str) -> str:
    """*text* to be copied, as it was typed: in a block that it cannot close."""
    return "```\n" + text.replace("```", "`\N{ZERO WIDTH SPACE}`\N{ZERO WIDTH SPACE}`") + "\n```"


def uncoded(text: str) -> str | None:
    """What ``code`` made a block of, at the end of *text*; None where there is none."""
    block = re.search(r"```\n(.*)\n```\Z", text, re.DOTALL)
    return None if block is None else block[1].replace("`\N{ZERO WIDTH SPACE}`\N{ZERO WIDTH SPACE}`", "```")
