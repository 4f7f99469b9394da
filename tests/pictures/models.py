"""Scenes of what only some models do: parts, image sets, other models, and a refusal that names one."""

from __future__ import annotations

from sandbox.people import Json, components_of, private_answer, text_of
from tests.pictures.cards import card
from tests.pictures.props import sketch
from tests.pictures.stage import Shot, Stage, is_result

DRAFT, PRO, LETTERING = "z-image-turbo", "wan2.7-image-pro", "qwen-image-2.0"
OFFERED = f"wan2.6-image, wan2.6-t2i, wan2.7-image, {PRO}, {DRAFT}, {LETTERING}"
CELLS = ("3", "4", "8", "9")


async def _grid(stage: Stage) -> Json:
    """Open the grid over a result and choose cells of it."""
    there = await stage.result(stage.me, stage.props.lighthouse)
    grid = await private_answer(stage.me, await stage.press(stage.me, there, "part"))
    cells = next(part["custom_id"] for part in components_of(grid) if ":cells:" in part.get("custom_id", ""))
    await stage.me.choose(grid, cells, *CELLS)
    return await stage.seen(stage.me, lambda m: m["id"] == grid["id"] and _chosen(m), "the chosen cells")


def _chosen(message: Json) -> bool:
    selects = [part for part in components_of(message) if ":cells:" in part.get("custom_id", "")]
    return any(option.get("default") for select in selects for option in select["options"])


@card("Edit a part: the numbered grid over the image, with the chosen cells.")
async def part_grid(stage: Stage) -> Shot:
    return stage.sees(await _grid(stage))


@card("Before/after: the image with the edited part framed, and the result.")
async def part_result(stage: Stage) -> Shot:
    grid = await _grid(stage)
    words = next(part["custom_id"] for part in components_of(grid) if ":words:" in part.get("custom_id", ""))
    await stage.control.post("/act/press", person=stage.me.id, message=grid["id"], custom_id=words)
    await stage.me.fill(words=stage.props.boat)
    edited = await stage.seen(stage.me, lambda m: is_result(m) and stage.props.boat in text_of(m), "the edited part")
    return stage.sees(await stage.answer(stage.me, await stage.press(stage.me, edited, "before")))


@card("An image set: as many images as the model decides, and the quota for those alone.")
async def image_set(stage: Stage) -> Shot:
    return stage.sees(await stage.result(stage.me, stage.props.fox, set=6, seed=28))


@card("A result of another model: its word, and what it used of the quota.")
async def draft(stage: Stage) -> Shot:
    return stage.sees(await stage.result(stage.me, stage.props.owl, model=DRAFT))


@card("A refusal because of a model's limit, and the models that take the request.")
async def refused_option(stage: Stage) -> Shot:
    return await stage.tell("imagine", prompt=stage.props.boats, model=DRAFT, image1=sketch())
