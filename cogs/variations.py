"""More like this and Larger: variations of a result, offered in private with what they use of the quota.

Between the steps, nothing is kept but what the ids of the private card hold (cogs/ui/variation_cards.py).
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import ceil
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions import submission, visibility
from cogs.interactions.buttons import JobButton, PersistentButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.edited_messages import images_for
from cogs.interactions.private_replies import reply_privately
from cogs.interactions.private_results import continues_private
from cogs.messaging import attachments
from cogs.messaging.attachments import Links
from cogs.text import phrases
from cogs.ui.ids import Verb, result_in
from cogs.ui.variation_cards import VARIATION, VariationId, VariationOffer, larger_card, variation_in, vary_card
from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink, ImageRequest, Quality
from imagegen.model import Job, Request
from imagegen.model_options import ModelOptions
from imagegen.policy import variations
from imagegen.policy.private_results import as_seen_by
from imagegen.policy.variations import STRONG, SUBTLE
from imagegen.reports import Submission
from imagegen.service import Prechecked


class VaryButton(JobButton, verb=Verb.VARY):
    """Offer a subtle variation of each image of this message, and a strong one."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        job, message = await _shown(interaction, self.job_id)
        images, models = _keep(interaction, message), context_of(interaction).service.model_options
        offer = _offer(job, list(_numbered(images, job.id)), models)
        card = vary_card(offer, _of(interaction, job, message), submission.translator_for_user(interaction))
        await interaction.response.send_message(view=card, ephemeral=True)


class LargerButton(JobButton, verb=Verb.LARGER):
    """Submit the request in the next larger size, or offer the sizes if there is a choice or one weighs more."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        job, message = await _shown(interaction, self.job_id)
        models, translate = context_of(interaction).service.model_options, submission.translator_for_user(interaction)
        sizes = [(quality, models.units(variations.larger_of(job, quality), job)) for quality in models.larger(job)]
        _keep(interaction, message)
        if not sizes:
            await reply_privately(interaction, translate(phrases.NOT_LARGER))
        elif [units for _, units in sizes] == [job.weight * job.request.count]:
            await _submit(interaction, replace(_of(interaction, job, message), kind=sizes[0][0]), job)
        else:
            card = larger_card(sizes, job.request.count, _of(interaction, job, message), translate)
            await interaction.response.send_message(view=card, ephemeral=True)


class VariationButton(PersistentButton, template=VARIATION):
    """Submit one variation, from the private card. The id may be made up."""

    def __init__(self, item: ui.Button[Any], variation: VariationId) -> None:
        super().__init__(item)
        self.variation = variation

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /) -> Self:
        """Read which variation of which result is meant."""
        return cls(item, variation_in(match))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Submit it, for the member who presses. Repeated quick presses count as one."""
        if self.variation.kind == SUBTLE:
            job, image = await submission.within_deadline(_image(interaction, self.variation), interaction)
            await _submit_subtle(interaction, self.variation, job, image)
        else:
            job = await submission.within_deadline(_visible(interaction, self.variation.job_id), interaction)
            await _submit(interaction, self.variation, job)


async def _shown(interaction: discord.Interaction[Any], job_id: int) -> tuple[Job, discord.Message]:
    """Return the job of the pressed message, and that message. Raises Refused RESULT_NOT_VISIBLE."""
    job = await submission.within_deadline(visibility.seen_job(interaction, job_id), interaction)
    if job is None or interaction.message is None or not job.request.prompt:
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return job, interaction.message


def _of(interaction: discord.Interaction[Any], job: Job, message: discord.Message) -> VariationId:
    """Return the id of any variation of a result. From a private result comes a private variation."""
    return VariationId(STRONG, job.id, message.id, private=bool(continues_private(interaction, job)))


def _keep(interaction: discord.Interaction[Any], message: discord.Message) -> Links:
    """Keep the images of the message for the next step, as a form does, and return them."""
    images = attachments.from_message(message)
    context_of(interaction).open_forms.keep(interaction.user.id, message.id, images)
    return images


