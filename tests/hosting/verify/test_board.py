"""The board shows nothing that a report would not show, and leaves a deleted card alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from discord import ui

from hosting.verify.board import Board
from hosting.verify.items import Item, failed
from hosting.verify.redaction import Redaction
from tests.hosting.verify.test_redaction import SECRETS, SETTINGS

ITEM = Item("discord.files", "A card's file")


def text_of(view: ui.LayoutView) -> str:
    return "\n".join(item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))


async def test_no_secret_of_an_answer_reaches_the_card_or_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[str] = []
    items = [Item(f"discord.{number}", f"Rule {number}") for number in range(len(SECRETS))]

    async def edit(view: ui.LayoutView) -> None:
        shown.append(text_of(view))

    board = Board(items, "", edit, Redaction.of(SETTINGS))
    for item, (text, _) in zip(items, SECRETS, strict=True):
        board.begin(item)
        board.end(item, failed(f"Refused: {text}"))
    board.close()
    await asyncio.wait_for(board.run(), 5)

    for written in (shown[-1], capsys.readouterr().out):
        lines = [line for line in written.splitlines() if "Refused: " in line]
        assert [secret for line, (_, secret) in zip(lines, SECRETS, strict=True) if secret in line] == []


async def test_what_changes_at_once_is_one_edit_and_the_last_state_is_shown() -> None:
    shown: list[Any] = []

    async def edit(view: ui.LayoutView) -> None:
        shown.append(text_of(view))

    board = Board([ITEM], "", edit, Redaction.of(SETTINGS))
    running = asyncio.create_task(board.run())
    for todo in ("Press Open form.", "Submit the form."):
        board.ask(todo)
    board.end(ITEM, failed("It does not hold."))
    board.close()
    await asyncio.wait_for(running, 5)

    assert len(shown) == 1
    assert "Done · 0 passed, 1 failed, 0 skipped" in shown[0]
