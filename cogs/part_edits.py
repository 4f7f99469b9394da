"""Edit a part of an image: choose cells of a numbered grid in private, or attach a copy with the part circled.

Between the steps, nothing is kept but what the ids of the private grid hold (cogs/ui/part_choice.py). The message of
the image is looked up again, as for every form.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.interactions import read_limits, submission
from cogs.interactions.buttons import NO_ID, ItemT, JobButton, PersistentItem
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.edited_messages import images_for, model_of_result, parent_of
from cogs.interactions.private_replies import reply_privately, show_card
from cogs.interactions.private_results import is_private_card, offered_choice
from cogs.interactions.returned_text import returned_text
from cogs.messaging import attachments
from cogs.messaging.attachments import Links
from cogs.messaging.forwards import images_of
from cogs.messaging.story_routes import KeptFile
from cogs.text import phrases
from cogs.ui import submitted_forms
from cogs.ui.files import file_of
from cogs.ui.ids import Verb
from cogs.ui.limits import SELECT_OPTIONS
from cogs.ui.modals import numbers
from cogs.ui.part_cards import GRID_FILE, PartForm, grid_alt_text, grid_card
from cogs.ui.part_choice import CELLS, FORM, IMAGE, WORDS, PartChoice, choice_in, part_template
from cogs.ui.submitted_forms import FormData
from imagegen.errors import Reason, Refused
from imagegen.image_request import Box, ImageLink, ImageRequest
from imagegen.model import Request
from imagegen.policy.parts import ANY_PART


class PartButton(JobButton, verb=Verb.PART):
    """Show the grid over the first image of this message."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.message is not None:
            await open_grid(interaction, interaction.message)


@app_commands.context_menu(name="Edit a part")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def edit_a_part(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Show the grid over the first image of a message."""
    await open_grid(interaction, message)


async def open_grid(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Show the grid in private, or reply that the message has no image. Raises Refused READS_TOO_FAST."""
    images, kept = await asyncio.gather(images_of(interaction.client, message), model_of_result(interaction, message))
    if not images:
        await reply_privately(interaction, submission.translator_for_user(interaction)(phrases.NO_IMAGES))
        return
    context_of(interaction).open_forms.keep(interaction.user.id, message.id, images)
    read_limits.count_pages(interaction, read_limits.SHEET)
    await interaction.response.defer(ephemeral=True, thinking=True)
    model, private = context_of(interaction).service.part_model(kept), is_private_card(interaction)
    await _show(interaction, message.id, images, 1, model, private=private)


async def _show(
    interaction: discord.Interaction[Any],
    message_id: int,
    images: Links,
    position: int,
    model: str | None,
    *,
    private: bool,
) -> None:
    """Show the grid over one of *images*, of which *model* would edit a part. Raises Refused and ImageRefused."""
    image, translate = _chosen(images, position), submission.translator_for_user(interaction)
    await submission.precheck(interaction, replace(ANY_PART, images=(image,), model=model))
    grid = await context_of(interaction).service.parts.grid(image)
    shown = tuple(numbers(images)[:SELECT_OPTIONS])
    choice = PartChoice(message_id, position, shown, grid.width_px, grid.height_px, model=model, private=private)
    view, alt = _card(interaction, choice, spoiler=image.spoiler), grid_alt_text(choice, translate)
    await show_card(interaction, view, lambda: [file_of(grid.data, GRID_FILE, alt)])


def _chosen(images: Links, position: int) -> ImageLink:
    """Return an image by its position. Raise Refused if the message has no such image, or is not to be seen."""
    if not 1 <= position <= len(images):
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    return images[position - 1]


def _card(interaction: discord.Interaction[Any], choice: PartChoice, *, spoiler: bool) -> ui.LayoutView:
    """Draw the grid with what is chosen, in the member's language."""
    service, translate = context_of(interaction).service, submission.translator_for_user(interaction)
    limits, models = service.part_limits(choice.model), service.model_options.options(1)
    return grid_card(choice, limits, models, translate, spoiler=spoiler)


class _GridItem(PersistentItem[ItemT], template=NO_ID):
    """A component below the grid. Its id holds what was chosen before."""

    def __init__(self, choice: PartChoice, item: ItemT) -> None:
        super().__init__(item)
        self.choice = choice

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /) -> Self:
        """Read what was chosen before."""
        return cls(choice_in(match), item)


class _GridSelect(_GridItem[ui.Select[Any]], template=NO_ID):
    """A select below the grid. Its values come from a client, which may send anything."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Call ``selected`` with the numbers that were chosen."""
        values = [int(value) for value in self.item.values if re.fullmatch(r"[0-9]{1,2}", value)]
        await self.selected(interaction, values)

    async def selected(self, interaction: discord.Interaction[Any], values: list[int]) -> None:
        """Handle the selected numbers."""
        raise NotImplementedError


