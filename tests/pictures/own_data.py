"""Scenes of a member's own results and quotas."""

from __future__ import annotations

from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage, is_result


@card("The gallery: thumbnails and links; only a number for a result that the member cannot see.")
async def gallery(stage: Stage) -> Shot:
    other = await stage.control.post("/channels", name="backstage", server=stage.server)
    await stage.me.slash("backstage", "imagine", prompt=stage.props.fox)
    await stage.me.see("backstage", is_result, "the hidden picture")
    for prompt in (stage.props.lighthouse, stage.props.owl):
        await stage.result(stage.me, prompt)
    await stage.control.post("/overwrites", channel=other["id"], target=stage.me.id, deny=["VIEW_CHANNEL"])
    return await stage.tell("gallery")


@card("Receipts: what each request reserved and used, under the quotas.")
async def receipts(stage: Stage) -> Shot:
    await stage.result(stage.me, stage.props.boats, count=4)
    await stage.control.arm("prompt_rejected")
    await stage.answer(stage.me, await stage.me.slash(stage.channel, "imagine", prompt=stage.props.owl))
    await stage.result(stage.me, stage.props.lighthouse)
    return await stage.tell("receipts")


@card("The quotas: what is left and when they reset, with the operator's announcement.")
async def quota(stage: Stage) -> Shot:
    await stage.tell("operator announce", stage.operator, announcement=stage.props.announcement)
    await stage.result(stage.me, stage.props.boats, count=3)
    shot = await stage.tell("quota")
    await stage.tell("operator announce", stage.operator)
    return shot
