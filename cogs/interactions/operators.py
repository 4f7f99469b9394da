"""The operators: who they are, and how the bot notifies them."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import discord
import structlog
from discord.ext import commands

from cogs.messaging import server_log
from cogs.messaging.address import chosen_locale
from cogs.messaging.notices import Notices
from cogs.text import operator_alerts, operator_spending, operator_status
from cogs.text.i18n import Translator, translator_for
from cogs.ui.ids import nonce
from imagegen import ownership
from imagegen.errors import DeliverLater, StoreUnavailable
from imagegen.reports import Alert, BudgetAlert
from imagegen.service import Service

log = structlog.get_logger(__name__)

WATCH_EVERY_S = 10.0
ALARM_AGAIN_S = 3600.0  # between two alerts about the same problem


def operator_ids(app: discord.AppInfo, named: tuple[int, ...]) -> tuple[int, ...]:
    """Return the users that the settings name, else the application's owner, or the owner of its team."""
    if named:
        return named
    return (app.team.owner_id,) if app.team is not None and app.team.owner_id is not None else (app.owner.id,)


class Operators:
    """The operators named in the settings, else the application's owner, or the owner of its team."""

    def __init__(self, bot: commands.AutoShardedBot, service: Service, notices: Notices, ids: tuple[int, ...]) -> None:
        self._bot, self._service, self._notices, self._ids = bot, service, notices, ids
        self._alarmed: dict[Alert, float] = {}

    @property
    def ids(self) -> tuple[int, ...]:
        """Return the operators' user ids; none before the bot has logged in."""
        app = self._bot.application
        return self._ids if app is None else operator_ids(app, self._ids)

    async def run(self) -> None:
        """Notify the operators as the budget is spent, until canceled."""
        await self._bot.wait_until_ready()  # from then on the bot knows the names of its servers
        while True:
            with suppress(StoreUnavailable):  # the store logs it
                for warned in await self._service.operator_admin.due_warnings():
                    await self.warn(warned)
            await asyncio.sleep(WATCH_EVERY_S)

    async def alarm(self, alarm: Alert) -> None:
        """Alert the operators to something that only they can fix, the same problem once an hour. Raises nothing."""
        now_s = time.monotonic()
        self._alarmed = {sent: at_s for sent, at_s in self._alarmed.items() if now_s - at_s < ALARM_AGAIN_S}
        if alarm in self._alarmed:
            return
        self._alarmed[alarm] = now_s
        for user_id in self.ids:
            await self._tell(user_id, operator_alerts.alarm(alarm, await self._translator_for(user_id)), alarm.reason)

    async def warn(self, warned: BudgetAlert) -> None:
        """Notify the operators how much of a budget or share is spent, and the server of its share. Raises nothing."""
        for user_id in self.ids:
            await self._tell(user_id, self._warning(warned, await self._translator_for(user_id)), warned.budget.name)
        if warned.scope is not None and warned.scope.server_id is not None:
            await self._log_share(warned.scope.server_id, warned)

    def _warning(self, warned: BudgetAlert, translate: Translator) -> str:
        if warned.scope is None:
            return operator_status.budget_alert(warned, translate)
        names = operator_spending.names_of(self._bot, [warned.scope])
        return operator_spending.share_alert(warned, operator_spending.who(warned.scope, names, translate), translate)

    async def _log_share(self, server_id: int, warned: BudgetAlert) -> None:
        """Post in the server's log channel, in the server's language, how much of its share is used."""
        try:
            settings = await self._service.server_admin.settings(server_id)
        except StoreUnavailable as error:
            log.warning("share_not_logged", server_id=server_id, why=str(error))
            return
        translate = translator_for(settings.language or chosen_locale(self._bot.get_guild(server_id)) or "")
        text = operator_spending.share_in_words(warned.budget, warned.percent, translate)
        with ownership.checked_by(None):
            once = nonce(str(warned.percent // 10), server_id)  # of 25 characters at most
            await server_log.post(self._bot, settings.log_channel_id, text, nonce=once)

    async def _translator_for(self, user_id: int) -> Translator:
        try:
            return translator_for(await self._service.history.locale_of(user_id) or "")
        except StoreUnavailable:
            return translator_for("")

    async def _tell(self, user_id: int, text: str, why: str) -> None:
        try:
            with ownership.checked_by(None):  # an alert belongs to no job, even if a job's failure caused it
                sent = await self._notices.send_direct(user_id, text)
        except DeliverLater:
            sent = False
        if not sent:
            log.error("operator_not_told", user_id=user_id, why=why)
