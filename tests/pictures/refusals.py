"""Scenes of refusals."""

from __future__ import annotations

from tests.pictures.cards import card
from tests.pictures.props import sketch
from tests.pictures.stage import Shot, Stage, has

# One more than any offered model takes.
COLORS = ("teal", "coral", "gold", "plum", "olive", "navy", "salmon", "tan", "orchid", "gray")


@card("A refusal: the quota is used up.")
async def refused_quota(stage: Stage) -> Shot:
    for _ in range(2):
        await stage.result(stage.me, stage.props.boats, count=4)
    return await stage.tell("imagine", prompt=stage.props.lighthouse)


@card("A refusal: more images than one request takes, with a choice among them.")
async def refused_too_many_images(stage: Stage) -> Shot:
    ask = f"{stage.mention} {stage.props.winter}"
    await stage.me.say(stage.channel, ask, [sketch(colour) for colour in COLORS])
    return stage.sees(await stage.seen(stage.me, lambda m: has(m, "reword"), "the refusal"))
