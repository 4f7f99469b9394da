"""Read the text that a private reply returned to its writer."""

from __future__ import annotations

import aiohttp
import discord

from cogs.interactions import private_replies
from cogs.text.markdown import uncoded

MOST_BYTES = 16_100  # 4,000 characters of up to four bytes


async def returned_text(message: discord.Message) -> str:
    """Return the text that a reply returned, from its code block or its file."""
    if (words := uncoded(message.content)) is not None:
        return words
    file = next((file for file in message.attachments if file.filename == private_replies.WORDS_FILE), None)
    if file is None or file.size > MOST_BYTES:
        return ""
    try:
        return (await file.read()).decode("utf-8", "replace")
    except (discord.HTTPException, aiohttp.ClientError):
        return ""
