"""Play the main story without a person, and check each step by what the sandbox itself saw."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from PIL import Image, ImageDraw

from sandbox.bot_process import BotProcess
from sandbox.people import Control, File, Json, Person, Refused, images_of, private_answer, text_of
from sandbox.wan.app import fingerprint

CHANNEL = "harbour"
# The bot's words, which the tour reads as a person does: cogs/text/ has them.
GENERATING = "Generating…"  # on a status card
STORY_UNFINISHED = "The story continues"
QUOTA_UNTOUCHED = "It didn't use your quota"
QUOTA_USED_UP = "You've used all"
GENERATE_AGAIN, EDIT_IMAGE = "Generate again", "Edit image"  # a button, a message menu
DAILY_QUOTA = 7
IMAGE, TEXT = "image", "text"
# Pauses between calls of /quota: five at once are allowed, then one every 2 s.
QUOTA_POLLS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0)
MAX_TILE_DIFFERENCE = 24  # of 255, in a tile of the fingerprint: re-encoding may change so much


class StepFailed(AssertionError):
    """A step of the tour had another outcome than expected."""


def check(ok: bool, sentence: str) -> None:
    """Raise StepFailed with *sentence* unless *ok*."""
    if not ok:
        raise StepFailed(sentence)


def drawing(color: str) -> bytes:
    """Return a PNG of 640 by 480 px, such as Bo could have on his disk."""
    image = Image.new("RGB", (640, 480), color)
    pen = ImageDraw.Draw(image)
    pen.ellipse((220, 120, 420, 380), fill="white")
    pen.rectangle((0, 400, 640, 480), fill="navy")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


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


async def prompt(tour: Tour) -> None:
    """Ana sends a prompt. A status card shows the progress, then becomes the result."""
    await tour.control.post("/wan/settings", delay_s=2.2)
    tour.say("Ana", '/imagine prompt:"a lighthouse at dusk"')
    sent = await tour.ana.slash(CHANNEL, "imagine", prompt="a lighthouse at dusk")
    card = await tour.ana.see(CHANNEL, lambda m: GENERATING in text_of(m), "the status card")
    took_ms = (await sent.fetch())["acknowledged_ms"]
    check(took_ms < 3000, f"the bot acknowledged after {took_ms} ms")
    tour.say("Wanvas", f"thinking (acknowledged in {took_ms} ms), then {text_of(card).splitlines()[0]!r}")
    result = await tour.new_result(tour.ana, "a lighthouse at dusk")
    check(result["id"] == card["id"], "the status card did not become the result")
    await tour.control.post("/wan/settings", delay_s=0.05)


async def attachment(tour: Tour) -> None:
    """Bo attaches an image, and the bot edits that image."""
    data = drawing("teal")
    tour.say("Bo", '/imagine prompt:"as a stained glass window" image1:boat.png')
    await tour.bo.slash(CHANNEL, "imagine", prompt="as a stained glass window", image1=File("boat.png", data))
    await tour.new_result(tour.bo, "as a stained glass window")
    await tour.check_inputs(data)


async def quota(tour: Tour) -> None:
    """Ana's quota counts her image once."""
    left = await tour.left(tour.ana)
    tour.say("Ana", "/quota")
    tour.say("Wanvas", f"{left} of {DAILY_QUOTA} left (only Ana can see this)")
    check(left == DAILY_QUOTA - 1, f"{left} are left, not {DAILY_QUOTA - 1}")


async def button(tour: Tour) -> None:
    """The buttons of a result still work after the bot was killed and restarted."""
    tour.say("(host)", "runs kill -9, then python bot.py")
    await tour.bot.kill()
    await tour.bot.start()
    tour.say("Ana", f"presses {GENERATE_AGAIN} under the lighthouse")
    await tour.ana.press(tour.results[0], GENERATE_AGAIN)
    await tour.new_result(tour.ana, "a lighthouse at dusk")


async def reply(tour: Tour) -> None:
    """A reply that mentions the bot edits the result above it."""
    original = tour.results[0]
    data = await tour.control.file(images_of(original)[0]["attachment_id"])
    tour.say("Bo", "replies to the lighthouse: @Wanvas make it winter")
    await tour.bo.say(CHANNEL, f"{tour.mention} make it winter", reply_to=original["id"])
    await tour.new_result(tour.bo, "make it winter")
    await tour.check_inputs(data)


async def menu(tour: Tour) -> None:
    """The message menu opens a modal and edits another member's image."""
    data = drawing("coral")
    posted = await tour.bo.say(CHANNEL, "my balloon", [File("balloon.png", data)])
    tour.say("Bo", "posts balloon.png")
    message = await tour.ana.see(CHANNEL, lambda m: m["id"] == posted, "Bo's image")
    tour.say("Ana", f'Apps ▸ {EDIT_IMAGE}, and writes "over a desert" into the modal')
    await tour.ana.menu(EDIT_IMAGE, message)
    await tour.ana.fill(words="over a desert", shape=["wide"])
    await tour.new_result(tour.ana, "over a desert")
    await tour.check_inputs(data)


