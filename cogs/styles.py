"""/studio style: the styles that managers save for the members of their server."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.interactions import submission
from cogs.interactions.buttons import PersistentButton, PersistentItem
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.managers import studio_of
from cogs.ui import submitted_forms
from cogs.ui.ids import (
    STYLE,
    STYLE_CHOICE,
    STYLE_FORM,
    STYLE_PART,
    StyleVerb,
    style_choice_id,
    style_id,
    style_part_id,
)
from cogs.ui.style_cards import StyleForm, chosen_part, style_card, style_list
from cogs.ui.submitted_forms import FormData
from imagegen.errors import Reason, Refused
from imagegen.policy.styles import MAX_REFERENCES, Style
from imagegen.styles import Styles


@app_commands.command(
    name="style", description="Save styles for members: text around a prompt, aspect ratio, model, images."
)
async def style(interaction: discord.Interaction[Any]) -> None:
    """Show the server's styles in private."""
    styles, server_id = _managed(interaction)
    found = await submission.within_deadline(styles.all(server_id))
    view = style_list(found, submission.translator_for_user(interaction))
    await interaction.response.send_message(view=view, ephemeral=True)


def _managed(interaction: discord.Interaction[Any]) -> tuple[Styles, int]:
    """Return the styles and the server's id. Raises Refused MANAGERS_ONLY for everyone but its managers."""
    _, server_id = studio_of(interaction)
    return context_of(interaction).service.styles, server_id


class StyleButton(PersistentButton, template=STYLE):
    """Add, edit or delete a style, or show all of them."""

    def __init__(self, verb: StyleVerb, its_id: int) -> None:
        self.verb, self.its_id = verb, its_id
        super().__init__(ui.Button(label="·", custom_id=style_id(verb, its_id)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read what a button does, and to which style."""
        return cls(StyleVerb(match["verb"]), int(match["id"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says. Judge at each press who presses it, and read the style again."""
        styles, server_id = _managed(interaction)
        user_id = interaction.user.id
        if self.verb is StyleVerb.ADD:
            await _open_form(interaction, Style(""))
        elif self.verb is StyleVerb.EDIT:
            await _open_form(interaction, await submission.within_deadline(styles.one(server_id, self.its_id)))
        elif self.verb is StyleVerb.BARE:
            bare = await submission.within_deadline(styles.without_images(server_id, self.its_id, user_id=user_id))
            await interaction.response.edit_message(view=_card(interaction, bare))
        else:
            if self.verb is StyleVerb.DELETE:
                removing = styles.remove(server_id, self.its_id, user_id=user_id)
                await submission.within_deadline(removing, interaction)
            found = await submission.within_deadline(styles.all(server_id), interaction)
            view = style_list(found, submission.translator_for_user(interaction))
            await interaction.response.edit_message(view=view)


class StyleChoice(PersistentItem[ui.Select[Any]], template=STYLE_CHOICE):
    """Show the chosen style in place of the list."""

    def __init__(self, page: int) -> None:
        super().__init__(ui.Select(custom_id=style_choice_id(page)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the id of a select."""
        return cls(int(match["page"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Show the style. A value that no list offered is a style that is gone."""
        styles, server_id = _managed(interaction)
        chosen = "".join(self.item.values[:1])
        if not re.fullmatch(r"[0-9]{1,18}", chosen):
            raise Refused(Reason.STYLE_GONE, name="")
        found = await submission.within_deadline(styles.one(server_id, int(chosen)))
        await interaction.response.edit_message(view=_card(interaction, found))


class StylePart(PersistentItem[ui.Select[Any]], template=STYLE_PART):
    """Save the aspect ratio or the model of a style at once."""

    def __init__(self, name: str, its_id: int) -> None:
        self.name, self.its_id = name, its_id
        super().__init__(ui.Select(custom_id=style_part_id(name, its_id)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read which part of which style a select has."""
        return cls(match["name"], int(match["id"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Save the choice and show the style. A value that the select does not offer changes nothing."""
        styles, server_id = _managed(interaction)
        found = await submission.within_deadline(styles.one(server_id, self.its_id), interaction)
        text = "".join(self.item.values[:1])
        if text in _offered(interaction, self.name):
            part = {self.name: chosen_part(self.name, text)}
            saving = styles.save(server_id, found.id, lambda now: replace(now, **part), user_id=interaction.user.id)
            found = await submission.within_deadline(saving, interaction)
        await interaction.response.edit_message(view=_card(interaction, found))


def _offered(interaction: discord.Interaction[Any], name: str) -> set[str]:
    """Return the values that a select of a style offers."""
    models = context_of(interaction).service.model_options
    if name == "model":
        return {"default", *(option.model for option in models.options(0))}
    return {"default", *models.offered.aspect_ratios}


async def _open_form(interaction: discord.Interaction[Any], shown: Style) -> None:
    takes_images = context_of(interaction).service.model_options.max_images > 0
    translate = submission.translator_for_user(interaction)
    form = StyleForm(shown, interaction.id, takes_images=takes_images, translate=translate)
    await interaction.response.send_modal(form)


def _card(interaction: discord.Interaction[Any], shown: Style) -> ui.LayoutView:
    models = context_of(interaction).service.model_options
    translate = submission.translator_for_user(interaction)
    return style_card(shown, models.options(0), models.offered, translate)


class StyleForms(commands.Cog):
    """Handle submitted forms of styles."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        known = submitted_forms.submitted_id(interaction, STYLE_FORM)
        if known is None:
            return
        typed = ""
        try:
            form = submitted_forms.submitted_data(interaction)
            typed = "\n\n".join(text for name in FIELDS if (text := form.text(name)))
            await _save(interaction, int(known["id"]), form)
        except Exception as error:
            await submission.reply_with_error_and_text(interaction, error, typed)


FIELDS = ("name", "before", "after", "negative_prompt")


async def _save(interaction: discord.Interaction[Any], its_id: int, form: FormData) -> None:
    """Save the texts and images of a submitted form. The images are downloaded after the acknowledgement."""
    styles, server_id = _managed(interaction)
    await interaction.response.defer()
    texts: dict[str, Any] = {name: form.text(name) for name in FIELDS}
    links = form.files[:MAX_REFERENCES]
    saved = await styles.save(server_id, its_id, lambda now: replace(now, **texts), links, user_id=interaction.user.id)
    await interaction.edit_original_response(view=_card(interaction, saved))


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the command to the managers' group, and its components to *bot*."""
    group = bot.tree.get_command("studio")
    if isinstance(group, app_commands.Group):
        group.add_command(style)
    await bot.add_cog(StyleForms())
    bot.add_dynamic_items(StyleButton, StyleChoice, StylePart)
