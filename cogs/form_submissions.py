"""Take what members submit in the forms "Edit image" and "Edit prompt".

Between a form and its submission, nothing is kept but the form's id. The message or the job is looked up again, so a
form that is submitted after a restart works too. If the lookup fails, the typed text is returned to its writer.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import discord
from discord.ext import commands

from cogs import alternatives
from cogs.forms import images_meant, refuse, reusable_job_for, seen_images
from cogs.interactions import submission
from cogs.interactions.chosen_styles import in_chosen_style, restyled
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.edited_messages import images_for, parent_of
from cogs.interactions.private_replies import reply_privately
from cogs.text import phrases
from cogs.ui import form_choices, submitted_forms
from cogs.ui.form_choices import PALETTE, PROMPT_FORMS, SET, STORY, WORDS, had_images
from cogs.ui.ids import FORM
from cogs.ui.model_choices import FIELD
from cogs.ui.remedies import marked_with_style
from cogs.ui.submitted_forms import FormData
from imagegen.errors import Reason, Refused
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest
from imagegen.model import Job, Request
from imagegen.reports import Submission
from imagegen.service import Prechecked


class Forms(commands.Cog):
    """Handle submitted forms."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        known = submitted_forms.submitted_id(interaction, FORM)
        if known is None:
            return
        try:
            form = submitted_forms.submitted_data(interaction)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            await submission.reply_with_error(interaction, error)
        else:
            await _take(interaction, known["form"], int(known["id"]), form)


async def _take(interaction: discord.Interaction[Any], what: str, its_id: int, form: FormData) -> None:
    """Handle one submitted form. Whatever fails, return the typed text to its writer."""
    try:
        take = partial(_edit, what) if what.startswith("edit") else TAKE[what]
        await take(interaction, its_id, form)
    except Refused as refused:
        if refused.reason is Reason.STYLE_GONE:
            await _refuse_style(interaction, refused, what, its_id, form)
        else:
            await refuse(interaction, refused, form.typed)
    except Exception as error:
        await submission.reply_with_error_and_text(interaction, error, form.typed)


async def _refuse_style(
    interaction: discord.Interaction[Any], refused: Refused, what: str, its_id: int, form: FormData
) -> None:
    """Return the typed text, with the button that opens the form again. Two texts are joined, and no form opens."""
    palette = form.text("palette").replace("\n", ", ") if what == PALETTE else ""
    what = WORDS if what == PALETTE and not palette else what
    reword = "" if form.text("negative") else f"{what}:{its_id}"
    await submission.refuse(interaction, refused, form_choices.with_palette(form.typed, palette), reword)


async def _edit(what: str, interaction: discord.Interaction[Any], message_id: int, form: FormData) -> None:
    found, parent = await asyncio.gather(
        submission.within_deadline(images_for(interaction, message_id), interaction), parent_of(interaction, message_id)
    )
    images = images_meant(found, what)
    if not images:
        await reply_privately(interaction, submission.translator_for_user(interaction)(phrases.LOST_IMAGE), form.typed)
        return
    request, style = await _edit_of(interaction, form, images, None if parent is None else parent.id)
    name = marked_with_style(f"{what}:{message_id}", style)
    await alternatives.submit(interaction, request, typed=form.typed, form=name, private=form.private)


async def _step(interaction: discord.Interaction[Any], job_id: int, form: FormData) -> None:
    _job, images = await submission.within_deadline(seen_images(interaction, job_id), interaction)
    request, style = await _edit_of(interaction, form, images, job_id)
    name = marked_with_style(f"step:{job_id}", style)
    await alternatives.submit(interaction, request, typed=form.typed, form=name, private=form.private)


async def _edit_of(
    interaction: discord.Interaction[Any], form: FormData, images: tuple[ImageLink, ...], parent_id: int | None
) -> tuple[ImageRequest, int | None]:
    """Return the request of an EditForm, and the id of its style. Raises Refused STYLE_GONE.

    The form has no field for the number of images: that is the member's own. Its first choices are no wish.
    """
    request = submitted_forms.edit_of(form, images, parent_id)
    shaped = request.aspect_ratio not in (None, AspectRatio.SAME)
    wished = [*(["aspect_ratio"] if shaped else []), *(["model"] if form.model is not None else [])]
    request, named, style = await in_chosen_style(interaction, request, form, wished)
    named = {*named, *(["model"] if FIELD in form.values else [])}
    members = context_of(interaction).service.members
    return members.with_defaults(request, interaction.user.id, named=named), style


async def _change(interaction: discord.Interaction[Any], job_id: int, form: FormData) -> None:
    source, service = (
        await submission.within_deadline(reusable_job_for(interaction, job_id), interaction),
        context_of(interaction).service,
    )

    async def submit(request: Request, prechecked: Prechecked | None) -> Submission:
        return await service.change(request, job_id, prechecked)

    kept, _ = service.model_options.takeable(source.request, source.input_count)
    wanted = submitted_forms.change_of(form, kept)
    if FIELD in form.values:
        wanted = service.model_options.without_untaken(wanted, source.input_count)
    else:  # a form without a choice cannot replace a model that is no longer offered
        wanted = replace(wanted, model=service.model_options.kept(wanted.model, source.input_count))
    wanted, style = await _restyled(interaction, wanted, kept, source, form)
    # The returned text joins prompt and negative prompt, and nothing can separate them again.
    reword = "" if form.text("negative") else marked_with_style(f"change:{job_id}", style)
    await alternatives.submit(
        interaction, wanted, submit, source=source, typed=form.typed, form=reword,
        private=form.private,
    )  # fmt: skip


async def _restyled(
    interaction: discord.Interaction[Any], wanted: ImageRequest, kept: ImageRequest, source: Job, form: FormData
) -> tuple[ImageRequest, int | None]:
    """Return the request of a ChangeForm in the style that it chose, and the id of that style. Raises STYLE_GONE.

    What the form leaves as it was is no wish.
    """
    shaped = wanted.aspect_ratio != kept.aspect_ratio
    modeled = form.model not in (None, kept.model, source.model)
    wished = [*(["aspect_ratio"] if shaped else []), *(["model"] if modeled else [])]
    return await restyled(interaction, wanted, form, wished, source)


async def _again(what: str, interaction: discord.Interaction[Any], its_id: int, form: FormData) -> None:
    """Submit a refused request again. Refuse text alone if the request came with images."""
    if had_images(its_id) and not form.files:
        await reply_privately(
            interaction, submission.translator_for_user(interaction)(phrases.INPUTS_NEEDED), form.typed
        )
        return
    request = submitted_forms.prompt_request_of(form, its_id, story=what == STORY, image_set=what == SET)
    models = context_of(interaction).service.model_options
    plain, _ = models.takeable(request, len(form.files))
    count = request.count if plain.image_set == request.image_set else plain.count
    request = models.without_untaken(replace(plain, count=count), len(form.files))
    wished = [name for name in ("aspect_ratio", "model") if getattr(request, name) is not None]
    request, _, style = await in_chosen_style(interaction, request, form, wished)
    palette = form.text("palette").replace("\n", ", ") if what == PALETTE else ""
    what = WORDS if what == PALETTE and not palette else what
    typed, name = form_choices.with_palette(form.typed, palette), f"{what}:{its_id}"
    name = marked_with_style(name, style)
    await alternatives.submit(interaction, request, typed=typed, form=name, palette=palette, private=form.private)


TAKE = {"step": _step, "change": _change} | {what: partial(_again, what) for what in PROMPT_FORMS}


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Take the submissions that reach *bot*."""
    await bot.add_cog(Forms())
