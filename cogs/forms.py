"""Open the forms "Edit image" and "Edit prompt". ``form_submissions`` takes what members submit in them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import discord

from cogs.interactions import submission, visibility
from cogs.interactions.buttons import IdButton
from cogs.interactions.chosen_styles import style_field
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.edited_messages import images_for, model_of_result
from cogs.interactions.private_replies import reply_privately
from cogs.interactions.private_results import continues_private, offered_choice
from cogs.messaging import attachments
from cogs.messaging.forwards import images_of
from cogs.text import formatters, phrases
from cogs.text.i18n import Translator
from cogs.text.models import part_word
from cogs.ui import form_choices
from cogs.ui.form_choices import PALETTE, PROMPT_FORMS, SET, STORY, WORDS, had_images
from cogs.ui.ids import SNOWFLAKE_DIGITS, Verb, form_id, picked_in, result_in
from cogs.ui.modals import ChangeForm, EditForm, PromptForm, numbers
from cogs.ui.model_choices import ModelField
from cogs.ui.style_choices import StyleField
from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink, ImageRequest, Quality
from imagegen.model import Job
from imagegen.model_options import ModelOptions
from imagegen.policy.palette import UNREAD
from imagegen.reports import ModelOption
from imagegen.states import State


@dataclass(frozen=True)
class FormAgain:
    """What a refused form held, to open it again. *all_images*: each image of the message was an input image.

    *private*: its results were to be private; None: the defaults decide. *style* is the id of the style that it had.
    """

    typed: str = ""
    model: str | None = None
    all_images: bool = False
    private: bool | None = None
    style: int | None = None


NEW = FormAgain()


async def open_edit(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Open the form that edits a message's images, or reply in private that the message has none."""
    images, model = await asyncio.gather(images_of(interaction.client, message), model_of_result(interaction, message))
    context_of(interaction).open_forms.keep(interaction.user.id, message.id, images)
    await _open(interaction, f"edit:{message.id}", images, FormAgain(model=model))


async def open_pick(interaction: discord.Interaction[Any], message: discord.Message, job_id: int, number: int) -> None:
    """Open the form that edits one image of a result. Raises Refused RESULT_NOT_VISIBLE if the message has no such."""
    images, model = await asyncio.gather(images_of(interaction.client, message), model_of_result(interaction, message))
    shown = [link for link in images if (result_in(link.url) or ())[:2] == (job_id, number)]
    if not shown:
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    context_of(interaction).open_forms.keep(interaction.user.id, message.id, images)
    await _open(interaction, f"edit.{number}:{message.id}", images, FormAgain(model=model))


def images_meant(images: tuple[ImageLink, ...], form: str) -> tuple[ImageLink, ...]:
    """Return the images that a *form* is about: all, or the picked one."""
    if (picked := picked_in(form)) is None:
        return images
    return tuple(link for link, number in zip(images, numbers(images), strict=True) if number == picked)


async def open_step(interaction: discord.Interaction[Any], job_id: int, again: FormAgain = NEW) -> None:
    """Open the form that edits the images of a result, wherever its message is. Raises Refused RESULT_NOT_VISIBLE."""
    job, images = await submission.within_deadline(seen_images(interaction, job_id), interaction)
    await _open(interaction, f"step:{job_id}", images, replace(again, model=again.model or job.request.model))


async def _open(
    interaction: discord.Interaction[Any], form: str, images: tuple[ImageLink, ...], was: FormAgain
) -> None:
    translate, models = submission.translator_for_user(interaction), context_of(interaction).service.model_options
    images = images_meant(images, form)
    if not images:
        await reply_privately(interaction, translate(phrases.NO_IMAGES))
        return
    chosen = was.model or context_of(interaction).service.members.default_model(interaction.user.id, 1)
    limits, field = models.limits(1), ModelField(models.options(1), chosen)
    selected = min(len(images), models.most_images(models.kept(was.model, 1))) if was.all_images else 1
    await interaction.response.send_modal(
        EditForm(
            _custom_id(interaction, form),
            images,
            limits,
            translate,
            was.typed,
            field,
            selected,
            picked_in(form),
            offered_choice(interaction, was.private),
            await style_field(interaction, was.style),
        )
    )


async def open_change(interaction: discord.Interaction[Any], job_id: int, again: FormAgain = NEW) -> None:
    """Open the form that changes the request of a result. Raises as ``reusable_job_for`` does."""
    source = await submission.within_deadline(reusable_job_for(interaction, job_id), interaction)
    translate, custom_id = submission.translator_for_user(interaction), _custom_id(interaction, f"change:{job_id}")
    again = replace(again, private=again.private or continues_private(interaction, source))
    offered = offered_choice(interaction, again.private)
    models = context_of(interaction).service.model_options
    styles = await style_field(interaction, again.style, source.request.style)
    form = _change_form(custom_id, source, models, replace(again, private=offered), styles, translate)
    await interaction.response.send_modal(form)


def _change_form(
    custom_id: str, source: Job, models: ModelOptions, again: FormAgain, styles: StyleField, translate: Translator
) -> ChangeForm:
    """Return the form that changes the request of *source*, with what can be generated of it now."""
    asked, dropped = models.takeable(source.request, source.input_count)
    options = _every_choice(models, replace(asked, palette=(), thinking=None), source.input_count)
    field = ModelField(options, again.model or asked.model or source.model, _held(asked, translate))
    limits = models.limits(source.input_count, story=asked.story, image_set=asked.image_set)
    without = [part_word(part, {"quality": source.request.quality}, translate) for part in dropped]
    changed = replace(source, request=asked)
    return ChangeForm(custom_id, changed, limits, translate, again.typed, field, without, again.private, styles)


