"""Limit how many pages one person may open: each page costs calls with the bot's own token, or database reads."""

from __future__ import annotations

import asyncio
from math import ceil
from typing import Any

import discord

from cogs.interactions.context import context_of
from imagegen.errors import Reason, Refused

SHEET = 2  # pages that a history counts for: up to nine images are downloaded and drawn
WAIT_S = 10.0  # the longest wait for a turn


def count_pages(interaction: discord.Interaction[Any], pages: int = 1) -> None:
    """Count pages for the member of *interaction*. Raises Refused READS_TOO_FAST if they open too many."""
    wait_s = context_of(interaction).reads.take(interaction.user.id, pages)
    if wait_s:
        raise Refused(Reason.READS_TOO_FAST, wait_s=ceil(wait_s))


async def wait_to_count(interaction: discord.Interaction[Any], pages: int = 1) -> None:
    """Do the same for an acknowledged interaction, whose member waits for their turn: for WAIT_S at most."""
    left_s, reads = WAIT_S, context_of(interaction).reads
    while wait_s := reads.take(interaction.user.id, pages):
        if wait_s > left_s:
            raise Refused(Reason.READS_TOO_FAST, wait_s=ceil(wait_s))
        left_s -= wait_s
        await asyncio.sleep(wait_s)
