"""The usage of a server, for its managers: a chart, a list and a table to download, in private.

The ids of the components below the card hold all that is shown. Who may see it is judged at each press.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions import read_limits, submission
from cogs.interactions.buttons import PersistentButton, PersistentItem
from cogs.interactions.context import AppBot, AppContext
from cogs.interactions.managers import studio_of
from cogs.text import operator_spending
from cogs.text import usage as texts
from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import shortened
from cogs.ui import cards
from cogs.ui.files import file_of
from cogs.ui.ids import USAGE, usage_id
from cogs.ui.limits import ALT_CHARS
from imagegen.errors import Reason, Refused
from imagegen.policy.quota import percent_used
from imagegen.policy.usage import Usage, View, usage_csv
from imagegen.server_admin import MAX_DAYS

PEOPLE_LISTED = 15
DAYS = (7, 14, 30, MAX_DAYS)
CHART, TABLE = "usage.png", "usage.csv"
SHOW = {View.IMAGES: "Show images", View.SPENDING: "Show spending"}
DARK, LIGHT = "Dark chart", "Light chart"


@dataclass(frozen=True)
class Shown:
    """What the card shows."""

    days: int
    view: View = View.IMAGES
    dark: bool = True

    def component_id(self, part: str) -> str:
        """Return the id of the component that shows this; *part* is what it changes."""
        return usage_id(part, self.view, self.days, "dark" if self.dark else "light")


class UsageButton(PersistentButton, template=USAGE.replace("view|theme|days", "view|theme")):
    """Show the other view, or the same chart in the other colors."""

    def __init__(self, part: str, shown: Shown, label: str = "") -> None:
        self.shown = shown
        super().__init__(ui.Button(label=label or None, custom_id=shown.component_id(part)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read what to show."""
        return cls(match["part"], _shown_in(match))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Change the card. Raises Refused MANAGERS_ONLY and READS_TOO_FAST."""
        await _change(interaction, self.shown)


class DaysSelect(PersistentItem[ui.Select[Any]], template=USAGE.replace("view|theme|days", "days")):
    """Show another number of days."""

    def __init__(self, shown: Shown, translate: Translator = ENGLISH) -> None:
        self.shown = shown
        options = [
            discord.SelectOption(
                label=translate("Last {days} days", days=days), value=str(days), default=days == shown.days
            )
            for days in sorted({*DAYS, shown.days})
        ]
        super().__init__(ui.Select(custom_id=shown.component_id("days"), options=options))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read what is shown."""
        return cls(_shown_in(match))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Change the card. Raises Refused MANAGERS_ONLY and READS_TOO_FAST, and for a value that no select offers."""
        chosen = "".join(self.item.values[:1])
        if chosen not in map(str, DAYS):
            raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_DAYS)
        await _change(interaction, replace(self.shown, days=int(chosen)))


def _shown_in(match: re.Match[str]) -> Shown:
    return Shown(int(match["days"]), View(match["view"]), match["theme"] == "dark")


async def show(interaction: discord.Interaction[Any], days: int) -> None:
    """Show the usage of the last *days*. Raises Refused MANAGERS_ONLY and READS_TOO_FAST."""
    studio_of(interaction)
    read_limits.count_pages(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _draw(interaction, Shown(days))


async def _change(interaction: discord.Interaction[Any], shown: Shown) -> None:
    """Show *shown* in place of what the card shows."""
    studio_of(interaction)
    read_limits.count_pages(interaction)
    await interaction.response.defer()
    await _draw(interaction, shown)


async def _draw(interaction: discord.Interaction[Any], shown: Shown) -> None:
    """Draw the card into the answer to an acknowledged interaction."""
    admin, server_id = studio_of(interaction)
    usage, share = await asyncio.gather(admin.usage(server_id, shown.days), admin.share(server_id))
    translate = submission.translator_for_user(interaction)
    chart = await admin.chart(usage, shown.view, dark=shown.dark)
    alt = shortened(texts.chart_in_words(usage, shown.view, translate), ALT_CHARS)
    text = _text(usage, shown, translate)
    if share is not None:
        text += f"\n{operator_spending.share_in_words(share, percent_used(share, admin.limits), translate)}"
    files = [file_of(chart, CHART, alt), file_of(usage_csv(usage), TABLE)]
    await interaction.edit_original_response(view=_card(text, alt, shown, translate), attachments=files)


def _text(usage: Usage, shown: Shown, translate: Translator) -> str:
    if shown.view is View.SPENDING:
        return texts.spending_text(usage, translate)
    return texts.images_text(usage, PEOPLE_LISTED, translate)


def _card(text: str, alt: str, shown: Shown, translate: Translator) -> ui.LayoutView:
    view = cards.one_sentence(text)
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{CHART}", description=alt)
    view.add_item(gallery)
    view.add_item(ui.File(f"attachment://{TABLE}"))
    other = View.IMAGES if shown.view is View.SPENDING else View.SPENDING
    buttons = (
        UsageButton("view", replace(shown, view=other), translate(SHOW[other])),
        UsageButton("theme", replace(shown, dark=not shown.dark), translate(LIGHT if shown.dark else DARK)),
    )
    view.add_item(ui.ActionRow(*buttons))
    view.add_item(ui.ActionRow(DaysSelect(shown, translate)))
    return view


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the components to *bot*."""
    bot.add_dynamic_items(UsageButton, DaysSelect)
