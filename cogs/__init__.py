"""Discord's side: translates between Discord and imagegen.service, decides nothing."""

from __future__ import annotations

from cogs import _asking
from cogs._delivery import Delivery
from cogs._desk import Desk, DeskBot
from cogs._operators import Operators
from cogs._voice import Voice
from cogs._words import CommandTranslator
from cogs.allowance import BUTTONS as LEFT
from cogs.allowance import Allowance
from cogs.edit import Edit, edit_picture
from cogs.family import BUTTONS as FAMILY
from cogs.forms import BUTTONS as OFFERS
from cogs.forms import Forms
from cogs.gallery import BUTTONS as PAGES
from cogs.gallery import Gallery
from cogs.imagine import Imagine
from cogs.my_data import MyData
from cogs.operator import Operator
from cogs.results import BUTTONS
from cogs.rewording import BUTTONS as REWORDING
from cogs.servers import Servers
from cogs.story import Story
from cogs.studio import StudioGroup
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
    bot.tree.error(_asking.failed)
    bot.add_dynamic_items(*BUTTONS, *FAMILY, *OFFERS, *PAGES, *LEFT, *REWORDING)
    return delivery
