"""/album: the images that a member may see, as a ZIP or a PDF, in private parts that Discord takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import discord
import structlog
from discord import app_commands, ui
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.gallery import STARRED
from cogs.interactions import read_limits, submission, visibility
from cogs.interactions.buttons import IdButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.found_results import FoundResult, chosen_from, filter_for, located, nothing_found, suggest_models
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.text import album as texts
from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.ui import cards
from cogs.ui.files import file_of
from cogs.ui.filter_ids import FIND_CHARS, Chosen, Whose
from cogs.ui.ids import SNOWFLAKE_DIGITS, Verb
from cogs.ui.limits import FILE_BYTES, OPTION_CHARS
from imagegen.albums import INDEX, AlbumFormat, AlbumImage, AlbumPart, in_thread
from imagegen.errors import DeliverLater, Reason, Refused
from imagegen.image_request import ImageLink
from imagegen.policy.days import CHARS as DAY_CHARS

T = TypeVar("T")

log = structlog.get_logger(__name__)

PAGES = 3  # that an album counts for in the limit of reads
MAX_IMAGES, MAX_JOBS, JOBS = 200, 1_000, 10  # of an album, that it looks at, and at once
AT_ONCE = 2  # albums of this process: each has one part and one image on the disk
MOST_S, STOP_S = 1800.0, 5.0
PROGRESS_EVERY_S = 2.0
TRIES, RETRY_S = 5, 10.0
KINDS = [Choice(name="ZIP file", value=AlbumFormat.ZIP.value), Choice(name="PDF file", value=AlbumFormat.PDF.value)]


@dataclass
class _Album:
    """An album that is being made."""

    interaction: discord.Interaction[Any]
    chosen: Chosen
    kind: AlbumFormat
    translate: Translator
    task: asyncio.Task[Any] | None = field(default_factory=asyncio.current_task)
    canceled: asyncio.Event = field(default_factory=asyncio.Event)
    images: int = 0  # sent
    collected: int = 0
    parts: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    shown_s: float = 0.0

    @property
    def part_bytes(self) -> int:
        """The most bytes of a part: what the place takes, but no more than a direct message does."""
        return min(self.interaction.filesize_limit, FILE_BYTES)


class _Closed(Exception):
    """Neither the interaction nor a direct message takes a part."""


_running: dict[int, _Album] = {}  # by person: one album each


class AlbumCommand(commands.Cog):
    """/album."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def cog_unload(self) -> None:
        """End the albums in progress and say so: the bot stops."""
        albums = list(_running.values())
        for album in albums:
            if album.task is not None:
                album.task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                said = (_say(one, cards.one_sentence(one.translate(texts.RESTARTS)), is_end=True) for one in albums)
                await asyncio.gather(*said)

    @app_commands.command(name="album", description="Get your images as ZIP or PDF files that only you can see.")
    @app_commands.rename(kind="format")
    @app_commands.describe(
        kind="ZIP has the files as they are. PDF has one image per page",
        find="Text to find in the prompts",
        member="Take this person's images in this server",
        model="Take images of this model",
        starred="Take starred images",
        since="Take images from this day on: 2026-11-05, 2026-11 or 7d",
        until="Take images up to this day: 2026-11-05, 2026-11 or 7d",
        everybody="Take everyone's images in this server (managers only)",
    )
    @app_commands.choices(kind=KINDS, starred=STARRED)
    @app_commands.autocomplete(model=suggest_models)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def album(
        self,
        interaction: discord.Interaction[Any],
        kind: str = AlbumFormat.ZIP.value,
        find: Range[str, 0, FIND_CHARS] = "",
        member: discord.User | None = None,
        model: Range[str, 0, OPTION_CHARS] = "",
        starred: str = "",
        since: Range[str, 0, DAY_CHARS] = "",
        until: Range[str, 0, DAY_CHARS] = "",
        everybody: bool = False,
    ) -> None:
        """Collect the images and send them. Raises Refused ALBUM_RUNNING, or as ``filter_for``."""
        person = interaction.user.id
        if person in _running:
            raise Refused(Reason.ALBUM_RUNNING)
        chosen = chosen_from(
            interaction,
            find=find,
            member_id=None if member is None else member.id,
            model=model,
            starred=starred,
            since=since,
            until=until,
            everybody=everybody,
        )
        filter_for(interaction, chosen)
        album = _Album(interaction, chosen, AlbumFormat(kind), submission.translator_for_user(interaction))
        _running[person] = album
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await read_limits.wait_to_count(interaction, PAGES)
            await _say(album, _progress(album))
            async with self._slots:
                await _make(album)
        finally:
            del _running[person]


