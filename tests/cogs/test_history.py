"""History shows a member the steps whose messages the member can see, and each of these steps can be edited."""

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
from imagegen.image_request import ImageLink, ImageRequest
from imagegen.imaging._sheet import EMPTY, GAP_PX, TILE_PX
from sandbox.people import EPHEMERAL, Json, Person, button_id, components_of, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.objects import a_job

JUMP = "https://discord.com/channels/123456789012345678/123456789012345678/123456789012345678"
VISIBLE = MessageLocation(JUMP, (ImageLink("https://cdn.discordapp.com/x.png", "x"),))


async def history_of(room: Room, person: Person, channel: str, message: Json) -> Json:
    """Press History, and return the private answer as soon as the answer has text."""
    before = {seen["id"] for seen in await person.messages(channel)}
    await person.press(message, "History")
    answer = await person.see(channel, lambda seen: seen["id"] not in before and bool(text_of(seen)), "the history")
    assert answer["flags"] & EPHEMERAL
    return answer


async def edited(room: Room, person: Person, channel: str, message: Json, prompt: str) -> Json:
    """Edit the image of *message* with a prompt, and return the result."""
    await person.press(message, "Edit image")
    await person.fill(words=prompt)
    await room.read_inputs(prompt)
    return await room.deliver(person, channel, prompt)


def selects(message: Json) -> list[Json]:
    return [part for part in components_of(message) if part["type"] == 3]


async def sheet(room: Room, message: Json) -> Image.Image:
    (image,) = images_of(message)
    return Image.open(io.BytesIO(await room.control.file(image["attachment_id"])))


def tile_color(image: Image.Image, position: int) -> Any:
    """Return the color of a pixel at the lower left of a tile, beside its number. Positions count from 0."""
    return image.getpixel((GAP_PX + position * (TILE_PX + GAP_PX) + 40, GAP_PX + TILE_PX - 40))


async def test_the_history_is_one_image_of_all_steps_oldest_first(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "a first step")
    second = await edited(room, ana, channel, first, "a second step")

    answer = await history_of(room, bo, channel, second)

    text = text_of(answer)
    assert "2 steps, oldest first" in text
    assert text.index("**1** a first step") < text.index("**2** a second step")
    assert all(f"/{message['id']})" in text for message in (first, second))
    assert (await sheet(room, answer)).size == (2 * TILE_PX + 3 * GAP_PX, TILE_PX + 2 * GAP_PX)
    (gallery,) = [part for part in components_of(answer) if part["type"] == 12]
    assert gallery["items"][0]["description"] == "History of this image. 1: a first step, 2: a second step"


async def test_an_older_step_can_be_edited(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "the root of it")
    second = await edited(room, ana, channel, first, "the stem of it")
    answer = await history_of(room, ana, channel, second)
    (select,) = selects(answer)

    await ana.choose(answer, select["custom_id"], select["options"][0]["value"])
    await ana.fill(words="another branch of it")
    entry = await room.queue_entry("another branch of it")

    source = await room.service.display.job_of_message(int(first["id"]))
    branch = await room.service.display.job(entry.job_id)
    assert branch is not None
    assert source is not None
    assert (branch.request.parent_id, branch.input_count) == (source.id, 1)


async def test_a_step_in_a_channel_that_the_member_cannot_see_is_an_empty_tile(room: Room) -> None:
    ana, bo = await room.new_person(), await room.new_person()
    hidden, channel = await room.channel(), await room.channel()
    first = await room.delivered(ana, hidden, "a hidden origin")
    source = await room.service.display.job_of_message(int(first["id"]))
    assert source is not None
    await ana.forge(channel, 5, **form(f"w1:form:step:{source.id}", "an open sequel"))
    await room.read_inputs("an open sequel")
    second = await room.deliver(ana, channel, "an open sequel")
    await room.control.post("/overwrites", channel=room.channel_id(hidden), target=bo.id, deny=["READ_MESSAGE_HISTORY"])

    answer = await history_of(room, bo, channel, second)

    assert "hidden origin" not in json.dumps(answer)
    assert "**1**\n-# In a channel you can't see right now." in text_of(answer)
    assert [option["label"] for option in selects(answer)[0]["options"]] == ["Edit step 2"]
    empty = tuple(int(EMPTY[n : n + 2], 16) for n in (1, 3, 5))
    assert all(abs(a - b) < 6 for a, b in zip(tile_color(await sheet(room, answer), 0), empty, strict=True))


async def test_the_history_of_a_private_result_shows_it_without_a_link_and_leaves_edits_to_its_own_card(
    room: Room,
) -> None:
    ana, channel = await room.new_person(), await room.channel()

    answer = await history_of(room, ana, channel, await room.delivered(ana, channel, "a lone cove", private=True))

    assert "**1** a lone cove" in text_of(answer)
    assert "/channels/" not in text_of(answer)
    assert selects(answer) == []


