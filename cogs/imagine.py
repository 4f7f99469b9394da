"""/imagine: generate images from a prompt and attached images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs import alternatives
from cogs.interactions import submission
from cogs.interactions.chosen_styles import in_style, suggest_styles
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging import discord_private
from cogs.messaging.attachments import from_attachment
from cogs.ui.form_choices import ASPECT_RATIO_CHOICES, QUALITIES, form_kind, prompt_form, with_palette
from cogs.ui.limits import OPTION_CHARS
from cogs.ui.model_choices import chosen_model, suggestions
from cogs.ui.remedies import marked_with_style
from imagegen.errors import Reason, Refused, WanvasError
from imagegen.image_request import AspectRatio, ImageRequest, Quality
from imagegen.model_options import ModelOptions
from imagegen.policy.palette import MAX_CHARS, UNREAD
from imagegen.reports import RequestLimits

IMAGES = ("image1", "image2", "image3", "image4")
# Options that only some models take, and the parameters of which those models have one.
NEEDED = {
    "thinking": ("thinking_mode",),
    "image_set": ("enable_sequential",),
    "palette": ("color_palette",),
    "enhance": ("prompt_extend", "thinking_mode"),
}


async def suggest_models(interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
    """Suggest the models that take the images attached so far. Discord sends no more of them than their ids."""
    given, translate = interaction.namespace, submission.translator_for_user(interaction)
    quality = next((each for each in Quality if each == given.quality), Quality.NORMAL)
    wanted = ImageRequest(
        "",
        quality=quality,
        enhance=given.enhance is True or None,
        thinking=given.thinking is True or None,
        palette=UNREAD if given.palette else (),
        image_set=given.set is not None,
    )
    return suggestions(_of(interaction).options(sum(name in given for name in IMAGES), wanted), typed, translate)


def _with_model(
    interaction: discord.Interaction[Any], request: ImageRequest, named: str | None, palette: str
) -> ImageRequest:
    """Return *request* for the model that a suggestion *named*, by its value or its text.

    The text has the price of what was typed until then. So a default that was chosen before a feature of heavier models
    was asked for stays that model, which is refused with the one that has the feature.
    """
    if named is None:
        return request
    models, images = _of(interaction), len(request.images)
    featured = replace(request, palette=UNREAD if palette else ())
    plain = replace(request, quality=Quality.NORMAL, enhance=None, thinking=None)
    options = [option for each in (featured, plain) for option in models.options(images, each)]
    model = chosen_model(named, options, submission.translator_for_user(interaction))
    if named and model is None and featured.names_feature and not any(one.is_default for one in options[:1]):
        model = models.default(images, request)
    return replace(request, model=model)


def _of(interaction: discord.Interaction[Any]) -> ModelOptions:
    return context_of(interaction).service.model_options


def _not_taken(models: ModelOptions, limits: RequestLimits) -> Iterator[str]:
    """Yield the options that no offered model takes, or that leave nothing to choose."""
    yield from IMAGES[limits.max_images :]
    yield from (name for name, parameters in NEEDED.items() if limits.options.isdisjoint(parameters))
    left = {"model": models.has_choice, "count": limits.max_count > 1, "negative_prompt": limits.negative_chars > 0}
    yield from (name for name, is_left in left.items() if not is_left)


class Imagine(commands.Cog):
    """Register /imagine with the options that an offered model takes."""

    def __init__(self, models: ModelOptions) -> None:
        limits, options = models.offered, discord_private.parameters(self.imagine)  # each cog's copy has its own
        options["count"] = replace(options["count"], max_value=limits.max_count)
        for option in _not_taken(models, limits):
            del options[option]
        quality = options["quality"]
        offered = [choice for choice in quality.choices if choice.value in limits.qualities]
        options["quality"] = replace(quality, choices=offered)

    @app_commands.command(description="Generate an image from a prompt, or edit images you attach.")
    @app_commands.describe(
        prompt="Describe the image you want",
        image1="First input image",
        image2="Second input image",
        image3="Third input image",
        image4="Fourth input image",
        model="What the image is for. Each choice says what it uses of your quota",
        aspect_ratio="Aspect ratio. Edits keep the first image's aspect ratio by default",
        quality="Higher is larger and slower. 4K may use more of your quota",
        count="How many images to generate",
        negative_prompt="Describe what to leave out",
        seed="The same prompt and seed give nearly the same image",
        enhance="Let the model add detail to your prompt",
        thinking="Let the model think first. Slower, and only some models do",
        image_set="Related images, such as a comic: at most this many, instead of count",
        private="Show the results only to you. You can share the ones you like",
        style="A style of this server",
        palette="Colors, with shares if you like: #C2D1E6 40%, teal, gold",
    )
    @app_commands.rename(image_set="set")
    @app_commands.choices(
        aspect_ratio=ASPECT_RATIO_CHOICES,
        quality=[Choice(name=name, value=quality.value) for quality, name in QUALITIES.items()],
    )
    @app_commands.autocomplete(model=suggest_models, style=suggest_styles)
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
        model: str | None = None,
        aspect_ratio: str | None = None,
        quality: str = Quality.NORMAL.value,
        count: Range[int, 1, 12] | None = None,
        negative_prompt: str = "",
        seed: Range[int, 0, 2147483647] | None = None,
        enhance: bool | None = None,
        thinking: bool | None = None,
        image_set: Range[int, 2, 12] | None = None,
        palette: Range[str, 1, MAX_CHARS] = "",
        private: bool | None = None,
        style: Range[str, 1, OPTION_CHARS] = "",
    ) -> None:
        """Submit a request from the command's options."""
        given = {name: image for name, image in zip(IMAGES, (image1, image2, image3, image4), strict=True) if image}
        request = ImageRequest(
            prompt,
            images=tuple(from_attachment(image, interaction.user.id) for image in given.values()),
            origins=tuple(given),
            aspect_ratio=AspectRatio(aspect_ratio) if aspect_ratio else None,
            quality=Quality(quality),
            count=image_set or count or 1,
            image_set=image_set is not None,
            negative_prompt=negative_prompt,
            seed=seed,
            enhance=enhance,
            thinking=thinking,
        )
        request = _with_model(interaction, request, model, palette)
        options = {"model": model, "count": image_set or count, "aspect_ratio": aspect_ratio}
        named = [name for name, value in options.items() if value is not None]
        form = "" if image_set and palette else form_kind(request, palette)  # none has both
        typed = with_palette(prompt, palette)
        try:
            request, decided, style_id = await in_style(interaction, request, style, named)
        except WanvasError as error:
            plain = form and prompt_form(form, request)
            await submission.refuse(interaction, error, typed, plain, request.model)
            return
        members = context_of(interaction).service.members
        request = members.with_defaults(request, interaction.user.id, named=decided)
        form = form and prompt_form(form, request, len(given))
        form = marked_with_style(form, style_id)
        if image_set and count:
            clash = Refused(Reason.PARTS_CLASH, part="count", beside="image_set")
            await submission.refuse(interaction, clash, typed, form, request.model)
            return
        await alternatives.submit(interaction, request, typed=typed, form=form, palette=palette, private=private)


async def setup(bot: AppBot, context: AppContext) -> None:
    """Add the command to *bot*."""
    await bot.add_cog(Imagine(context.service.model_options))
