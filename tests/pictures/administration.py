"""Scenes of what managers and the operator see."""

from __future__ import annotations

from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage


@card("The status of the bot, for its operator.")
async def operator_status(stage: Stage) -> Shot:
    await stage.result(stage.me, stage.props.boats, count=4)
    return await stage.tell("operator status", stage.operator)


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
