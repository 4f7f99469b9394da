"""/imagine: generate images from a prompt and attached images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.interactions import submission
from cogs.interactions.context import AppBot, AppContext
from cogs.messaging import discord_private
from cogs.messaging.attachments import from_attachment
from cogs.ui.form_choices import ASPECT_RATIO_CHOICES, prompt_form
from imagegen.model import AspectRatio, ImageRequest, Quality
from imagegen.policy.validation import clean_text


class Imagine(commands.Cog):
    """Register /imagine. *models* are the choices of its option; if there are none, the option is left out."""

    def __init__(self, models: Sequence[str] = ()) -> None:
        options = discord_private.parameters(self.imagine)  # each cog's copy of a command has its own
        model = options.pop("model")
        if models:
            options["model"] = replace(model, choices=[Choice(name=name, value=name) for name in models])

    @app_commands.command(description="Generate an image from a prompt, or edit images you attach.")
    @app_commands.describe(
        prompt="Describe the image you want",
        image1="First input image",
        image2="Second input image",
        image3="Third input image",
        image4="Fourth input image",
        aspect_ratio="Aspect ratio. Edits keep the first image's aspect ratio by default",
        quality="High is larger and slower",
        count="How many images to generate",
        negative_prompt="Describe what to leave out",
        seed="The same prompt and seed give nearly the same image",
        enhance="Let the model add detail to your prompt",
        model="The model that generates the image",
    )
    @app_commands.choices(
        aspect_ratio=ASPECT_RATIO_CHOICES,
        quality=[Choice(name=quality.value, value=quality.value) for quality in Quality],
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def imagine(
        self,
        interaction: discord.Interaction[Any],
        prompt: Range[str, 1, 4000],
        image1: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        aspect_ratio: str | None = None,
        quality: str = Quality.NORMAL.value,
        count: Range[int, 1, 4] = 1,
        negative_prompt: str = "",
        seed: Range[int, 0, 2147483647] | None = None,
        enhance: bool = True,
        model: str | None = None,
    ) -> None:
        """Submit a request from the command's options."""
        options = {"image1": image1, "image2": image2, "image3": image3, "image4": image4}
        given = {name: image for name, image in options.items() if image is not None}
        request = ImageRequest(
            prompt,
            images=tuple(from_attachment(image, interaction.user.id) for image in given.values()),
            origins=tuple(given),
            aspect_ratio=AspectRatio(aspect_ratio) if aspect_ratio else None,
            quality=Quality(quality),
            count=count,
            negative_prompt=negative_prompt,
            seed=seed,
            enhance=enhance,
            model=None if model is None else clean_text(model),
        )
        await submission.submit(interaction, request, typed=prompt, form=prompt_form("words", request))


async def setup(bot: AppBot, context: AppContext) -> None:
    """Add the command to *bot*."""
    await bot.add_cog(Imagine(context.service.model_choices))
