"""Messages of the bot: cards with uploads, their files, thumbnails, nonces, and edits by two tokens."""

from __future__ import annotations

import asyncio
import time

import discord
from discord import ui

from cogs.messaging.attachments import from_message
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.messaging.routes import Post
from cogs.ui.cards import one_sentence
from cogs.ui.views import Card
from hosting.verify import samples
from hosting.verify.items import Item, Outcome, failed, passed, skipped
from hosting.verify.stage import Stage
from imagegen.model import Job

TOKEN_LIVES_S, TRY_EVERY_S = 16 * 60.0, 30.0  # Discord says 15 min
DEAD_TOKEN = (401, 50027)


async def files_of_a_card(stage: Stage) -> Outcome:
    """Send a card with an image, and find the image as the bot does."""
    message = await stage.post(samples.result_post(_job(stage)))
    found, listed = await stage.images_in(message), len(message.attachments)
    await call_discord(message.delete)
    if found != [samples.png()]:
        return failed(f"The bot finds {len(found)} images in its own card, not the one that it sent.")
    if listed:
        return failed("Discord lists the file of a card as an attachment too.", listed_files=listed)
    return passed("The file is not listed as an attachment; its link gives the same bytes.", listed_files=0)


async def thumbnails(stage: Stage) -> Outcome:
    """Show the link of an earlier image as a thumbnail, as /gallery does."""
    source = await stage.post(samples.result_post(_job(stage)))
    link = from_message(source)[0].url
    view = Card()
    view.add_item(ui.Section("A thumbnail", accessory=ui.Thumbnail(link)))
    message = await stage.post(Post(lambda: {"view": view}))
    shown = await stage.images_in(message)
    for one in (message, source):
        await call_discord(one.delete)
    if shown != [samples.png()]:
        return failed(f"The thumbnail gives {len(shown)} images, not the one of the earlier message.")
    return passed("A card shows the image of an earlier message by its link.")


async def nonce(stage: Stage) -> Outcome:
    """Send a message twice with the same nonce, as after an answer that was lost."""
    job, post = _job(stage), Post(lambda: {"view": one_sentence("Sent twice, shown once.")})
    first, second = [await call_discord(stage.routes.by_channel, job, post) for _ in range(2)]
    for message_id in {first, second}:
        await call_discord(stage.client.http.delete_message, stage.channel.id, message_id)
    if first != second:
        return failed("A message that is sent again with the same nonce appears twice.")
    return passed("A message that is sent again with the same nonce appears once.")


async def edit_after_defer(stage: Stage) -> Outcome:
    """Defer /imagine, and edit the "thinking" into a card with an upload."""
    answered = await stage.shown_result()
    message = await call_discord(answered.interaction.original_response)
    if not message.flags.components_v2 or await stage.images_in(message) != [samples.png()]:
        return failed("Discord accepted the edit, but its message does not show the card with the image.")
    return passed("The edit of a deferred answer shows a card with a new upload.")


async def late_edit(stage: Stage) -> Outcome:
    """Edit the interaction's message by the bot's own token, with another upload."""
    answered = await stage.shown_result()
    return await _edited_by_bot(stage, answered.job, 1)


async def dead_token(stage: Stage) -> Outcome:
    """Find out what a dead token answers, and edit the message without it."""
    answered = await stage.shown_result()
    until_s = time.monotonic() + TOKEN_LIVES_S
    while (refusal := await _refusal_of_token(stage, answered.job)) is None:
        if not stage.late:
            return skipped("The interaction's token still works. --late waits until it is dead, about 15 minutes.")
        if time.monotonic() > until_s:
            return failed(f"The interaction's token still works after {TOKEN_LIVES_S / 60:.0f} minutes.")
        await asyncio.sleep(TRY_EVERY_S)
    if refusal != DEAD_TOKEN:
        return failed(f"A dead token is refused with status {refusal[0]}, code {refusal[1]}, not 401 and 50027.")
    edited = await _edited_by_bot(stage, answered.job, 2)
    return Outcome(edited.verdict, f"A dead token is refused with 401, 50027. {edited.seen}", edited.facts)


async def _edited_by_bot(stage: Stage, job: Job, number: int) -> Outcome:
    message_id = await call_discord(stage.routes.by_message, job, samples.result_post(job, number))
    message = await stage.message_in(job.address.channel_id or 0, message_id)
    if await stage.images_in(message) != [samples.png(number)]:
        return failed("The bot's own token edited the message, but the message does not show the new upload.")
    return passed("The bot's own token edits the same message, with a new upload.")


async def _refusal_of_token(stage: Stage, job: Job) -> tuple[int, int] | None:
    """Return status and code of an edit by the interaction's token; None if the token works."""
    try:
        await call_discord(stage.routes.by_token, job, samples.result_post(job, 1))
    except RouteClosed as closed:
        if not isinstance(closed.__cause__, discord.HTTPException):
            raise
        return closed.__cause__.status, closed.__cause__.code
    return None


def _job(stage: Stage) -> Job:
    return samples.job_in(stage.channel.id, stage.channel.guild.id, stage.operators[0])


ALONE = (
    (Item("discord.files", "A card's file is not listed, and its link works"), files_of_a_card),
    (Item("discord.thumbnails", "A card shows earlier images as thumbnails"), thumbnails),
    (Item("discord.nonce", "A message that is sent again appears once"), nonce),
)
WITH_OPERATOR = (
    (Item("discord.edit_after_defer", "A deferred answer becomes a card with an upload"), edit_after_defer),
    (Item("discord.late_edit", "The bot's own token edits that answer"), late_edit),
)
AT_THE_END = (
    (Item("discord.dead_token", "After 15 minutes only the bot's own token edits", limit_s=1200), dead_token),
)
