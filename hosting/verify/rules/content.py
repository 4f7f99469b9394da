"""What people post: what of it the bot gets with the message-content intent, and without it."""

from __future__ import annotations

import discord

from cogs.messaging import bot_mentions
from cogs.messaging.attachments import from_message
from cogs.messaging.forwards import images_of
from hosting.verify.items import Item, Outcome, failed, passed, skipped
from hosting.verify.stage import Seen, Stage

NO_INTENT = " The application has no message-content intent, so only that half was seen."
IMAGE = "Post an image here, **marked as a spoiler**, with any text and without a mention."


async def plain_message(stage: Stage) -> Outcome:
    """Look at a message that does not address the bot."""
    seen = await _image(stage)
    if _shows(seen.bare):
        return failed("Without the intent, Discord sends the content of a message that does not address the bot.")
    if stage.sessions.reads_content and not seen.full.content:
        return failed("With the intent, Discord sends the message without its text.")
    return _passed(stage, "Without the intent, a message that does not address the bot arrives empty.")


async def spoiler(stage: Stage) -> Outcome:
    """Look at how a spoiler is marked."""
    if not stage.sessions.reads_content:
        return skipped("Without the message-content intent, the bot cannot see the posted image.")
    if all(link.spoiler for link in from_message((await _image(stage)).full)):
        return passed("An image that is posted as a spoiler is marked as one.")
    return failed("The image has no mark of a spoiler: it was posted without one, or Discord sends none.")


async def mention(stage: Stage) -> Outcome:
    """Look at a message that mentions the bot."""
    me = stage.me
    seen = await stage.message(
        f"Post: {me.mention} hello", lambda message: _is_plain(message) and me in message.mentions
    )
    if not bot_mentions.text_in(seen.bare, me):
        return failed("Without the intent, Discord sends a message that mentions the bot without its text.")
    return passed("A message that mentions the bot arrives with its text, even without the intent.")


async def reply(stage: Stage) -> Outcome:
    """Look at a reply with a mention, and at the message that it replies to."""
    me, image = stage.me, (await _image(stage)).full
    seen = await stage.message(
        f"Reply to your image: {me.mention} make it blue",
        lambda message: _replies_to(message, image.id) and me in message.mentions,
    )
    if not bot_mentions.text_in(seen.bare, me):
        return failed("Without the intent, Discord sends a reply that mentions the bot without its text.")
    if _shows(_original(seen.bare)):
        return failed("Without the intent, Discord sends the content of the message that a mention replies to.")
    if stage.sessions.reads_content and not _shows(_original(seen.full)):
        return failed("With the intent, Discord sends a reply without the image that it replies to.")
    return _passed(stage, "Without the intent, a reply arrives with its text and without the image it replies to.")


async def reply_to_result(stage: Stage) -> Outcome:
    """Look at a reply to the answer of an interaction, without a typed mention."""
    me, result = stage.me, (await stage.shown_result()).job.address.message_id
    ask = "Reply to the result of `/imagine` with any text: leave the ping on, and type no mention."
    seen = await stage.message(ask, lambda message: _replies_to(message, result))
    if me in seen.full.mentions:
        return failed("A reply to the answer of an interaction pings the bot.")
    if seen.bare.content:
        return failed("Without the intent, Discord sends the text of a reply that does not ping the bot.")
    return passed("A reply to the answer of an interaction does not ping the bot, and is empty without the intent.")


async def role_mention(stage: Stage) -> Outcome:
    """Look at a mention of the bot's role, which the picker offers beside the bot."""
    me, role = stage.me, stage.channel.guild.self_role
    if role is None:
        return skipped("The bot has no role of its own in this server.")
    seen = await stage.message(
        f"Post: {role.mention} hello. In the picker, choose the bot's **role**.",
        lambda message: _is_plain(message) and me not in message.mentions and bot_mentions.is_for(message, me),
    )
    if seen.bare.content:
        return failed("Without the intent, Discord sends the text of a message that mentions only the bot's role.")
    return passed("Without the intent, a mention of the bot's role arrives without its text.")


async def edited(stage: Stage) -> Outcome:
    """Look at the event of an edited message."""
    me, image = stage.me, (await _image(stage)).full
    seen = await stage.edit(
        f"Edit the message of your image: add {me.mention} to its text.",
        lambda message: message.id == image.id and me in message.mentions,
    )
    if seen.bare.edited_at is None:
        return failed("The event of an edited message does not say when it was edited.")
    if not from_message(seen.bare):
        return failed("The event of an edited message does not carry its image.")
    return passed("The event of an edited message carries the time, the new text and the image.")


async def forward(stage: Stage) -> Outcome:
    """Look at a forwarded image, and find out whose it is."""
    image = (await _image(stage)).full
    seen = await stage.message("Forward your image to this channel.", lambda message: _forwards(message, image.id))
    if from_message(seen.bare) and stage.sessions.reads_content:
        return failed("Without the intent, Discord sends the image of a forward.")
    if not stage.sessions.reads_content:
        return _passed(stage, "Without the intent, a forward arrives without its image.")
    owners = {link.owner_id for link in await images_of(stage.client, seen.full)}
    if owners != {image.author.id}:
        return failed("The reference of a forward does not lead the bot to the image and its author.")
    return passed("With the intent, a forward carries its image, and its reference leads to the author.")


async def _image(stage: Stage) -> Seen:
    """Return the operator's message with an image. The first call asks for it."""
    if stage.image is None:
        stage.image = await stage.message(IMAGE, lambda message: _is_image(stage, message))
    return stage.image


def _is_image(stage: Stage, message: discord.Message) -> bool:
    """Return whether *message* may be the image. Without the intent, the bot does not see the files."""
    plain = _is_plain(message) and stage.me not in message.mentions
    return plain and bool(message.attachments or not stage.sessions.reads_content)


def _passed(stage: Stage, seen: str) -> Outcome:
    return passed(seen if stage.sessions.reads_content else seen + NO_INTENT)


def _shows(message: discord.Message | None) -> bool:
    """Return whether a message has any content."""
    return message is not None and bool(message.content or from_message(message))


def _is_plain(message: discord.Message) -> bool:
    return message.type is discord.MessageType.default and not message.message_snapshots


def _replies_to(message: discord.Message, message_id: int | None) -> bool:
    reference = message.reference
    return message.type is discord.MessageType.reply and reference is not None and reference.message_id == message_id


def _original(message: discord.Message) -> discord.Message | None:
    resolved = None if message.reference is None else message.reference.resolved
    return resolved if isinstance(resolved, discord.Message) else None


def _forwards(message: discord.Message, message_id: int) -> bool:
    return (
        message.reference is not None and message.reference.message_id == message_id and bool(message.message_snapshots)
    )


RULES = (
    (Item("discord.plain_message", "Without the intent, plain messages are empty"), plain_message),
    (Item("discord.spoiler", "A spoiler is marked"), spoiler),
    (Item("discord.mention", "A mention carries its text"), mention),
    (Item("discord.reply", "A reply carries the image only with the intent"), reply),
    (Item("discord.edited", "An edit carries its time and the whole message"), edited),
    (Item("discord.forward", "A forward leads to its author"), forward),
    (Item("discord.role_mention", "A role mention is empty without the intent"), role_mention),
    (Item("discord.reply_to_result", "A reply to a result does not ping"), reply_to_result),
)
