"""Plays the main story without a person, and judges each step by what the sandbox itself saw."""

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
from sandbox.people import EPHEMERAL, Control, File, Json, Person, SentInteraction, images_of, text_of
from sandbox.wan.app import fingerprint

CHANNEL = "harbour"
DAILY_QUOTA = 7
IMAGE = "a picture"
QUOTA_POLLS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0)  # /quota opens five times at once, then every 2 s
MAX_TILE_DIFFERENCE = 24  # of 255, per tile: what re-encoding may change


class StepFailed(AssertionError):
    """A step did not come out as it should."""


def check(fine: bool, sentence: str) -> None:
    if not fine:
        raise StepFailed(sentence)


def drawing(colour: str) -> bytes:
    """A picture that Bo has on his disk."""
    image = Image.new("RGB", (640, 480), colour)
    pen = ImageDraw.Draw(image)
    pen.ellipse((220, 120, 420, 380), fill="white")
    pen.rectangle((0, 400, 640, 480), fill="navy")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass
class Tour:
    """The people, the bot, and what was seen so far."""

    control: Control
    bot: BotProcess
    folder: Path
    ana: Person
    bo: Person
    mention: str
    shown: int = 0
    results: list[Json] = field(default_factory=list)

    def say(self, who: str, what: str) -> None:
        click.echo(f"  {who:<8}{what}")

    async def new_result(self, person: Person, words: str) -> Json:
        """The result that carries *words*, when it has come: the only new one, in the right channel, saved."""
        known = {result["id"] for result in self.results}
        fresh = await person.see(
            CHANNEL,
            lambda m: m["id"] not in known and bool(images_of(m)) and words in text_of(m) and "seed" in text_of(m),
            f"a picture of {words!r} in #{CHANNEL}",
        )  # fmt: skip
        self.results.append(fresh)
        await self._judge_channel()
        await self._judge_picture(fresh)
        return fresh

    async def _judge_channel(self) -> None:
        state = await self.ana.state()
        with_pictures = [m for found in state["messages"].values() for m in found if self._is_bots(m, state)]
        check(
            len(with_pictures) == len(self.results), f"{len(with_pictures)} results are shown, not {len(self.results)}"
        )
        self.shown = sum(len(images_of(message)) for message in with_pictures)
        billed = await self.control.bill()
        check(billed == self.shown, f"{billed} pictures were billed and {self.shown} shown")

    @staticmethod
    def _is_bots(message: Json, state: Json) -> bool:
        return message["author"]["id"] == state["bot"] and bool(images_of(message))

    async def _judge_picture(self, result: Json) -> None:
        entry = await self.sent()
        check("n" in entry["body"]["parameters"], "n was not sent, so four are made and billed")
        for shown in images_of(result):
            data = await self.control.file(shown["attachment_id"])
            (self.folder / f"{len(self.results):02d}-{shown['attachment_id']}.png").write_bytes(data)
            width, height = Image.open(io.BytesIO(data)).size
            asked = entry["body"]["parameters"]["size"]
            if "*" in asked:
                check(asked == f"{width}*{height}", f"{asked} was asked for, and {width}*{height} is shown")
            under = text_of(result).splitlines()[0].removeprefix("-# ")
            self.say("Wanvas", f"shows a picture of {width} × {height} under the words {under!r}")

    async def sent(self) -> Json:
        """The last request for a picture that reached the local Wan."""
        made = [entry for entry in await self.control.record("wan") if entry["method"] == "POST" and "body" in entry]
        return made[-1]

    async def judge_input(self, *given: bytes) -> None:
        entry = await self.sent()
        found = entry.get("images") or []
        check(len(found) == len(given), f"{len(given)} pictures were given, and {len(found)} reached the local Wan")
        for position, (seen, data) in enumerate(zip(found, given, strict=True), start=1):
            far = max(abs(a - b) for a, b in zip(seen["fingerprint"], fingerprint(data), strict=True))
            check(far < MAX_TILE_DIFFERENCE, f"picture {position} at the local Wan is not the one given")

    async def judge_left(self, person: Person, number: int) -> None:
        """A result is shown a moment before its count is closed; who asks too often is refused."""
        for wait_s in QUOTA_POLLS_S:
            await asyncio.sleep(wait_s)
            if (left := await self.left(person)) == number:
                return
        raise StepFailed(f"{left} are left, not {number}")

    async def left(self, person: Person) -> int:
        """What /quota tells *person* in private."""
        asked = await person.slash(CHANNEL, "quota")
        answer = await private_answer(person, asked)
        return int(text_of(answer).split(" left of")[0].split()[-1])


