"""Every model that an operator offers can be verified, by the calls that it has, at its own price."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hosting.verify import cost
from hosting.verify.cost import most_images
from hosting.verify.items import Verdict, chosen
from hosting.verify.wan import items
from imagegen.imaging.images import Decoder
from imagegen.settings import Settings
from imagegen.wan.catalogue import MODELS
from tests.hosting.verify.local_wan import verification

PRO_27 = "wan2.7-image-pro"
PASSED, FAILED, SKIPPED = Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED
DRAFT, PLUS, PRO, EDIT = "z-image-turbo", "qwen-image-plus", "qwen-image-2.0-pro", "qwen-image-edit"


@pytest.fixture(scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder() as started:
        yield started


@pytest.mark.parametrize(
    ("models", "skipped", "further", "images"),
    [
        (("wan2.6-t2i",), {"wan.refusal", "wan.story", "wan.edit", "wan.high_edit"}, [], 5),
        (("wan2.6-image",), set(), [], 9),
        (("wan2.7-image",), {"wan.story"}, ["wan.set", "wan.boxes", "wan.palette"], 11),
        (
            ("wan2.6-image", "wan2.6-t2i", PRO_27),
            set(),
            [f"wan.{PRO_27}", "wan.set", "wan.4k", "wan.boxes", "wan.palette"],
            15,
        ),
    ],
)
async def test_what_is_verified_follows_the_offered_models(
    decoder: Decoder, models: tuple[str, ...], skipped: set[str], further: list[str], images: int
) -> None:
    async with verification(decoder, models=models) as wan:
        wan.local.set(set_images=2)
        outcomes = await wan.run()

    assert {key for key, found in outcomes.items() if found.verdict is SKIPPED} == skipped
    assert {key: found.seen for key, found in outcomes.items() if found.verdict is FAILED} == {}
    assert [
        key for key in outcomes if key.startswith("wan.wan") or key in ("wan.set", "wan.4k", "wan.boxes", "wan.palette")
    ] == further
    assert most_images(items(wan.settings)).total() == wan.local.bill()["images"] == images


async def test_a_set_may_bring_fewer_images_and_its_failed_task_is_a_cross(decoder: Decoder) -> None:
    async with verification(decoder, models=("wan2.7-image",)) as wan:
        wan.local.set(set_images=1)
        fewer = await wan.run("wan.set")
        wan.local.faults.arm("task_failed")
        none = await wan.run("wan.set")

    assert (fewer["wan.set"].verdict, fewer["wan.set"].facts["images"]) == (PASSED, 1)
    assert none["wan.set"].verdict is FAILED


async def test_4k_that_comes_smaller_is_a_cross(decoder: Decoder) -> None:
    async with verification(decoder, models=(PRO_27,)) as wan:
        wan.local.faults.arm("size_ignored")
        outcomes = await wan.run("wan.4k", "wan.download", "wan.size")

    assert outcomes["wan.4k"].verdict is PASSED
    assert outcomes["wan.size"].verdict is FAILED


async def test_each_further_model_is_verified_with_one_image_at_its_price(decoder: Decoder) -> None:
    async with verification(decoder, models=tuple(MODELS)) as wan:
        wan.local.set(not_activated="")
        further = [name for name in MODELS if name not in ("wan2.6-image", "wan2.6-t2i")]

        outcomes = await wan.run(*(f"wan.{name}" for name in further), "wan.download", "wan.size", "wan.bill")

        billed = [item for item in items(wan.settings) if item.key in outcomes]
        assert {key: found.seen for key, found in outcomes.items() if found.verdict is not PASSED} == {}
        assert most_images(billed) == dict.fromkeys(further, 1)
        assert cost.most_microusd(billed) == wan.local.bill_microusd()


async def test_items_that_a_model_without_tasks_or_sizes_cannot_have_are_skipped(decoder: Decoder) -> None:
    async with verification(decoder, models=(PLUS, EDIT)) as wan:
        outcomes = await wan.run()

    assert {key: found.seen for key, found in outcomes.items() if found.verdict is not PASSED} == {
        "wan.task": f"{PLUS} has no tasks.",
        "wan.two": f"{PLUS} generates one image a request.",
        "wan.high": f"{PLUS} has no larger images.",
        "wan.story": "No model in MODELS writes stories.",
        "wan.high_edit": f"{EDIT} has no larger images.",
    }


async def test_a_refused_model_is_named_and_the_others_are_verified(decoder: Decoder) -> None:
    async with verification(decoder, models=("wan2.6-image", "wan2.6-t2i", PLUS, DRAFT)) as wan:
        wan.local.set(not_activated=PLUS)

        outcomes = await wan.run(f"wan.{PLUS}", f"wan.{DRAFT}")

    assert [found.verdict for found in outcomes.values()] == [FAILED, PASSED]
    assert "Wan refuses this model to your account." in outcomes[f"wan.{PLUS}"].seen


async def test_requests_to_a_model_with_a_rate_a_minute_are_spaced(decoder: Decoder) -> None:
    async with verification(decoder, models=(PRO,), minute_s=3600) as wan:
        running = asyncio.create_task(wan.run("wan.sync", "wan.two"))
        async with asyncio.timeout(30):
            while not wan.local.bill()["requests"]:  # noqa: ASYNC110  # the local Wan sends no signal
                await asyncio.sleep(0.01)
        await asyncio.wait([running], timeout=1.0)
        sent = wan.local.bill()["requests"]
        running.cancel()
        await asyncio.wait([running])

    assert sent == 1  # the second follows half an hour later


async def test_requests_to_a_model_with_a_rate_a_minute_are_sent_when_it_is_over(decoder: Decoder) -> None:
    async with verification(decoder, models=(PRO,), minute_s=0.6) as wan:
        outcomes = await wan.run("wan.sync", "wan.two", "wan.high")

    assert {found.verdict for found in outcomes.values()} == {PASSED}


def test_the_key_of_one_model_chooses_no_other_whose_name_begins_so() -> None:
    offered = items(Settings(_env_file=None, models=("wan2.6-image", "wan2.6-t2i", PLUS, "qwen-image")))

    one, both = [[item.key for item in chosen(offered, [key])] for key in ("wan.qwen-image", "wan.qwen")]

    assert one == ["wan.qwen-image"]
    assert both == [f"wan.{PLUS}", "wan.qwen-image"]
    assert chosen(offered, ()) == tuple(offered)
