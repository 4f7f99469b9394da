"""Draw the checklist (Components V2): a line for each item, what the operator does next, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from cogs.text.markdown import shortened
from cogs.text.units import units
from cogs.ui.limits import CARD_CHARS
from cogs.ui.views import ACCENT, Card
from hosting.verify.items import MARKS, Item, Outcome, Verdict

RUNS, WAITS = "▸", "○"
GROUPS = {"discord": "Discord", "wan": "Wan"}  # by the beginning of a key
SKIP, BROKEN, STOP = "verify:skip", "verify:broken", "verify:stop"
SEEN_CHARS = 160  # of what was seen of a failed item; the report has all of it
ROOM_CHARS = 200  # for the title and the edges of the card


@dataclass(frozen=True)
class Checklist:
    """What the card shows. *todo* is what the operator does next, with the *buttons* that this takes."""

    items: Sequence[Item]
    outcomes: Mapping[str, Outcome]
    running: Item | None = None
    todo: str = ""
    buttons: tuple[tuple[str, str], ...] = ()  # label and custom id
    over: bool = False

    @property
    def counts(self) -> str:
        """Return the number of items for each verdict."""
        found = [outcome.verdict for outcome in self.outcomes.values()]
        return ", ".join(f"{found.count(verdict)} {verdict.value}" for verdict in Verdict)


def draw(checklist: Checklist) -> ui.LayoutView:
    """Draw the card. Leave out what was seen of failed items if it does not fit."""
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=_color(checklist))
    state = "Done" if checklist.over else f"{len(checklist.outcomes)} of {len(checklist.items)} done"
    card.add_item(ui.TextDisplay(f"### Verifying this bot\n-# {state} · {checklist.counts}"))
    for item in (*_next_step(checklist), ui.Separator[Any](), ui.TextDisplay[Any](_lines(checklist))):
        card.add_item(item)
    view.add_item(card)
    return view


def _color(checklist: Checklist) -> discord.Color:
    failed = any(outcome.verdict is Verdict.FAILED for outcome in checklist.outcomes.values())
    return discord.Color(0xB3403A) if failed else ACCENT


def _lines(checklist: Checklist) -> str:
    room = CARD_CHARS - ROOM_CHARS - units(checklist.todo)
    for seen_chars in (SEEN_CHARS, SEEN_CHARS // 4, 0):
        text = "\n".join(_group(checklist, start, seen_chars) for start in GROUPS)
        if units(text) <= room:
            return text
    return shortened(text, room)


def _group(checklist: Checklist, start: str, seen_chars: int) -> str:
    """Return the lines of the items whose keys begin so, below a heading; empty if there are none."""
    lines = [_line(checklist, item, seen_chars) for item in checklist.items if item.key.startswith(start)]
    return "\n".join([f"**{GROUPS[start]}**", *lines]) if lines else ""


def _line(checklist: Checklist, item: Item, seen_chars: int) -> str:
    outcome = checklist.outcomes.get(item.key)
    if outcome is None:
        return f"{RUNS} **{item.title}**" if item == checklist.running else f"-# {WAITS} {item.title}"
    if outcome.verdict is not Verdict.FAILED:
        return f"{MARKS[outcome.verdict]} {item.title}"
    seen = f"\n-# {shortened(outcome.seen, seen_chars)}" if seen_chars else ""
    return f"{MARKS[outcome.verdict]} **{item.title}**{seen}"


def _next_step(checklist: Checklist) -> list[ui.Item[Any]]:
    """Return what the operator does next, and the buttons."""
    if checklist.over:
        return []
    text = f"**Your turn:** {checklist.todo}" if checklist.todo else "-# Nothing to do for you right now."
    own = [_button(label, custom_id, discord.ButtonStyle.primary) for label, custom_id in checklist.buttons]
    grey = discord.ButtonStyle.secondary
    controls = [_button("Skip", SKIP, grey), _button("Doesn't work", BROKEN, grey)] if checklist.todo else []
    controls.append(_button("Stop", STOP, discord.ButtonStyle.danger))
    return [ui.TextDisplay(text), ui.ActionRow(*own, *controls)]


def _button(label: str, custom_id: str, style: discord.ButtonStyle) -> ui.Button[Any]:
    return ui.Button(label=label, custom_id=custom_id, style=style)
