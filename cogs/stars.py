"""The star under a result: a member who sees the result may star it, and the card shows how many have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import discord
import structlog

from cogs.interactions import submission, visibility
from cogs.interactions.buttons import JobButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging.kept_message import with_label
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.ui.buttons import star_label
from cogs.ui.cards import translator_for_job
from cogs.ui.ids import Verb, component_id
from imagegen.errors import DeliverLater, Reason, Refused
from imagegen.model import Job

log = structlog.get_logger(__name__)


@dataclass
class _Turns:
    """The presses that are about to show the stars of one result."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


_turns: dict[int, _Turns] = {}  # by job, while there is one


class StarButton(JobButton, verb=Verb.STAR):
    """Star a result, or take the star back. A second press within seconds does nothing: a client may send two."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Count the star and show the number. Raises Refused RESULT_NOT_VISIBLE or STARS_USED."""
        await interaction.response.defer()
        context, person = context_of(interaction), interaction.user.id
        if context.presses.take((self.verb, person, self.job_id)):
            return
        job = await submission.within_deadline(visibility.seen_job(interaction, self.job_id))
        if job is None or interaction.message is None:
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        await context.service.history.toggle_star(person, job.id)
        async with _turn(job.id) as is_last:
            if is_last:
                await _show_stars(interaction, interaction.message, job)


@asynccontextmanager
async def _turn(job_id: int) -> AsyncIterator[bool]:
    """Yield in turn whether no other press waits: of several presses at once, only the last one edits the card.

    Its number is read after all of them, so it is the right one.
    """
    turns = _turns.setdefault(job_id, _Turns())
    turns.waiting += 1
    try:
        async with turns.lock:
            yield turns.waiting == 1
    finally:
        turns.waiting -= 1
        if not turns.waiting:
            _turns.pop(job_id, None)


async def _show_stars(interaction: discord.Interaction[Any], message: discord.Message, job: Job) -> None:
    """Show the number of stars on the pressed card. The star counts even if Discord refuses the edit."""
    service = context_of(interaction).service
    count, seen = await service.history.stars_of(job.id), await service.sharing.as_seen(job)
    is_shared = not message.flags.ephemeral
    label = star_label(count, translator_for_job(seen if is_shared else job))
    view, files = with_label(message, component_id(Verb.STAR, job.id), label)
    with suppress(RouteClosed, DeliverLater):
        await call_discord(interaction.edit_original_response, view=view, attachments=files)
        return
    log.warning("stars_not_shown")


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the button to *bot*."""
    bot.add_dynamic_items(StarButton)
