"""Forms: from a message menu, from a button, opened twice, and submitted after a restart."""

from __future__ import annotations

from typing import Any

from cogs.messaging.outcomes import call_discord
from cogs.ui import submitted_forms
from cogs.ui.ids import form_id
from cogs.ui.modals import EditForm, PromptForm
from hosting.verify.items import Item, Outcome, failed, passed, skipped
from hosting.verify.stage import Interaction, Stage
from imagegen.image_request import ImageLink
from imagegen.model_options import ModelOptions
from imagegen.reports import RequestLimits

LIMITS = RequestLimits(500, 500, 4, 4, 1, "none")
BUTTON = ("Open form", "verify:form")
FIRST, SECOND = "the first prompt", "the second prompt"
ONE_IMAGE = 10  # in the code of cogs/ui/form_choices.py: one image, no input, a square
SUBMIT = "Submit the form without a change."


def prompt_form(custom_id: str, typed: str) -> PromptForm:
    """Return the bot's form "Edit prompt", filled in with *typed*."""
    return PromptForm(custom_id, ONE_IMAGE, LIMITS, typed=typed)


async def thank(stage: Stage, interaction: Interaction) -> None:
    """Acknowledge a submission, so that the form closes."""
    await call_discord(_reply, interaction, f"Thank you. [The checklist]({stage.board.link}) says what is next.")


async def _reply(interaction: Interaction, text: str) -> None:
    await interaction.response.send_message(text, ephemeral=True, suppress_embeds=True)


async def menu(stage: Stage) -> Outcome:
    """Open the form "Edit image" from the message menu."""
    if not ModelOptions(stage.settings.lineup, {}).max_images:
        return skipped("No offered model takes input images, so the bot has no such menu.")
    ask = "Right-click a message with an image (on a phone: hold it) and choose Apps, **Edit image**."
    used = await stage.command(ask, "Edit image", lambda _found: True)
    data: Any = used.data
    message = data["resolved"]["messages"][data["target_id"]]
    links = [ImageLink(file["url"], file["filename"], file["size"]) for file in message["attachments"]]
    form = EditForm(form_id(f"edit:{data['target_id']}", used.id), links, LIMITS)
    await call_discord(used.response.send_modal, form)
    submitted = await stage.part("Write anything into the form, and submit it.", form.custom_id)
    await thank(stage, submitted)
    if not links:
        return failed("The menu carries its message without attachments.")
    if not _typed(submitted):
        return failed("The form came back without its text.")
    return passed("The menu carries the message with its files, and its form comes back.", files=len(links))


async def from_button(stage: Stage) -> Outcome:
    """Open a form from a button, and see what its submission carries."""
    press, submitted = await _filled(stage, FIRST)
    if submitted.message is None or press.message is None or submitted.message.id != press.message.id:
        return failed("A form does not carry the message that it was opened from.")
    if _typed(submitted) != FIRST:
        return failed("The form came back with another text.")
    return passed("A form carries its text, and the message that it was opened from.")


async def opened_again(stage: Stage) -> Outcome:
    """Open the same form twice. Clients show an old text if the form's id is not new."""
    await _filled(stage, FIRST)
    _, submitted = await _filled(stage, SECOND)
    if _typed(submitted) != SECOND:
        return failed("A form that is opened again shows the text of the form before it.")
    return passed("A form that is opened again under a new id shows its own text.")


async def after_restart(stage: Stage) -> Outcome:
    """Restart the session before the press, and again before the submission."""
    stage.board.ask("Wait a moment: the bot reconnects.", BUTTON)
    await stage.sessions.reopen()
    press = await stage.part("Press **Open form** below. Then wait: the bot reconnects.", BUTTON[1], BUTTON)
    form = prompt_form(form_id("words:0", press.id), FIRST)
    await call_discord(press.response.send_modal, form)
    await stage.sessions.reopen()
    submitted = await stage.part(SUBMIT, form.custom_id)
    await thank(stage, submitted)
    if _typed(submitted) != FIRST:
        return failed("A form that was opened before a restart came back with another text.")
    return passed("A button and a form that were shown before a restart reach the bot after it.")


async def _filled(stage: Stage, typed: str) -> tuple[Interaction, Interaction]:
    """Return the press that opened a form, and the form's submission."""
    press = await stage.part("Press **Open form** below.", BUTTON[1], BUTTON)
    form = prompt_form(form_id("words:0", press.id), typed)
    await call_discord(press.response.send_modal, form)
    submitted = await stage.part(SUBMIT, form.custom_id)
    await thank(stage, submitted)
    return press, submitted


def _typed(submitted: Interaction) -> str:
    data: Any = submitted.data
    return submitted_forms.form_data(data).text("words")


RULES = (
    (Item("discord.menu", "The message menu carries the image"), menu),
    (Item("discord.form", "A form carries its message"), from_button),
    (Item("discord.fresh_form", "A form opened again shows its own text"), opened_again),
    (Item("discord.restart", "Buttons and open forms outlive a restart"), after_restart),
)
