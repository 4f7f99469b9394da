"""Refusals, each with what to do next."""

from __future__ import annotations

from tests.pictures.cards import card
from tests.pictures.making import sketch
from tests.pictures.stage import Shot, Stage, has


@card("Refused: the quota is used up.")
async def refused_empty(stage: Stage) -> Shot:
    for _ in range(2):
        await stage.result(stage.me, stage.props.boats, count=4)
    return await stage.tell("imagine", prompt=stage.props.lighthouse)


@card("Refused: the request has more images than the quota has left.")
async def refused_more_than_left(stage: Stage) -> Shot:
    for count in (4, 2):
        await stage.result(stage.me, stage.props.boats, count=count)
    return await stage.tell("imagine", prompt=stage.props.boats, count=4)


@card("Refused: moderation rejected the prompt. Only the requester sees it.")
async def refused_moderation(stage: Stage) -> Shot:
    await stage.control.arm("prompt_rejected")
    return await stage.tell("imagine", prompt=stage.props.owl)


@card("Refused: the prompt is longer than the model reads.")
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


@card("Refused: the bot works only in other channels.")
async def refused_channel(stage: Stage) -> Shot:
    for name in stage.props.rooms:
        await stage.tell("studio channel", stage.manager, channel=await stage.room(name))
    return await stage.tell("imagine", prompt=stage.props.lighthouse)


@card("Refused: the prompt contains a blocked word, even in a disguised spelling.")
async def refused_words(stage: Stage) -> Shot:
    await stage.tell("studio blocked-word", stage.manager, word=stage.props.unkind)
    return await stage.tell("imagine", prompt=" ".join(stage.props.unkind))


@card("Refused: more images than one request takes, with a button to choose.")
async def refused_too_many_pictures(stage: Stage) -> Shot:
    ask = f"{stage.mention} {stage.props.winter}"
    await stage.me.say(stage.channel, ask, [sketch(colour) for colour in ("teal", "coral", "gold", "plum", "olive")])
    return stage.sees(await stage.seen(stage.me, lambda m: has(m, "reword"), "the refusal"))


@card("Refused: the person who posted the image doesn't let others edit it.")
async def refused_consent(stage: Stage) -> Shot:
    posted = await stage.other.say(stage.channel, "", [sketch()])
    await stage.tell("consent", stage.other, edits="never")
    await stage.me.menu("Edit image", {"id": posted})
    asked = await stage.me.fill(words=stage.props.winter, shape=["same"])
    return stage.sees(await stage.answer(stage.me, asked))
