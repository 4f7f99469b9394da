"""Family shows the chain to whoever may see it, each step only where they may, and goes on from any of them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import discord
import pytest
from PIL import Image

from cogs import history
from cogs.history import HistoryStep
from cogs.interactions.visibility import MessageLocation
from cogs.text.i18n import ENGLISH, languages
from imagegen.imaging._sheet import EMPTY, GAP_PX, TILE_PX
from imagegen.model import ImageLink, ImageRequest
from sandbox.people import EPHEMERAL, Json, Person, button_id, components_of, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.objects import a_job

JUMP = "https://discord.com/channels/123456789012345678/123456789012345678/123456789012345678"
SEEN = MessageLocation(JUMP, (ImageLink("https://cdn.discordapp.com/x.png", "x"),))


async def family_of(room: Room, person: Person, channel: str, message: Json) -> Json:
    """The private answer to Family, when its thinking is over."""
    before = {seen["id"] for seen in await person.messages(channel)}
    await person.press(message, "History")
    told = await person.see(channel, lambda seen: seen["id"] not in before and bool(text_of(seen)), "the family")
    assert told["flags"] & EPHEMERAL
    return told


async def edited(room: Room, person: Person, channel: str, message: Json, prompt: str) -> Json:
    """The result of an edit of *message*."""
    await person.press(message, "Edit image")
    await person.fill(words=prompt)
    await room.read_inputs(prompt)
    return await room.deliver(person, channel, prompt)


def selects(message: Json) -> list[Json]:
    return [part for part in components_of(message) if part["type"] == 3]


async def sheet(room: Room, message: Json) -> Image.Image:
    (image,) = images_of(message)
    return Image.open(io.BytesIO(await room.control.file(image["attachment_id"])))


def middle(image: Image.Image, place: int) -> Any:
    """The colour beside the number in the middle of an empty tile, or of the image in a full one."""
    return image.getpixel((GAP_PX + place * (TILE_PX + GAP_PX) + 40, GAP_PX + TILE_PX - 40))


async def test_the_chain_is_one_sheet_with_its_steps_oldest_first(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "a first step")
    second = await edited(room, ana, channel, first, "a second step")

    told = await family_of(room, bo, channel, second)

    said = text_of(told)
    assert "2 steps, oldest first" in said
    assert said.index("**1** a first step") < said.index("**2** a second step")
    assert all(f"/{message['id']})" in said for message in (first, second))
    assert (await sheet(room, told)).size == (2 * TILE_PX + 3 * GAP_PX, TILE_PX + 2 * GAP_PX)
    (gallery,) = [part for part in components_of(told) if part["type"] == 12]
    assert gallery["items"][0]["description"] == "History of this image. 1: a first step, 2: a second step"


async def test_any_step_can_be_gone_on_from(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "the root of it")
    second = await edited(room, ana, channel, first, "the stem of it")
    told = await family_of(room, ana, channel, second)
    (select,) = selects(told)

    await ana.choose(told, select["custom_id"], select["options"][0]["value"])
    await ana.fill(words="another branch of it")
    waiting = await room.queue_entry("another branch of it")

    source = await room.service.display.job_of_message(int(first["id"]))
    branch = await room.service.display.job(waiting.job_id)
    assert branch is not None
    assert source is not None
    assert (branch.request.parent_id, branch.input_count) == (source.id, 1)


async def test_a_step_in_a_channel_that_one_cannot_see_is_an_empty_tile(room: Room) -> None:
    ana, bo = await room.new_person(), await room.new_person()
    hidden, channel = await room.channel(), await room.channel()
    first = await room.delivered(ana, hidden, "a hidden origin")
    source = await room.service.display.job_of_message(int(first["id"]))
    assert source is not None
    await ana.forge(channel, 5, **form(f"w1:form:step:{source.id}", "an open sequel"))
    await room.read_inputs("an open sequel")
    second = await room.deliver(ana, channel, "an open sequel")
    await room.control.post("/overwrites", channel=room.channel_id(hidden), target=bo.id, deny=["READ_MESSAGE_HISTORY"])

    told = await family_of(room, bo, channel, second)

    assert "hidden origin" not in json.dumps(told)
    assert "**1**\n-# In a channel you can't see right now." in text_of(told)
    assert [option["label"] for option in selects(told)[0]["options"]] == ["Edit step 2"]
    empty = tuple(int(EMPTY[n : n + 2], 16) for n in (1, 3, 5))
    assert all(abs(a - b) < 6 for a, b in zip(middle(await sheet(room, told), 0), empty, strict=True))


async def test_a_step_that_its_asker_wants_forgotten_shows_nothing(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "to be forgotten")
    second = await edited(room, bo, channel, first, "what bo made of it")

    await room.service.history.forget(int(ana.id))
    told = await family_of(room, bo, channel, second)

    assert "**1**\n-# (erased)" in text_of(told)
    assert first["id"] not in text_of(told)
    assert [option["label"] for option in selects(told)[0]["options"]] == ["Edit step 2"]
    empty = tuple(int(EMPTY[n : n + 2], 16) for n in (1, 3, 5))
    assert all(abs(a - b) < 6 for a, b in zip(middle(await sheet(room, told), 0), empty, strict=True))


async def test_a_step_whose_message_was_deleted_is_an_empty_tile_that_says_so(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "soon taken away")
    second = await edited(room, ana, channel, first, "what is left of it")
    await ana.press(first, "Delete")
    here = room.channel_id(channel)
    await ana.wait(lambda state: first["id"] not in [m["id"] for m in state["messages"][here]], "its end")

    told = await family_of(room, ana, channel, second)

    assert "Its message is gone" in text_of(told)
    assert [option["label"] for option in selects(told)[0]["options"]] == ["Edit step 2"]


async def test_a_step_in_a_thread_that_was_archived_is_seen_still(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = await ana.thread(channel, "aside")
    first = await room.delivered(ana, "aside", "said aside")
    source = await room.service.display.job_of_message(int(first["id"]))
    assert source is not None
    await ana.forge(channel, 5, **form(f"w1:form:step:{source.id}", "said aloud"))
    await room.read_inputs("said aloud")
    second = await room.deliver(ana, channel, "said aloud")
    await room.control.post("/channels/change", channel=thread, archived=True)

    told = await family_of(room, ana, channel, second)

    assert "**1** said aside" in text_of(told)
    assert [option["label"] for option in selects(told)[0]["options"]] == ["Edit step 1", "Edit step 2"]


async def test_a_family_with_anothers_id_shows_nothing(room: Room) -> None:
    ana, bo = await room.new_person(), await room.new_person()
    hidden, channel = await room.channel(), await room.channel()
    secret = await room.delivered(ana, hidden, "a family secret")
    own = await room.delivered(bo, channel, "of bo's own family")
    await room.control.post("/overwrites", channel=room.channel_id(hidden), target=bo.id, deny=["READ_MESSAGE_HISTORY"])
    kept = room.box.world.messages[own["id"]].body
    kept["components"] = json.loads(
        json.dumps(kept["components"]).replace(button_id(own, "History"), button_id(secret, "History"))
    )

    told = await family_of(room, bo, channel, own | {"components": kept["components"]})

    assert "you can't see it right now" in text_of(told)
    assert images_of(told) == []


@pytest.mark.parametrize("value", ["", "0", "999999999999999999", "²", "-1", "w1:edit:1", "9" * 40])
async def test_a_step_that_was_never_offered_is_refused(room: Room, value: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, f"choose {len(value)} {value[:5]} or none")
    told = await family_of(room, ana, channel, first)
    before = {seen["id"] for seen in await ana.messages(channel)}
    (select,) = selects(told)

    data = {"custom_id": select["custom_id"], "component_type": 3, "id": select["id"], "values": [value]}
    await ana.forge(channel, 3, told, **data)

    refusal = await ana.see(channel, lambda seen: seen["id"] not in before and bool(text_of(seen)), "the refusal")
    assert "you can't see it right now" in text_of(refusal)


async def test_where_discord_refuses_the_sheet_in_an_edit_it_follows(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "refused at first")
    room.box.faults.arm("v2_upload_refused")

    told = await family_of(room, ana, channel, first)

    assert len(images_of(told)) == 1


def form(custom_id: str, words: str) -> Json:
    field = {"type": 4, "id": 2, "custom_id": "words", "value": words}
    return {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": field}]}


def steps(prompt: str, spot: MessageLocation | None = SEEN, number: int = 9) -> list[HistoryStep]:
    job = replace(a_job(), id=10**17, request=ImageRequest(prompt, parent_id=1))
    return [HistoryStep(place, job, spot) for place in range(1, number + 1)]


@pytest.mark.parametrize("prompt", ["*" * 4000, "<" * 4000, "漢" * 2000, "word " * 400, "", "\u202e\n\n|| ```"])
def test_the_longest_family_stays_inside_discords_limits(prompt: str) -> None:
    for words in (ENGLISH, *languages().values()):
        view = history.history_view(steps(prompt), "family-1.jpeg", words)
        assert view.content_length() <= 4000
        select = next(part for part in view.walk_children() if isinstance(part, discord.ui.Select | history.StepSelect))
        assert all(len(o["description"]) <= 100 for o in select.to_component_dict()["options"])
        assert 1 <= len(history.alt_text(steps(prompt), words)) <= 1024


def test_a_family_of_which_nothing_can_be_seen_offers_nothing() -> None:
    view = history.history_view(steps("a secret", None), None, ENGLISH)

    assert not [part for part in view.walk_children() if isinstance(part, history.StepSelect)]
    assert "secret" not in json.dumps(view.to_components())  # type: ignore[no-untyped-call]  # as discord.py has it
    assert "secret" not in history.alt_text(steps("a secret", None), ENGLISH)


def test_a_chain_that_is_cut_says_so() -> None:
    view = history.history_view(steps("a step", number=2), None, ENGLISH)

    assert "Older steps aren't shown." in json.dumps(view.to_components())  # type: ignore[no-untyped-call]  # as discord.py has it