class CancelAlbumButton(IdButton, verb=Verb.CANCEL_ALBUM, digits=SNOWFLAKE_DIGITS):
    """Cancel the member's own album."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Let the album end before its next image. One that a killed process left is over: say so in its place."""
        translate = submission.translator_for_user(interaction)
        if interaction.user.id != self.its_id:
            await interaction.response.send_message(translate(phrases.NOT_YOURS), ephemeral=True)
        elif album := _running.get(self.its_id):
            album.canceled.set()
            await interaction.response.defer()
        else:
            await interaction.response.edit_message(view=cards.one_sentence(translate(texts.OVER)))


async def _make(album: _Album) -> None:
    """Make *album* and say how it ended."""
    said = texts.DONE
    try:
        async with asyncio.timeout(MOST_S):
            await _send_parts(album)
    except (_Closed, TimeoutError):
        said = texts.STOPPED
    if album.canceled.is_set():
        said = texts.CANCELED
    lines = [album.translate(said, images=album.images, parts=album.parts)]
    if not album.images and not album.left_out and said is texts.DONE:
        lines = [album.translate(nothing_found(album.chosen))]
    lines += [album.translate(texts.LEFT_OUT, number=len(album.left_out))] if album.left_out else []
    lines += [album.translate(texts.AT_MOST, images=MAX_IMAGES)] if album.collected >= MAX_IMAGES else []
    log.info("album_ended", images=album.images, parts=album.parts, left_out=len(album.left_out))
    await _say(album, cards.one_sentence("\n".join(lines)), is_end=True)


async def _send_parts(album: _Album) -> None:
    """Collect the images, and send each part as soon as it is full. Raises _Closed."""
    part = AlbumPart(album.kind, album.part_bytes)
    try:
        async for image, about in _images(album):
            with image.file:
                if not part.has_room(image, about):
                    await _send(album, part)
                    part = AlbumPart(album.kind, album.part_bytes)
                if part.has_room(image, about):
                    await in_thread(part, image, about)
                    album.collected += 1
                else:
                    album.left_out[image.name] = texts.TOO_LARGE
            await _show_progress(album)
        if part.images or album.left_out:
            await _send(album, part, texts.left_out_lines(album.left_out, album.translate))
    finally:
        part.close()


async def _images(album: _Album) -> AsyncIterator[tuple[AlbumImage, str]]:
    """Yield each image with its lines of the index. Judge at each page of results what the member may see."""
    albums = context_of(album.interaction).service.albums
    async for found in _found(album):
        name = f"{found.job.requested_at:%Y-%m-%d}-{found.job.id}"
        if found.location is None or not found.location.images:
            album.left_out[name if found.is_readable else f"#{found.job.id}"] = _why(found)
            continue
        for number, link in enumerate(await _links(album, found), start=1):
            if album.canceled.is_set() or album.collected >= MAX_IMAGES:
                return
            image = await albums.fetched(link, f"{name}-{number}", album.kind, found.job.requested_at)
            if image is None:
                album.left_out[f"{name}-{number}"] = texts.UNREADABLE
                continue
            yield image, texts.index_lines(image.name, found.job, found.location.jump)


def _why(found: FoundResult) -> str:
    if not found.is_readable:
        return texts.NOT_VISIBLE
    return texts.PRIVATE if found.location is None else texts.GONE


