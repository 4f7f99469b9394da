"""Details shows how an image was generated, in private, to members who can see the image."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.i18n import ENGLISH, languages
from cogs.text.markdown import plain_within
from cogs.ui.details import details_text
from imagegen.image_request import AspectRatio, Box, ImageRequest, Quality
from imagegen.model import Job, Made
from imagegen.policy.palette import parse_palette
from sandbox.people import EPHEMERAL, Json, Person, button_id, text_of
from tests.cogs.conftest import Room
from tests.cogs.objects import NOON, a_job


def a_generated_job(**request: Any) -> Job:
    """Return a job that was requested at noon, sent 2 s later, generated after 11 s and delivered after 12 s."""
    options = {
        "aspect_ratio": AspectRatio.WIDE,
        "quality": Quality.HIGH,
        "seed": 9,
        "negative_prompt": "fog",
        "enhance": False,
    }
    made = Made(("https://x.aliyuncs.com/1.png",), 1, "1920*1072", "r-7")
    sent, generated, delivered = (NOON + timedelta(seconds=after) for after in (2, 11, 12))
    job = a_job(made=made, request_id="r-7", submitting_at=sent, generated_at=generated, ended_at=delivered)
    return replace(job, request=ImageRequest("a *lighthouse*", **{**options, **request}))


def test_details_list_every_known_fact() -> None:
    details = details_text(a_generated_job(), "https://discord.com/channels/1/2/3", ENGLISH)

    assert details.splitlines() == [
        "a \\*lighthouse\\*",
        "Negative prompt: fog",
        "16:9 wide, 1920 × 1072, high quality, seed 9",
        "Model: wan2.6-t2i",
        "The prompt was sent unchanged.",
        "Edited from https://discord.com/channels/1/2/3",
        "Took 12 sec, including 9 sec to generate",
        "Request: `r-7`",
        "Job: 42",
    ]


def test_details_name_what_the_model_is_good_for() -> None:
    job = replace(a_generated_job(), model="qwen-image-plus")

    assert "Model: Lettering (qwen-image-plus)" in details_text(job, None, ENGLISH).splitlines()


def test_details_name_the_options_that_only_some_models_have() -> None:
    job = a_generated_job(
        quality=Quality.FOUR_K, thinking=True, palette=parse_palette("teal 40%, #C2D1E6, gold"), enhance=None
    )
    a_set = replace(a_generated_job(image_set=True, count=12, thinking=False, enhance=None), delivered=5)

    assert details_text(job, None, ENGLISH).splitlines()[2:6] == [
        "16:9 wide, 1920 × 1072, 4K, seed 9",
        "Model: wan2.6-t2i",
        "Palette: teal 40%, #C2D1E6 30%, gold 30%",
        "Thinking: on",
    ]
    assert details_text(a_set, None, ENGLISH).splitlines()[4:6] == [
        "Image set: 5 of up to 12 images",
        "Thinking: off",
    ]


def test_details_name_the_part_that_was_edited() -> None:
    job = replace(a_generated_job(boxes=((Box(0, 200, 90, 290),),)), input_sizes=((400, 300),))

    assert "edited part: bottom left" in details_text(job, None, ENGLISH).splitlines()


def test_details_leave_out_unknown_facts() -> None:
    assert details_text(a_job(), None, ENGLISH).splitlines() == [
        "a lighthouse",
        "1:1 square, seed 7",
        "Model: wan2.6-t2i",
        "Job: 42",
    ]


@pytest.mark.parametrize("typed", ["*" * 4000, "<" * 4000, "漢" * 4000, "a" * 4000])
def test_details_of_the_longest_prompt_fit_into_a_message_in_every_language(typed: str) -> None:
    job = a_generated_job(negative_prompt=typed[:500])
    job = replace(job, request=replace(job.request, prompt=typed))

    for translate in (ENGLISH, *languages().values()):
        assert len(details_text(job, "https://discord.com/channels/" + "1/" * 60, translate)) <= 4000


@given(st.text(st.characters(codec="utf-8")), st.integers(2, 60))
def test_an_escaped_text_keeps_its_limit(typed: str, max_chars: int) -> None:
    assert len(plain_within(typed, max_chars)) <= max_chars


async def private_text(person: Person, channel: str, message: Json, label: str = "Details") -> str:
    before = {seen["id"] for seen in await person.messages(channel)}
    await person.press(message, label)
    answer = await person.see(channel, lambda seen: seen["id"] not in before, "the details")
    assert answer["flags"] & EPHEMERAL
    return text_of(answer)


async def test_another_member_reads_the_details_in_private(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    result = await room.delivered(ana, channel, "details for all", negative_prompt="fog")

    details = await private_text(bo, channel, result)

    assert "details for all" in details
    assert "Negative prompt: fog" in details
    assert f"Request: `{room.images.request_id}`" in details


async def test_details_of_an_edited_image_link_to_the_original(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "the first")
    await ana.press(first, "Edit image")
    await ana.fill(words="the second")
    await room.read_inputs("the second")
    second = await room.deliver(ana, channel, "the second")

    details = await private_text(ana, channel, second)

    assert f"/{room.channel_id(channel)}/{first['id']}" in details


async def test_a_details_button_with_a_forged_job_id_reveals_no_hidden_prompt(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    secret = await room.delivered(ana, channel, "not for everybody")
    own = await room.delivered(bo, channel, "of bo's own")
    body = room.box.world.messages[own["id"]].body
    body["components"] = json.loads(
        json.dumps(body["components"]).replace(button_id(own, "Details"), button_id(secret, "Details"))
    )

    details = await private_text(bo, channel, own | {"components": body["components"]})

    assert details == "The details of this image are no longer stored."
