"""Every part that a message or a form can have, as discord.py sends it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import discord
from discord import ui

from tests.sandbox.conftest import PNG

WEB = "https://example.com/a.png"
CUSTOM = "<a:party:1234567890123>"


def files() -> list[discord.File]:
    return [discord.File(io.BytesIO(PNG), name, description="a picture") for name in ("a.png", "b.txt")]


def embed() -> discord.Embed:
    """Return an embed with each of its parts."""
    found = discord.Embed(
        title="t", description="d", url=WEB, colour=discord.Colour.red(), timestamp=datetime(2026, 11, 29, tzinfo=UTC)
    )
    found.set_author(name="a", url=WEB, icon_url=WEB).set_footer(text="f", icon_url=WEB)
    found.set_image(url="attachment://a.png").set_thumbnail(url=WEB)
    return found.add_field(name="n", value="v", inline=True).add_field(name="n", value="v", inline=False)


def view(person: int) -> ui.View:
    """Return rows with each button and select. *person* is chosen in one of them."""
    cat, custom = discord.SelectOption(label="a", description="d", emoji="🐱", default=True), CUSTOM
    options = [cat, discord.SelectOption(label="b", emoji=custom)]
    found = ui.View(timeout=None)
    for part in (
        ui.Button[ui.View](label="Confirm", emoji="✅", custom_id="b1", style=discord.ButtonStyle.success, row=0),
        ui.Button[ui.View](emoji=custom, custom_id="b2", disabled=True, row=0),
        ui.Button[ui.View](label="Link", emoji="🔗", url=WEB, row=0),
        ui.Select[ui.View](custom_id="s", placeholder="p", options=options, min_values=0, max_values=2, row=1),
        ui.UserSelect[ui.View](custom_id="u", default_values=[discord.Object(person, type=discord.User)], row=2),
        ui.RoleSelect[ui.View](custom_id="r", row=3),
        ui.ChannelSelect[ui.View](custom_id="c", channel_types=[discord.ChannelType.text], row=4),
    ):
        found.add_item(part)
    return found


def layout(person: int) -> ui.LayoutView:
    """Return a layout with each component. It shows the files ``a.png`` and ``b.txt``."""
    chosen = [discord.Object(person, type=discord.User)]
    confirm: Any = ui.Button(label="Confirm", emoji="✅", custom_id="l1")
    inner: Any = ui.ActionRow(ui.Button(label="Inner", custom_id="l2"))
    pictures = (
        discord.MediaGalleryItem("attachment://a.png", description="d", spoiler=True),
        discord.MediaGalleryItem(WEB),
    )
    found = ui.LayoutView(timeout=None)
    parts: tuple[Any, ...] = (
        ui.TextDisplay("words", id=7),
        ui.Section("one", "two", accessory=ui.Thumbnail("attachment://a.png", description="d", spoiler=True)),
        ui.Section("one", accessory=confirm),
        ui.MediaGallery(*pictures),
        ui.File("attachment://b.txt", spoiler=True),
        ui.Separator(visible=False, spacing=discord.SeparatorSpacing.large),
        ui.Container(ui.TextDisplay("in"), ui.Separator(), inner, accent_colour=discord.Colour.blue(), spoiler=True),
        ui.ActionRow(ui.MentionableSelect(custom_id="l3", default_values=chosen)),
    )
    for part in parts:
        found.add_item(part)
    return found


def forms() -> list[ui.Modal]:
    """Return forms that have, together, a field of each type with each of its settings."""
    channels, some = [discord.ChannelType.text], dict[str, Any](required=False)
    option = discord.SelectOption(label="a", emoji="🐱", default=True)
    radio = [discord.RadioGroupOption(label="x", description="d", default=True), discord.RadioGroupOption(label="y")]
    box = discord.CheckboxGroupOption(label="x", value="x", description="d", default=True)
    words: Any = ui.TextInput(custom_id="f", placeholder="p", default="x", min_length=1, max_length=20, required=False)
    fields: list[Any] = [
        words, ui.Select(options=[option], min_values=0, **some), ui.UserSelect(**some), ui.RoleSelect(**some),
        ui.ChannelSelect(channel_types=channels, **some), ui.MentionableSelect(**some), ui.Checkbox(default=True),
        ui.RadioGroup(options=radio, **some), ui.CheckboxGroup(options=[box], min_values=0, **some),
        ui.FileUpload(min_values=0, max_values=3, **some),
    ]  # fmt: skip
    labels = [ui.Label(text="Field", description="d", component=field) for field in fields]
    return [_form(ui.TextDisplay("words"), *labels[:4]), _form(*labels[4:8]), _form(*labels[8:]), _form(_old_field())]


def _old_field() -> Any:
    return ui.TextInput(label="Field", style=discord.TextStyle.long)


def _form(*items: Any) -> ui.Modal:
    found = ui.Modal(title="Form")
    for item in items:
        found.add_item(item)
    return found
