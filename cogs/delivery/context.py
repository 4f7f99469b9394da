"""What the delivery of one job needs besides the results, gathered once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from discord.ext import commands

from cogs.messaging import discord_private
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.text.i18n import Translator
from cogs.ui import cards
from cogs.ui.result_rows import USUAL, Offered
from imagegen.errors import DeliverLater, StoreUnavailable
from imagegen.model import Job
from imagegen.policy.server_settings import DEFAULT_SETTINGS, ServerSettings
from imagegen.policy.validation import is_spoiler
from imagegen.reports import Quotas
from imagegen.service import Service

QUOTAS_S = 2.0  # the longest wait for the quotas, in seconds; a result without the numbers is better than a late one


@dataclass(frozen=True)
class DeliveryContext:
    """One job, the settings of its server, the requester's quotas (None: not known in time) and language."""

    job: Job
    settings: ServerSettings
    quotas: Quotas | None
    translate: Translator
    offered: Offered = USUAL
    original: str = ""  # the first prompt of what is edited; empty if unknown, or if not everybody may read it

    @property
    def is_spoiler(self) -> bool:
        """Return whether the results are hidden until a click."""
        return self.settings.spoiler or is_spoiler(self.job.request)

    def with_job(self, job: Job) -> DeliveryContext:
        """Return the context with a newer record of the same job."""
        return replace(self, job=job)

    def with_prompt(self, prompt: str) -> DeliveryContext:
        """Return the context with another text in place of the prompt, and without the original one."""
        return replace(self, job=replace(self.job, request=replace(self.job.request, prompt=prompt)), original="")


async def gather(bot: commands.AutoShardedBot, service: Service, job: Job) -> DeliveryContext:
    """Read what the delivery of *job* needs. Neither the database nor Discord can stop or delay a delivery here."""
    (settings, quotas), original = await asyncio.gather(_facts(service, job), _original(service, job))
    if quotas is not None and (settings.tiers or settings.exempt_roles):
        quotas = await _quotas_by_role(bot, service, job)
    models = service.model_options
    offered = Offered(editing=models.max_images > 0, larger=bool(models.larger(job)))
    return DeliveryContext(job, settings, quotas, cards.translator_for_job(job), offered, original)


async def _facts(service: Service, job: Job) -> tuple[ServerSettings, Quotas | None]:
    """Return the settings of the job's server and the requester's quotas without roles, in one read."""
    try:
        async with asyncio.timeout(QUOTAS_S):
            return await service.display.delivery_facts(job)
    except (StoreUnavailable, TimeoutError):
        return await settings_of(service, job), None  # the settings are worth a longer wait: they hide images


async def _original(service: Service, job: Job) -> str:
    """Return the first prompt of what is edited; empty if the database does not answer in time."""
    try:
        async with asyncio.timeout(QUOTAS_S):
            return await service.history.original_prompt(job)
    except (StoreUnavailable, TimeoutError):
        return ""


async def settings_of(service: Service, job: Job) -> ServerSettings:
    """Return the settings of the job's server; the defaults outside servers, and if the database does not answer."""
    if (server_id := job.requester.scope.server_id) is None:
        return DEFAULT_SETTINGS
    try:
        return await service.server_admin.settings(server_id)
    except StoreUnavailable:
        return DEFAULT_SETTINGS


async def _quotas_by_role(bot: commands.AutoShardedBot, service: Service, job: Job) -> Quotas | None:
    try:
        async with asyncio.timeout(QUOTAS_S):
            _, quotas = await service.display.delivery_facts(job, await _role_ids(bot, job))
            return quotas
    except (StoreUnavailable, RouteClosed, DeliverLater, TimeoutError):
        return None


async def _role_ids(bot: commands.AutoShardedBot, job: Job) -> tuple[int, ...]:
    """Return the requester's roles: a job does not keep them. Raises RouteClosed and DeliverLater if Discord does not
    say.
    """
    server = bot.get_guild(job.address.server_id or 0)
    if server is None:
        raise RouteClosed
    return discord_private.role_ids(await call_discord(server.fetch_member, job.requester.user_id))
