"""Scenes of reports and review."""

from __future__ import annotations

from sandbox.people import Json, text_of
from tests.panel import decided
from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage, has, of


async def log_channel(stage: Stage, **settings: object) -> str:
    """Make a log channel, with more settings. Return its id."""
    log = await stage.room(stage.props.rooms[1])
    await decided(stage.manager, stage.channel, log_channel_id=log, **settings)
    return log


async def _review(stage: Stage, log: str, prompt: str) -> Json:
    """Return the managers' card about a prompt."""
    return await stage.manager.see(log, lambda m: has(m, "review") and prompt in text_of(m), "the managers' card")


@card("A report: the question to the member, the card of the managers, and a card after Remove.")
async def report(stage: Stage) -> Shot:
    log, cards = await log_channel(stage), []
    for prompt in (stage.props.lighthouse, stage.props.owl):
        there = await stage.result(stage.me, prompt)
        asked = await _ask(stage, there)
        await stage.press(stage.other, asked, "report", "violence")
        cards.append(await _review(stage, log, prompt))
    await stage.press(stage.manager, cards[0], "review:remove")
    closed = await stage.manager.see(log, lambda m: m["id"] == cards[0]["id"] and not has(m, "review"), "the decision")
    asked = await _ask(stage, await stage.result(stage.me, stage.props.boats))
    return stage.sees(closed, stage.manager).below(stage.sees(asked, stage.other), stage.sees(cards[1], stage.manager))


async def _ask(stage: Stage, there: Json) -> Json:
    return await stage.answer(stage.other, await stage.other.menu("Report image", there))


@card("Review: what the channel shows while an image waits, and the managers' card.")
async def held(stage: Stage) -> Shot:
    log = await log_channel(stage, hold_channels=[stage.channel])
    asked = await stage.me.slash(stage.channel, "imagine", prompt=stage.props.lighthouse)
    card = await _review(stage, log, stage.props.lighthouse)
    waiting = await stage.seen(stage.me, lambda m: of(asked, m), "the status card")
    return stage.sees(card, stage.manager).below(stage.sees(waiting))


@card("Withhold: the form for the reason, and what the requester alone reads.")
async def withheld(stage: Stage) -> Shot:
    log, second = await log_channel(stage, hold_channels=[stage.channel]), await stage.second_manager()
    await stage.me.slash(stage.channel, "imagine", prompt=stage.props.lighthouse)
    card = await _review(stage, log, stage.props.lighthouse)
    for boss in (stage.manager, second):
        await stage.press(boss, card, "review:withhold")
    await stage.manager.wait(lambda state: bool(state["modals"]), "the modal")
    await second.fill(why=stage.props.why)
    told = await stage.seen(stage.me, lambda m: stage.props.why in text_of(m), "the notice")
    return stage.sees(told).below(stage.sees(person=stage.manager))