async def test_a_private_step_is_readable_by_its_requester_alone(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await ana.press(await room.delivered(ana, channel, "a private origin", private=True), "Edit image")
    await ana.fill(words="an open sequel of it", who=["open"])
    await room.read_inputs("an open sequel of it")
    second = await room.deliver(ana, channel, "an open sequel of it")

    answers = [text_of(await history_of(room, person, channel, second)) for person in (ana, bo)]

    assert "**1** a private origin" in answers[0]
    assert "Private: only you see it" in answers[0]
    assert "**1**\n-# Private: only the person who requested it sees it." in answers[1]


async def test_a_step_of_a_requester_whose_data_was_erased_is_an_empty_tile(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "to be forgotten")
    second = await edited(room, bo, channel, first, "bo's edit")

    await room.service.history.forget(int(ana.id))
    answer = await history_of(room, bo, channel, second)

    assert "**1**\n-# (erased)" in text_of(answer)
    assert first["id"] not in text_of(answer)
    assert [option["label"] for option in selects(answer)[0]["options"]] == ["Edit step 2"]
    empty = tuple(int(EMPTY[n : n + 2], 16) for n in (1, 3, 5))
    assert all(abs(a - b) < 6 for a, b in zip(tile_color(await sheet(room, answer), 0), empty, strict=True))


async def test_a_step_whose_message_was_deleted_is_marked_as_gone(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "soon taken away")
    second = await edited(room, ana, channel, first, "what is left of it")
    await ana.press(first, "Delete")
    here = room.channel_id(channel)
    await ana.wait(lambda state: first["id"] not in [m["id"] for m in state["messages"][here]], "the deletion")

    answer = await history_of(room, ana, channel, second)

    assert "Its message is gone" in text_of(answer)
    assert [option["label"] for option in selects(answer)[0]["options"]] == ["Edit step 2"]


async def test_a_step_in_an_archived_thread_is_shown(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = await ana.thread(channel, "aside")
    first = await room.delivered(ana, "aside", "said aside")
    source = await room.service.display.job_of_message(int(first["id"]))
    assert source is not None
    await ana.forge(channel, 5, **form(f"w1:form:step:{source.id}", "said aloud"))
    await room.read_inputs("said aloud")
    second = await room.deliver(ana, channel, "said aloud")
    await room.control.post("/channels/change", channel=thread, archived=True)

    answer = await history_of(room, ana, channel, second)

    assert "**1** said aside" in text_of(answer)
    assert [option["label"] for option in selects(answer)[0]["options"]] == ["Edit step 1", "Edit step 2"]


async def test_a_history_button_with_a_forged_job_id_shows_no_hidden_image(room: Room) -> None:
    ana, bo = await room.new_person(), await room.new_person()
    hidden, channel = await room.channel(), await room.channel()
    secret = await room.delivered(ana, hidden, "a secret image")
    own = await room.delivered(bo, channel, "bo's own image")
    await room.control.post("/overwrites", channel=room.channel_id(hidden), target=bo.id, deny=["READ_MESSAGE_HISTORY"])
    body = room.box.world.messages[own["id"]].body
    body["components"] = json.loads(
        json.dumps(body["components"]).replace(button_id(own, "History"), button_id(secret, "History"))
    )

    answer = await history_of(room, bo, channel, own | {"components": body["components"]})

    assert "you can't see it right now" in text_of(answer)
    assert images_of(answer) == []


@pytest.mark.parametrize("value", ["", "0", "999999999999999999", "²", "-1", "w1:edit:1", "9" * 40])
async def test_a_forged_step_of_a_history_is_rejected(room: Room, value: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, f"choose {len(value)} {value[:5]} or none")
    answer = await history_of(room, ana, channel, first)
    before = {seen["id"] for seen in await ana.messages(channel)}
    (select,) = selects(answer)

    data = {"custom_id": select["custom_id"], "component_type": 3, "id": select["id"], "values": [value]}
    await ana.forge(channel, 3, answer, **data)

    refusal = await ana.see(channel, lambda seen: seen["id"] not in before and bool(text_of(seen)), "the refusal")
    assert "you can't see it right now" in text_of(refusal)


async def test_the_history_is_sent_as_a_followup_when_discord_refuses_the_edit(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "refused at first")
    room.box.faults.arm("v2_upload_refused")

    answer = await history_of(room, ana, channel, first)

    assert len(images_of(answer)) == 1


def form(custom_id: str, prompt: str) -> Json:
    """Return a submitted form that holds a prompt."""
    field = {"type": 4, "id": 2, "custom_id": "words", "value": prompt}
    return {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": field}]}


def history_steps(prompt: str, location: MessageLocation | None = VISIBLE, number: int = 9) -> list[HistoryStep]:
    job = replace(a_job(), id=10**17, request=ImageRequest(prompt, parent_id=1))
    return [HistoryStep(position, job, location) for position in range(1, number + 1)]


@pytest.mark.parametrize("prompt", ["*" * 4000, "<" * 4000, "漢" * 2000, "word " * 400, "", "\u202e\n\n|| ```"])
def test_the_longest_history_fits_discords_limits(prompt: str) -> None:
    for translate in (ENGLISH, *languages().values()):
        view = history.history_view(history_steps(prompt), "history-1.jpeg", translate)
        assert view.content_length() <= 4000
        select = next(part for part in view.walk_children() if isinstance(part, discord.ui.Select | history.StepSelect))
        assert all(len(o["description"]) <= 100 for o in select.to_component_dict()["options"])
        assert 1 <= len(history.alt_text(history_steps(prompt), translate)) <= 1024


def test_a_history_without_visible_steps_offers_no_edit_and_shows_no_prompt() -> None:
    view = history.history_view(history_steps("a secret", None), None, ENGLISH)

    assert not [part for part in view.walk_children() if isinstance(part, history.StepSelect)]
    assert "secret" not in json.dumps(view.to_components())  # type: ignore[no-untyped-call]  # as discord.py has it
    assert "secret" not in history.alt_text(history_steps("a secret", None), ENGLISH)


def test_a_shortened_history_says_that_older_steps_are_missing() -> None:
    view = history.history_view(history_steps("a step", number=2), None, ENGLISH)

    assert "Older steps aren't shown." in json.dumps(view.to_components())  # type: ignore[no-untyped-call]  # as discord.py has it
