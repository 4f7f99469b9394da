"""The buttons on the managers' cards. Who may decide is judged at each press."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions import submission, visibility
from cogs.interactions.buttons import PersistentButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import reply_privately
from cogs.text import review
from cogs.ui.ids import REVIEW
from cogs.ui.review_cards import decided
from imagegen.errors import Reason, Refused
from imagegen.model import Job
from imagegen.policy.review import CardKind, Decision, ReviewCard

ON_REPORTS: Mapping[str, Decision] = {
    "remove": Decision.REMOVED,
    "block": Decision.BLOCKED,
    "dismiss": Decision.DISMISSED,
}


class ReviewButton(PersistentButton, template=REVIEW):
    """Decide about a reported result. The first decision counts."""

    def __init__(self, what: str, job_id: int, item: ui.Button[Any]) -> None:
        super().__init__(item)
        self.what, self.job_id = what, job_id

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /) -> Self:
        """Read what the button decides, and about which job."""
        return cls(match["what"], int(match["id"]), item)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Store the decision, carry it out and show it on the card; or say why not."""
        decision = ON_REPORTS[self.what]
        card, may_decide = await submission.within_deadline(self._card(interaction, decision))
        if card is None or not may_decide:
            why = review.NOT_STORED if card is None else review.NOT_A_REVIEWER
            await reply_privately(interaction, submission.translator_for_user(interaction)(why))
            return
        await interaction.response.defer()
        found = await context_of(interaction).service.review.decide(card, decision, user_id=interaction.user.id)
        if found is not None:
            await _show(interaction, *found)

    async def _card(self, interaction: discord.Interaction[Any], decision: Decision) -> tuple[ReviewCard | None, bool]:
        """Return the card of this server, and whether the member may decide so. Raises Refused MANAGERS_ONLY."""
        service = context_of(interaction).service
        job = await service.display.job(self.job_id)
        card = None if job is None else await service.review.card(job.id, CardKind.REPORT)
        if job is None or card is None or card.server_id != interaction.guild_id:
            return None, False
        return card, await _may_decide(interaction, job, decision)


async def _may_decide(interaction: discord.Interaction[Any], job: Job, decision: Decision) -> bool:
    """Return whether the member manages the server, or the messages of the result's channel.

    Raises Refused MANAGERS_ONLY if the member may not block members: that takes Manage Server, as in /studio block.
    """
    if interaction.permissions.manage_guild:
        return True
    if decision is Decision.BLOCKED:
        raise Refused(Reason.MANAGERS_ONLY)
    return await visibility.may_manage_messages(interaction, job)


async def _show(interaction: discord.Interaction[Any], card: ReviewCard, is_first: bool) -> None:
    """Carry out what was decided, if nobody else does, and say to a late manager what counts."""
    context, translate = context_of(interaction), submission.translator_for_user(interaction)
    held = await context.service.review.claim(card)
    if held is not None:
        await context.carry_out(held)
    if not is_first:
        await reply_privately(interaction, translate(review.DECIDED_BEFORE, decision=decided(card, translate)))


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the buttons to *bot*."""
    bot.add_dynamic_items(ReviewButton)
