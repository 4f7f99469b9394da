"""The styles of servers: managers save them, members use them. Discord decides who is a manager."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from imagegen.deadline import read_in_time
from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.image_request import ImageLink, ImageRequest, InputImage
from imagegen.imaging.images import REFERENCE_BYTES, ImageReader
from imagegen.member_defaults import restyled, with_style
from imagegen.model import Job
from imagegen.model_choice import ModelChoice
from imagegen.policy.blocklist import find_blocked
from imagegen.policy.quota import Limits
from imagegen.policy.styles import Style, checked_style
from imagegen.states import State
from imagegen.store import server_settings, styles
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal


class Styles:
    """Reads and saves styles. Each method is one transaction."""

    def __init__(
        self,
        store: Store,
        models: ModelChoice,
        reader: ImageReader | None,
        limits: Limits,
        wake_signal: WakeSignal,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._models, self._reader = store, models, reader
        self._limits, self._wake_signal, self._clock = limits, wake_signal, clock

    def applied(
        self, wanted: ImageRequest, style: Style, *, named: Collection[str] = ()
    ) -> tuple[ImageRequest, frozenset[str]]:
        """Return *wanted* in a style, and the fields that the member or the style has *named*."""
        return with_style(wanted, style, self._models, len(wanted.images), named)

    def restyled(
        self, wanted: ImageRequest, style: Style | None, source: Job, *, named: Collection[str] = ()
    ) -> ImageRequest:
        """Return *wanted*, a change of *source*, in another style or in none; else as ``applied``."""
        return restyled(wanted, style, source.request, source.input_count, self._models, named)

    async def all(self, server_id: int) -> tuple[Style, ...]:
        """Return the styles of a server, the last changed first."""
        return await read_in_time(self._store, styles.styles_of, server_id)

    async def one(self, server_id: int, style_id: int) -> Style:
        """Return a style of a server. Raises Refused STYLE_GONE."""
        return await read_in_time(self._store, styles.style_of, server_id, style_id)

    async def named(self, server_id: int, name: str) -> Style:
        """Return the style of a server with that name. Raises Refused STYLE_GONE."""
        return await read_in_time(self._store, styles.named, server_id, name)

    async def save(
        self,
        server_id: int,
        style_id: int,
        change: Callable[[Style], Style],
        links: Sequence[ImageLink] = (),
        *,
        user_id: int,
    ) -> Style:
        """Save a change of a style, or of an empty one as a new style if *style_id* is 0.

        *change* is made to the style as it is then, so two managers may change parts of it at once. Images behind
        *links* replace those it has. Raises Refused for a name or words that cannot be used, if there is no room, or if
        the style is gone; ImageRefused.
        """
        style = checked_style(change(await self.one(server_id, style_id) if style_id else Style("")))
        words = (await self._store.read(server_settings.settings_of, server_id)).blocked_words
        if words and await asyncio.to_thread(find_blocked, style.words, words):
            raise Refused(Reason.STYLE_BLOCKED)
        images = await self._read(links)
        saved = await self._store.write(
            styles.save_change,
            server_id,
            style_id,
            change,
            images,
            user_id=user_id,
            limits=self._limits,
            now=self._clock(),
        )
        self._notify()
        return saved

    async def _read(self, links: Sequence[ImageLink]) -> tuple[InputImage, ...]:
        if not links:
            return ()
        if self._reader is None:
            raise ImageRefused(Reason.IMAGE_UNREACHABLE, position=1)
        return await self._reader.read(links, most_bytes=REFERENCE_BYTES)

    async def without_images(self, server_id: int, style_id: int, *, user_id: int) -> Style:
        """Delete the images of a style, and return the style. Raises Refused STYLE_GONE."""
        bare = await self._store.write(styles.remove_images, server_id, style_id, user_id=user_id, now=self._clock())
        self._notify()
        return bare

    async def remove(self, server_id: int, style_id: int, *, user_id: int) -> Style:
        """Delete a style with its images, and return it. Raises Refused STYLE_GONE."""
        gone = await self._store.write(styles.remove, server_id, style_id, user_id=user_id, now=self._clock())
        self._notify()
        return gone

    def _notify(self) -> None:
        """Have the members notified whose waiting requests failed because an image of the style was deleted."""
        self._wake_signal.send_for(State.FAILED)
