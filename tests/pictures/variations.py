"""Scenes of variations, larger sizes and alternatives."""

from __future__ import annotations

from tests.pictures.cards import card
from tests.pictures.models import PRO
from tests.pictures.stage import Shot, Stage


@card("More like this and Larger: what each uses of the quota, before it starts.")
async def variation(stage: Stage) -> Shot:
    there = await stage.result(stage.me, stage.props.boats, count=4)
    offer = await stage.answer(stage.me, await stage.press(stage.me, there, "vary"))
    there = await stage.result(stage.me, stage.props.owl, model=PRO)
    larger = await stage.answer(stage.me, await stage.press(stage.me, there, "larger"))
    return stage.sees(larger).below(stage.sees(offer))


@card("Alternatives in a prompt: the requests and what they use, before they start.")
async def alternatives(stage: Stage) -> Shot:
    return await stage.tell("imagine", prompt=stage.props.doors, count=2)
