"""What this process remembers of the messages of a story while the story is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from cogs.messaging.story_routes import KeptFile
from cogs.ui.limits import FILE_BYTES
from imagegen.model import Shrink


@dataclass
class ShownMessage:
    """One message of a story: its images by number, the content it shows, and when it was edited (monotonic s)."""

    id: int
    files: dict[int, KeptFile] = field(default_factory=dict)
    content: object = None
    edited_s: float = float("-inf")


@dataclass
class StoryState:
    """The messages of one story, and what Discord has rejected of it so far."""

    messages: list[ShownMessage] = field(default_factory=list)
    max_file_bytes: int = FILE_BYTES
    without_text: bool = False  # AutoMod rejects the text
    refusals: int = 0  # in a row, while the story is generated
    is_direct: bool = False  # its messages are direct messages
    is_spoiler: bool = False
    may_have_one_more: bool = False  # a message whose id was lost with Discord's answer
    shrinks: dict[int, Shrink | None] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)  # numbers of the images that cannot be downloaded
    most_images: int = 0  # seen at once, also in messages that are gone by now: these count toward the quota

    @property
    def images(self) -> int:
        """Return how many images the messages show now."""
        return sum(len(message.files) for message in self.messages)

    def message(self, number: int) -> ShownMessage | None:
        """Return the message with this number, from 1; None if it was not sent yet."""
        return self.messages[number - 1] if number <= len(self.messages) else None

    def images_in(self, number: int) -> dict[int, KeptFile]:
        """Return the images in the message with this number, by their own numbers."""
        return {} if (message := self.message(number)) is None else message.files

    def record_images(self) -> None:
        """Record how many images people have seen at once."""
        self.most_images = max(self.most_images, self.images)
