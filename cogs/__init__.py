"""The Discord side: load the features. They translate between Discord and imagegen.service."""

from __future__ import annotations

from contextlib import suppress

from cogs import (
    album,
    alternatives,
    before_after,
    characters,
    departures,
    form_submissions,
    forms,
    gallery,
    help,
    history,
    imagine,
    member_settings,
    mentions,
    my_data,
    operator,
    part_edits,
    private_cards,
    provenance,
    quota,
    refusal_buttons,
    reports,
    result_buttons,
    reviews,
    server_settings,
    stars,
    story,
    studio_panel,
    styles,
    usage,
    variations,
)
from cogs.delivery.deliver import Delivery
from cogs.interactions import submission
from cogs.interactions.context import AppBot, AppContext
from cogs.interactions.operators import Operators
from cogs.messaging import discord_private
from cogs.messaging.notices import Notices
from cogs.text.i18n import CommandTranslator
from imagegen.errors import StoreUnavailable
from imagegen.service import Service

__all__ = ["AppBot", "AppContext", "Delivery", "setup_all"]

# To add a command or a button, write a feature with a setup() and name it here.
FEATURES = (
    imagine, story, mentions, alternatives, result_buttons, variations, stars, refusal_buttons, forms,
    form_submissions, part_edits, private_cards, before_after, history, gallery, album, provenance, characters, quota,
    my_data, member_settings, server_settings, studio_panel, usage, styles, help, operator, departures, reports,
    reviews,
)  # fmt: skip


async def setup_all(bot: AppBot, service: Service) -> Delivery:
    """Add the commands, menus and buttons to *bot*. Return the Delivery: the worker calls it, the caller runs it.

    *bot* must be logged in. Raises DiscordPyChanged if discord.py lacks a private name that the bot uses.
    """
    discord_private.check(bot)
    notices = Notices(bot, bot.gate.away)
    delivery = Delivery(bot, service, notices, bot.gate.away)
    operators = Operators(bot, service, notices, bot.operator_ids)
    bot.context = AppContext(service, notices, operators, delivery.remove_rest, delivery.review_cards.carry_out)
    with suppress(StoreUnavailable):  # until they are known, each result is private
        await service.members.refresh()
        await service.private_defaults.refresh()
    for feature in FEATURES:
        await feature.setup(bot, bot.context)
    await bot.tree.set_translator(CommandTranslator())
    bot.tree.error(submission.reply_with_error)
    return delivery
