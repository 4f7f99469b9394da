"""/story: text and images interleaved, streamed into the message."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.interactions import submission
from cogs.messaging.attachments import from_attachment
from cogs.ui.form_choices import ASPECT_RATIOS, prompt_form
from imagegen.model import AspectRatio, ImageRequest


class Story(commands.Cog):
    @app_commands.command(description="Tell a story in words and images, while you read it.")
    @app_commands.describe(
        prompt="What the story should tell",
        image="An image that it begins from",
        images="The most images; the model decides how many come, and only those are counted",
        shape="The outline; with an image, that of the image",
        negative="What should not be in its images",
        seed="The same words and seed give nearly the same image",
    )
    @app_commands.choices(shape=[Choice(name=name, value=shape.value) for shape, name in ASPECT_RATIOS.items()])
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def story(
        self,
        interaction: discord.Interaction[Any],
        prompt: Range[str, 1, 4000],
        image: discord.Attachment | None = None,
        images: Range[int, 1, 5] = 3,
        shape: str | None = None,
        negative: str = "",
        seed: Range[int, 0, 2147483647] | None = None,
    ) -> None:
        request = ImageRequest(
            prompt,
            images=() if image is None else (from_attachment(image, interaction.user.id),),
            shape=AspectRatio(shape) if shape else None,
            count=images,
            negative_prompt=negative,
            seed=seed,
            story=True,
        )
        await submission.answer(interaction, request, typed=prompt, form=prompt_form("story", request))
