"""The form of an edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from cogs import _asking, _collect, _replies
from cogs._desk import desk_of
from cogs._words import ENGLISH, Words
from cogs.imagine import SHAPES
from imagegen.model import AskLimits, ImageRequest, PictureLink, Shape

MODAL_S = 14 * 60  # an interaction's token lives 15 min; a dismissed modal is forgotten by then
MAX_OPTIONS = 25  # https://discord.com/developers/docs/components/reference#string-select (2026-11-22)


async def open_modal(interaction: discord.Interaction[Any], message: discord.Message, parent_id: int | None) -> None:
    """Open the edit of a message's pictures, or say in private that it has none."""
    words = _asking.words_of(interaction)
    pictures = _collect.from_message(message)
    if not pictures:
        await interaction.response.send_message(words(_replies.NO_PICTURES), ephemeral=True)
        return
    limits = desk_of(interaction).service.limits(len(pictures))
    await interaction.response.send_modal(EditModal(pictures, limits, parent_id, words))


class EditModal(ui.Modal):
    """Words, shape and further pictures for an edit. *pictures* are those of the message it was opened from."""

    def __init__(
        self, pictures: Sequence[PictureLink], limits: AskLimits, parent_id: int | None, words: Words = ENGLISH
    ) -> None:
        super().__init__(title=words("Edit picture"), timeout=MODAL_S)
        self._pictures = {str(number): link for number, link in enumerate(pictures[:MAX_OPTIONS], start=1)}
        self._parent_id = parent_id
        self.words: ui.TextInput[Self] = ui.TextInput(
            style=discord.TextStyle.paragraph,
            custom_id="words",
            max_length=limits.prompt_chars,
            placeholder=words("make it night"),
        )
        self.shape: ui.Select[Self] = ui.Select(
            custom_id="shape",
            options=[
                discord.SelectOption(label=words(name), value=shape.value, default=shape is Shape.SAME)
                for shape, name in SHAPES.items()
            ],
        )
        self.which = self._which(limits.max_pictures, words) if len(pictures) > 1 else None
        self.more: ui.FileUpload[Self] = ui.FileUpload(
            custom_id="more", required=False, min_values=0, max_values=limits.max_pictures - 1
        )
        self._lay_out(words)

    def _which(self, most: int, words: Words) -> ui.Select[Self]:
        options = [
            discord.SelectOption(label=words("picture {number}", number=number), value=number, default=number == "1")
            for number in self._pictures
        ]
        return ui.Select(custom_id="which", max_values=min(len(options), most), options=options)

    def _lay_out(self, words: Words) -> None:
        self.add_item(ui.Label(text=words("What should change?"), component=self.words))
        self.add_item(ui.Label(text=words("Shape"), component=self.shape))
        if self.which is not None:
            self.add_item(ui.Label(text=words("Which picture?"), component=self.which))
        self.add_item(
            ui.Label(text=words("Further pictures"), description=words("They follow in order"), component=self.more)
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        await _asking.answer(interaction, self.request())

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        await _asking.failed(interaction, error)

    def request(self) -> ImageRequest:
        """Values of a modal are whatever a client sends: unknown ones fall back to what the modal offered first."""
        chosen = [] if self.which is None else self.which.values
        links = [self._pictures[number] for number in chosen if number in self._pictures]
        shapes = [Shape(value) for value in self.shape.values if value in Shape._value2member_map_]
        # discord.py lists files as Discord resolved them; their ids ascend as they were uploaded.
        more = sorted(self.more.values, key=lambda file: file.id)
        pictures = (*(links or [self._pictures["1"]]), *map(_collect.from_attachment, more))
        shape = shapes[0] if shapes else None
        return ImageRequest(self.words.value, pictures=pictures, shape=shape, parent_id=self._parent_id)
