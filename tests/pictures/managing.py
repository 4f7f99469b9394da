"""What managers and the operator see."""

from __future__ import annotations

from sandbox.people import text_of
from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage


@card("The status of the whole bot, for the operator.", phone=True)
async def operator_status(stage: Stage) -> Shot:
    await stage.result(stage.me, stage.props.boats, count=4)
    return await stage.tell("operator status", stage.operator)


@card("The settings of a server, and who changed them last.", phone=True)
async def studio_rules(stage: Stage) -> Shot:
    role = await stage.control.post("/roles", name=stage.props.role, permissions=[], server=stage.server)
    room = await stage.room(stage.props.rooms[0])
    for command, options in (
        ("limits", {"member_per_day": 10, "server_per_month": 600}),
        ("tier", {"role": role["id"], "pictures_per_day": 30}),
        ("exempt", {"role": stage.roles["Managers"]}),
        ("channel", {"channel": room}),
        ("safety", {"spoiler": True}),
        ("blocked-word", {"word": stage.props.unkind}),
        ("log", {"channel": await stage.room(stage.props.rooms[1])}),
        ("block", {"member": stage.other.id}),
    ):
        await stage.tell(f"studio {command}", stage.manager, **options)
    return await stage.tell("studio settings", stage.manager)


@card("Usage over time: who used how many images, a chart, and a table to download.", phone=True)
async def studio_usage(stage: Stage) -> Shot:
    me, other, boss = stage.me, stage.other, stage.manager
    for who, count in ((me, 4), (other, 3), (me, 1), (other, 4), (boss, 2), (me, 3), (boss, 1), (boss, 4), (other, 1)):
        await stage.result(who, stage.props.boats, count=count)
    stage.spread()
    return await stage.tell("studio usage", stage.manager)


@card("An entry in a server's log channel, with a link to the image.")
async def studio_log(stage: Stage) -> Shot:
    room = await stage.room(stage.props.rooms[1])
    await stage.tell("studio log", stage.manager, channel=room)
    made = await stage.result(stage.me, stage.props.boats, count=2)
    line = await stage.manager.see(room, lambda m: f"/{made['id']})" in text_of(m), "the line in the log")
    return Shot(stage.manager, room, line)
