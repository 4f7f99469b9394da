"""/character: save a figure, a pet or a person with images, and use it as @name in prompts."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs import character_consent
from cogs.interactions import read_limits, submission
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging.attachments import from_attachment
from cogs.messaging.token_buckets import TokenBuckets
from cogs.text import phrases
from cogs.text.markdown import plain
from cogs.ui import character_cards
from cogs.ui.files import file_of
from imagegen.errors import Reason, Refused, StoreUnavailable
from imagegen.policy.characters import MARK, MAX_CHARS, Character, fold

ADDED, ADD_EVERY_S = 3, 60.0  # characters that one person may add at once: each takes up to three decoders
SUGGESTIONS = 25


async def suggest_own(interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
    """Suggest the names of the member's characters; none if the database does not answer."""
    characters = context_of(interaction).service.characters
    try:
        own = await submission.within_deadline(characters.of_member(interaction.user.id))
    except StoreUnavailable:
        return []
    wanted = fold(typed).removeprefix(MARK)
    return [Choice(name=each.name, value=each.name) for each in own if wanted in fold(each.name)][:SUGGESTIONS]


@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
class CharacterCommands(
    commands.GroupCog, name="character", description="Save a figure, a pet or a person to use as @name in prompts."
):
    """/character add, list and delete."""

    def __init__(self) -> None:
        self._added, self._asks = TokenBuckets(ADDED, ADD_EVERY_S), character_consent.Asks()

    @app_commands.command(name="add", description="Save a character with up to three images.")
    @app_commands.describe(
        name="What you'll type after @ in a prompt, such as Momo",
        image1="An image that shows the character alone and well",
        image2="Another view",
        image3="Another view",
        person="The person whom the images show, if it's a person. I ask them first",
    )
    async def add(
        self,
        interaction: discord.Interaction[Any],
        name: Range[str, 1, 2 * MAX_CHARS],
        image1: discord.Attachment,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        person: discord.User | None = None,
    ) -> None:
        """Save a character, and ask the person whom it shows."""
        if wait_s := self._added.take(interaction.user.id):
            raise Refused(Reason.READS_TOO_FAST, wait_s=round(wait_s) + 1)
        if person not in (None, interaction.user) and (not isinstance(person, discord.Member) or person.bot):
            raise Refused(Reason.PERSON_NOT_HERE)
        await interaction.response.defer(ephemeral=True, thinking=True)
        links = [from_attachment(image, interaction.user.id) for image in (image1, image2, image3) if image]
        person_id = None if person is None else person.id
        found = await context_of(interaction).service.characters.add(interaction.user.id, name, links, person_id)
        await _answer(interaction, found, phrases.CHARACTER_ADDED if found.is_allowed else phrases.CHARACTER_ASKED)
        if not found.is_allowed and not await self._asks.ask(interaction, found):
            await _answer(interaction, found, phrases.PERSON_NOT_REACHED)

    @app_commands.command(name="list", description="See your characters, and others' characters that show you.")
    async def list_own(self, interaction: discord.Interaction[Any]) -> None:
        """Show the member's characters with a sheet of their images."""
        read_limits.count_pages(interaction, read_limits.SHEET)
        await interaction.response.defer(ephemeral=True, thinking=True)
        characters, translate = (
            context_of(interaction).service.characters,
            submission.translator_for_user(interaction),
        )
        own = await characters.of_member(interaction.user.id)
        about = await characters.about(interaction.user.id)
        sheet = await characters.sheet([each.reference_ids[0] for each in own])
        view = character_cards.listed(own, about, translate, has_sheet=bool(sheet))
        files = [file_of(sheet, character_cards.SHEET_NAME)] if sheet else []
        await interaction.edit_original_response(view=view, attachments=files)

    @app_commands.command(name="delete", description="Delete a character with its images and every copy of them.")
    @app_commands.describe(name="The name of one of your characters")
    @app_commands.autocomplete(name=suggest_own)
    async def delete(self, interaction: discord.Interaction[Any], name: Range[str, 1, 2 * MAX_CHARS]) -> None:
        """Delete a character. Requests that wait with it fail."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        name = " ".join(name.split()).removeprefix(MARK)
        found = await context_of(interaction).service.characters.remove(interaction.user.id, name)
        await _answer(interaction, found, phrases.CHARACTER_DELETED)


async def _answer(interaction: discord.Interaction[Any], found: Character, sentence: str) -> None:
    shown = {"name": plain(found.origin), "person": f"<@{found.person_id}>"}
    await interaction.edit_original_response(content=submission.translator_for_user(interaction)(sentence, shown))


async def setup(bot: AppBot, context: AppContext) -> None:
    """Add the commands and their buttons to *bot*, if an offered model takes input images."""
    if context.service.model_options.max_images:
        await bot.add_cog(CharacterCommands())
        bot.add_dynamic_items(*character_consent.BUTTONS)
