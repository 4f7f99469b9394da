"""Share an image of a private result where it was requested, as the managers and Discord allow it now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import discord

from cogs.interactions.context import context_of
from cogs.messaging import server_log
from cogs.messaging.address import home_of, link_in, may_write, requester_in
from cogs.messaging.attachments import original_of
from cogs.messaging.lookups import UNSURE
from cogs.messaging.outcomes import FilesTooLarge, RouteClosed, TextRefused
from cogs.messaging.routes import Post
from cogs.messaging.share_route import is_young, send, sent_before
from cogs.text import phrases
from cogs.text.i18n import translator_for
from cogs.ui import cards
from cogs.ui.cards import Upload
from cogs.ui.ids import nonce
from cogs.ui.limits import FILE_BYTES, REQUEST_BYTES
from cogs.ui.result_rows import Offered
from imagegen.errors import DeliverLater, Reason, Refused
from imagegen.image_request import ImageLink
from imagegen.model import Job, Requester
from imagegen.policy.private_results import for_others
from imagegen.policy.review import CardKind, Decision, is_held
from imagegen.policy.server_settings import ServerSettings
from imagegen.policy.validation import is_spoiler
from imagegen.reports import SharedImage

_slots = asyncio.Semaphore(2)  # each share holds one file in memory, of 25 MB at most


class NotShared(Exception):
    """The image stays private. *why* is the sentence for its requester."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class _Shared:
    """An image that is about to be shared: its job as everybody will see it, and where."""

    job: Job
    known: SharedImage
    settings: ServerSettings


async def share(interaction: discord.Interaction[Any], job: Job, number: int, url: str) -> None:
    """Post the image at *url*, a file of the private message; if it is posted already, do nothing.

    Raises NotShared; Refused if the managers or the operator do not allow the member to use the bot there now.
    """
    sharing = context_of(interaction).service.sharing
    requester, can_search = await _requester(interaction, job)
    known, settings = await sharing.begin(job, number, requester)
    if known.message_id is not None:
        return
    if await _must_be_reviewed(interaction, job, settings, requester):
        await sharing.given_up(known)
        raise NotShared(phrases.SHARE_REVIEWED)
    shared = _Shared(_as_everybody_sees(job, known, settings), known, settings)
    try:
        async with _slots:
            message_id = await sent_before(interaction.client, known, can_search=can_search)
            if message_id is None:
                known = known if is_young(known) else await sharing.try_again(known)
                message_id = await _post(interaction, replace(shared, known=known), url)
    except DeliverLater:
        raise NotShared(phrases.SHARE_IN_DOUBT) from None
    except RouteClosed:
        await sharing.given_up(known)
        raise NotShared(phrases.SHARE_REFUSED) from None
    await sharing.recorded(known, message_id)
    await _log(interaction, shared, message_id)


async def _requester(interaction: discord.Interaction[Any], job: Job) -> tuple[Requester, bool]:
    """Return the member as the requester in the channel where *job* was requested, and whether the bot may read the
    channel's history.

    Raises NotShared if the bot or the member may not post images there now, or if Discord does not say.
    """
    server, channel_id = interaction.client.get_guild(job.address.server_id or 0), home_of(job)
    if server is None or channel_id is None or job.address.is_user_install:
        raise NotShared(phrases.SHARE_NOT_HERE)
    looks, person = context_of(interaction).lookups, interaction.user
    try:
        channel: Any = server.get_channel_or_thread(channel_id) or await looks.channel(server, channel_id)
        if isinstance(person, discord.Member) and person.guild.id == server.id:
            member = person
        else:
            member = await looks.member(server, person.id)
        mine = channel.permissions_for(server.me)
        if not may_write(mine, channel):
            raise NotShared(phrases.SHARE_NOT_HERE)
        allowed = channel.permissions_for(member)
        if not may_write(allowed, channel):
            raise NotShared(phrases.SHARE_NOT_ALLOWED)
    except UNSURE:
        raise NotShared(phrases.SHARE_NOT_HERE) from None
    requester = requester_in(server, channel, member, job.requester.locale)
    return replace(requester, manages_server=allowed.manage_guild), mine.read_message_history


async def _must_be_reviewed(
    interaction: discord.Interaction[Any], job: Job, settings: ServerSettings, requester: Requester
) -> bool:
    """Return whether managers look at results of *requester* there before others see them, and have not shown *job*."""
    if not is_held(settings, requester, now=discord.utils.utcnow()):
        return False
    card = await context_of(interaction).service.review.card(job.id, CardKind.HOLD)
    return card is None or card.decision is not Decision.SHOWN


def _as_everybody_sees(job: Job, known: SharedImage, settings: ServerSettings) -> Job:
    """Return *job* as its message in the channel shows it, in the server's language, with no seed that others know."""
    locale = settings.language or job.address.server_locale
    address = replace(job.address, channel_id=known.channel_id, requested_in_id=None, server_locale=locale)
    request = replace(job.request, private=False, seed=for_others(job.request).seed)
    return replace(job, address=address, request=request)


async def _post(interaction: discord.Interaction[Any], shared: _Shared, url: str) -> int:
    """Post the untouched file; smaller if Discord refuses its size, without the prompt if AutoMod refuses that.

    Raises NotShared, and what ``send`` raises.
    """
    service = context_of(interaction).service
    image = await service.sharing.image(original_of(ImageLink(url, "")), shared.job)
    if image is None:
        await service.sharing.given_up(shared.known)
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    job, models, number = shared.job, service.model_options, shared.known.number
    offered = Offered(editing=models.max_images > 0, larger=bool(models.larger(job)))
    original = await service.history.original_prompt(job)
    spoiler = shared.settings.spoiler or is_spoiler(job.request)
    upload = Upload(((number, image),), spoiler=spoiler, original=original)
    while True:
        post = _card(job, upload, offered)
        try:
            return await send(interaction.client, shared.known, post)
        except TextRefused:
            said = cards.translator_for_job(job)(phrases.TEXT_BLOCKED)
            if job.request.prompt == said:
                raise
            job, upload = replace(job, request=replace(job.request, prompt=said)), replace(upload, original="")
        except FilesTooLarge:
            ((_, before),) = upload.images
            (fitted,) = await service.display.fitted([before], file_bytes=FILE_BYTES, together_bytes=REQUEST_BYTES)
            if fitted is before:
                raise
            upload = replace(upload, images=((number, fitted),))


def _card(job: Job, upload: Upload, offered: Offered) -> Post:
    return Post(lambda: {"view": cards.shared(job, upload, offered)}, lambda: cards.files(job, upload))


async def _log(interaction: discord.Interaction[Any], shared: _Shared, message_id: int) -> None:
    """Report the shared image in the server's log channel. Raises nothing."""
    job, known = shared.job, shared.known
    facts: dict[str, str | int] = {
        "requester": f"<@{job.requester.user_id}>",
        "jump": link_in(job.address.server_id, known.channel_id, message_id),
    }
    text = translator_for(job.address.server_locale or "")(phrases.LOG_SHARED, facts)
    name = nonce("ls", job.id, known.number)
    await server_log.post(interaction.client, shared.settings.log_channel_id, text, nonce=name)