async def story(tour: Tour) -> None:
    """A story grows in its message, text and images in turn, and the quota counts its images."""
    before = await tour.left(tour.bo)
    await tour.control.post("/wan/settings", chunk_s=0.05, delay_s=0.6)
    tour.say("Bo", '/story prompt:"the gull who came to stay" images:2')
    await tour.bo.slash(CHANNEL, "story", prompt="the gull who came to stay", images=2)
    early = await tour.bo.see(CHANNEL, lambda m: STORY_UNFINISHED in text_of(m), "the beginning of the story")
    tour.say("Wanvas", f"posts the beginning: {story_parts(early)[0][:40]!r} …")
    whole = await tour.new_result(tour.bo, "the gull who came to stay")
    check(whole["id"] == early["id"], "the story did not grow in its message")
    order = [IMAGE if part == IMAGE else TEXT for part in story_parts(whole)]
    tour.say("Wanvas", f"has posted the whole story: {', '.join(order)}")
    check(order == [TEXT, IMAGE, TEXT, IMAGE], f"the story's parts are {order}")
    check(story_parts(whole)[0].startswith(story_parts(early)[0][:20]), "the story's beginning has changed")
    await tour.check_left(tour.bo, before - 2)
    await tour.control.post("/wan/settings", chunk_s=0.005, delay_s=0.05)


def story_parts(message: Json) -> list[str]:
    """Return a story's parts in order, without its head and footer: each text, and IMAGE for each image."""
    inner = message["components"][0]["components"][1:]
    parts = [part for part in inner if part["type"] in (10, 12)]
    return [part["content"] if part["type"] == 10 else IMAGE for part in parts[:-1]]


async def rejected(tour: Tour) -> None:
    """A prompt that moderation rejects is answered in private and uses no quota."""
    before, billed = await tour.left(tour.ana), await tour.control.bill()
    await tour.control.arm("prompt_rejected")
    tour.say("Ana", "/imagine with a prompt that moderation rejects")
    answer = await private_answer(tour.ana, await tour.ana.slash(CHANNEL, "imagine", prompt="something unkind"))
    tour.say("Wanvas", f"{text_of(answer)} (only Ana can see this)")
    check(QUOTA_UNTOUCHED in text_of(answer), "the answer does not say what the refusal means for the quota")
    after = await tour.left(tour.ana)
    check(after == before, f"{before} were left before the refusal and {after} after it: the quota was not released")
    check(await tour.control.bill() == billed, "a rejected prompt was billed")


async def quota_used_up(tour: Tour) -> None:
    """A request over the quota is refused, and the answer says when the quota resets."""
    left = await tour.left(tour.ana)
    while left:
        count = min(4, left)
        tour.say("Ana", f'/imagine prompt:"the last {left}" count:{count}')
        await tour.ana.slash(CHANNEL, "imagine", prompt=f"the last {left}", count=count)
        await tour.new_result(tour.ana, f"the last {left}")
        left -= count
    tour.say("Ana", "/imagine once more")
    answer = await private_answer(tour.ana, await tour.ana.slash(CHANNEL, "imagine", prompt="one too many"))
    tour.say("Wanvas", f"{text_of(answer)} (only Ana can see this)")
    check(
        QUOTA_USED_UP in text_of(answer) and "<t:" in text_of(answer),
        "the answer does not name the quota and its reset",
    )


STEPS: tuple[Callable[[Tour], Awaitable[None]], ...] = (
    prompt, attachment, quota, button, reply, menu, story, rejected, quota_used_up,
)  # fmt: skip
# The step that must notice each injected fault, and the fault's arguments.
INJECT: dict[str, tuple[str, dict[str, Any]]] = {
    "input_lost": ("attachment", {}),
    "wrong_size": ("prompt", {}),
    "quota_not_released": ("rejected", {"skip": 1}),
    "duplicate_message": ("prompt", {}),
    "wrong_channel": ("prompt", {}),
}


async def play(tour: Tour, inject: str | None) -> str | None:
    """Play every step. Return the name of the step that failed, or None."""
    for number, step in enumerate(STEPS, start=1):
        click.echo(f"\n{number}. {step.__doc__}")
        if inject and INJECT[inject][0] == step.__name__:
            await tour.control.arm(inject, **INJECT[inject][1])
        try:
            await step(tour)
        except (AssertionError, Refused) as error:
            click.echo(f"  FAILED in step {number}, {step.__name__}: {error}")
            return step.__name__
    return None
