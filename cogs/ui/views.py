"""Views with buttons that are known by their ids alone: discord.py listens for none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import ui

NOTHING: Mapping[str, Any] = {}  # to send beside a sentence
ACCENT = discord.Color(0x4F8A8B)  # the color of every card


class Card(ui.LayoutView):
    """A message of components.

    discord.py would keep a private one for 15 minutes with a task of its own: one for each page, reply and form.
    """

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_finished(self) -> bool:
        """Return True: discord.py keeps only views that wait for presses."""
        return True


class Buttons(ui.View):
    """Buttons below a sentence, not kept either."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_finished(self) -> bool:
        """Return True: discord.py keeps only views that wait for presses."""
        return True
