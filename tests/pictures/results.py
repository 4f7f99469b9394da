"""Scenes of results, and of what their buttons open."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from sandbox.people import File, Json, Person, SentInteraction, images_of, text_of
from tests.pictures.cards import card
from tests.pictures.props import sketch
from tests.pictures.stage import Shot, Stage, has, is_result, of
from tests.pictures.styles import saved_style

GENERATING_S = 120  # longer than a picture is taken; the photographer lets Wan finish afterwards


@card("A result: the prompt, the image, how it was generated, what it used, and its buttons.")
async def result(stage: Stage) -> Shot:
    return stage.sees(await stage.result(stage.me, stage.props.lighthouse))


@card("Several results from two input images, with what was corrected in the inputs.", phone=True)
async def several(stage: Stage) -> Shot:
    clear = Image.new("RGBA", (500, 400), (200, 120, 40, 120))
    out = io.BytesIO()
    clear.save(out, "PNG")
    given = {"image1": sketch(), "image2": File("glass.png", out.getvalue())}
    return stage.sees(await stage.result(stage.me, stage.props.boats, count=4, aspect_ratio="landscape", **given))


@card("Details: prompt, aspect ratio, size, seed, model, request id, and the image it was edited from.")
async def details(stage: Stage) -> Shot:
    first = await stage.result(stage.me, stage.props.lighthouse)
    edited = await _edited(stage, first)
    return stage.sees(await stage.answer(stage.me, await stage.press(stage.me, edited, "details")))


async def _edited(stage: Stage, there: Json) -> Json:
    """Edit a result through its form, and return the message of the edit."""
    await stage.press(stage.me, there, "edit")
    await stage.me.fill(words=stage.props.winter, shape=["same"])
    known = there["id"]
    return await stage.seen(stage.me, lambda m: m["id"] != known and is_result(m), "the edit")


@card("Is this ours?: what the files of a message say of where they come from, and what the bot could confirm.")
async def is_this_ours(stage: Stage) -> Shot:
    there = await stage.result(stage.me, stage.props.lighthouse)
    file = File("a.png", await stage.control.file(images_of(there)[0]["attachment_id"]))
    posted = await stage.other.say(stage.channel, stage.props.boat, [file, sketch()])
    message = await stage.me.see(stage.channel, lambda m: m["id"] == posted, "the files")
    return stage.sees(await stage.answer(stage.me, await stage.me.menu("Is this ours?", message)))


@card("The form of Edit image: which image, the prompt, the aspect ratio, further images.")
async def edit_image(stage: Stage) -> Shot:
    there = await stage.result(stage.me, stage.props.boats, count=2)
    await stage.press(stage.me, there, "edit")
    await stage.me.wait(lambda state: bool(state["modals"]), "the modal")
    return stage.sees()


@card("The form of Edit prompt: the request with its style, ready to be changed.")
async def edit_prompt(stage: Stage) -> Shot:
    await saved_style(stage)
    about = {"negative_prompt": stage.props.people, "style": stage.props.style[0], "aspect_ratio": "wide"}
    there = await stage.result(stage.me, stage.props.lighthouse, **about)
    await stage.press(stage.me, there, "change")
    await stage.me.wait(lambda state: bool(state["modals"]), "the modal")
    return stage.sees()


@card("History: the results that led to this one as a numbered sheet; each step can be edited.")
async def history(stage: Stage) -> Shot:
    edited = await _edited(stage, await stage.result(stage.me, stage.props.lighthouse))
    await stage.other.say(stage.channel, f"{stage.mention} {stage.props.boat}", reply_to=edited["id"])
    last = await stage.seen(stage.me, lambda m: is_result(m) and stage.props.boat in text_of(m), "the third step")
    return stage.sees(await stage.answer(stage.me, await stage.press(stage.me, last, "history")))


@card("A story: text and images in turn.")
async def story(stage: Stage) -> Shot:
    await stage.me.slash(
        stage.channel, "story", prompt=stage.props.fox, images=2, seed=28
    )  # no emoji: few machines have a font
    return stage.sees(await stage.seen(stage.me, is_result, "the story"))


@card("The page of the sandbox: a result, a private refusal, a status card.", whole=True, phone=True)
async def page(stage: Stage) -> Shot:
    for name in stage.props.rooms:
        await stage.room(name)
    there = await stage.result(stage.me, stage.props.lighthouse)
    await stage.me.say(stage.channel, f"{stage.mention} {stage.props.winter}", reply_to=there["id"])
    await stage.seen(stage.me, lambda m: is_result(m) and stage.props.winter in text_of(m), "the edit")
    await stage.control.arm("prompt_rejected")
    await stage.tell("imagine", prompt=stage.props.owl)
    await stage.control.post("/wan/settings", delay_s=GENERATING_S)
    asked = await _ask(stage, stage.other)
    return stage.sees(await _card(stage, stage.me, asked, lambda m: not is_result(m)))


@card("A status card: the queue position, the wait time, and Cancel.")
async def status_card(stage: Stage) -> Shot:
    await stage.control.post("/wan/settings", delay_s=GENERATING_S)
    # As many as Wan makes at once, then two that wait before this one.
    for asked in [await _ask(stage, stage.other) for _ in range(5)]:
        await _card(stage, stage.other, asked, lambda m: not has(m, "cancel"))
    for _ in range(2):
        await _ask(stage, stage.manager)
    asked = await stage.me.slash(stage.channel, "imagine", prompt=stage.props.lighthouse)
    return stage.sees(await _card(stage, stage.me, asked, lambda m: has(m, "cancel")))


async def _ask(stage: Stage, person: Person) -> SentInteraction:
    return await person.slash(stage.channel, "imagine", prompt=stage.props.boats)


async def _card(stage: Stage, person: Person, asked: SentInteraction, found: Callable[[Json], bool]) -> Json:
    return await stage.seen(person, lambda m: of(asked, m) and bool(m["components"]) and found(m), "the waiting card")
