"""Scenes of a member's own results and quotas."""

from __future__ import annotations

import asyncio

from sandbox.people import text_of
from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage, has, is_result


@card("Help: what a member can do here, with the limits and models of this server.", phone=True)
async def help_(stage: Stage) -> Shot:
    return await stage.tell("help")


@card("A member's own settings, remembered for every request.")
async def settings(stage: Stage) -> Shot:
    shot = await stage.tell("settings")
    message = shot.message or {}
    for name, value in (("aspect_ratio", "wide"), ("private", "yes")):
        await stage.me.choose(message, f"w1:setting:{name}", value)
        await asyncio.sleep(0.3)
    return stage.sees(await stage.seen(stage.me, lambda m: m["id"] == message["id"], "the choices"))


@card("An album: a finished one with its file, and how far the next one is, with Cancel.")
async def album(stage: Stage) -> Shot:
    await stage.result(stage.me, stage.props.boats, count=4)
    await stage.me.slash(stage.channel, "album")
    part = await stage.seen(stage.me, lambda m: str(m["attachments"]).count(".zip") > 0, "the file")
    await stage.control.arm("cdn_slow", seconds=20)
    await stage.me.slash(stage.channel, "album")
    progress = await stage.seen(stage.me, lambda m: has(m, "cancelalbum"), "the progress")
    return stage.sees(progress).below(stage.sees(part))


@card("The gallery of a week: thumbnails and links; only a number for a result that the member cannot see.")
async def gallery(stage: Stage) -> Shot:
    other = await stage.control.post("/channels", name="backstage", server=stage.server)
    await stage.me.slash("backstage", "imagine", prompt=stage.props.fox)
    await stage.me.see("backstage", is_result, "the hidden picture")
    for prompt in (stage.props.lighthouse, stage.props.owl):
        there = await stage.result(stage.me, prompt)
    await stage.press(stage.other, there, "star")
    await stage.seen(stage.me, lambda m: m["id"] == there["id"] and "★ 1" in text_of(m), "the star")
    await stage.control.post("/overwrites", channel=other["id"], target=stage.me.id, deny=["VIEW_CHANNEL"])
    return await stage.tell("gallery", since="7d")


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
