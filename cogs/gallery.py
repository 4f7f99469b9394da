"""/gallery, /receipts, /forget-me and /consent: what a person has made, and who may do what with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs import _asking, _cards, _replies, _sight, _text
from cogs._address import asker_of
from cogs._buttons import ACCENT
from cogs._desk import desk_of
from cogs._sight import Spot
from cogs._words import Words
from imagegen.errors import Reason, Refused
from imagegen.library import PAGE
from imagegen.model import Account, Job
from imagegen.place import Consent

FIND_CHARS = 50  # what is looked for stands in a component's id, which takes 100 in all
PROMPT_CHARS = 200

MINE, HERE = "mine", "here"


class Gallery(commands.Cog):
    @app_commands.command(
        name="gallery", description="Your pictures, newest first; find one by the words of its prompt."
    )
    @app_commands.describe(find="Words of the prompt", everybody="Everybody's in this server, for its managers")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def gallery(
        self, interaction: discord.Interaction[Any], find: Range[str, 0, FIND_CHARS] = "", everybody: bool = False
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_page(interaction, HERE if everybody else MINE, find[:FIND_CHARS], None)

    @app_commands.command(name="receipts", description="Each of your requests: held, counted, returned, and why.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def receipts(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_accounts(interaction, None)

    @app_commands.command(name="forget-me", description="Erase the words and pictures of everything you asked for.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def forget_me(self, interaction: discord.Interaction[Any]) -> None:
        words = _asking.words_of(interaction)
        view = _cards.sentence(words(_replies.FORGET_FIRST))
        view.add_item(ui.ActionRow(Forget(interaction.user.id, words)))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="consent", description="Whether others may edit the pictures that you post.")
    @app_commands.describe(edits="What others may do with pictures that you post, and with your avatar")
    @app_commands.choices(
        edits=[
            Choice(name="allow: others may edit them", value=Consent.ALLOW.value),
            Choice(name="never: nobody but you edits them", value=Consent.NEVER.value),
        ]
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def consent(self, interaction: discord.Interaction[Any], edits: str) -> None:
        chosen, words = Consent(edits), _asking.words_of(interaction)
        await _asking.soon(desk_of(interaction).service.library.set_consent(interaction.user.id, chosen))
        await interaction.response.send_message(words(_replies.CONSENT[chosen]), ephemeral=True)


class _Private(ui.DynamicItem[ui.Button[Any]], template=r"w1:private"):
    """A button of a private answer; what its press raises is told in private."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self.pressed(interaction)
        except Exception as error:  # discord.py only logs what a dynamic item raises
            await _asking.failed(interaction, error)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        raise NotImplementedError


