"""Keep the images that a form was opened over, if only the interaction that opened it showed them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from imagegen.image_request import ImageLink

OPEN_S = 15 * 60  # as long as an interaction's token
MOST = 1000


class OpenForms:
    """The images of messages by the member who opened a form. A restart forgets them; the oldest make room."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._kept: dict[tuple[int, int], tuple[float, tuple[ImageLink, ...]]] = {}

    def keep(self, user_id: int, message_id: int, images: Sequence[ImageLink]) -> None:
        """Keep the images of a message for the member who opened a form over it."""
        self._kept.pop((user_id, message_id), None)
        self._kept[user_id, message_id] = self._clock_s() + OPEN_S, tuple(images)
        now_s = self._clock_s()
        over = [key for key, (until_s, _) in self._kept.items() if until_s <= now_s]
        for key in over or list(self._kept)[:-MOST]:
            del self._kept[key]

    def images(self, user_id: int, message_id: int) -> tuple[ImageLink, ...]:
        """Return the kept images; none if there are none or the form was opened too long ago."""
        until_s, images = self._kept.get((user_id, message_id), (0.0, ()))
        return images if self._clock_s() < until_s else ()