async def private_answer(person: Person, asked: SentInteraction) -> Json:
    """The private answer to an interaction, or the follow-up that replaced it."""
    for _ in range(200):
        look = await asked.fetch()
        answers = [answer for answer in (look["response"], *look["followups"]) if answer]
        found = [answer for answer in answers if answer["flags"] & EPHEMERAL and text_of(answer)]
        if found:
            answer: Json = found[-1]
            return answer
        await asyncio.sleep(0.05)
    raise StepFailed("no private answer came")


async def words(tour: Tour) -> None:
    """Ana types words and gets a picture; the card moves meanwhile."""
    await tour.control.post("/wan/settings", delay_s=2.2)
    tour.say("Ana", '/imagine prompt:"a lighthouse at dusk"')
    asked = await tour.ana.slash(CHANNEL, "imagine", prompt="a lighthouse at dusk")
    card = await tour.ana.see(CHANNEL, lambda m: "Painting" in text_of(m), "the waiting card")
    took_ms = (await asked.fetch())["acknowledged_ms"]
    check(took_ms < 3000, f"acknowledged after {took_ms} ms")
    tour.say("Wanvas", f"thinking (acknowledged in {took_ms} ms), then {text_of(card).splitlines()[0]!r}")
    result = await tour.new_result(tour.ana, "a lighthouse at dusk")
    check(result["id"] == card["id"], "the card did not become the picture")
    await tour.control.post("/wan/settings", delay_s=0.05)


async def attached(tour: Tour) -> None:
    """Bo attaches a picture, and it is that picture which is changed."""
    data = drawing("teal")
    tour.say("Bo", '/imagine prompt:"as a stained glass window" image1:boat.png')
    await tour.bo.slash(CHANNEL, "imagine", prompt="as a stained glass window", image1=File("boat.png", data))
    await tour.new_result(tour.bo, "as a stained glass window")
    await tour.judge_input(data)


async def counted(tour: Tour) -> None:
    """What was shown was counted, once."""
    left = await tour.left(tour.ana)
    tour.say("Ana", "/quota")
    tour.say("Wanvas", f"{left} left of {DAILY_QUOTA} (only Ana sees this)")
    check(left == DAILY_QUOTA - 1, f"{left} are left, not {DAILY_QUOTA - 1}")


async def button(tour: Tour) -> None:
    """Again, under a result, after the bot was killed and started anew."""
    tour.say("(host)", "kill -9, and python bot.py again")
    await tour.bot.kill()
    await tour.bot.start()
    tour.say("Ana", "presses Again under the lighthouse")
    await tour.ana.press(tour.results[0], "Again")
    await tour.new_result(tour.ana, "a lighthouse at dusk")


async def reply(tour: Tour) -> None:
    """A reply with a mention edits the result that it replies to."""
    there = tour.results[0]
    shown = await tour.control.file(images_of(there)[0]["attachment_id"])
    tour.say("Bo", "replies to the lighthouse: @Wanvas make it winter")
    await tour.bo.say(CHANNEL, f"{tour.mention} make it winter", reply_to=there["id"])
    await tour.new_result(tour.bo, "make it winter")
    await tour.judge_input(shown)


async def menu(tour: Tour) -> None:
    """The message menu opens a modal, and edits what somebody else posted."""
    data = drawing("coral")
    posted = await tour.bo.say(CHANNEL, "my balloon", [File("balloon.png", data)])
    tour.say("Bo", "posts balloon.png")
    message = await tour.ana.see(CHANNEL, lambda m: m["id"] == posted, "Bo's picture")
    tour.say("Ana", 'Apps ▸ Edit picture, and writes "over a desert" into the modal')
    await tour.ana.menu("Edit picture", message)
    await tour.ana.fill(words="over a desert", shape=["wide"])
    await tour.new_result(tour.ana, "over a desert")
    await tour.judge_input(data)


