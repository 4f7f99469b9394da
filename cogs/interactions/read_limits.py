"""How many pages one person may open: each costs calls by the bot's own token, or a read of the books."""

from __future__ import annotations

from math import ceil
from typing import Any

import discord

from cogs.interactions.context import context_of
from imagegen.errors import Reason, Refused

SHEET = 2  # pages that a family's sheet counts for: up to nine images are downloaded and drawn


def count(interaction: discord.Interaction[Any], pages: int = 1) -> None:
    """Count pages for the person of *interaction*. Refused READS_TOO_FAST when they open too many at once."""
    wait_s = context_of(interaction).reads.take(interaction.user.id, pages)
    if wait_s:
        raise Refused(Reason.READS_TOO_FAST, wait_s=ceil(wait_s))
