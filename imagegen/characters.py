"""What members do with characters: add, list, delete, and allow or withdraw what shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from imagegen.deadline import ANSWER_S
from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.image_request import ImageLink
from imagegen.imaging import parts
from imagegen.imaging.images import REFERENCE_BYTES, Decoder, ImageReader
from imagegen.policy.characters import Character, clean_name
from imagegen.policy.quota import Limits
from imagegen.states import State
from imagegen.store import characters, references
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal

MOST = 10  # characters of one member
MOST_IMAGES = 3  # of one character


class Characters:
    """The characters of members. Safe to call from many tasks of one event loop."""

    def __init__(
        self,
        store: Store,
        reader: ImageReader | None,
        limits: Limits,
        wake_signal: WakeSignal,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._reader, self._limits = store, reader, limits
        self._wake_signal, self._clock = wake_signal, clock

    async def add(self, user_id: int, typed: str, links: Sequence[ImageLink], person_id: int | None) -> Character:
        """Store a character under the *typed* name with the images behind *links*. *person_id*: whom it shows.

        It is not used before that person allows it. Raises Refused for a name that is not allowed or in use, for too
        many characters, and if that person lets nobody edit images of theirs; ImageRefused.
        """
        name = clean_name(typed)
        await self._store.read(characters.check_new, user_id, name, person_id, most=MOST)
        if self._reader is None:
            raise ImageRefused(Reason.IMAGE_UNREACHABLE, position=1)
        images = await self._reader.read(links[:MOST_IMAGES], most_bytes=REFERENCE_BYTES)
        now, limits = self._clock(), self._limits
        return await self._store.write(
            characters.add, user_id, name, images, person_id=person_id, most=MOST, limits=limits, now=now
        )

    async def of_member(self, user_id: int) -> tuple[Character, ...]:
        """Return the characters that a member registered, by name."""
        return await self._store.read(characters.of_member, user_id)

    async def about(self, person_id: int) -> tuple[Character, ...]:
        """Return the characters of other members that show a person."""
        return await self._store.read(characters.about, person_id)

    async def character(self, character_id: int) -> Character | None:
        """Return a character; None if it was deleted."""
        return await self._store.read(characters.character, character_id)

    async def sheet(self, reference_ids: Sequence[int]) -> bytes:
        """Return a JPEG with a small numbered tile for each reference image; nothing if none can be drawn."""
        if self._reader is None or not reference_ids:
            return b""
        decoder = self._reader.decoder
        return await decoder.sheet([await self._tile(decoder, each) for each in reference_ids])

    async def _tile(self, decoder: Decoder, reference_id: int) -> bytes:
        """Return the tile of one image, so that only one at a time is in memory."""
        found = await self._store.read(references.images_of, [ImageLink("", "", reference_id=reference_id)])
        image = found.get(reference_id)
        return b"" if image is None else await parts.tile(decoder, image)

    async def remove(self, user_id: int, name: str) -> Character:
        """Delete a member's character with every copy of its images. Raises Refused NO_CHARACTER."""
        return self._removed(
            await self._store.write_within(ANSWER_S, characters.remove, user_id, name, now=self._clock())
        )

    async def allow(self, character_id: int, person_id: int) -> Character:
        """Let the character of another member be used that shows *person_id*. Raises Refused NO_CHARACTER."""
        found = await self._store.write_within(ANSWER_S, characters.allow, character_id, person_id)
        if found is None:
            raise Refused(Reason.NO_CHARACTER)
        return found

    async def withdraw(self, character_id: int, person_id: int) -> Character:
        """Delete a character that shows *person_id*, with every copy of its images. Raises Refused NO_CHARACTER."""
        return self._removed(
            await self._store.write_within(ANSWER_S, characters.withdraw, character_id, person_id, now=self._clock())
        )

    def _removed(self, found: Character | None) -> Character:
        """Return *found*; waiting requests that used it have failed, and their members are notified."""
        if found is None:
            raise Refused(Reason.NO_CHARACTER)
        self._wake_signal.send_for(State.FAILED)
        return found
