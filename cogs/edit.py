"""Editing: the "Edit picture" menu of a message, its modal, and mentions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs import _asking, _collect, _replies
from cogs._asking import DeskBot
from cogs._delivery import Delivery
from cogs.imagine import SHAPES
from imagegen.errors import Reason, Refused, WanvasError
from imagegen.model import Ask, Asker, ImageRequest, PictureLink, Shape

MODAL_S = 14 * 60  # an interaction's token lives 15 min; a dismissed modal is forgotten by then


class EditModal(ui.Modal):
    """Words, shape and further pictures for an edit. *pictures* are those of the message it was opened from."""

    def __init__(self, pictures: Sequence[PictureLink], limit: int, most: int, parent_id: int | None = None) -> None:
        super().__init__(title="Edit picture", timeout=MODAL_S)
        self._pictures, self._parent_id = tuple(pictures), parent_id
        self.words: ui.TextInput[Self] = ui.TextInput(
            style=discord.TextStyle.paragraph, custom_id="words", max_length=limit, placeholder="make it night"
        )
        self.shape: ui.Select[Self] = ui.Select(
            custom_id="shape",
            options=[
                discord.SelectOption(label=name, value=shape.value, default=shape is Shape.SAME)
                for shape, name in SHAPES.items()
            ],
        )
        self.which: ui.Select[Self] | None = None
        self.add_item(ui.Label(text="What should change?", component=self.words))
        self.add_item(ui.Label(text="Shape", component=self.shape))
        if len(pictures) > 1:
            self._offer_which(most)
        self.more: ui.FileUpload[Self] | None = None
        if most > 1:
            self.more = ui.FileUpload(custom_id="more", required=False, min_values=0, max_values=most - 1)
            self.add_item(ui.Label(text="Further pictures", description="They follow in order", component=self.more))

    def _offer_which(self, most: int) -> None:
        shown = min(len(self._pictures), 25)
        self.which = ui.Select(
            custom_id="which",
            max_values=min(shown, most),
            options=[
                discord.SelectOption(label=f"picture {number + 1}", value=str(number), default=number == 0)
                for number in range(shown)
            ],
        )
        self.add_item(ui.Label(text="Which picture?", component=self.which))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        await _asking.answer(interaction, self._request())

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        await _asking.failed(interaction, error)

    def _request(self) -> ImageRequest:
        """Values of a modal are whatever a client sends: unknown ones fall back to what the modal offered first."""
        chosen = self.which.values if self.which else ["0"]
        numbers = [int(value) for value in chosen if value.isdigit() and int(value) < len(self._pictures)] or [0]
        shape = next((Shape(value) for value in self.shape.values if value in {known.value for known in Shape}), None)
        more = _collect.from_attachments(self.more.values) if self.more else []
        pictures = (*(self._pictures[number] for number in numbers), *more)
        return ImageRequest(self.words.value, pictures=pictures, shape=shape, parent_id=self._parent_id)


async def open_modal(interaction: discord.Interaction[Any], message: discord.Message, parent_id: int | None) -> None:
    """Open the edit of a message's pictures, or say in private that it has none."""
    pictures = _collect.from_message(message)
    if not pictures:
        await interaction.response.send_message(_replies.NO_PICTURES, ephemeral=True)
        return
    limits = _asking.desk_of(interaction).service.limits(1)
    await interaction.response.send_modal(EditModal(pictures, limits.prompt_chars, limits.max_pictures, parent_id))


@app_commands.context_menu(name="Edit picture")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def edit_picture(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """The menu carries the whole message, whatever the intents."""
    job = await _asking.desk_of(interaction).service.job_of_message(message.id)
    await open_modal(interaction, message, None if job is None else job.id)


class Edit(commands.Cog):
    """Mentions: a typed mention is an ask, and so are words in reply to a result."""

    def __init__(self, bot: DeskBot, delivery: Delivery) -> None:
        self._bot, self._delivery = bot, delivery

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        me = self._bot.user
        if me is None or message.author.bot or message.webhook_id or me not in message.mentions:
            return
        typed = re.search(rf"<@!?{me.id}>", message.content) is not None
        words = re.sub(rf"<@!?{me.id}>", "", message.content).strip()
        there = await self._replied_to(message)
        parent = None if there is None else await self._bot.desk.service.job_of_message(there.id)
        if not typed and (parent is None or not words):
            return  # a bare reply ping is courtesy, not an ask
        try:
            await self._ask(message, words, there, None if parent is None else parent.id)
        except WanvasError as error:
            await self._delivery.say_openly(message.channel.id, message.author.id, _replies.sentence(error), message.id)

    async def _replied_to(self, message: discord.Message) -> discord.Message | None:
        reference = message.reference
        if (
            reference is None
            or reference.message_id is None
            or reference.type is not discord.MessageReferenceType.reply
        ):
            return None
        if isinstance(reference.resolved, discord.Message):
            return reference.resolved
        if reference.resolved is not None:
            return None  # deleted
        try:
            return await message.channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return None

    async def _ask(
        self, message: discord.Message, words: str, there: discord.Message | None, parent_id: int | None
    ) -> None:
        pictures = _collect.from_message(message) + (() if there is None else _collect.from_message(there))
        if not pictures and message.reference is not None and there is None:
            raise Refused(Reason.PICTURE_UNREACHABLE, position=1)
        if there is not None and not _collect.from_message(there) and not self._sees(there):
            await self._delivery.say_openly(message.channel.id, message.author.id, _replies.UNSEEN_REPLY, message.id)
            return
        request = ImageRequest(words, pictures=pictures, parent_id=parent_id)
        scope = "dm" if message.guild is None else f"g:{message.guild.id}"
        ask = Ask(f"m:{message.id}", Asker(message.author.id, scope), request, self._address(message))
        if not self._may_write(message):
            await self._delivery.say_directly(message.author.id, _replies.CANNOT_WRITE_HERE)
            return
        await self._bot.desk.service.submit(ask)

    def _sees(self, there: discord.Message) -> bool:
        """Whether what Discord shows of that message is all there is."""
        return self._bot.intents.message_content or there.author == self._bot.user or there.guild is None

    def _may_write(self, message: discord.Message) -> bool:
        if message.guild is None or isinstance(message.channel, discord.PartialMessageable | discord.DMChannel):
            return True
        allowed = message.channel.permissions_for(message.guild.me)
        return allowed.view_channel and allowed.send_messages and allowed.attach_files

    def _address(self, message: discord.Message) -> dict[str, str | int | bool | None]:
        return {
            "v": 1,
            "kind": "message",
            "app": self._bot.application_id,
            "token": None,
            "guild": None if message.guild is None else message.guild.id,
            "channel": message.channel.id,
            "message": None,
            "reply_to": message.id,
            "user": message.author.id,
            "locale": "en-US",
            "limit": None,
            "user_install": False,
        }
