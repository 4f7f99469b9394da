"""Open the forms "Edit image" and "Edit prompt", and handle their submissions.

Between the two, nothing is kept but the form's id. The message or the job is looked up again, so a form that is
submitted after a restart works too. If the lookup fails, the typed text is returned to its writer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord.ext import commands

from cogs.interactions import read_limits, submission, visibility
from cogs.interactions.buttons import IdButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import reply_privately
from cogs.messaging import attachments
from cogs.messaging.address import scope_of
from cogs.messaging.forwards import images_of
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.text import formatters, phrases
from cogs.ui import modals
from cogs.ui.form_choices import had_images
from cogs.ui.ids import FORM, SNOWFLAKE_DIGITS, Verb, form_id
from cogs.ui.modals import ChangeForm, EditForm, FormData, PromptForm
from imagegen.errors import DeliverLater, Reason, Refused, StoreUnavailable
from imagegen.model import INSTALL, ImageLink, Job, Request
from imagegen.reports import Submission
from imagegen.service import Prechecked
from imagegen.states import State


async def open_edit(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Open the form that edits a message's images, or reply in private that the message has none."""
    images = await images_of(interaction.client, message)
    context_of(interaction).open_forms.keep(interaction.user.id, message.id, images)
    await _open(interaction, f"edit:{message.id}", images)


async def open_step(interaction: discord.Interaction[Any], job_id: int, typed: str = "") -> None:
    """Open the form that edits the images of a result, wherever its message is. Raises Refused RESULT_NOT_VISIBLE."""
    _job, images = await submission.within_deadline(_seen(interaction, job_id))
    await _open(interaction, f"step:{job_id}", images, typed)


async def _open(
    interaction: discord.Interaction[Any], form: str, images: tuple[ImageLink, ...], typed: str = ""
) -> None:
    translate = submission.translator_for_user(interaction)
    if not images:
        await reply_privately(interaction, translate(phrases.NO_IMAGES))
        return
    limits = context_of(interaction).service.limits(len(images))
    await interaction.response.send_modal(EditForm(_custom_id(interaction, form), images, limits, translate, typed))


async def open_change(interaction: discord.Interaction[Any], job_id: int, typed: str = "") -> None:
    """Open the form that changes the request of a result. Raises as ``reusable_job_for`` does."""
    source, service = (
        await submission.within_deadline(reusable_job_for(interaction, job_id)),
        context_of(interaction).service,
    )
    asked = source.request
    limits = service.limits(source.input_count, story=asked.story, model=asked.model)
    form = ChangeForm(
        _custom_id(interaction, f"change:{job_id}"), source, limits, submission.translator_for_user(interaction), typed
    )
    await interaction.response.send_modal(form)


async def open_prompt(interaction: discord.Interaction[Any], what: str, its_id: int, typed: str) -> None:
    """Open a form for a request that no message holds. *what* is ``words`` or ``story``."""
    limits = context_of(interaction).service.limits(0, story=what == "story")
    translate = submission.translator_for_user(interaction)
    form = PromptForm(_custom_id(interaction, f"{what}:{its_id}"), its_id, limits, translate, typed)
    await interaction.response.send_modal(form)


def _custom_id(interaction: discord.Interaction[Any], form: str) -> str:
    """Return a custom id for *form* that is never used twice."""
    return form_id(form, interaction.id)


async def open_again(interaction: discord.Interaction[Any], what: str, its_id: int, typed: str) -> None:
    """Open a refused form again with the text that was typed into it. Raises as the other openers do."""
    if what == "edit":
        images = await submission.within_deadline(_images(interaction, its_id))
        await _open(interaction, f"edit:{its_id}", images, typed)
    elif what in ("words", "story"):
        await open_prompt(interaction, what, its_id, typed)
    else:
        await (open_step if what == "step" else open_change)(interaction, its_id, typed)


async def reusable_job_for(interaction: discord.Interaction[Any], job_id: int) -> Job:
    """Return a job whose request the member may repeat. Raises Refused INPUTS_GONE or RESULT_NOT_VISIBLE.

    The job id comes from Discord and may be made up, so the member must be able to see the result.
    """
    source = await context_of(interaction).service.reusable_job(job_id)
    if source.state in (State.FAILED, State.CANCELED) and source.requester.user_id != interaction.user.id:
        raise Refused(Reason.RESULT_NOT_VISIBLE)  # only its requester was notified of the prompt
    if not await visibility.may_see(interaction, source):
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return source


async def refuse(interaction: discord.Interaction[Any], refused: Refused, typed: str = "") -> None:
    """Reply in private why a form was refused. If only the inputs are gone, add the button that edits the result."""
    translate, message = submission.translator_for_user(interaction), interaction.message
    button = None
    if refused.reason == Reason.INPUTS_GONE and message is not None:
        context_of(interaction).open_forms.keep(interaction.user.id, message.id, attachments.from_message(message))
        button = EditMessageButton(message.id, translate)
    await reply_privately(interaction, formatters.sentence(refused, translate), typed, button=button)