class CellSelect(_GridSelect, template=part_template(CELLS)):
    """Remember the chosen cells in the ids of the message."""

    async def selected(self, interaction: discord.Interaction[Any], values: list[int]) -> None:
        message = interaction.message
        kept = [] if message is None else [media.attachment_id for media in attachments.media_of(message)]
        if message is None or not kept or kept[0] is None:
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        choice = replace(self.choice, cells=frozenset(values) & frozenset(self.choice.grid.numbers))
        spoiler = any(link.spoiler for link in attachments.from_message(message))
        files: list[Any] = [KeptFile(kept[0], GRID_FILE)]
        await interaction.response.defer()
        await interaction.edit_original_response(view=_card(interaction, choice, spoiler=spoiler), attachments=files)


class ImageSelect(_GridSelect, template=part_template(IMAGE)):
    """Show the grid over another image of the same message."""

    async def selected(self, interaction: discord.Interaction[Any], values: list[int]) -> None:
        read_limits.count_pages(interaction, read_limits.SHEET)
        images = await submission.within_deadline(images_for(interaction, self.choice.message_id))
        _chosen(images, values[0] if values else 0)
        await interaction.response.defer()
        choice = self.choice
        await _show(interaction, choice.message_id, images, values[0], choice.model, private=choice.private)


class WordsButton(_GridItem[ui.Button[Any]], template=part_template(WORDS)):
    """Open the form that asks for the change."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form. Under a refusal, it has the text that was typed before."""
        limits = context_of(interaction).service.part_limits(self.choice.model)
        translate, message = submission.translator_for_user(interaction), interaction.message
        typed = "" if message is None else await submission.within_deadline(returned_text(message))
        private = offered_choice(interaction, self.choice.private)
        await interaction.response.send_modal(PartForm(self.choice, interaction.id, limits, translate, typed, private))


class PartForms(commands.Cog):
    """Handle submitted forms."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        known = submitted_forms.submitted_id(interaction, FORM)
        if known is None:
            return
        typed, private = "", False
        try:
            form = submitted_forms.submitted_data(interaction)
            typed, private = form.typed, form.private
            await _take(interaction, choice_in(known), form)
        except Refused as refused:
            choice = replace(choice_in(known), private=private)
            await submission.refuse(interaction, refused, typed, choice.custom_id(WORDS))
        except Exception as error:
            await submission.reply_with_error_and_text(interaction, error, typed)


async def _take(interaction: discord.Interaction[Any], choice: PartChoice, form: FormData) -> None:
    """Submit the edit of a form. A copy with strokes counts more than chosen cells: it came last."""
    images, parent = await asyncio.gather(
        submission.within_deadline(images_for(interaction, choice.message_id)),
        parent_of(interaction, choice.message_id),
    )
    image, boxes = _chosen(images, choice.position), choice.boxes
    find = None
    if form.files:  # until the strokes are found, the request is judged as one about the whole image
        boxes, find = (
            (Box(0, 0, choice.width_px, choice.height_px),),
            partial(_with_strokes, interaction, form.files[0]),
        )
    elif not boxes:
        raise Refused(Reason.NO_STROKES)
    request = ImageRequest(
        form.text("words"),
        images=(image,),
        origins=("message",),
        boxes=(boxes,),
        parent_id=None if parent is None else parent.id,
        model=context_of(interaction).service.model_options.kept(choice.model, 1),
    )
    await submission.submit(
        interaction, request, typed=form.typed, form=choice.custom_id(WORDS), private=form.private, complete=find
    )


async def _with_strokes(interaction: discord.Interaction[Any], copy: ImageLink, request: Request) -> Request:
    """Return *request* with boxes around the strokes that *copy* has over its image. Raises as ``boxes_on`` does.

    Raises Refused READS_TOO_FAST if the member's turn comes too late.
    """
    await read_limits.wait_to_count(interaction, read_limits.SHEET)
    wanted = request.image_request
    boxes = await context_of(interaction).service.parts.boxes_on(wanted.images[0], copy)
    return replace(request, image_request=replace(wanted, boxes=(boxes,)))


async def setup(bot: AppBot, context: AppContext) -> None:
    """Add the buttons, the selects and the form to *bot*, and the menu if an offered model takes input images."""
    if context.service.model_options.max_images:
        bot.tree.add_command(edit_a_part)
    bot.add_dynamic_items(PartButton, CellSelect, ImageSelect, WordsButton)
    await bot.add_cog(PartForms())
