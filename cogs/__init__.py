"""The Discord side: load the features. They translate between Discord and imagegen.service."""

from __future__ import annotations

from cogs.delivery.deliver import Delivery
from cogs.departures import ServerDepartures
from cogs.forms import BUTTONS as OFFERS
from cogs.forms import Forms
from cogs.gallery import BUTTONS as PAGES
from cogs.gallery import Gallery
from cogs.history import BUTTONS as FAMILY
from cogs.imagine import Imagine
from cogs.interactions import submission
from cogs.interactions.context import AppBot, AppContext
from cogs.interactions.operators import Operators
from cogs.mentions import Mentions, edit_image
from cogs.messaging import discord_private
from cogs.messaging.notices import Notices
from cogs.my_data import MyData
from cogs.operator import Operator
from cogs.quota import BUTTONS as LEFT
from cogs.quota import Quota
from cogs.refusal_buttons import BUTTONS as REWORDING
from cogs.result_buttons import BUTTONS
from cogs.server_settings import StudioCommands
from cogs.story import Story
from cogs.text.i18n import CommandTranslator
from imagegen.service import Service

__all__ = ["AppBot", "AppContext", "Delivery", "setup_all"]


async def setup_all(bot: AppBot, service: Service) -> Delivery:
    """Add the commands, menus and buttons to *bot*. Return the Delivery: the worker calls it, the caller runs it.

    *bot* must be logged in. Raises DiscordPyChanged if discord.py lacks a private name that the bot uses.
    """
    discord_private.check(bot)
    notices = Notices(bot)
    delivery = Delivery(bot, service, notices)
    bot.context = AppContext(service, notices, Operators(bot, service, notices, bot.operator_ids), delivery.remove_rest)
    cogs = (Imagine(service.model_choices), Story(), Mentions(bot), Quota(), Gallery(), Operator(), StudioCommands())
    for cog in (*cogs, Forms(), MyData(), ServerDepartures(bot)):
        await bot.add_cog(cog)
    bot.tree.add_command(edit_image)
    await bot.tree.set_translator(CommandTranslator())
    bot.tree.error(submission.reply_with_error)
    bot.add_dynamic_items(*BUTTONS, *FAMILY, *OFFERS, *PAGES, *LEFT, *REWORDING)
    return delivery
