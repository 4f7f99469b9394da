"""Play the main story without a person, and check each step by what the sandbox itself saw."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from typing import Any

import click
from PIL import Image, ImageChops, ImageDraw

from sandbox.people import File, Json, Refused, components_of, images_of, private_answer, text_of
from sandbox.tour_guide import CHANNEL, Tour, check

# The bot's words, which the tour reads as a person does: cogs/text/ has them.
GENERATING = "Generating…"  # on a status card
STORY_UNFINISHED = "The story continues"
SET_USED = "3 of up to 4 images, 3 used"
QUOTA_UNTOUCHED = "It didn't use your quota"
QUOTA_USED_UP = "You've used all"
GENERATE_AGAIN, EDIT_IMAGE = "Generate again", "Edit image"  # a button, a message menu
EDIT_A_PART, DESCRIBE = "Edit a part", "Describe the change"
# What the bot is started with: a quota that the tour uses up, and a model that changes a part alone.
SETTINGS = {"MEMBER_IMAGES_PER_DAY": "7", "MODELS": "wan2.6-image, wan2.6-t2i, wan2.7-image"}
DAILY_QUOTA = int(SETTINGS["MEMBER_IMAGES_PER_DAY"])
IMAGE, TEXT = "image", "text"


def drawing(color: str) -> bytes:
    """Return a PNG of 640 by 480 px, such as Bo could have on his disk."""
    image = Image.new("RGB", (640, 480), color)
    pen = ImageDraw.Draw(image)
    pen.ellipse((220, 120, 420, 380), fill="white")
    pen.rectangle((0, 400, 640, 480), fill="navy")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


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


async def part(tour: Tour) -> None:
    """A part of the lighthouse is chosen on a grid in private, and nothing else changes."""
    original = tour.results[0]
    tour.say("Bo", f"presses {EDIT_A_PART} under the lighthouse")
    grid = await private_answer(tour.bo, await tour.bo.press(original, EDIT_A_PART))
    tour.say("Wanvas", "shows the image with numbered cells (only Bo can see this)")
    (select,) = (part for part in components_of(grid) if part["type"] == 3)
    await tour.bo.choose(grid, select["custom_id"], "12")
    chosen = await tour.bo.see(CHANNEL, lambda m: m["id"] == grid["id"] and _default_cells(m) == ["12"], "cell 12")
    tour.say("Bo", f'chooses cell 12, presses {DESCRIBE}, and writes "a flock of gulls"')
    await tour.bo.press(chosen, DESCRIBE)
    await tour.bo.fill(words="a flock of gulls")
    edited = await tour.new_result(tour.bo, "a flock of gulls")
    ((box,),) = (await tour.last_request())["body"]["parameters"]["bbox_list"]
    before, after = [
        Image.open(io.BytesIO(await tour.control.file(images_of(message)[0]["attachment_id"]))).convert("RGB")
        for message in (original, edited)
    ]
    changed = ImageChops.difference(before, after).getbbox()
    check(changed == tuple(box), f"{changed} has changed, although the box was {box}")


def _default_cells(message: Json) -> list[str]:
    """Return what a select shows as chosen."""
    selects = [part for part in components_of(message) if part["type"] == 3]
    return [option["value"] for select in selects for option in select["options"] if option.get("default")]


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


async def image_set(tour: Tour) -> None:
    """A set of related images is reserved for the most that may come, and uses the quota of those that came."""
    before = await tour.left(tour.ana)
    await tour.control.post("/wan/settings", set_images=3)
    tour.say("Ana", '/imagine prompt:"the keeper\'s day, as a comic" set:4')
    await tour.ana.slash(CHANNEL, "imagine", prompt="the keeper's day, as a comic", set=4)
    comic = await tour.new_result(tour.ana, "the keeper's day, as a comic")
    check(len(images_of(comic)) == 3, f"the set has {len(images_of(comic))} images, not 3")
    check(SET_USED in text_of(comic), "the card does not say how many images came, and how many were used")
    await tour.check_left(tour.ana, before - 3)
    await tour.control.post("/wan/settings", set_images=0)


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
    prompt, attachment, quota, button, reply, menu, part, story, image_set, rejected, quota_used_up,
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
