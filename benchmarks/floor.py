"""The floor of the measurements: the smallest discord.py bot that defers, calls Wan, downloads and edits with the file.

It keeps nothing: no database, no quota, no queue, no checks. It must not be used as a bot.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import discord

PER_S, IN_FLIGHT = 5, 5
URL = "/services/aigc/multimodal-generation/generation"


class Pace:
    """At most 5 requests begin in a second, and 5 are under way; none of that with ``BENCH_LIFT``."""

    def __init__(self) -> None:
        self._slots, self._rate = asyncio.Semaphore(IN_FLIGHT), asyncio.Semaphore(PER_S)
        self.is_lifted = bool(os.environ.get("BENCH_LIFT"))

    async def enter(self, stack: AsyncExitStack) -> None:
        """Wait for a slot, and give it back at the end of *stack*."""
        if self.is_lifted:
            return
        await stack.enter_async_context(self._slots)
        await self._rate.acquire()
        asyncio.get_running_loop().call_later(1.0, self._rate.release)


class Floor(discord.Client):
    """The bot."""

    async def setup_hook(self) -> None:
        """Open the session for Wan."""
        self.session, self.pace = aiohttp.ClientSession(), Pace()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Defer, generate, and show the image."""
        await interaction.response.defer(thinking=True)
        data: Any = interaction.data
        image = await self.generate(data["options"][0]["value"], data.get("resolved", {}).get("attachments", {}))
        await interaction.edit_original_response(attachments=[discord.File(io.BytesIO(image), "image.png")])

    async def generate(self, prompt: str, attachments: Any) -> bytes:
        """Return the image for *prompt* and the attached images."""
        content = [{"text": prompt}]
        for attachment in attachments.values():
            async with self.session.get(attachment["url"]) as answer:
                content.append({"image": "data:image/jpeg;base64," + base64.b64encode(await answer.read()).decode()})
        async with AsyncExitStack() as stack:
            await self.pace.enter(stack)
            body = {"model": "wan2.6-t2i", "input": {"messages": [{"role": "user", "content": content}]}}
            async with self.session.post(os.environ["DASHSCOPE_HTTP_BASE_URL"] + URL, json=body) as answer:
                made = await answer.json()
        link = made["output"]["choices"][0]["message"]["content"][0]["image"]
        async with self.session.get(link) as answer:
            return await answer.read()


def main() -> None:
    """Run until killed."""
    intents = discord.Intents(guilds=True)
    Floor(intents=intents, max_messages=None).run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