def _numbered(images: Links, job_id: int) -> dict[int, ImageLink]:
    """Return the results of a job among *images*, by their numbers."""
    named = [(result_in(link.url), link) for link in images]
    return {found[1]: link for found, link in named if found is not None and found[0] == job_id}


def _offer(job: Job, numbers: list[int], models: ModelOptions) -> VariationOffer:
    strong = variations.strong_of(job, can_enhance=models.can_enhance(job))
    subtle = None
    if numbers and models.max_images:
        subtle = models.units(_subtle(job, models, ImageLink("", ""), 1), job)
    return VariationOffer(numbers, subtle, models.units(strong, job), models.can_enhance(job))


def _subtle(job: Job, models: ModelOptions, image: ImageLink, number: int) -> ImageRequest:
    named = models.kept(job.request.model, 1)
    limits = models.for_one_edit(named)
    return replace(variations.subtle_of(job, image, number if job.request.count > 1 else None, limits), model=named)


async def _visible(interaction: discord.Interaction[Any], job_id: int) -> Job:
    """Return a job whose result the member can see now. Raises Refused RESULT_NOT_VISIBLE."""
    job = await context_of(interaction).service.display.job(job_id)
    if job is None or not job.request.prompt or not await visibility.may_repeat(interaction, job):
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return as_seen_by(interaction.user.id, job)


async def _image(interaction: discord.Interaction[Any], variation: VariationId) -> tuple[Job, ImageLink]:
    """Return a job and one of its images, as its message has it now. Raises Refused RESULT_NOT_VISIBLE."""
    job = await _visible(interaction, variation.job_id)
    image = _numbered(await images_for(interaction, variation.message_id), job.id).get(variation.number)
    if image is None:
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return job, image


async def _submit_subtle(
    interaction: discord.Interaction[Any], variation: VariationId, job: Job, image: ImageLink
) -> None:
    _take_press(interaction, variation)
    request = _subtle(job, context_of(interaction).service.model_options, image, variation.number)
    await submission.submit(interaction, request, private=variation.private or None)


async def _submit(interaction: discord.Interaction[Any], variation: VariationId, job: Job) -> None:
    """Submit the whole request again: with another seed, or larger. Without its inputs, offer Edit image instead."""
    _take_press(interaction, variation)
    service, form = context_of(interaction).service, f"edit:{variation.message_id}"
    try:
        wanted = _whole(variation, job, service.model_options)
        await submission.within_deadline(service.reusable_job(job.id, interaction.user.id), interaction)
    except Refused as refused:
        await submission.refuse(interaction, refused, "", form)
        return

    async def submit(request: Request, prechecked: Prechecked | None) -> Submission:
        return await service.vary(request, job.id, prechecked)

    await submission.submit(
        interaction, wanted, submit, input_count=job.input_count, form=form, private=variation.private or None
    )


def _whole(variation: VariationId, job: Job, models: ModelOptions) -> ImageRequest:
    """Return the request of a variation of *job*. Raise Refused if its model has that size no longer."""
    if variation.kind == STRONG:
        return variations.strong_of(job, can_enhance=models.can_enhance(job))
    quality = Quality(variation.kind)
    if quality not in models.larger(job):
        raise Refused(Reason.OPTION_NOT_TAKEN, model=job.model, option="quality", quality=quality)
    return variations.larger_of(job, quality)


def _take_press(interaction: discord.Interaction[Any], variation: VariationId) -> None:
    """Raise Refused PRESSED_TWICE if the member has pressed for this variation a moment ago."""
    wait_s = context_of(interaction).presses.take((interaction.user.id, variation))
    if wait_s:
        raise Refused(Reason.PRESSED_TWICE, wait_s=ceil(wait_s))


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the buttons to *bot*."""
    bot.add_dynamic_items(VaryButton, LargerButton, VariationButton)
