"""One scene a card: played by people on a stage of their own, it ends with what is to be seen."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from sandbox.people import Asked, File, Json, Person, texts
from tests.pictures.stage import Shot, Stage, has, is_result, of

Scene = Callable[[Stage], Awaitable[Shot]]


@dataclass(frozen=True)
class Card:
    """*name* begins its files' names; *phone*: it is shown at a phone's width too."""

    name: str
    sentence: str
    play: Scene
    phone: bool = False


CARDS: list[Card] = []


def card(sentence: str, *, phone: bool = False) -> Callable[[Scene], Scene]:
    """Take a scene into the list, under its own name."""

    def take(play: Scene) -> Scene:
        CARDS.append(Card(play.__name__.replace("_", "-"), sentence, play, phone))
        return play

    return take


def sketch(background: str = "teal", size: tuple[int, int] = (640, 480)) -> File:
    """A picture that somebody has drawn."""
    image = Image.new("RGB", size, background)
    pen = ImageDraw.Draw(image)
    width, height = size
    pen.ellipse((width * 0.35, height * 0.2, width * 0.65, height * 0.7), fill="white")
    pen.rectangle((0, height * 0.8, width, height), fill="navy")
    out = io.BytesIO()
    image.save(out, "PNG")
    return File("sketch.png", out.getvalue())


@card("A result: the words, the picture, how it was made, what was counted, and what can be done with it.", phone=True)
async def result(stage: Stage) -> Shot:
    return stage.sees(await stage.result(stage.me, stage.props.lighthouse))


@card("A result of several pictures, made from two that were given, with what was put right on the way.")
async def several(stage: Stage) -> Shot:
    clear = Image.new("RGBA", (500, 400), (200, 120, 40, 120))
    out = io.BytesIO()
    clear.save(out, "PNG")
    given = {"image1": sketch(), "image2": File("glass.png", out.getvalue())}
    return stage.sees(await stage.result(stage.me, stage.props.boats, count=4, shape="landscape", **given))


@card("Details: words, shape, size, seed, model, request id, and what it was made from.")
async def details(stage: Stage) -> Shot:
    first = await stage.result(stage.me, stage.props.lighthouse)
    edited = await _edited(stage, first)
    return stage.sees(await stage.answer(stage.me, await stage.press(stage.me, edited, "details")))


async def _edited(stage: Stage, there: Json) -> Json:
    """An edit of a result, by the modal."""
    await stage.press(stage.me, there, "edit")
    await stage.me.fill(words=stage.props.winter, shape=["same"])
    known = there["id"]
    return await stage.seen(stage.me, lambda m: m["id"] != known and is_result(m), "the edit")


@card("The modal of an edit: which picture, words, shape, further pictures.")
async def edit(stage: Stage) -> Shot:
    there = await stage.result(stage.me, stage.props.boats, count=2)
    await stage.press(stage.me, there, "edit")
    await stage.me.wait(lambda state: bool(state["modals"]), "the modal")
    return stage.sees()


@card("The modal of Change prompt: what was asked, to be changed.")
async def change(stage: Stage) -> Shot:
    there = await stage.result(stage.me, stage.props.lighthouse, negative=stage.props.people, shape="wide")
    await stage.press(stage.me, there, "change")
    await stage.me.wait(lambda state: bool(state["modals"]), "the modal")
    return stage.sees()


@card("A story: words and pictures, each in its place.", phone=True)
async def story(stage: Stage) -> Shot:
    await stage.me.slash(stage.channel, "story", prompt=stage.props.fox, pictures=2)
    return stage.sees(await stage.seen(stage.me, is_result, "the story"))


@card("The gallery: thumbnails, the way to each, an empty tile for what cannot be seen now.", phone=True)
async def gallery(stage: Stage) -> Shot:
    other = await stage.control.post("/channels", name="backstage", server=stage.server)
    await stage.me.slash("backstage", "imagine", prompt=stage.props.fox)
    await stage.me.see("backstage", is_result, "the hidden picture")
    for prompt in (stage.props.lighthouse, stage.props.owl):
        await stage.result(stage.me, prompt)
    await stage.control.post("/overwrites", channel=other["id"], target=stage.me.id, deny=["VIEW_CHANNEL"])
    return await stage.tell("gallery")


@card("Receipts: each request held, counted, returned and why, under the allowances.", phone=True)
async def receipts(stage: Stage) -> Shot:
    await stage.result(stage.me, stage.props.boats, count=4)
    await stage.control.arm("refused_prompt")
    await stage.answer(stage.me, await stage.me.slash(stage.channel, "imagine", prompt=stage.props.owl))
    await stage.result(stage.me, stage.props.lighthouse)
    return await stage.tell("receipts")


@card("What is left, and when more comes, with the operator's announcement.", phone=True)
async def quota(stage: Stage) -> Shot:
    await stage.tell("operator announce", stage.operator, announcement=stage.props.announcement)
    await stage.result(stage.me, stage.props.boats, count=3)
    shot = await stage.tell("quota")
    await stage.tell("operator announce", stage.operator)
    return shot


@card("Forget me asks first.")
async def forget_me(stage: Stage) -> Shot:
    return await stage.tell("forget-me")


@card("Consent: others may not edit what one posts.")
async def consent(stage: Stage) -> Shot:
    return await stage.tell("consent", edits="never")


@card("Refused: the allowance is used up.")
async def refused_empty(stage: Stage) -> Shot:
    for _ in range(2):
        await stage.result(stage.me, stage.props.boats, count=4)
    return await stage.tell("imagine", prompt=stage.props.lighthouse)


@card("Refused: more is asked for than is left.")
async def refused_more_than_left(stage: Stage) -> Shot:
    for count in (4, 2):
        await stage.result(stage.me, stage.props.boats, count=count)
    return await stage.tell("imagine", prompt=stage.props.boats, count=4)


@card("Refused: moderation, told to the asker alone.")
async def refused_moderation(stage: Stage) -> Shot:
    await stage.control.arm("refused_prompt")
    return await stage.tell("imagine", prompt=stage.props.owl)


@card("Refused: a prompt that the model would cut.")
async def refused_too_long(stage: Stage) -> Shot:
    words = stage.props.lighthouse + " "
    return await stage.tell("imagine", prompt=words * (3000 // len(words)))


@card("Refused: the operator has paused the bot.")
async def refused_paused(stage: Stage) -> Shot:
    await stage.tell("operator pause", stage.operator)
    shot = await stage.tell("imagine", prompt=stage.props.lighthouse)
    await stage.tell("operator resume", stage.operator)
    return shot


@card("Refused: a manager has paused the bot in the server.")
async def refused_server_paused(stage: Stage) -> Shot:
    await stage.tell("studio pause", stage.manager)
    return await stage.tell("imagine", prompt=stage.props.lighthouse)


@card("Refused: the bot paints in other channels only.")
async def refused_channel(stage: Stage) -> Shot:
    for name in stage.props.rooms:
        await stage.tell("studio channel", stage.manager, channel=await _room(stage, name))
    return await stage.tell("imagine", prompt=stage.props.lighthouse)


async def _room(stage: Stage, name: str) -> str:
    return str((await stage.control.post("/channels", name=name, server=stage.server))["id"])


@card("What holds in a server, and who changed it last.", phone=True)
async def studio_rules(stage: Stage) -> Shot:
    role = await stage.control.post("/roles", name=stage.props.role, permissions=[], server=stage.server)
    room = await _room(stage, stage.props.rooms[0])
    for command, options in (
        ("limits", {"member_per_day": 10, "server_per_month": 600}),
        ("tier", {"role": role["id"], "pictures_per_day": 30}),
        ("exempt", {"role": stage.roles["Managers"]}),
        ("channel", {"channel": room}),
        ("safety", {"spoiler": True}),
        ("word", {"word": stage.props.unkind}),
        ("log", {"channel": await _room(stage, stage.props.rooms[1])}),
        ("block", {"member": stage.other.id}),
    ):
        await stage.tell(f"studio {command}", stage.manager, **options)
    return await stage.tell("studio rules", stage.manager)


@card("Who used how much, over time: a chart, and a table to keep.", phone=True)
async def studio_usage(stage: Stage) -> Shot:
    me, other, boss = stage.me, stage.other, stage.manager
    for who, count in ((me, 4), (other, 3), (me, 1), (other, 4), (boss, 2), (me, 3), (boss, 1), (boss, 4), (other, 1)):
        await stage.result(who, stage.props.boats, count=count)
    stage.spread()
    return await stage.tell("studio usage", stage.manager)


@card("A line in a server's log channel, with the way to the picture.")
async def studio_log(stage: Stage) -> Shot:
    room = await _room(stage, stage.props.rooms[1])
    await stage.tell("studio log", stage.manager, channel=room)
    made = await stage.result(stage.me, stage.props.boats, count=2)
    line = await stage.manager.see(room, lambda m: f"/{made['id']})" in texts(m), "the line in the log")
    return Shot(stage.manager, room, line)


@card("How the whole bot stands, for whoever hosts it.", phone=True)
async def operator_status(stage: Stage) -> Shot:
    await stage.result(stage.me, stage.props.boats, count=4)
    return await stage.tell("operator status", stage.operator)


# The last one: its pictures are never done.
@card("A waiting card: its place in the line, about how long, and Cancel.", phone=True)
async def waiting(stage: Stage) -> Shot:
    await stage.control.post("/wan/settings", delay_s=120)
    # As many as Wan makes at once, then two that wait before this one.
    for asked in [await _ask(stage, stage.other) for _ in range(5)]:
        await _card(stage, stage.other, asked, lambda m: not has(m, "cancel"))
    for _ in range(2):
        await _ask(stage, stage.manager)
    asked = await stage.me.slash(stage.channel, "imagine", prompt=stage.props.lighthouse)
    return stage.sees(await _card(stage, stage.me, asked, lambda m: has(m, "cancel")))


async def _ask(stage: Stage, person: Person) -> Asked:
    return await person.slash(stage.channel, "imagine", prompt=stage.props.boats)


async def _card(stage: Stage, person: Person, asked: Asked, found: Callable[[Json], bool]) -> Json:
    return await stage.seen(person, lambda m: of(asked, m) and bool(m["components"]) and found(m), "the waiting card")
