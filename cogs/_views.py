"""What is sent with buttons. Each button is known by its id alone (cogs/_buttons.py), so none is listened for."""

from __future__ import annotations

from discord import ui


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
