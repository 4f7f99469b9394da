"""Details says how an image was made, to whoever sees it, and to nobody else."""

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
from imagegen.model import AspectRatio, ImageRequest, Job, Made, Quality
from sandbox.people import EPHEMERAL, Json, Person, button_id, text_of
from tests.cogs.conftest import Room
from tests.cogs.objects import NOON, a_job


def a_made_job(**request: Any) -> Job:
    """Asked at noon, sent two seconds later, made after eleven, shown after twelve."""
    asked = {
        "aspect_ratio": AspectRatio.WIDE,
        "quality": Quality.HIGH,
        "seed": 9,
        "negative_prompt": "fog",
        "enhance": False,
    }
    made = Made(("https://x.aliyuncs.com/1.png",), 1, "1920*1072", "r-7")
    sent, painted, shown = (NOON + timedelta(seconds=after) for after in (2, 11, 12))
    job = a_job(made=made, request_id="r-7", submitting_at=sent, generated_at=painted, ended_at=shown)
    return replace(job, request=ImageRequest("a *lighthouse*", **{**asked, **request}))


def test_everything_that_is_known_is_said() -> None:
    told = details_text(a_made_job(), "https://discord.com/channels/1/2/3", ENGLISH)

    assert told.splitlines() == [
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


def test_what_is_not_known_is_left_out() -> None:
    assert details_text(a_job(), None, ENGLISH).splitlines() == [
        "a lighthouse",
        "1:1 square, seed 7",
        "Model: wan2.6-t2i",
        "Job: 42",
    ]


@pytest.mark.parametrize("typed", ["*" * 4000, "<" * 4000, "漢" * 4000, "a" * 4000])
def test_the_longest_words_fit_into_a_message_in_every_language(typed: str) -> None:
    job = a_made_job(negative_prompt=typed[:500])
    job = replace(job, request=replace(job.request, prompt=typed))

    for words in (ENGLISH, *languages().values()):
        assert len(details_text(job, "https://discord.com/channels/" + "1/" * 60, words)) <= 4000


@given(st.text(st.characters(codec="utf-8")), st.integers(2, 60))
def test_escaped_words_keep_within_their_room(typed: str, most: int) -> None:
    assert len(plain_within(typed, most)) <= most


async def told_in_private(person: Person, channel: str, message: Json, label: str = "Details") -> str:
    before = {seen["id"] for seen in await person.messages(channel)}
    await person.press(message, label)
    told = await person.see(channel, lambda seen: seen["id"] not in before, "the details")
    assert told["flags"] & EPHEMERAL
    return text_of(told)


async def test_whoever_sees_a_result_reads_its_details_in_private(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    result = await room.delivered(ana, channel, "details for all", negative_prompt="fog")

    told = await told_in_private(bo, channel, result)

    assert "details for all" in told
    assert "Negative prompt: fog" in told
    assert f"Request: `{room.images.request_id}`" in told


async def test_an_edit_links_to_the_image_that_it_was_made_from(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "the first")
    await ana.press(first, "Edit image")
    await ana.fill(words="the second")
    await room.read_inputs("the second")
    second = await room.deliver(ana, channel, "the second")

    told = await told_in_private(ana, channel, second)

    assert f"/{room.channel_id(channel)}/{first['id']}" in told


async def test_a_made_up_id_tells_nobody_anothers_words(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    secret = await room.delivered(ana, channel, "not for everybody")
    own = await room.delivered(bo, channel, "of bo's own")
    kept = room.box.world.messages[own["id"]].body
    kept["components"] = json.loads(
        json.dumps(kept["components"]).replace(button_id(own, "Details"), button_id(secret, "Details"))
    )

    told = await told_in_private(bo, channel, own | {"components": kept["components"]})

    assert told == "The details of this image are no longer stored."
