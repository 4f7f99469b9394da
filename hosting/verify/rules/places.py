"""Where the bot may not post, or is no member: the interaction is answered all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cogs.messaging.address import scope_of
from cogs.messaging.outcomes import ChannelClosed, call_discord
from hosting import installs
from hosting.verify import samples
from hosting.verify.items import Item, Outcome, failed, passed, skipped
from hosting.verify.stage import Answered, Interaction, Stage
from imagegen.model import INSTALL

NOT_SHOWN = "Discord accepted the answer to the interaction, but does not show its image."


async def no_send(stage: Stage) -> Outcome:
    """Answer and post in a channel where the bot may not send messages."""
    ask = "Type `/imagine prompt:hello` in a channel where you have denied the bot **Send Messages**, and nothing else."
    return await _closed_channel(stage, ask, _may_not_send, "send messages")


async def no_attach(stage: Stage) -> Outcome:
    """Answer and post in a channel where the bot may send messages, but no files."""
    ask = "Type `/imagine prompt:hello` in a channel where you have denied the bot **Attach Files**, and nothing else."
    return await _closed_channel(stage, ask, _may_send_text_only, "attach files")


def _may_not_send(used: Interaction) -> bool:
    return used.app_permissions.view_channel and not used.app_permissions.send_messages


def _may_send_text_only(used: Interaction) -> bool:
    return used.app_permissions.send_messages and not used.app_permissions.attach_files


async def _closed_channel(stage: Stage, ask: str, wanted: Callable[[Interaction], bool], may_not: str) -> Outcome:
    used = await stage.command(ask, "imagine", lambda found: found.guild_id is not None and wanted(found))
    answered = await stage.answer_with_image(used)
    if not await stage.answer_shows_image(answered):
        return failed(NOT_SHOWN)
    status, code = await _refusal_of_post(stage, answered)
    if code != 50013:
        return failed(f"Where the bot may not {may_not}, its own post gets status {status}, code {code}, not 50013.")
    return passed(
        f"Where the bot may not {may_not}, it can answer with an image, and its own post is refused with 50013."
    )


async def _refusal_of_post(stage: Stage, answered: Answered) -> tuple[int, int]:
    """Return status and code of a post with a file by the bot's own token; (200, 0) if Discord takes it."""
    post = replace(samples.result_post(answered.job), kind="card")  # the nonce and the history of a new message
    try:
        message_id = await call_discord(stage.routes.by_channel, answered.job, post)
    except ChannelClosed as closed:
        cause = closed.__cause__
        return getattr(cause, "status", 0), getattr(cause, "code", 0)
    await call_discord(stage.client.http.delete_message, answered.job.address.channel_id or 0, message_id)
    return 200, 0


async def user_install(stage: Stage) -> Outcome:
    """Answer where only a person's own install brings the bot."""
    if not installs.allows_user_install(stage.app):
        return skipped(installs.USER_INSTALL_OFF)
    ask = (
        f"Add the bot to your account ({installs.user_link(stage.app)}), and type `/imagine prompt:hello` in a direct "
        "message with another person, or in a server without the bot."
    )
    used = await stage.command(ask, "imagine", lambda found: _is_elsewhere(stage, found))
    answered = await stage.answer_with_image(used)
    context = "private channel" if used.guild_id is None else "server"
    if scope_of(used) != INSTALL or not used.is_user_integration():
        return failed(f"In a {context} without the bot, the interaction does not say that a user install brought it.")
    if not await stage.answer_shows_image(answered):
        return failed(NOT_SHOWN)
    return passed(f"In a {context} without the bot, a user install is named, and the answer shows an image.")


def _is_elsewhere(stage: Stage, used: Interaction) -> bool:
    """Return whether the bot is no member where *used* happened."""
    if used.guild_id is not None:
        return stage.client.get_guild(used.guild_id) is None
    return used.context.private_channel


RULES = (
    (Item("discord.no_send", "Without Send Messages, an interaction is answered"), no_send),
    (Item("discord.no_attach", "Without Attach Files, an interaction is answered"), no_attach),
    (Item("discord.user_install", "A user install works where the bot is not"), user_install),
)
