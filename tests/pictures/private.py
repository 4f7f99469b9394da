"""Scenes of private results, and of what is shared of them."""

from __future__ import annotations

from sandbox.people import Json, components_of
from tests.pictures.cards import card
from tests.pictures.stage import Shot, Stage, is_result


async def _second(stage: Stage) -> Json:
    """Ask in private for four images, and turn to the second."""
    first = await stage.result(stage.me, stage.props.boats, count=4, private=True)
    await stage.me.press(first, "▶")
    return await stage.seen(stage.me, lambda m: m["id"] == first["id"] and _says(m, "2/4"), "the second image")


def _says(message: Json, label: str) -> bool:
    return any(part.get("label") == label for part in components_of(message))


@card("A private result: one card that pages through the images, with Share.", phone=True)
async def private_result(stage: Stage) -> Shot:
    return stage.sees(await _second(stage))


@card("After Share: the private card with its link, and what everybody sees.")
async def shared(stage: Stage) -> Shot:
    private = await _second(stage)
    await stage.press(stage.me, private, "share")
    post = await stage.seen(stage.other, is_result, "the shared image")
    linked = await stage.seen(stage.me, lambda m: m["id"] == private["id"] and _links(m), "the link")
    return stage.sees(post, stage.other).below(stage.sees(linked))


def _links(message: Json) -> bool:
    return any("/channels/" in str(part.get("url")) for part in components_of(message))
