"""Scenes of what managers and the operator see."""

from __future__ import annotations

import asyncio

from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage, is_result


@card("The status of the bot, for its operator.")
async def operator_status(stage: Stage) -> Shot:
    await stage.result(stage.me, stage.props.boats, count=4)
    return await stage.tell("operator status", stage.operator)


@card("What each server spends this month, for the operator.")
async def operator_servers(stage: Stage) -> Shot:
    """A server with a share, another one and direct messages have spent, today and on the days before."""
    cats = (await stage.control.post("/servers", name=stage.props.other_server))["id"]
    room = (await stage.control.post("/channels", name=stage.props.rooms[0], server=cats))["id"]
    kit = await stage.control.person(stage.props.other, server=cats)
    await stage.tell("operator share", stage.operator, server=stage.server, usd=2)
    for who, count in ((stage.me, 4), (stage.other, 3), (stage.me, 1), (stage.manager, 4), (stage.other, 4)):
        await stage.result(who, stage.props.boats, count=count)
    for where in (room, "dm"):
        await kit.slash(where, "imagine", prompt=stage.props.owl, count=2)
        await kit.see(where, is_result, "the picture")
    await asyncio.sleep(0.3)  # an image is shown a moment before its quota is settled
    stage.spend_earlier()
    return await stage.tell("operator servers", stage.operator)


@card("The server settings, and who changed them last.")
async def studio_settings(stage: Stage) -> Shot:
    role = await stage.control.post("/roles", name=stage.props.role, permissions=[], server=stage.server)
    room = await stage.room(stage.props.rooms[0])
    for command, options in (
        ("limits", {"member_per_day": 10, "server_per_month": 600}),
        ("tier", {"role": role["id"], "images_per_day": 30}),
        ("exempt", {"role": stage.roles["Managers"]}),
        ("channel", {"channel": room}),
        ("safety", {"spoiler": True}),
        ("blocked-word", {"word": stage.props.unkind}),
        ("log", {"channel": await stage.room(stage.props.rooms[1])}),
        ("block", {"member": stage.other.id}),
    ):
        await stage.tell(f"studio {command}", stage.manager, **options)
    return await stage.tell("studio settings", stage.manager)


@card("Usage over time: a chart and a table.")
async def studio_usage(stage: Stage) -> Shot:
    me, other, boss = stage.me, stage.other, stage.manager
    for who, count in ((me, 4), (other, 3), (me, 1), (other, 4), (boss, 2), (me, 3), (boss, 1), (boss, 4), (other, 1)):
        await stage.result(who, stage.props.boats, count=count)
    stage.spread()
    return await stage.tell("studio usage", stage.manager)
