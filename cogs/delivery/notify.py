"""Notify a requester that a job failed or was canceled."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import discord

from cogs.messaging import discord_private
from cogs.messaging.notices import Notices
from cogs.messaging.outcomes import RouteClosed, call_discord, first_open
from cogs.messaging.routes import Post, Routes
from cogs.text import formatters, phrases
from cogs.ui import cards, ids
from cogs.ui.remedies import remedy_view
from imagegen.errors import Reason, Undeliverable
from imagegen.model import Failure, Job
from imagegen.states import State


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
        translate = cards.translator_for_job(job)
        text = formatters.sentence(failure, translate)
        remedy = remedy_view(failure.reason, translate, job_id=job.id)
        try:
            await call_discord(self._reply_in_private, job, text, remedy)
        except RouteClosed:
            await self._send_notice(job, failure, text, remedy)

    async def _reply_in_private(self, job: Job, text: str, remedy: Mapping[str, Any]) -> None:
        await discord_private.webhook(self._bot, job.address).send(text, ephemeral=True, wait=True, **remedy)

    async def _send_notice(self, job: Job, failure: Failure, text: str, remedy: Mapping[str, Any]) -> None:
        """Notify in the channel; send what moderation said to the requester alone. Raises Undeliverable."""
        user_id, nonce = job.requester.user_id, ids.nonce("end", job.id)
        channel_id, reply_to = job.address.channel_id, job.address.reply_to_id
        if failure.reason in phrases.PRIVATE_REASONS:
            public = cards.translator_for_job(job)(phrases.NOT_ACCEPTED)
            is_notified = await self._notices.notify_in_private(
                channel_id, user_id, text, public, reply_to, nonce=nonce, offer=remedy
            )
        else:
            is_notified = await self._notices.notify(channel_id, user_id, text, reply_to, nonce=nonce, offer=remedy)
        if not is_notified:
            raise Undeliverable(Reason.UNDELIVERED)
