"""Views with buttons that are known by their ids alone: discord.py listens for none of them."""

from __future__ import annotations

import discord
from discord import ui

ACCENT = discord.Colour(0x4F8A8B)  # of every card


class Card(ui.LayoutView):
    """A message of components.

    discord.py would remember it for 15 minutes with a task of its own, wherever it is private: one for each page,
    sentence and form of a busy hour.
    """

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_finished(self) -> bool:
        """Whether nothing of it is listened for."""
        return True


class Buttons(ui.View):
    """Buttons below a sentence; as a card, not remembered."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_finished(self) -> bool:
        """Whether nothing of it is listened for."""
        return True
