"""Scenes of styles and characters."""

from __future__ import annotations

from sandbox.people import Json, text_of
from tests.pictures.cards import card
from tests.pictures.props import sketch
from tests.pictures.stage import Shot, Stage, has


async def saved_style(stage: Stage) -> Json:
    """Save a style as a manager, and return its card."""
    name, before, after = stage.props.style
    listed = (await stage.tell("studio style", stage.manager)).message or {}
    await stage.press(stage.manager, listed, "style:add")
    await stage.manager.fill(name=name, before=before, after=after, negative_prompt=stage.props.people)
    return await stage.seen(
        stage.manager, lambda m: m["id"] == listed["id"] and has(m, "style:delete"), "the card of the style"
    )


@card("A manager's list of styles, and one of them.")
async def studio_style(stage: Stage) -> Shot:
    style = await saved_style(stage)
    return stage.sees(style, stage.manager).below(await stage.tell("studio style", stage.manager))


@card("The form of a new style.")
async def style_form(stage: Stage) -> Shot:
    listed = (await stage.tell("studio style", stage.manager)).message or {}
    await stage.press(stage.manager, listed, "style:add")
    await stage.manager.wait(lambda state: bool(state["modals"]), "the modal")
    return stage.sees(person=stage.manager)


@card("A result in a style of this server, and the refusal when the style is gone.")
async def styled(stage: Stage) -> Shot:
    style, prompt, name = await saved_style(stage), stage.props.lighthouse, stage.props.style[0]
    result = stage.sees(await stage.result(stage.me, prompt, style=name))
    await stage.answer(stage.manager, await stage.press(stage.manager, style, "style:delete"))
    return (await stage.tell("imagine", prompt=prompt, style=name)).below(result)


@card("Characters: one is saved, one waits for a person's consent, and what that person reads.")
async def characters(stage: Stage) -> Shot:
    pet = await stage.tell("character add", name=stage.props.pet, image1=sketch("coral"), image2=sketch("gold"))
    person = {"name": stage.props.other, "image1": sketch(), "person": stage.other.id}
    await stage.answer(stage.me, await stage.me.slash(stage.channel, "character add", **person))
    asked = await stage.other.see("dm", lambda m: has(m, "allow") and stage.props.other in text_of(m), "the question")
    mine = await stage.tell("character list")
    return stage.sees(asked, stage.other).below(pet, mine)