def _every_choice(models: ModelOptions, wanted: ImageRequest, images: int) -> list[ModelOption]:
    """Return the choices for *wanted*, and those for another quality, which the same form has. Those are no default."""
    able = models.options(images, wanted)
    others = models.options(images, replace(wanted, quality=Quality.NORMAL))
    known = [option.model for option in able]
    return [*able, *(replace(option, is_default=False) for option in others if option.model not in known)]


def _held(wanted: ImageRequest, translate: Translator) -> list[str]:
    """Return in words what *wanted* has, its form has no field for, and not every model takes."""
    parts = {"palette": bool(wanted.palette), "thinking": wanted.thinking, "enhance": wanted.enhance}
    return [part_word(part, {}, translate) for part, is_held in parts.items() if is_held]


async def open_prompt(interaction: discord.Interaction[Any], what: str, its_id: int, again: FormAgain) -> None:
    """Open a form for a request that no message holds. *what* is one of PROMPT_FORMS."""
    models, quality = context_of(interaction).service.model_options, form_choices.quality_in(its_id)
    palette = UNREAD if what == PALETTE else ()
    wanted = ImageRequest("", quality=quality, palette=palette, story=what == STORY, image_set=what == SET)
    images = 0 if what == STORY else int(had_images(its_id))
    wanted, dropped = models.takeable(wanted, images)
    limits = models.limits(images, story=wanted.story, image_set=wanted.image_set)
    if what in (WORDS, PALETTE):
        limits = replace(limits, max_images=models.max_images)
    typed, colors = form_choices.without_palette(again.typed) if what == PALETTE else (again.typed, None)
    colors = colors if wanted.palette else None
    translate, custom_id = submission.translator_for_user(interaction), _custom_id(interaction, f"{what}:{its_id}")
    held = _held(ImageRequest("", **form_choices.unseen_in(its_id)), translate)
    chosen = again.model or context_of(interaction).service.members.default_model(interaction.user.id, images, wanted)
    field = ModelField(models.options(images, wanted), chosen, held)
    without = [part_word(part, {"quality": quality}, translate) for part in dropped]
    private = offered_choice(interaction, again.private)
    styles = await style_field(interaction, again.style)
    form = PromptForm(custom_id, its_id, limits, translate, typed, field, colors, without, private, styles)
    await interaction.response.send_modal(form)


def _custom_id(interaction: discord.Interaction[Any], form: str) -> str:
    """Return a custom id for *form* that is never used twice."""
    return form_id(form, interaction.id)


async def open_again(interaction: discord.Interaction[Any], what: str, its_id: int, again: FormAgain) -> None:
    """Open a refused form again, as it was. Raises as the other openers do."""
    if what.startswith("edit"):
        images = await submission.within_deadline(images_for(interaction, its_id), interaction)
        await _open(interaction, f"{what}:{its_id}", images, again)
    elif what in PROMPT_FORMS:
        await open_prompt(interaction, what, its_id, again)
    else:
        await (open_step if what == "step" else open_change)(interaction, its_id, again)


async def reusable_job_for(interaction: discord.Interaction[Any], job_id: int) -> Job:
    """Return a job whose request the member may repeat.

    Raises Refused INPUTS_GONE, INPUTS_PRIVATE or RESULT_NOT_VISIBLE.

    The job id comes from Discord and may be made up, so the member must be able to see the result.
    """
    source = await context_of(interaction).service.reusable_job(job_id, interaction.user.id)
    if source.state in (State.FAILED, State.CANCELED) and source.requester.user_id != interaction.user.id:
        raise Refused(Reason.RESULT_NOT_VISIBLE)  # only its requester was notified of the prompt
    if not await visibility.may_repeat(interaction, source):
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return source


async def refuse(interaction: discord.Interaction[Any], refused: Refused, typed: str = "") -> None:
    """Reply in private why a form was refused. If only the inputs are missing, add the button that edits the result."""
    translate, message = submission.translator_for_user(interaction), interaction.message
    button = None
    if refused.reason in (Reason.INPUTS_GONE, Reason.INPUTS_PRIVATE) and message is not None:
        context_of(interaction).open_forms.keep(interaction.user.id, message.id, attachments.from_message(message))
        button = EditMessageButton(message.id, translate)
    await reply_privately(interaction, formatters.sentence(refused, translate), typed, button=button)


class EditMessageButton(IdButton, verb=Verb.EDIT_MESSAGE, digits=SNOWFLAKE_DIGITS):
    """Edit image, in a private reply: edits the message that the reply is about."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        images = await submission.within_deadline(images_for(interaction, self.its_id), interaction)
        await _open(interaction, f"edit:{self.its_id}", images, NEW)


async def seen_images(interaction: discord.Interaction[Any], job_id: int) -> tuple[Job, tuple[ImageLink, ...]]:
    """Return a result and its images as they are now. Raises Refused RESULT_NOT_VISIBLE if the member cannot see it."""
    job = await context_of(interaction).service.display.job(job_id)
    location = None if job is None else await visibility.location_of(interaction, job)
    if job is None or location is None or not location.images:
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return job, location.images


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the button of a private reply to *bot*."""
    bot.add_dynamic_items(EditMessageButton)
