"""A private reply is visible to one person only, and takes the next route if Discord refuses a route."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import discord
import pytest

from cogs.interactions import submission
from cogs.interactions.private_replies import reply_privately
from imagegen.errors import Reason
from imagegen.image_request import AspectRatio
from imagegen.model import Failure, Job
from imagegen.store import jobs, queue
from sandbox.discord.errors import REFUSALS
from sandbox.people import EPHEMERAL, LOADING, Json, Person, button_id, private_answer, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import received_interaction
from tests.cogs.test_result_buttons import photo

CALLBACK = "callback"
REFUSED = sorted({50027, 10015, 50001, 50013, 50035, 10008} & set(REFUSALS))
REPLY = "only for you"


async def visible_messages(room: Room, person: Person, channel: str) -> list[Json]:
    return [*await room.bot_messages(person, channel), *await room.bot_messages(person, "dm")]


async def only_reply_to_ana(room: Room, ana: Person, bo: Person, channel: str) -> Json:
    """Return the reply to ana, which arrived once and which bo does not see."""
    (message,) = [message for message in await visible_messages(room, ana, channel) if REPLY in text_of(message)]
    assert REPLY not in str(await visible_messages(room, bo, channel))
    return message


async def new_interaction(room: Room) -> tuple[Person, Person, str, discord.Interaction[Any]]:
    """Return ana, bo, a channel, and an interaction of ana in the channel, which is not answered yet."""
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    return ana, bo, channel, await received_interaction(room, ana, channel)


async def test_the_reply_replaces_a_private_placeholder(room: Room) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    await interaction.response.defer(ephemeral=True, thinking=True)
    (placeholder,) = await room.bot_messages(ana, channel)

    await reply_privately(interaction, REPLY)

    (message,) = await room.bot_messages(ana, channel)
    assert message["id"] == placeholder["id"]
    assert message["flags"] & (EPHEMERAL | LOADING) == EPHEMERAL
    assert (await only_reply_to_ana(room, ana, bo, channel))["id"] == message["id"]


@pytest.mark.parametrize("typed", ["a short thought", "long " * 700])
async def test_a_reply_in_a_private_placeholder_returns_the_prompt(room: Room, typed: str) -> None:
    ana, _, channel, interaction = await new_interaction(room)
    await interaction.response.defer(ephemeral=True, thinking=True)

    await reply_privately(interaction, REPLY, typed)

    (message,) = await room.bot_messages(ana, channel)
    assert typed in text_of(message) or [file["filename"] for file in message["attachments"]] == ["words.txt"]


async def test_a_public_placeholder_is_deleted_and_the_reply_is_a_followup(room: Room) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    await interaction.response.defer(thinking=True)
    (placeholder,) = await room.bot_messages(bo, channel)

    await reply_privately(interaction, REPLY)

    message = await only_reply_to_ana(room, ana, bo, channel)
    assert message["id"] != placeholder["id"]
    assert message["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


@pytest.mark.parametrize("code", REFUSED)
async def test_the_reply_is_a_followup_when_a_private_placeholder_cannot_be_edited(room: Room, code: int) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    await interaction.response.defer(ephemeral=True, thinking=True)
    room.box.faults.arm("discord_error", match=f"PATCH /api/v10/webhooks/{room.box.world.bot_id}", code=code)

    assert await reply_privately(interaction, REPLY)

    assert (await only_reply_to_ana(room, ana, bo, channel))["flags"] & EPHEMERAL


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("code", REFUSED)
async def test_the_reply_is_a_direct_message_when_discord_refuses_the_token(
    room: Room, code: int, private: bool
) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    await interaction.response.defer(ephemeral=private, thinking=True)
    room.box.faults.arm("discord_error", times=9, match="/api/v10/webhooks/", code=code)

    assert await reply_privately(interaction, REPLY, "a short thought")

    message = await only_reply_to_ana(room, ana, bo, channel)
    assert message in await room.bot_messages(ana, "dm")
    assert "a short thought" in text_of(message)


async def test_a_public_placeholder_that_cannot_be_deleted_never_shows_the_private_reply(room: Room) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    await interaction.response.defer(thinking=True)
    room.box.faults.arm("server_error_before", times=9, match="DELETE /api/v10/webhooks", status=503)

    assert await reply_privately(interaction, REPLY)

    assert await only_reply_to_ana(room, ana, bo, channel) in await room.bot_messages(ana, "dm")


async def test_a_public_placeholder_is_deleted_even_if_the_answer_to_the_deletion_is_lost(room: Room) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    await interaction.response.defer(thinking=True)
    room.box.faults.arm("server_error_after", match="DELETE /api/v10/webhooks")

    assert await reply_privately(interaction, REPLY)

    assert (await only_reply_to_ana(room, ana, bo, channel))["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


@pytest.mark.parametrize("fault", ["server_error_after", "discord_reset_after"])
async def test_the_reply_is_sent_once_when_discords_answer_is_lost(room: Room, fault: str) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    room.box.faults.arm(fault, match=CALLBACK)

    assert await reply_privately(interaction, REPLY)

    assert (await only_reply_to_ana(room, ana, bo, channel))["flags"] & EPHEMERAL


@pytest.mark.parametrize("fault", ["server_error_before", "discord_reset_before"])
async def test_the_reply_is_sent_again_when_it_did_not_reach_discord(room: Room, fault: str) -> None:
    ana, bo, channel, interaction = await new_interaction(room)
    room.box.faults.arm(fault, match=CALLBACK)

    assert await reply_privately(interaction, REPLY)

    assert (await only_reply_to_ana(room, ana, bo, channel))["flags"] & EPHEMERAL


async def test_an_interaction_that_another_process_answered_gets_no_second_reply(room: Room) -> None:
    ana, _, channel, interaction = await new_interaction(room)
    other_process = discord.Interaction[Any](data=interaction_payload(room, interaction), state=room.bot._connection)
    await other_process.response.defer(ephemeral=True, thinking=True)

    assert not await reply_privately(interaction, REPLY)

    assert REPLY not in str(await visible_messages(room, ana, channel))


def interaction_payload(room: Room, interaction: discord.Interaction[Any]) -> Any:
    return room.box.world.interactions[str(interaction.id)].payload


async def test_a_reply_without_an_open_route_is_logged_and_raises_no_error(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    ana, _, channel, interaction = await new_interaction(room)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await room.control.post("/people/change", person=ana.id, dm_open=False)
    room.box.faults.arm("discord_error", times=9, match="/api/v10/webhooks/", code=50027)

    await submission.reply_with_error(interaction, ZeroDivisionError())

    logged = capsys.readouterr().out
    assert "interaction_unanswered" in logged
    assert str(interaction.id) in logged
    assert not [message for message in await visible_messages(room, ana, channel) if text_of(message)]


async def test_the_reply_to_a_button_press_leaves_the_message_of_the_button_unchanged(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    result = await room.delivered(ana, channel, "stays as it is")
    interaction = await received_interaction(room, ana, channel, result)
    await interaction.response.defer()

    await reply_privately(interaction, REPLY)

    assert (await only_reply_to_ana(room, ana, bo, channel))["id"] != result["id"]
    assert result["id"] in [message["id"] for message in await room.bot_messages(bo, channel)]


async def test_the_prompt_is_offered_again_when_its_input_image_is_rejected(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    prompt = "a long thought about an image"
    await ana.slash(channel, "imagine", prompt=prompt, image1=photo(), aspect_ratio="wide")
    await refuse_image(room, prompt)
    refusal = await ana.see(channel, lambda seen: "isn't an image" in text_of(seen), "the refusal")

    await ana.press(refusal, "Choose images")
    form = (await ana.wait(lambda state: bool(state["modals"]), "the form"))["modals"][-1]
    await ana.fill(words=f"{prompt} again", more=[photo()])
    job = await room.service.display.job((await room.queue_entry(f"{prompt} again")).job_id)
    own = await room.delivered(bo, channel, "bo's own")
    body = room.box.world.messages[own["id"]].body
    swapped = json.dumps(body["components"]).replace(
        button_id(own, "Generate again"), button_id(refusal, "Choose images")
    )
    body["components"] = json.loads(swapped)
    answer_to_bo = await private_answer(bo, await bo.press(own | {"components": body["components"]}, "Generate again"))

    assert prompt in str(form)
    assert "Attach the input images again" in str(form)
    assert job is not None
    assert (job.input_count, job.request.aspect_ratio) == (1, AspectRatio.WIDE)
    assert "someone else's" in text_of(answer_to_bo)
    assert prompt not in text_of(answer_to_bo)


async def refuse_image(room: Room, prompt: str) -> None:
    """Reject the input image of a request, as a worker does with a file that is no image."""
    await room.queue_entry(prompt)
    job = await room.store.write(queue.next_to_read, "test", now=datetime.now(UTC))
    assert isinstance(job, Job)
    assert job.request.prompt == prompt
    failure = Failure(Reason.IMAGE_UNREADABLE, {"position": 1})
    failed = await room.store.write(jobs.failed, job, failure, may_have_been_paid=False, now=datetime.now(UTC))
    assert failed is not None
    await room.delivery.notify(failed)


async def test_a_rejected_gallery_replaces_its_placeholder(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()

    sent = await ana.slash(channel, "gallery", everybody=True)
    for _ in range(200):
        state = await sent.fetch()
        if state["response"] and text_of(state["response"]):
            break
        await asyncio.sleep(0.02)

    assert "can manage this server" in text_of(state["response"])
    assert state["followups"] == []
