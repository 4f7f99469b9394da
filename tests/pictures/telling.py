"""What a person is told about what is theirs."""

from __future__ import annotations

from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage, is_result


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
    await stage.control.arm("prompt_rejected")
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