async def story(tour: Tour) -> None:
    """A story grows in its message while it is told, in words and pictures, and what it shows is counted."""
    before = await tour.left(tour.bo)
    await tour.control.post("/wan/settings", chunk_s=0.05, delay_s=0.6)
    tour.say("Bo", '/story prompt:"the gull who came to stay" pictures:2')
    await tour.bo.slash(CHANNEL, "story", prompt="the gull who came to stay", pictures=2)
    early = await tour.bo.see(CHANNEL, lambda m: "The story goes on" in text_of(m), "the beginning of the story")
    tour.say("Wanvas", f"begins to tell: {told_in(early)[0][:40]!r} …")
    whole = await tour.new_result(tour.bo, "the gull who came to stay")
    check(whole["id"] == early["id"], "the story did not grow in its message")
    order = ["picture" if part == IMAGE else "words" for part in told_in(whole)]
    tour.say("Wanvas", f"has told it: {', '.join(order)}")
    check(order == ["words", "picture", "words", "picture"], f"it was told as {order}")
    check(told_in(whole)[0].startswith(told_in(early)[0][:20]), "what was told first is not what stands first")
    await tour.judge_left(tour.bo, before - 2)
    await tour.control.post("/wan/settings", chunk_s=0.005, delay_s=0.05)


def told_in(message: Json) -> list[str]:
    """The told parts of a story in their order, between its head and its foot: its texts, and PICTURE for each of
    its pictures."""
    inner = message["components"][0]["components"][1:]
    parts = [part for part in inner if part["type"] in (10, 12)]
    return [part["content"] if part["type"] == 10 else IMAGE for part in parts[:-1]]


async def refused(tour: Tour) -> None:
    """A prompt that moderation refuses is told in private and returned."""
    before, billed = await tour.left(tour.ana), await tour.control.bill()
    await tour.control.arm("prompt_rejected")
    tour.say("Ana", "/imagine with words that moderation refuses")
    asked = await tour.ana.slash(CHANNEL, "imagine", prompt="something unkind")
    answer = await private_answer(tour.ana, asked)
    tour.say("Wanvas", f"{text_of(answer)} (only Ana sees this)")
    check("Nothing was counted" in text_of(answer), "the refusal does not say whether it was counted")
    after = await tour.left(tour.ana)
    check(after == before, f"{before} were left before the refusal and {after} after it: not returned")
    check(await tour.control.bill() == billed, "a refused prompt was billed")


async def empty(tour: Tour) -> None:
    """When more is asked for than is left, that is said, with when more comes."""
    left = await tour.left(tour.ana)
    while left:
        count = min(4, left)
        tour.say("Ana", f'/imagine prompt:"the last {left}" count:{count}')
        await tour.ana.slash(CHANNEL, "imagine", prompt=f"the last {left}", count=count)
        await tour.new_result(tour.ana, f"the last {left}")
        left -= count
    tour.say("Ana", "/imagine once more")
    asked = await tour.ana.slash(CHANNEL, "imagine", prompt="one too many")
    answer = await private_answer(tour.ana, asked)
    tour.say("Wanvas", f"{text_of(answer)} (only Ana sees this)")
    check(
        "used up" in text_of(answer) and "<t:" in text_of(answer),
        "the refusal does not name the allowance and its return",
    )


STEPS: tuple[Callable[[Tour], Awaitable[None]], ...] = (
    words, attached, counted, button, reply, menu, story, refused, empty,
)  # fmt: skip
# The step in which each deliberate fault must be noticed.
INJECT: dict[str, tuple[str, dict[str, Any]]] = {
    "input_lost": ("attached", {}),
    "wrong_size": ("words", {}),
    "quota_not_released": ("refused", {"skip": 1}),
    "duplicate_message": ("words", {}),
    "wrong_channel": ("words", {}),
}


async def play(tour: Tour, inject: str | None) -> str | None:
    """Play every step; the name of the step that came out wrong, or None."""
    for number, step in enumerate(STEPS, start=1):
        click.echo(f"\n{number}. {step.__doc__}")
        if inject and INJECT[inject][0] == step.__name__:
            await tour.control.arm(inject, **INJECT[inject][1])
        try:
            await step(tour)
        except AssertionError as wrong:
            click.echo(f"  WRONG in step {number}, {step.__name__}: {wrong}")
            return step.__name__
    return None
