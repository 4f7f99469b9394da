"""The log of a server: a channel in which the bot reports each result, with a link to the message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from discord.ext import commands

from cogs.delivery.context import DeliveryContext
from cogs.messaging import server_log
from cogs.messaging.address import jump_to
from cogs.text import phrases, server_settings
from cogs.text.i18n import Translator
from cogs.text.image_amounts import images_text, of_quota
from cogs.text.markdown import plain_within
from cogs.text.money import dollars
from cogs.ui.cards import translator_for_everyone
from cogs.ui.ids import nonce
from imagegen.model import Delivered, Job
from imagegen.policy.quota import charge_of

PROMPT_CHARS = 900  # with its escapes


async def log_result(bot: commands.AutoShardedBot, context: DeliveryContext, delivered: Delivered) -> None:
    """Report in the log channel who got images, by which model, for how much of the quota, and where.

    If AutoMod blocks the prompt there, report the rest without the prompt. Raises nothing: the images are delivered.
    """
    context = replace(context, translate=translator_for_everyone(context.job))
    settings, name = context.settings, nonce("log", context.job.id)
    if settings.log_channel_id is None:
        return
    text = log_entry(context, delivered)
    if await server_log.post(bot, settings.log_channel_id, text, nonce=name) or not settings.log_prompts:
        return
    without = replace(context, settings=replace(settings, log_prompts=False))
    await server_log.post(bot, settings.log_channel_id, log_entry(without, delivered), nonce=name)


def log_entry(context: DeliveryContext, delivered: Delivered) -> str:
    """Return the entry of a result, with its prompt and cost where the server wants them.

    A private result has no link, which would lead nobody there, and its prompt stays with its requester.
    """
    job, settings, translate = context.job, context.settings, context.translate
    lines = [translate(phrases.LOG_PRIVATE if job.request.private else phrases.LOG_ENTRY, _facts(context, delivered))]
    if settings.log_prompts and job.request.prompt and not job.request.private:
        lines.append(f"-# ||{plain_within(job.request.prompt, PROMPT_CHARS)}||")
    if settings.log_cost:
        lines += _cost(job, delivered, translate)
    return "\n".join(lines)


def _facts(context: DeliveryContext, delivered: Delivered) -> dict[str, str | int]:
    job, translate = context.job, context.translate
    number = server_settings.image_count(delivered.images, translate)
    return {
        "requester": f"<@{job.requester.user_id}>",
        "model": job.model,
        "images": f"{number}{of_quota(delivered.images, delivered.images * job.weight, translate)}",
        "jump": jump_to(replace(job, message_id=delivered.message_id or job.message_id)),
    }


def _cost(job: Job, delivered: Delivered, translate: Translator) -> Iterator[str]:
    """Yield what Wan bills for the result, and what the result used of the quota."""
    billed = charge_of(job, None if job.made is None else job.made.image_count).billed_microusd
    used = images_text(delivered.images * job.weight, translate)
    yield translate(phrases.LOG_COST, money=dollars(billed), used=used)
