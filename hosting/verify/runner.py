"""Run the checks one after another. Each ends within its time limit, or when the operator presses a button."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import discord
import structlog

from hosting.verify import card
from hosting.verify.arrivals import Inbox, custom_id_of
from hosting.verify.board import Board
from hosting.verify.items import Check, Item, Outcome, failed, not_done

log = structlog.get_logger(__name__)

STOPPED = not_done("The run was stopped.")
SKIPPED = not_done("The operator skipped it.")
LOST = failed("The connection to Discord's gateway ended. Run `python bot.py check`, and verify again.")
REPORTED = failed("The operator reports that it does not work: nothing of it reached the bot.")
PRESSED = {card.SKIP: SKIPPED, card.BROKEN: REPORTED, card.STOP: STOPPED}

Entries = list[tuple[Item, Outcome]]


class Runner:
    """Runs checks. Only the operators' presses count. *lost*: the connection to Discord has ended."""

    def __init__(self, board: Board, inbox: Inbox, operators: Sequence[int], lost: asyncio.Event) -> None:
        self._board, self._inbox, self._operators, self._lost = board, inbox, operators, lost
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End the current item and skip the others."""
        self._stopped.set()

    async def run(self, checks: Sequence[Check]) -> Entries:
        """Return the outcome of each item, in order."""
        entries: Entries = []
        for check in checks:
            if self._stopped.is_set():
                break
            self._board.begin(check.item)
            outcome = await self._ended(check)
            self._board.end(check.item, outcome)
            entries.append((check.item, outcome))
        rest = [check.item for check in checks[len(entries) :]]
        self._board.leave(rest, STOPPED)
        return [*entries, *((item, STOPPED) for item in rest)]

    async def _ended(self, check: Check) -> Outcome:
        """Return how an item ended: by itself, a button, a signal, a lost connection, or its time limit."""
        verify = asyncio.ensure_future(check.verify())
        press = asyncio.create_task(self._pressed())
        stop, lose = asyncio.create_task(self._stopped.wait()), asyncio.create_task(self._lost.wait())
        tasks: list[asyncio.Future[Any]] = [verify, press, stop, lose]
        try:
            await asyncio.wait(tasks, timeout=check.item.limit_s, return_when=asyncio.FIRST_COMPLETED)
            if verify.done():
                return _outcome(verify, check.item)
            if press.done():
                return press.result()
            if lose.done():
                self.stop()
                return LOST
            return STOPPED if stop.done() else self._too_late(check.item)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _too_late(self, item: Item) -> Outcome:
        if self._board.checklist.todo:
            return not_done(f"Nobody did it within {item.limit_s:.0f} s.")
        return failed(f"It did not end within {item.limit_s:.0f} s.")

    async def _pressed(self) -> Outcome:
        """Return the outcome that an operator's press of Skip, "Doesn't work" or Stop means."""
        press = await self._inbox.interactions.next(self._is_control)
        custom_id = custom_id_of(press)
        if custom_id == card.STOP:
            self.stop()
        try:
            await press.response.defer()
        except discord.HTTPException as error:
            log.info("press_not_acknowledged", status=error.status, code=error.code)
        return PRESSED[custom_id]

    def _is_control(self, interaction: discord.Interaction[Any]) -> bool:
        return interaction.user.id in self._operators and custom_id_of(interaction) in PRESSED


def _outcome(verify: asyncio.Future[Outcome], item: Item) -> Outcome:
    """Return a check's outcome. An error of the check itself is one item's failure, not the run's."""
    error = verify.exception()
    if error is None:
        return verify.result()
    log.error("check_broken", item=item.key, exc_info=error)
    return failed(f"The check itself failed with {type(error).__name__}; the log has the details.")
