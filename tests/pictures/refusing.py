"""Refusals, each with what to do next."""

from __future__ import annotations

from tests.pictures.cards import card
from tests.pictures.making import sketch
from tests.pictures.stage import Shot, Stage, has


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
    await stage.control.arm("prompt_rejected")
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
        await stage.tell("studio channel", stage.manager, channel=await stage.room(name))
    return await stage.tell("imagine", prompt=stage.props.lighthouse)


@card("Refused: words that the server's managers have blocked, however disguised.")
async def refused_words(stage: Stage) -> Shot:
    await stage.tell("studio blocked-word", stage.manager, word=stage.props.unkind)
    return await stage.tell("imagine", prompt=" ".join(stage.props.unkind))


@card("Refused: more pictures than one request takes, with a choice among them.")
async def refused_too_many_pictures(stage: Stage) -> Shot:
    ask = f"{stage.mention} {stage.props.winter}"
    await stage.me.say(stage.channel, ask, [sketch(colour) for colour in ("teal", "coral", "gold", "plum", "olive")])
    return stage.sees(await stage.seen(stage.me, lambda m: has(m, "reword"), "the refusal"))


@card("Refused: whoever posted the picture lets nobody edit it.")
async def refused_consent(stage: Stage) -> Shot:
    posted = await stage.other.say(stage.channel, "", [sketch()])
    await stage.tell("consent", stage.other, edits="never")
    await stage.me.menu("Edit image", {"id": posted})
    asked = await stage.me.fill(words=stage.props.winter, shape=["same"])
    return stage.sees(await stage.answer(stage.me, asked))
