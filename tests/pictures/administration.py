"""Scenes of what managers and the operator see."""

from __future__ import annotations

import asyncio
from functools import partial

from sandbox.people import Json, text_of
from tests.panel import decided, form_opened, opened, pressed
from tests.pictures.cards import card
from tests.pictures.models import DRAFT
from tests.pictures.stage import Shot, Stage, custom_ids, is_result


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


async def panel(stage: Stage, page: str) -> Shot:
    """Decide many settings on the panel, and show one of its pages."""
    role = await stage.control.post("/roles", name=stage.props.role, permissions=[], server=stage.server)
    room, log = [await stage.room(name) for name in stage.props.rooms]
    await stage.tell("studio block", stage.manager, member=stage.other.id)
    decisions = {
        "images_per_month": 600, "exempt_roles": [stage.roles["Managers"]], "log_channel_id": log,
        "channels": [stage.channel, room], "private_channels": [room], "blocked_words": [*stage.props.unkind],
        "tiers": {role["id"]: 30}, "spoiler": True, "hold_newcomers_days": 7, "member_images_per_day": 500,
    }  # fmt: skip
    message = await decided(stage.manager, stage.channel, **decisions)
    return stage.sees(await pressed(stage.manager, message, "page", page), stage.manager)


@card("All settings of a server, who changed them last, and Undo.", phone=True)
async def studio_settings(stage: Stage) -> Shot:
    return await panel(stage, "overview")


@card("Limits of members and the server, for roles, and exempt roles.")
async def studio_limits(stage: Stage) -> Shot:
    return await panel(stage, "limits")


@card("Channels in which the bot works, with private results, and with review.")
async def studio_channels(stage: Stage) -> Shot:
    return await panel(stage, "channels")


@card("Age restriction, spoilers, review for new members, and blocked words.")
async def studio_safety(stage: Stage) -> Shot:
    return await panel(stage, "safety")


@card("The language of public messages, the log, and a line of it with prompt and cost.")
async def studio_messages(stage: Stage) -> Shot:
    log = await stage.room(stage.props.rooms[1])
    message = await decided(stage.manager, stage.channel, log_channel_id=log, log_prompts=True, log_cost=True)
    await stage.result(stage.me, stage.props.boats, count=2)
    line = await stage.manager.see(log, lambda m: stage.props.boats in text_of(m), "the line in the log")
    return stage.sees(line, stage.manager).below(stage.sees(message, stage.manager))


@card("The forms of the limits and of the blocked words.")
async def studio_forms(stage: Stage) -> Shot:
    """Two managers have a form open each."""
    words = await decided(stage.manager, stage.channel, blocked_words=[*stage.props.unkind])
    await form_opened(stage.manager, words, "words")
    second = await stage.second_manager()
    await form_opened(second, await opened(second, stage.channel, "limits"), "limits")
    return stage.sees(person=stage.manager).below(stage.sees(person=second))


async def usage(stage: Stage) -> Shot:
    """Use the bot on several days, and show how much of it."""
    me, other, boss = stage.me, stage.other, stage.manager
    for who, count in ((me, 4), (other, 3), (me, 1), (other, 4), (boss, 2), (me, 3), (boss, 1), (boss, 4)):
        await stage.result(who, stage.props.boats, count=count)
    for who in (other, boss):
        await stage.result(who, stage.props.owl, model=DRAFT)
    stage.spread()
    return await stage.tell("studio usage", stage.manager)


@card("Usage over time: a chart and a table.")
async def studio_usage(stage: Stage) -> Shot:
    return await usage(stage)


def _offers(message: Json, shown: str) -> bool:
    return f"w1:usage:{shown}" in custom_ids(message)


@card("Spending over time, by model, in the colors of a light client.")
async def studio_spending(stage: Stage) -> Shot:
    message = (await usage(stage)).message or {}
    stage.spend_earlier()
    for part, shown in (("view", "view:images:14:dark"), ("theme", "theme:spending:14:dark")):
        await stage.press(stage.manager, message, f"usage:{part}")
        message = await stage.seen(stage.manager, partial(_offers, shown=shown), "the chart")
    return stage.sees(message, stage.manager)
