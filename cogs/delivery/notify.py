"""Notify a requester that a job failed or was canceled."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import discord

from cogs.messaging import discord_private
from cogs.messaging.notices import Notices, Said
from cogs.messaging.outcomes import RouteClosed, call_discord, first_open
from cogs.messaging.routes import Post, Routes
from cogs.text import formatters, phrases, review
from cogs.text.i18n import Translator
from cogs.ui import cards, ids
from cogs.ui.remedies import remedy_view
from imagegen.errors import Reason, Undeliverable
from imagegen.model import Failure, Job
from imagegen.states import State

# What the channel reads if the requester takes no direct message about a private reason.
IN_PUBLIC: Mapping[str, str] = {Reason.WITHHELD: review.WITHHELD_IN_PUBLIC}


class EndNotifier:
    """Notifies requesters. The caller holds the messages of the job alone."""

    def __init__(self, bot: discord.Client, routes: Routes, notices: Notices) -> None:
        self._bot, self._routes, self._notices = bot, routes, notices

    async def notify(self, job: Job) -> None:
        """Say why *job* failed, or that it was canceled. Raises Undeliverable and DeliverLater."""
        if job.failure is not None:
            await self._notify_failure(job, job.failure)
        elif job.state is State.CANCELED:
            await self._close_card(job)

    async def _close_card(self, job: Job) -> None:
        """Make the status card say that the job was canceled; a card whose id is not known is removed."""
        if job.address.message_id is None:
            await self._routes.messages.remove(job)
            return
        text = cards.translator_for_job(job)(phrases.CANCELED)
        post = Post(lambda: {"view": cards.one_sentence(text)})
        with suppress(RouteClosed):
            await first_open((self._routes.by_token, self._routes.by_message), job, post)

    async def _notify_failure(self, job: Job, failure: Failure) -> None:
        """Remove the status card and say why: in private while the token is valid, later as a notice."""
        await self._routes.messages.remove(job)
        private = _said(job, failure, cards.translator_for_requester(job))
        try:
            await call_discord(self._reply_in_private, job, private)
        except RouteClosed:
            await self._send_notice(job, failure, private)

    async def _reply_in_private(self, job: Job, said: Said) -> None:
        await discord_private.webhook(self._bot, job.address).send(said.text, ephemeral=True, wait=True, **said.offer)

    async def _send_notice(self, job: Job, failure: Failure, private: Said) -> None:
        """Notify in the channel; send what moderation said to the requester alone. Raises Undeliverable."""
        translate, once = cards.translator_for_job(job), ids.nonce("end", job.id)
        where = (job.address.channel_id, job.requester.user_id)
        if failure.reason in phrases.PRIVATE_REASONS:
            public, notify = (
                Said(translate(IN_PUBLIC.get(failure.reason, phrases.NOT_ACCEPTED))),
                self._notices.notify_in_private,
            )
        else:
            public, notify = _said(job, failure, translate), self._notices.notify
        if not await notify(*where, public, private, job.address.reply_to_id, nonce=once):
            raise Undeliverable(Reason.UNDELIVERED)


def _said(job: Job, failure: Failure, translate: Translator) -> Said:
    return Said(formatters.sentence(failure, translate), remedy_view(failure.reason, translate, job_id=job.id))