class EditMessageButton(IdButton, verb=Verb.EDIT_MESSAGE, digits=SNOWFLAKE_DIGITS):
    """Edit image, in a private reply: edits the message that the reply is about."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        images = await submission.within_deadline(_images(interaction, self.its_id))
        await _open(interaction, f"edit:{self.its_id}", images)


async def _seen(interaction: discord.Interaction[Any], job_id: int) -> tuple[Job, tuple[ImageLink, ...]]:
    """Return a result and its images as they are now. Raises Refused RESULT_NOT_VISIBLE if the member cannot see it."""
    job = await context_of(interaction).service.display.job(job_id)
    location = None if job is None else await visibility.location_of(interaction, job)
    if job is None or location is None or not location.images:
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return job, location.images


async def _images(interaction: discord.Interaction[Any], message_id: int) -> tuple[ImageLink, ...]:
    """Return the images of a message: from the interaction, from the opened form, or fetched by the bot."""
    message = interaction.message
    if message is not None and message.id == message_id:
        return await images_of(interaction.client, message)
    kept = context_of(interaction).open_forms.images(interaction.user.id, message_id)
    return kept or await _fetched(interaction, message_id)


async def _fetched(interaction: discord.Interaction[Any], message_id: int) -> tuple[ImageLink, ...]:
    """Fetch a message and return its images; none if the bot or the member cannot see it.

    Raises Refused READS_TOO_FAST.
    """
    allowed, channel_id = interaction.permissions, interaction.channel_id
    sees = interaction.guild_id is None or (allowed.view_channel and allowed.read_message_history)
    if channel_id is None or scope_of(interaction) == INSTALL or not sees:
        return ()
    read_limits.count_pages(interaction)
    channel = interaction.client.get_partial_messageable(channel_id)
    try:
        return await images_of(interaction.client, await call_discord(channel.fetch_message, message_id))
    except (RouteClosed, DeliverLater):
        return ()


class Forms(commands.Cog):
    """Handle submitted forms."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        data: Any = interaction.data or {}
        known = FORM.fullmatch(str(data.get("custom_id")))
        if interaction.type is not discord.InteractionType.modal_submit or known is None:
            return
        try:
            form = modals.form_data(data, interaction.user.id)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            await submission.reply_with_error(interaction, error)
        else:
            await _take(interaction, known["form"], int(known["id"]), form)


async def _take(interaction: discord.Interaction[Any], what: str, its_id: int, form: FormData) -> None:
    """Handle one submitted form. Whatever fails, return the typed text to its writer."""
    try:
        await TAKE[what](interaction, its_id, form)
    except Refused as refused:
        await refuse(interaction, refused, form.typed)
    except Exception as error:
        await submission.reply_with_error_and_text(interaction, error, form.typed)


async def _edit(interaction: discord.Interaction[Any], message_id: int, form: FormData) -> None:
    images, parent = await asyncio.gather(
        submission.within_deadline(_images(interaction, message_id)), _parent(interaction, message_id)
    )
    if not images:
        await reply_privately(interaction, submission.translator_for_user(interaction)(phrases.LOST_IMAGE), form.typed)
        return
    request = modals.edit_of(form, images, None if parent is None else parent.id)
    await submission.submit(interaction, request, typed=form.typed, form=f"edit:{message_id}")


async def _parent(interaction: discord.Interaction[Any], message_id: int) -> Job | None:
    """Return the job of an edited message. Without the store, only the link to the parent is lost."""
    try:
        return await submission.within_deadline(context_of(interaction).service.display.job_of_message(message_id))
    except StoreUnavailable:
        return None


async def _step(interaction: discord.Interaction[Any], job_id: int, form: FormData) -> None:
    _job, images = await submission.within_deadline(_seen(interaction, job_id))
    await submission.submit(interaction, modals.edit_of(form, images, job_id), typed=form.typed, form=f"step:{job_id}")


async def _change(interaction: discord.Interaction[Any], job_id: int, form: FormData) -> None:
    source, service = (
        await submission.within_deadline(reusable_job_for(interaction, job_id)),
        context_of(interaction).service,
    )

    async def submit(request: Request, prechecked: Prechecked | None) -> Submission:
        return await service.change(request, job_id, prechecked)

    wanted = modals.change_of(form, source.request)
    # The returned text joins prompt and negative prompt, and nothing can separate them again.
    reword = "" if form.text("negative") else f"change:{job_id}"
    await submission.submit(interaction, wanted, submit, input_count=source.input_count, typed=form.typed, form=reword)


async def _words(interaction: discord.Interaction[Any], its_id: int, form: FormData) -> None:
    await _again(interaction, "words", its_id, form)


async def _story(interaction: discord.Interaction[Any], its_id: int, form: FormData) -> None:
    await _again(interaction, "story", its_id, form)


async def _again(interaction: discord.Interaction[Any], what: str, its_id: int, form: FormData) -> None:
    """Submit a refused request again. Refuse text alone if the request came with images."""
    if had_images(its_id) and not form.files:
        await reply_privately(
            interaction, submission.translator_for_user(interaction)(phrases.INPUTS_NEEDED), form.typed
        )
        return
    request = modals.prompt_request_of(form, its_id, story=what == "story")
    await submission.submit(interaction, request, typed=form.typed, form=f"{what}:{its_id}")


TAKE = {"edit": _edit, "step": _step, "change": _change, "words": _words, "story": _story}


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the forms and their button to *bot*."""
    await bot.add_cog(Forms())
    bot.add_dynamic_items(EditMessageButton)
