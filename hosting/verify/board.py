"""Show how a verification stands: a card in Discord that is edited, and lines in the terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import aiohttp
import click
import discord
from discord import ui

from hosting.verify.card import Checklist, draw
from hosting.verify.items import MARKS, Item, Outcome
from hosting.verify.redaction import Redaction

SETTLE_S = 0.25  # changes that follow each other within this time are one edit: a channel takes five in 5 s
AGAIN_S = 1.0  # after an edit that failed: the session may be reopening


def as_plain(text: str) -> str:
    """Return what Discord shows of a text with its markup, for the terminal."""
    return re.sub(r"<@&?\d+>", "@the bot", re.sub(r"[*`]", "", text))


class Board:
    """The checklist. *edit* replaces the card in Discord, at *link*; ``run`` calls it after each change.

    *redaction* cleans what was seen: an answer from outside may hold anything.
    """

    def __init__(
        self,
        items: Sequence[Item],
        link: str,
        edit: Callable[[ui.LayoutView], Awaitable[None]],
        redaction: Redaction,
    ) -> None:
        self._redaction = redaction
        self.checklist = Checklist(tuple(items), {})
        self.link, self._edit, self._changed = link, edit, asyncio.Event()

    def begin(self, item: Item) -> None:
        """Show that *item* runs."""
        number = len(self.checklist.outcomes) + 1
        click.echo(f"\n[{number}/{len(self.checklist.items)}] {item.title}  ({item.key})")
        self._show(running=item)

    def ask(self, todo: str, *buttons: tuple[str, str]) -> None:
        """Show what the operator does next. *buttons*, each a label and a custom id, stand below it."""
        click.echo(f"  -> {as_plain(todo)}")
        self._show(todo=todo, buttons=buttons)

    def thank(self) -> None:
        """Show that the operator did what was asked for."""
        self._show(todo="", buttons=())

    def end(self, item: Item, outcome: Outcome) -> None:
        """Show how *item* ended."""
        outcome = replace(outcome, seen=self._redaction.clean(outcome.seen))
        click.echo(f"  {MARKS[outcome.verdict]} {outcome.verdict}: {outcome.seen}")
        outcomes = {**self.checklist.outcomes, item.key: outcome}
        self._show(outcomes=outcomes, running=None, todo="", buttons=())

    def leave(self, items: Sequence[Item], outcome: Outcome) -> None:
        """Show that *items* ended without having begun."""
        if items:
            plural = "s" * (len(items) > 1)
            click.echo(f"\n{MARKS[outcome.verdict]} {len(items)} more item{plural} {outcome.verdict}: {outcome.seen}")
            self._show(outcomes={**self.checklist.outcomes, **{item.key: outcome for item in items}})

    def close(self) -> None:
        """Show that the run is over."""
        self._show(over=True)

    def _show(self, **changes: object) -> None:
        self.checklist = replace(self.checklist, **changes)  # type: ignore[arg-type]  # names of fields
        self._changed.set()

    async def run(self) -> None:
        """Edit the card after each change, until the run is over. A card that is gone is left alone."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(SETTLE_S)
            self._changed.clear()
            drawn = self.checklist
            try:
                await self._edit(draw(drawn))
            except discord.NotFound:
                click.echo("  The card was deleted. The run continues here.")
                return
            except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError):
                await asyncio.sleep(AGAIN_S)
                self._changed.set()
                continue
            if drawn.over:
                return
