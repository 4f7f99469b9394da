"""Messages of the bot: cards with uploads, their files, thumbnails, nonces, and edits by two tokens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import discord
from discord import ui

from cogs.messaging import discord_private
from cogs.messaging.attachments import from_message, original_of
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.messaging.routes import Post
from cogs.ui.cards import one_sentence
from cogs.ui.views import Card
from hosting.verify import samples
from hosting.verify.items import Item, Outcome, failed, passed, skipped
from hosting.verify.stage import Stage
from imagegen.imaging.marks import seen_mark
from imagegen.model import Job

LOAD_TRIES, LOAD_EVERY_S = 10, 1.0
NOT_FOUND = discord.MediaItemLoadingState.not_found
NOT_LOADED = (discord.MediaItemLoadingState.loading, discord.MediaItemLoadingState.unknown)
TOKEN_LIVES_S, TRY_EVERY_S = 16 * 60.0, 5.0  # Discord says 15 min
DEAD_TOKEN = (401, 50027)


async def files_of_a_card(stage: Stage) -> Outcome:
    """Send a card with an image, and find the image as the bot does."""
    job = _job(stage)
    message = await stage.post(samples.result_post(job))
    shown, listed = await stage.shows(message, job), len(message.attachments)
    await call_discord(message.delete)
    if not shown:
        return failed("The bot does not find the image in its own card, or its link gives no image.")
    if listed:
        return failed("Discord lists the file of a card as an attachment too.")
    return passed("The file is not listed as an attachment, and the card's link gives the image.")


async def metadata(stage: Stage) -> Outcome:
    """Send an image that says that it is AI-generated, and read it as the menu "Is this ours?" does."""
    job = _job(stage)
    message = await stage.post(samples.result_post(job))
    seen = seen_mark(await stage.download(original_of(from_message(message)[0]).url))
    await call_discord(message.delete)
    if seen is None or seen.job_id != job.id:
        return failed("Discord removes the metadata that says that an image is AI-generated.")
    return passed("An image that Discord gives back still says that it is AI-generated.")


async def thumbnails(stage: Stage) -> Outcome:
    """Show the link of an earlier image as a thumbnail, as /gallery does."""
    job, view = _job(stage), Card()
    source = await stage.post(samples.result_post(job))
    view.add_item(ui.Section("A thumbnail", accessory=ui.Thumbnail(from_message(source)[0].url)))
    message = await stage.post(Post(lambda: {"view": view}))
    state, shown = await _loaded(stage, message), await stage.shows(message, job)
    for one in (message, source):
        await call_discord(one.delete)
    if not shown or state is NOT_FOUND:
        return failed("Discord does not show the image of an earlier message as a thumbnail.")
    if state in NOT_LOADED:
        return skipped("Discord does not say whether it shows the thumbnail.")
    return passed("A card shows the image of an earlier message by its link.")


async def _loaded(stage: Stage, message: discord.Message) -> discord.MediaItemLoadingState | None:
    """Return what Discord says of the thumbnail of *message*, after 10 s at most; None if it says nothing.

    Discord's description of its API does not have this field (2026-11-29), so only the link counts without it.
    """
    for _ in range(LOAD_TRIES):
        if (state := _loading_state(message)) not in NOT_LOADED:
            return state
        await asyncio.sleep(LOAD_EVERY_S)
        message = await stage.message_in(message.channel.id, message.id)
    return state


def _loading_state(message: discord.Message) -> discord.MediaItemLoadingState | None:
    """Return what Discord says of the thumbnail; None if it says nothing. Without one, it was not found."""
    section = message.components[0]
    thumbnail = section.accessory if isinstance(section, discord.SectionComponent) else None
    if not isinstance(thumbnail, discord.ThumbnailComponent):
        return NOT_FOUND
    return thumbnail.media.loading_state


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
    if not message.flags.components_v2 or not await stage.shows(message, answered.job):
        return failed("Discord accepted the edit, but its message does not show the card with the image.")
    seen = "The edit of a deferred answer shows a card with a new upload."
    return passed(seen, acknowledged_ms=answered.acknowledged_ms)


async def late_edit(stage: Stage) -> Outcome:
    """Edit the interaction's message by the bot's own token, with another upload."""
    answered = await stage.shown_result()
    return await _edited_by_bot(stage, answered.job)


async def dead_token(stage: Stage) -> Outcome:
    """Find out what a dead token answers, and edit the message without it."""
    answered = await stage.shown_result()
    until_s = time.monotonic() + TOKEN_LIVES_S
    while await _refusal(_read_by_token, stage, answered.job) is None:
        if not stage.late:
            return skipped("The interaction's token still works. --late waits until it is dead, about 15 minutes.")
        if time.monotonic() > until_s:
            return failed(f"The interaction's token still works after {TOKEN_LIVES_S / 60:.0f} minutes.")
        await asyncio.sleep(TRY_EVERY_S)
    refusal = await _refusal(_edit_by_token, stage, answered.job)
    if refusal != DEAD_TOKEN:
        return failed(f"An edit by a dead token gets status and code {refusal}, not {DEAD_TOKEN}.")
    edited = await _edited_by_bot(stage, answered.job)
    return Outcome(edited.verdict, f"A dead token is refused with 401, 50027. {edited.seen}", edited.facts)


async def _edited_by_bot(stage: Stage, first: Job) -> Outcome:
    job = samples.another(first)
    message_id = await call_discord(stage.routes.by_message, job, samples.result_post(job))
    message = await stage.message_in(job.address.channel_id or 0, message_id)
    if not await stage.shows(message, job):
        return failed("The bot's own token edited the message, but the message does not show the new upload.")
    return passed("The bot's own token edits the same message, with a new upload.")


async def _read_by_token(stage: Stage, job: Job) -> None:
    await discord_private.webhook(stage.client, job.address).fetch_message(job.address.message_id or 0)


async def _edit_by_token(stage: Stage, job: Job) -> None:
    await stage.routes.by_token(job, samples.result_post(job))


async def _refusal(call: Callable[[Stage, Job], Awaitable[None]], stage: Stage, job: Job) -> tuple[int, int] | None:
    """Return status and code of a call by the interaction's token; None if Discord accepts it."""
    try:
        await call_discord(call, stage, job)
    except RouteClosed as closed:
        if not isinstance(closed.__cause__, discord.HTTPException):
            raise
        return closed.__cause__.status, closed.__cause__.code
    return None


def _job(stage: Stage) -> Job:
    return samples.job_in(stage.channel.id, stage.channel.guild.id, stage.operators[0])


ALONE = (
    (Item("discord.files", "A card's file is not listed, and its link works"), files_of_a_card),
    (Item("discord.metadata", "An image keeps its metadata"), metadata),
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
