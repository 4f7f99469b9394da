"""The buttons on the managers' cards, and the form in which they say why. Who may decide is judged at each press."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping
from typing import Any, Self

import discord
from discord import ui
from discord.ext import commands

from cogs.interactions import submission, visibility
from cogs.interactions.buttons import PersistentButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import reply_privately
from cogs.text import review
from cogs.ui import submitted_forms
from cogs.ui.ids import REVIEW, WITHHOLD, withhold_id
from cogs.ui.review_cards import WithholdForm, decided
from imagegen.errors import Reason, Refused
from imagegen.model import Job, Review
from imagegen.policy.review import MAX_WHY_CHARS, CardKind, Decision, ReviewCard

ON_REPORTS: Mapping[str, Decision] = {
    "remove": Decision.REMOVED,
    "block": Decision.BLOCKED,
    "dismiss": Decision.DISMISSED,
}

# A card is pressed before its row is written, or after the process died in between: then another one writes the row.
LOOKS, LOOK_EVERY_S = 5, 0.2


class ReviewButton(PersistentButton, template=REVIEW):
    """Decide about a result. The first decision counts."""

    def __init__(self, what: str, job_id: int, item: ui.Button[Any]) -> None:
        super().__init__(item)
        self.what, self.job_id = what, job_id

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /) -> Self:
        """Read what the button decides, and about which job."""
        return cls(match["what"], int(match["id"]), item)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Store the decision, carry it out and show it on the card; or say why not."""
        decision = ON_REPORTS.get(self.what)
        kind = CardKind.HOLD if decision is None else CardKind.REPORT
        card = await _card_to_decide(interaction, self.job_id, kind, blocks=decision is Decision.BLOCKED)
        if card is None:
            return
        if self.what == "withhold":
            custom_id, translate = withhold_id(self.job_id, interaction.id), submission.translator_for_user(interaction)
            await interaction.response.send_modal(WithholdForm(custom_id, translate))
            return
        await interaction.response.defer()
        service, user_id = context_of(interaction).service.review, interaction.user.id
        if decision is None:
            await _decide(interaction, service.show(self.job_id, user_id=user_id))
        else:
            await _decide(interaction, service.decide(card, decision, user_id=user_id))


class WithholdForms(commands.Cog):
    """Handle the forms in which managers say why a result is withheld."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        known = submitted_forms.submitted_id(interaction, WITHHOLD)
        if known is None:
            return
        try:
            why = submitted_forms.submitted_data(interaction).text("why")[:MAX_WHY_CHARS]
            await _withhold(interaction, int(known["id"]), why)
        except Exception as error:
            await submission.reply_with_error(interaction, error)


async def _withhold(interaction: discord.Interaction[Any], job_id: int, why: str) -> None:
    if await _card_to_decide(interaction, job_id, CardKind.HOLD) is None:
        return
    await interaction.response.defer()
    service = context_of(interaction).service.review
    await _decide(interaction, service.withhold(job_id, user_id=interaction.user.id, why=why))


async def _card_to_decide(
    interaction: discord.Interaction[Any], job_id: int, kind: CardKind, *, blocks: bool = False
) -> ReviewCard | None:
    """Return the card of this server; None, after a private reply, if there is none or the member may not decide.

    Raises Refused MANAGERS_ONLY.
    """
    card, why = await submission.within_deadline(_card(interaction, job_id, kind, blocks=blocks))
    if why:
        await reply_privately(interaction, submission.translator_for_user(interaction)(why))
    return card


async def _card(
    interaction: discord.Interaction[Any], job_id: int, kind: CardKind, *, blocks: bool
) -> tuple[ReviewCard | None, str]:
    """Return the card of this server, or why the member cannot decide on it. Raises Refused MANAGERS_ONLY."""
    service, card, job = context_of(interaction).service, None, None
    for _ in range(LOOKS):
        job = await service.display.job(job_id)
        card = None if job is None else await service.review.card(job.id, kind)
        if job is None or card is not None or job.review is not Review.REQUIRED:
            break
        await asyncio.sleep(LOOK_EVERY_S)
    if job is None or card is None or card.server_id != interaction.guild_id:
        is_early = job is not None and job.review is Review.REQUIRED
        return None, review.NOT_READY if is_early else review.NOT_STORED
    may_decide = await _may_decide(interaction, job, blocks=blocks)
    return (card, "") if may_decide else (None, review.NOT_A_REVIEWER)


async def _may_decide(interaction: discord.Interaction[Any], job: Job, *, blocks: bool) -> bool:
    """Return whether the member manages the server, or the messages of the channel that shows the result.

    Raises Refused MANAGERS_ONLY if the member may not block members: that takes Manage Server, as in /studio block.
    """
    if interaction.permissions.manage_guild:
        return True
    if blocks:
        raise Refused(Reason.MANAGERS_ONLY)
    seen = await context_of(interaction).service.sharing.as_seen(job)
    return await visibility.may_manage_messages(interaction, seen)


async def _decide(interaction: discord.Interaction[Any], deciding: Awaitable[tuple[ReviewCard, bool] | None]) -> None:
    """Decide, bring the card up to date, if nobody else does, and say to a late manager what counts."""
    context, translate = context_of(interaction), submission.translator_for_user(interaction)
    found = await deciding
    if found is None:
        return
    card, is_first = found
    held = await context.service.review.claim(card)
    if held is not None:
        await context.carry_out(held)
    if not is_first:
        said = decided(card, translate)
        text = translate(review.DECIDED_BEFORE, decision=said) if said else translate(review.TOO_LATE)
        await reply_privately(interaction, text)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the buttons and the form to *bot*."""
    bot.add_dynamic_items(ReviewButton)
    await bot.add_cog(WithholdForms())
