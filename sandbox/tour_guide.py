"""The people and results of the tour, and how each of its steps is checked by what the sandbox itself saw."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click
from PIL import Image

from sandbox.bot_process import BotProcess
from sandbox.people import Control, Json, Person, images_of, private_answer, text_of
from sandbox.wan.app import fingerprint

CHANNEL = "harbor"
# Pauses between calls of /quota: five at once are allowed, then one every 2 s.
QUOTA_POLLS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0)
MAX_TILE_DIFFERENCE = 24  # of 255, in a tile of the fingerprint: re-encoding may change so much


class StepFailed(AssertionError):
    """A step of the tour had another outcome than expected."""


def check(ok: bool, sentence: str) -> None:
    """Raise StepFailed with *sentence* unless *ok*."""
    if not ok:
        raise StepFailed(sentence)


def _posted(state: Json, found: Callable[[Json], bool]) -> list[tuple[str, Json]]:
    """Return each message for which *found* holds, with the name of its channel."""
    return [
        (channel["name"], message)
        for channel in state["channels"]
        for message in state["messages"].get(channel["id"], [])
        if found(message)
    ]


@dataclass
class Tour:
    """The people, the bot, and the results so far. *shown* counts the result images in all channels."""

    control: Control
    bot: BotProcess
    folder: Path
    ana: Person
    bo: Person
    mention: str
    shown: int = 0
    results: list[Json] = field(default_factory=list)

    def say(self, who: str, what: str) -> None:
        """Print a line of the transcript."""
        click.echo(f"  {who:<8}{what}")

    async def new_result(self, person: Person, prompt: str) -> Json:
        """Wait for the result of *prompt*, check it, and save its images.

        It must be the only new result in any channel, and every image must be billed once.
        """
        known = {result["id"] for result in self.results}

        def is_new(message: Json) -> bool:
            text = text_of(message)
            return message["id"] not in known and bool(images_of(message)) and prompt in text and "seed" in text

        state = await person.wait(lambda found: bool(_posted(found, is_new)), f"an image of {prompt!r}")
        channel, result = _posted(state, is_new)[-1]
        check(channel == CHANNEL, f"the result is in #{channel}, not in #{CHANNEL}")
        self.results.append(result)
        await self._check_channels()
        await self._check_images(result)
        return result

    async def _check_channels(self) -> None:
        state = await self.ana.state()
        results = [m for found in state["messages"].values() for m in found if self._is_result(m, state)]
        check(len(results) == len(self.results), f"{len(results)} results are shown, not {len(self.results)}")
        self.shown = sum(len(images_of(message)) for message in results)
        billed = await self.control.bill()
        check(billed == self.shown, f"{billed} images were billed, but {self.shown} are shown")

    @staticmethod
    def _is_result(message: Json, state: Json) -> bool:
        return message["author"]["id"] == state["bot"] and bool(images_of(message))

    async def _check_images(self, result: Json) -> None:
        entry = await self.last_request()
        check("n" in entry["body"]["parameters"], "the request has no n, so Wan would generate and bill four images")
        for shown in images_of(result):
            data = await self.control.file(shown["attachment_id"])
            (self.folder / f"{len(self.results):02d}-{shown['attachment_id']}.png").write_bytes(data)
            width, height = Image.open(io.BytesIO(data)).size
            size = entry["body"]["parameters"]["size"]
            if "*" in size:
                check(size == f"{width}*{height}", f"the request has size {size}, but the result {width}*{height}")
            first_line = text_of(result).splitlines()[0].removeprefix("-# ")
            self.say("Wanvas", f"posts an image of {width} × {height} px under {first_line!r}")

    async def last_request(self) -> Json:
        """Return the record of the last generation request that reached the local Wan."""
        requests = [
            entry for entry in await self.control.record("wan") if entry["method"] == "POST" and "body" in entry
        ]
        return requests[-1]

    async def check_inputs(self, *inputs: bytes) -> None:
        """Check that the last request carried exactly these input images, in this order."""
        entry = await self.last_request()
        found = entry.get("images") or []
        check(
            len(found) == len(inputs), f"{len(inputs)} input images were sent, but {len(found)} reached the local Wan"
        )
        for position, (entry, data) in enumerate(zip(found, inputs, strict=True), start=1):
            difference = max(abs(a - b) for a, b in zip(entry["fingerprint"], fingerprint(data), strict=True))
            check(difference < MAX_TILE_DIFFERENCE, f"input image {position} at the local Wan is another image")

    async def check_left(self, person: Person, number: int) -> None:
        """Wait until the person has *number* images left: a result is posted shortly before its quota is settled."""
        for wait_s in QUOTA_POLLS_S:
            await asyncio.sleep(wait_s)
            if (left := await self.left(person)) == number:
                return
        raise StepFailed(f"{left} are left, not {number}")

    async def left(self, person: Person) -> int:
        """Return how many images /quota says that the person has left."""
        answer = await private_answer(person, await person.slash(CHANNEL, "quota"))
        return int(text_of(answer).split(" left")[0].split()[-3])
