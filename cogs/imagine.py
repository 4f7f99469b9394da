"""/imagine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.interactions import submission
from cogs.messaging.attachments import from_attachment
from cogs.ui.form_choices import ASPECT_RATIOS, prompt_form
from imagegen.model import AspectRatio, ImageRequest, Quality
from imagegen.policy.validation import clean_text


class Imagine(commands.Cog):
    """*models* are those to choose from; where there are none, the command has no such option."""

    def __init__(self, models: Sequence[str] = ()) -> None:
        # discord.py has no public way to shape an option at start; a cog's copy of its command has options of its own.
        options = self.imagine._params
        model = options.pop("model")
        if models:
            options["model"] = replace(model, choices=[Choice(name=name, value=name) for name in models])

    @app_commands.command(description="Make an image from words, or change images that you attach.")
    @app_commands.describe(
        prompt="What the image should show",
        image1="An image to work from",
        image2="A second one",
        image3="A third one",
        image4="A fourth one",
        shape="The outline; edits keep that of the first image",
        quality="high is larger and slower",
        count="How many images",
        negative="What should not be in it",
        seed="The same words and seed give nearly the same image",
        enhance="Let the model enrich the words",
        model="Which model draws it",
    )
    @app_commands.choices(
        shape=[Choice(name=name, value=shape.value) for shape, name in ASPECT_RATIOS.items()],
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
        shape: str | None = None,
        quality: str = Quality.NORMAL.value,
        count: Range[int, 1, 4] = 1,
        negative: str = "",
        seed: Range[int, 0, 2147483647] | None = None,
        enhance: bool = True,
        model: str | None = None,
    ) -> None:
        options = {"image1": image1, "image2": image2, "image3": image3, "image4": image4}
        given = {name: image for name, image in options.items() if image is not None}
        request = ImageRequest(
            prompt,
            images=tuple(from_attachment(image, interaction.user.id) for image in given.values()),
            origins=tuple(given),
            shape=AspectRatio(shape) if shape else None,
            quality=Quality(quality),
            count=count,
            negative_prompt=negative,
            seed=seed,
            enhance=enhance,
            model=None if model is None else clean_text(model),
        )
        await submission.answer(interaction, request, typed=prompt, form=prompt_form("words", request))