async def _links(album: _Album, found: FoundResult) -> tuple[ImageLink, ...]:
    """Return the images of a result, also those of its further messages."""
    first = () if found.location is None else found.location.images
    if not found.job.request.may_span_messages:
        return first
    return (*first, *await _patiently(lambda: visibility.further_images(album.interaction, found.job)))


async def _found(album: _Album) -> AsyncIterator[FoundResult]:
    """Yield the results, newest first, until the album is canceled or has looked at MAX_JOBS."""
    interaction, before, looked = album.interaction, None, 0
    wanted = filter_for(interaction, album.chosen)
    is_all_of_server = album.chosen.whose is Whose.HERE and album.chosen.member_id is None
    visibility.judge_by_current_roles(interaction)
    library = context_of(interaction).service.history
    while looked < MAX_JOBS and not album.canceled.is_set():
        if is_all_of_server and not await _patiently(lambda: visibility.still_manages(interaction)):
            return
        jobs = await library.results(wanted, interaction.user.id, before, JOBS)
        for found in await _patiently(partial(located, interaction, jobs)):
            yield found
        if len(jobs) < JOBS:
            return
        before, looked = jobs[-1].id, looked + len(jobs)


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Make *call*, and wait for a turn as often as too many members read at once."""
    while True:
        try:
            return await call()
        except Refused as refused:
            if refused.reason is not Reason.READS_TOO_FAST:
                raise
            await asyncio.sleep(float(refused.facts["wait_s"]))


async def _send(album: _Album, part: AlbumPart, more: list[str] | None = None) -> None:
    """Send a part in private, or as a direct message if the token is over. Raises _Closed."""
    file, index = await asyncio.to_thread(part.finished, more or ())
    album.parts += 1
    name = f"wanvas-album-{album.parts}.{album.kind}"
    text = album.translate(texts.PART if part.images else texts.INDEX_PART, number=album.parts, images=part.images)

    def files() -> list[discord.File]:
        file.seek(0)
        beside = [] if part.images and album.kind is AlbumFormat.ZIP else [file_of(index, INDEX)]
        return [*([discord.File(file, name)] if part.images else []), *beside]

    try:
        await _by_open_route(album, text, files)
    except _Closed:
        album.parts -= 1
        raise
    finally:
        part.close()
    album.images += part.images


async def _by_open_route(album: _Album, text: str, files: Callable[[], list[discord.File]]) -> None:
    interaction = album.interaction

    async def by_token() -> None:
        await interaction.followup.send(text, files=files(), ephemeral=True)

    async def directly() -> None:
        channel = await interaction.client.create_dm(discord.Object(interaction.user.id))
        await channel.send(text, files=files())

    for route in (by_token, directly):
        for _ in range(TRIES):
            try:
                await call_discord(route)
            except RouteClosed:
                break
            except DeliverLater as error:
                await asyncio.sleep(min(error.delay_s, RETRY_S))
            else:
                return
    raise _Closed


def _progress(album: _Album) -> ui.LayoutView:
    says = album.translate(texts.COLLECTING, images=album.collected, parts=album.parts)
    view = cards.one_sentence(says)
    view.add_item(ui.ActionRow(CancelAlbumButton(album.interaction.user.id, album.translate)))
    return view


async def _show_progress(album: _Album) -> None:
    if time.monotonic() - album.shown_s >= PROGRESS_EVERY_S:
        await _say(album, _progress(album))


async def _say(album: _Album, view: ui.LayoutView, *, is_end: bool = False) -> None:
    """Show *view* in place of the private reply; the end as a direct message if the token is over."""
    album.shown_s = time.monotonic()

    async def by_token() -> None:
        await album.interaction.edit_original_response(view=view)

    async def directly() -> None:
        channel = await album.interaction.client.create_dm(discord.Object(album.interaction.user.id))
        await channel.send(view=view)

    for route in (by_token, directly) if is_end else (by_token,):
        with suppress(RouteClosed, DeliverLater):
            await call_discord(route)
            return
    log.warning("album_progress_not_shown")


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the command and its button to *bot*."""
    await bot.add_cog(AlbumCommand())
    bot.add_dynamic_items(CancelAlbumButton)
