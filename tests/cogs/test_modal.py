"""What a modal brings back is whatever a client sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
import pytest
from discord.app_commands.namespace import ResolveKey

from cogs._modal import EditModal
from imagegen.model import AskLimits, ImageRequest, PictureLink, Shape
from tests.cogs.objects import CLIENT, a_file, an_interaction

KINDS = {"words": 4, "shape": 3, "which": 3, "more": 19}
LIMITS = AskLimits(prompt_chars=2000, negative_chars=500, max_pictures=4, max_count=4, max_seed=9)


def modal(pictures: int) -> EditModal:
    links = [PictureLink(f"https://cdn.discordapp.com/{number}.png", "x") for number in range(1, pictures + 1)]
    return EditModal(links, LIMITS, parent_id=7)


def submitted(form: EditModal, files: Sequence[str] = (), **values: Any) -> ImageRequest:
    """The request of *form* after a client sent *values*; of *files*, the last was uploaded first."""
    resolved: Any = {}
    for file_id, name in zip("98", files, strict=False):
        data: Any = a_file(name, "text/plain", id=file_id)
        key = ResolveKey(file_id, discord.AppCommandOptionType.attachment.value)
        resolved[key] = discord.Attachment(data=data, state=CLIENT._connection)
    sent = {"words": "make it night", "shape": ["same"], "more": [key.id for key in resolved], **values}
    rows: Any = [
        {"type": 18, "id": 1, "component": {"type": KINDS[name], "id": 2, "custom_id": name, key: value}}
        for name, value in sent.items()
        for key in ["value" if name == "words" else "values"]
    ]
    form._refresh(an_interaction(), rows, resolved)  # as discord.py reads what was submitted
    return form.request()


def urls(request: ImageRequest) -> list[str]:
    return [link.url.rsplit("/", 1)[-1].partition("?")[0] for link in request.pictures]


async def test_one_picture_needs_no_choice() -> None:
    request = submitted(modal(1), shape=["wide"])

    assert (request.prompt, request.shape, request.parent_id) == ("make it night", Shape.WIDE, 7)
    assert urls(request) == ["1.png"]


async def test_several_pictures_are_taken_as_they_were_chosen() -> None:
    assert urls(submitted(modal(3), which=["3", "1"])) == ["3.png", "1.png"]


async def test_further_pictures_follow_as_they_were_uploaded_whatever_they_claim_to_be() -> None:
    assert urls(submitted(modal(1), ["second.png", "notes.txt"])) == ["1.png", "notes.txt", "second.png"]


@pytest.mark.parametrize("which", [[], ["0"], ["99"], ["²"], ["-1"], ["1.png"]])
async def test_a_choice_that_was_never_offered_falls_back_to_the_first(which: list[str]) -> None:
    assert urls(submitted(modal(2), which=which)) == ["1.png"]


async def test_a_shape_that_was_never_offered_is_none() -> None:
    assert submitted(modal(1), shape=["round"]).shape is None


async def test_a_message_of_many_pictures_offers_as_many_as_a_select_holds() -> None:
    form = modal(30)

    assert form.which is not None
    assert (len(form.which.options), form.which.max_values) == (25, 4)


async def test_a_modal_that_is_dismissed_is_forgotten_before_its_token_dies() -> None:
    form = modal(1)

    assert form.timeout is not None
    assert form.timeout < 15 * 60
    assert CLIENT.persistent_views == []
