"""/story: generate text and images in turn, streamed into the message."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs.interactions import submission
from cogs.interactions.chosen_styles import in_style, suggest_styles
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging.attachments import from_attachment
from cogs.ui.form_choices import ASPECT_RATIO_CHOICES, prompt_form
from cogs.ui.limits import OPTION_CHARS
from cogs.ui.remedies import marked_with_style
from imagegen.errors import WanvasError
from imagegen.image_request import AspectRatio, ImageRequest


class Story(commands.Cog):
    """/story."""

    @app_commands.command(description="Generate an illustrated story that grows while you read it.")
    @app_commands.describe(
        prompt="Describe the story you want",
        image="An image to start from",
        images="The most images to generate. The model decides how many; only delivered images use your quota",
        aspect_ratio="Aspect ratio of its images. With an input image, the default is that image's aspect ratio",
        negative_prompt="Describe what to leave out of its images",
        seed="The same prompt and seed give nearly the same story",
        private="Show the story only to you. It can't be shared",
        style="A style of this server",
    )
    @app_commands.choices(aspect_ratio=ASPECT_RATIO_CHOICES)
    @app_commands.autocomplete(style=suggest_styles)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def story(
        self,
        interaction: discord.Interaction[Any],
        prompt: Range[str, 1, 4000],
        image: discord.Attachment | None = None,
        images: Range[int, 1, 5] = 3,
        aspect_ratio: str | None = None,
        negative_prompt: str = "",
        seed: Range[int, 0, 2147483647] | None = None,
        private: bool | None = None,
        style: Range[str, 1, OPTION_CHARS] = "",
    ) -> None:
        """Submit a story from the command's options."""
        request = ImageRequest(
            prompt,
            images=() if image is None else (from_attachment(image, interaction.user.id),),
            aspect_ratio=AspectRatio(aspect_ratio) if aspect_ratio else None,
            count=images,
            negative_prompt=negative_prompt,
            seed=seed,
            story=True,
        )
        named = ["aspect_ratio"] if aspect_ratio else []
        try:
            request, decided, style_id = await in_style(interaction, request, style, named)
        except WanvasError as error:
            await submission.refuse(interaction, error, prompt, prompt_form("story", request))
            return
        members, named = context_of(interaction).service.members, [*decided, "model", "count"]
        request = members.with_defaults(request, interaction.user.id, named=named)
        form = marked_with_style(prompt_form("story", request, int(image is not None)), style_id)
        await submission.submit(interaction, request, typed=prompt, form=form, private=private)


async def setup(bot: AppBot, context: AppContext) -> None:
    """Add the command to *bot*, if an offered model generates stories."""
    if context.service.model_options.has_stories:
        await bot.add_cog(Story())
