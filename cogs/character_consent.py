"""Ask the person whom a character shows: in a direct message, or in the channel if that person takes none.

Only that person's presses count, and each press reads the character again.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import discord
import structlog

from cogs.interactions import read_limits, submission
from cogs.interactions.buttons import IdButton
from cogs.interactions.context import context_of
from cogs.interactions.place_language import translator_for_channel, translator_for_pressed
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.messaging.token_buckets import TokenBuckets
from cogs.text import phrases
from cogs.text.i18n import Translator, translator_for
from cogs.text.markdown import plain
from cogs.ui import cards, character_cards
from cogs.ui.files import file_of
from cogs.ui.ids import Verb
from imagegen.errors import DeliverLater, Reason, Refused, StoreUnavailable
from imagegen.policy.characters import Character

log = structlog.get_logger(__name__)

ASKED, ASK_EVERY_S = 2, 43_200.0  # questions of one member to one person: two at once, and two a day
ASKED_AT_ALL, ASK_AT_ALL_EVERY_S = 5, 17_280.0  # questions of one member to whomever: five at once, and five a day


class Asks:
    """Asks people whether characters may show them, each member each person, and people at all, only so often."""

    def __init__(self) -> None:
        self._asked = TokenBuckets(ASKED, ASK_EVERY_S)
        self._asked_at_all = TokenBuckets(ASKED_AT_ALL, ASK_AT_ALL_EVERY_S)

    async def ask(self, interaction: discord.Interaction[Any], found: Character) -> bool:
        """Ask, after *interaction* was answered: its first follow-up would be as private as the answer.

        Return False, and delete the character, if that person cannot be reached. Raises Refused, and deletes the
        character too, if the member has asked that person, or people at all, too often.
        """
        too_often = self.too_often(found)
        if too_often is None and (await _asked_directly(interaction, found) or await _asked_here(interaction, found)):
            return True
        await context_of(interaction).service.characters.remove(found.user_id, found.name)
        if too_often is not None:
            raise Refused(too_often)
        return False

    def too_often(self, found: Character) -> Reason | None:
        """Count a question. Return why the member may not ask it now, or None."""
        if self._asked.take((found.user_id, found.person_id)):
            return Reason.ASKED_TODAY
        return Reason.ASKED_MANY_TODAY if self._asked_at_all.take(found.user_id) else None


async def _asked_directly(interaction: discord.Interaction[Any], found: Character) -> bool:
    view = character_cards.question(found, await _translator_of(interaction, found.person_id), mentions=False)
    return await _sent_directly(interaction, found.person_id, view)


async def _asked_here(interaction: discord.Interaction[Any], found: Character) -> bool:
    """Ask in the channel of *interaction*, for everybody to see, where only that person can answer."""
    view = character_cards.question(found, await translator_for_channel(interaction), mentions=True)
    mentions = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(found.person_id or 0)])
    send = partial(interaction.followup.send, view=view, ephemeral=False, allowed_mentions=mentions, wait=True)
    with suppress(RouteClosed, DeliverLater):
        await call_discord(send)
        return True
    return False


async def _sent_directly(interaction: discord.Interaction[Any], user_id: int | None, view: Any) -> bool:
    with suppress(RouteClosed, DeliverLater):
        channel = await call_discord(interaction.client.create_dm, discord.Object(user_id or 0))
        await call_discord(partial(channel.send, view=view, allowed_mentions=discord.AllowedMentions.none()))
        return True
    return False


async def _translator_of(interaction: discord.Interaction[Any], user_id: int | None) -> Translator:
    """Return the translator for another person: by the language in which they last used the bot, or the server's."""
    known = None
    with suppress(StoreUnavailable):
        known = await context_of(interaction).service.history.locale_of(user_id or 0)
    here = interaction.guild_locale
    return translator_for(known or ("" if here is None else here.value))


class _Answer(IdButton):
    """A button for the person whom a character shows."""

    async def found(self, interaction: discord.Interaction[Any]) -> Character | None:
        """Return the character. Reply to somebody else in private, and to a deleted character on the message."""
        characters = context_of(interaction).service.characters
        found = await submission.within_deadline(characters.character(self.its_id))
        translate = submission.translator_for_user(interaction)
        if found is None:
            await interaction.response.edit_message(view=cards.one_sentence(translate(phrases.CHARACTER_GONE)))
        elif found.person_id != interaction.user.id:
            await interaction.response.send_message(translate(phrases.NOT_YOUR_CHARACTER), ephemeral=True)
        else:
            return found
        return None


class AllowButton(_Answer, verb=Verb.ALLOW_CHARACTER):
    """Allow a character that shows the person who presses."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        found = await self.found(interaction)
        if found is None:
            return
        service = context_of(interaction).service
        await interaction.response.defer()
        after = await service.characters.allow(found.id, interaction.user.id)
        translate = await translator_for_pressed(interaction)
        await interaction.edit_original_response(view=character_cards.allowed(after, translate))
        if not found.is_allowed:
            await _notify(interaction, found, phrases.CHARACTER_WAS_ALLOWED)


class WithdrawButton(_Answer, verb=Verb.WITHDRAW_CHARACTER):
    """Delete a character that shows the person who presses, with every copy of its images."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        found = await self.found(interaction)
        if found is None:
            return
        service = context_of(interaction).service
        await interaction.response.defer()
        with suppress(Refused):  # pressed twice
            await service.characters.withdraw(found.id, interaction.user.id)
        translate = await translator_for_pressed(interaction)
        text = translate(phrases.CHARACTER_WITHDRAWN, name=plain(found.origin))
        await interaction.edit_original_response(view=cards.one_sentence(text))
        await _notify(interaction, found, phrases.CHARACTER_WAS_WITHDRAWN)


class DenyButton(WithdrawButton, verb=Verb.DENY_CHARACTER):
    """Do the same, instead of allowing it first."""


class ShowButton(_Answer, verb=Verb.SHOW_CHARACTER):
    """Show the images of a character in private to the person whom they show."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        found = await self.found(interaction)
        if found is None:
            return
        read_limits.count_pages(interaction, read_limits.SHEET)
        await interaction.response.defer(ephemeral=True, thinking=True)
        sheet = await context_of(interaction).service.characters.sheet(found.reference_ids)
        translate = submission.translator_for_user(interaction)
        text = translate(phrases.CHARACTER_IMAGES, name=plain(found.origin))
        files = [file_of(sheet, character_cards.SHEET_NAME, text)] if sheet else []
        await interaction.edit_original_response(content=text, attachments=files)


async def _notify(interaction: discord.Interaction[Any], found: Character, sentence: str) -> None:
    """Tell the member who registered a character what the person decided, if they take direct messages."""
    translate = await _translator_of(interaction, found.user_id)
    text = translate(sentence, person=f"<@{found.person_id}>", name=plain(found.origin))
    if not await _sent_directly(interaction, found.user_id, cards.one_sentence(text)):
        log.info("character_answer_not_delivered", character=found.id)


BUTTONS = (AllowButton, DenyButton, WithdrawButton, ShowButton)
