"""Private answers: after a deleted "thinking", and as a card whose select opens a form."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from cogs.messaging.outcomes import MessageGone, call_discord
from cogs.ui.ids import form_id
from cogs.ui.views import Card
from hosting.verify import samples
from hosting.verify.items import Item, Outcome, failed, passed
from hosting.verify.rules.forms import prompt_form, thank
from hosting.verify.stage import Interaction, Stage
from imagegen.model import Job

OPEN, STEP = "verify:private", "verify:step"


async def after_thinking(stage: Stage) -> Outcome:
    """Delete a public "thinking", and follow up in private, as after a refusal."""
    interaction = await stage.imagine_here("private")
    await call_discord(_think, interaction)
    await call_discord(interaction.delete_original_response)
    sent = await call_discord(_follow_up, interaction)
    try:
        await stage.message_in(stage.channel.id, sent.id)
    except MessageGone:
        if sent.flags.ephemeral:
            return passed('After a deleted "thinking", a private follow-up stays private.')
    return failed('After a deleted "thinking", a private follow-up is public.')


async def select_opens_form(stage: Stage) -> Outcome:
    """Upload into a private card, and answer its select with a form, as History does."""
    press = await stage.part("Press **Open private card** below.", OPEN, ("Open private card", OPEN))
    await call_discord(_think, press, ephemeral=True)
    job = samples.job_of(press, None)
    shown = await call_discord(_show_card, press, job)
    choice = await stage.part("Choose **Edit step 1** in the private card.", STEP)
    form = prompt_form(form_id("step:1", choice.id), "private")
    await call_discord(choice.response.send_modal, form)
    submitted = await stage.part("Submit the form.", form.custom_id)
    await thank(stage, submitted)
    if not shown.flags.ephemeral or not await stage.shows(shown, job):
        return failed("The private card is not private, or does not show its upload.")
    return passed("A private card takes an upload, and its select is answered with a form.")


async def _think(interaction: Interaction, *, ephemeral: bool = False) -> None:
    await interaction.response.defer(thinking=True, ephemeral=ephemeral)


async def _follow_up(interaction: Interaction) -> discord.WebhookMessage:
    return await interaction.followup.send("Only you see this.", ephemeral=True, wait=True)


async def _show_card(interaction: Interaction, job: Job) -> discord.InteractionMessage:
    view = Card()
    gallery: ui.MediaGallery[Any] = ui.MediaGallery()
    file = samples.file(job)
    gallery.add_item(media=f"attachment://{file.filename}")
    options = [discord.SelectOption(label="Edit step 1", value="1")]
    view.add_item(gallery)
    view.add_item(ui.ActionRow(ui.Select(custom_id=STEP, placeholder="Choose a step to edit", options=options)))
    return await interaction.edit_original_response(view=view, attachments=[file])


RULES = (
    (Item("discord.private_reply", 'A private reply follows a deleted "thinking"'), after_thinking),
    (Item("discord.private_select", "A private card's select opens a form"), select_opens_form),
)
