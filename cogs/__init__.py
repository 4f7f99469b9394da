"""Discord's side: translates between Discord and imagegen.service, decides nothing."""

from __future__ import annotations

from cogs.delivery.deliver import Delivery
from cogs.departures import Servers
from cogs.forms import BUTTONS as OFFERS
from cogs.forms import Forms
from cogs.gallery import BUTTONS as PAGES
from cogs.gallery import Gallery
from cogs.history import BUTTONS as FAMILY
from cogs.imagine import Imagine
from cogs.interactions import submission
from cogs.interactions.context import Desk, DeskBot
from cogs.interactions.operators import Operators
from cogs.mentions import Edit, edit_picture
from cogs.messaging.notices import Voice
from cogs.my_data import MyData
from cogs.operator import Operator
from cogs.quota import BUTTONS as LEFT
from cogs.quota import Allowance
from cogs.refusal_buttons import BUTTONS as REWORDING
from cogs.result_buttons import BUTTONS
from cogs.server_settings import StudioGroup
from cogs.story import Story
from cogs.text.i18n import CommandTranslator
from imagegen.service import Service

__all__ = ["Delivery", "Desk", "DeskBot", "setup_all"]


async def setup_all(bot: DeskBot, service: Service) -> Delivery:
    """Give *bot* its commands, menus and buttons; the Delivery is the worker's to call and the caller's to run."""
    voice = Voice(bot)
    delivery = Delivery(bot, service, voice)
    bot.desk = Desk(service, voice, Operators(bot, service, voice, bot.operator_ids), delivery.remove_rest)
    cogs = (Imagine(service.model_choices), Story(), Edit(bot), Allowance(), Gallery(), Operator(), StudioGroup())
    for cog in (*cogs, Forms(), MyData(), Servers(bot)):
        await bot.add_cog(cog)
    bot.tree.add_command(edit_picture)
    await bot.tree.set_translator(CommandTranslator())
    bot.tree.error(submission.failed)
    bot.add_dynamic_items(*BUTTONS, *FAMILY, *OFFERS, *PAGES, *LEFT, *REWORDING)
    return delivery
