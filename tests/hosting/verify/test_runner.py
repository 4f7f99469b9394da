"""The runner ends an item that nobody does, and says so in the outcome."""

from __future__ import annotations

import asyncio

from discord import ui

from hosting.verify.arrivals import Inbox
from hosting.verify.board import Board
from hosting.verify.items import Check, Item, Outcome, Verdict
from hosting.verify.redaction import Redaction
from hosting.verify.runner import Runner
from tests.hosting.verify.test_redaction import SETTINGS

ITEM = Item("discord.form", "A form carries its message", limit_s=0.05)


async def _never_drawn(_view: ui.LayoutView) -> None: ...


async def test_an_item_that_nobody_does_is_not_done() -> None:
    board = Board([ITEM], "", _never_drawn, Redaction.of(SETTINGS))

    async def wait_for_a_person() -> Outcome:
        board.ask("Press Open form.")
        return await asyncio.Future()

    ((_, outcome),) = await Runner(board, Inbox(), [1], asyncio.Event()).run([Check(ITEM, wait_for_a_person)])

    assert (outcome.verdict, outcome.not_done) == (Verdict.SKIPPED, True)
