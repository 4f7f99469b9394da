"""An edit with a box, and a palette with thinking, are verified if a model that takes them is offered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hosting.verify.items import Verdict
from hosting.verify.wan import items
from imagegen.imaging.images import Decoder
from tests.hosting.verify.local_wan import Verification, verification

MODELS = "wan2.6-image, wan2.6-t2i, wan2.7-image"


@pytest.fixture
async def wan() -> AsyncIterator[Verification]:
    async with Decoder() as decoder, verification(decoder, models=MODELS) as found:
        yield found


async def test_an_edit_with_a_box_is_sent_for_one_image(wan: Verification) -> None:
    (outcome,) = (await wan.run("wan.boxes")).values()

    (sent,) = wan.local.record.part("wan")
    assert outcome.verdict is Verdict.PASSED
    assert sent["body"]["parameters"]["bbox_list"] == [[[0, 0, 400, 599]]]
    assert wan.local.bill()["images"] == 1
    assert [item.images for item in items(wan.settings) if item.key == "wan.boxes"] == [1]


async def test_a_palette_and_thinking_are_sent_for_one_image(wan: Verification) -> None:
    (outcome,) = (await wan.run("wan.palette")).values()

    sent, *_polls = wan.local.record.part("wan")
    parameters = sent["body"]["parameters"]
    assert outcome.verdict is Verdict.PASSED
    assert (len(parameters["color_palette"]), parameters["thinking_mode"]) == (3, True)
    assert wan.local.bill()["images"] == 1


async def test_a_refused_box_is_a_cross(wan: Verification) -> None:
    wan.local.faults.arm("wan_error", code="InvalidParameter")

    (outcome,) = (await wan.run("wan.boxes")).values()

    assert outcome.verdict is Verdict.FAILED
    assert "InvalidParameter" in outcome.seen