class Page(_Private, template=rf"w1:page:(?P<whose>mine|here):(?P<before>\d{{1,18}}):(?P<find>.{{0,{FIND_CHARS}}})"):
    """Another page of the gallery: what is older than a job; 0 is the newest page."""

    def __init__(self, whose: str, before: int, find: str, label: str = "") -> None:
        self.whose, self.before, self.find = whose, before, find
        super().__init__(ui.Button(label=label or "·", custom_id=f"w1:page:{whose}:{before}:{find}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["whose"], int(match["before"]), match["find"])

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()
        await show_page(interaction, self.whose, self.find, self.before or None)


class Accounts(_Private, template=r"w1:accounts:(?P<before>\d{1,18})"):
    """Another page of the receipts of whoever presses."""

    def __init__(self, before: int, label: str = "") -> None:
        self.before = before
        super().__init__(ui.Button(label=label or "·", custom_id=f"w1:accounts:{before}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["before"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()
        await show_accounts(interaction, self.before or None)


class Forget(_Private, template=r"w1:forget:(?P<user>\d{1,20})"):
    """The confirmation of /forget-me; it works for whoever it was shown to."""

    def __init__(self, user_id: int, words: Words) -> None:
        self.user_id = user_id
        button: ui.Button[Any] = ui.Button(
            label=words("Forget me"), style=discord.ButtonStyle.danger, custom_id=f"w1:forget:{user_id}"
        )
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["user"]), _asking.words_of(interaction))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        words = _asking.words_of(interaction)
        if interaction.user.id != self.user_id:
            await interaction.response.send_message(words(_replies.NOT_YOURS), ephemeral=True)
            return
        await interaction.response.defer()
        erased = await desk_of(interaction).service.library.forget(self.user_id)
        await interaction.edit_original_response(view=_cards.sentence(_replies.forgotten(erased, words)))


async def show_page(interaction: discord.Interaction[Any], whose: str, find: str, before: int | None) -> None:
    """A page of the gallery in place of the private answer. Refused MANAGERS_ONLY for everybody's."""
    library = desk_of(interaction).service.library
    if whose == HERE:
        if interaction.guild_id is None or not interaction.permissions.manage_guild:
            raise Refused(Reason.MANAGERS_ONLY)
        found = await library.made_in(interaction.guild_id, find, before)
    else:
        found = await library.made_by(interaction.user.id, find, before)
    spots = await asyncio.gather(*(_sight.spot_of(interaction.client, interaction.user, job) for job in found[:PAGE]))
    words = _asking.words_of(interaction)
    view = _gallery(found[:PAGE], spots, words) if found else _cards.sentence(words(_replies.NOTHING_FOUND))
    buttons = [Page(whose, 0, find, words("Newest"))] if before else []
    buttons += [Page(whose, found[PAGE - 1].id, find, words("Older"))] if len(found) > PAGE else []
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view)


def _gallery(found: Sequence[Job], spots: Sequence[Spot | None], words: Words) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    card: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ACCENT)
    for job, spot in zip(found, spots, strict=True):
        for tile in _tile(job, spot, words):
            card.add_item(tile)
    view.add_item(card)
    return view


def _tile(job: Job, spot: Spot | None, words: Words) -> list[ui.Item[Any]]:
    """A result with its thumbnail and the way to it; an empty, numbered one where it cannot be seen now."""
    if spot is None:
        return [ui.TextDisplay(f"**#{job.id}**\n-# {words(_replies.UNSEEN_TILE)}")]
    prompt = _text.plain(_text.shortened(job.request.prompt, PROMPT_CHARS)) or words(_replies.FORGOTTEN_WORDS)
    text = _replies.tile(job, f"#{job.id}", prompt, spot.jump, words)
    if not spot.pictures:
        return [ui.TextDisplay(f"{text}\n-# {words(_replies.MESSAGE_GONE)}")]
    thumbnail = ui.Thumbnail[Any](
        spot.pictures[0].url, description=_cards.shortened(job.request.prompt, _cards.ALT_CHARS) or None
    )
    return [ui.Section(text, accessory=thumbnail)]


async def show_accounts(interaction: discord.Interaction[Any], before: int | None) -> None:
    """A page of the receipts in place of the private answer."""
    service, words = desk_of(interaction).service, _asking.words_of(interaction)
    found = await service.library.accounts(interaction.user.id, before)
    allowances = [] if before else await service.allowance(asker_of(interaction))
    lines = [_replies.allowance(one, words) for one in allowances]
    lines += [_account(account, words) for account in found[:PAGE]] or [words(_replies.NO_REQUESTS)]
    view = _cards.sentence("\n\n".join(lines))
    buttons = [Accounts(0, words("Newest"))] if before else []
    buttons += [Accounts(found[PAGE - 1].job.id, words("Older"))] if len(found) > PAGE else []
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view)


def _account(account: Account, words: Words) -> str:
    prompt = _text.plain(_text.shortened(account.job.request.prompt, _cards.WAITING_CHARS))
    return _replies.account(account, prompt or words(_replies.FORGOTTEN_WORDS), words)


BUTTONS = (Page, Accounts, Forget)
