"""Who hosts the bot, and how they are told that it needs them."""

from __future__ import annotations

import structlog
from discord.ext import commands

from cogs import _replies
from cogs._voice import Voice
from cogs._words import Words, words_for
from imagegen.errors import DeliverLater, Reason, StoreUnavailable
from imagegen.model import Warned
from imagegen.service import Service

log = structlog.get_logger(__name__)


class Operators:
    """The ids of the settings, else the application's owner; of a team, whoever owns the team."""

    def __init__(self, bot: commands.AutoShardedBot, service: Service, voice: Voice, ids: tuple[int, ...]) -> None:
        self._bot, self._service, self._voice, self._ids = bot, service, voice, ids

    @property
    def ids(self) -> tuple[int, ...]:
        app = self._bot.application
        if self._ids or app is None:
            return self._ids
        return (app.team.owner_id,) if app.team is not None and app.team.owner_id is not None else (app.owner.id,)

    async def alarm(self, reason: Reason) -> None:
        """Tell them that sending is paused, and why. Raises nothing: it is told in passing."""
        for user_id in self.ids:
            words = await self._words_of(user_id)
            await self._tell(user_id, words(_replies.ALARM, why=words(_replies.ALARMS[reason])), reason)

    async def warn(self, warned: Warned) -> None:
        """Tell them how much of a money ceiling is gone. Raises nothing."""
        for user_id in self.ids:
            text = _replies.warning(warned, await self._words_of(user_id))
            await self._tell(user_id, text, warned.ceiling.name)

    async def _words_of(self, user_id: int) -> Words:
        try:
            return words_for(await self._service.library.locale_of(user_id) or "")
        except StoreUnavailable:
            return words_for("")

    async def _tell(self, user_id: int, text: str, why: str) -> None:
        try:
            told = await self._voice.directly(user_id, text)
        except DeliverLater:
            told = False
        if not told:
            log.error("operator_not_told", user_id=user_id, why=why)
