"""What one person is told alone stays theirs, and reaches them by the next way where one is refused."""

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
from imagegen.model import AspectRatio, Failure
from imagegen.store import jobs, queue
from sandbox.discord.errors import REFUSALS
from sandbox.people import EPHEMERAL, LOADING, Json, Person, button_id, private_answer, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import received_interaction
from tests.cogs.test_result_buttons import photo

CALLBACK, ORIGINAL, FOLLOW_UP = "callback", "messages/@original", "POST /api/v10/webhooks"
REFUSED = sorted({50027, 10015, 50001, 50013, 50035, 10008} & set(REFUSALS))
SAID = "only for you"


async def seen_by(room: Room, person: Person, channel: str) -> list[Json]:
    return [*await room.bot_messages(person, channel), *await room.bot_messages(person, "dm")]


async def told(room: Room, ana: Person, bo: Person, channel: str) -> Json:
    """The one sentence that ana got; bo sees nothing of it."""
    (message,) = [message for message in await seen_by(room, ana, channel) if SAID in text_of(message)]
    assert SAID not in str(await seen_by(room, bo, channel))
    return message


async def asked(room: Room) -> tuple[Person, Person, str, discord.Interaction[Any]]:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    return ana, bo, channel, await received_interaction(room, ana, channel)


async def test_a_private_thinking_becomes_the_sentence(room: Room) -> None:
    ana, bo, channel, interaction = await asked(room)
    await interaction.response.defer(ephemeral=True, thinking=True)
    (thinking,) = await room.bot_messages(ana, channel)

    await reply_privately(interaction, SAID)

    (message,) = await room.bot_messages(ana, channel)
    assert message["id"] == thinking["id"]
    assert message["flags"] & (EPHEMERAL | LOADING) == EPHEMERAL
    assert (await told(room, ana, bo, channel))["id"] == message["id"]


@pytest.mark.parametrize("typed", ["a short thought", "long " * 700])
async def test_what_was_typed_comes_back_in_a_private_thinking_too(room: Room, typed: str) -> None:
    ana, _, channel, interaction = await asked(room)
    await interaction.response.defer(ephemeral=True, thinking=True)

    await reply_privately(interaction, SAID, typed)

    (message,) = await room.bot_messages(ana, channel)
    assert typed in text_of(message) or [file["filename"] for file in message["attachments"]] == ["words.txt"]


async def test_an_open_thinking_is_taken_away_and_the_sentence_follows(room: Room) -> None:
    ana, bo, channel, interaction = await asked(room)
    await interaction.response.defer(thinking=True)
    (thinking,) = await room.bot_messages(bo, channel)

    await reply_privately(interaction, SAID)

    message = await told(room, ana, bo, channel)
    assert message["id"] != thinking["id"]
    assert message["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


@pytest.mark.parametrize("code", REFUSED)
async def test_where_the_edit_of_a_private_thinking_is_refused_a_follow_up_tells(room: Room, code: int) -> None:
    ana, bo, channel, interaction = await asked(room)
    await interaction.response.defer(ephemeral=True, thinking=True)
    room.box.faults.arm("discord_error", match=f"PATCH /api/v10/webhooks/{room.box.world.bot_id}", code=code)

    assert await reply_privately(interaction, SAID)

    assert (await told(room, ana, bo, channel))["flags"] & EPHEMERAL


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("code", REFUSED)
async def test_where_the_token_is_refused_everywhere_a_direct_message_tells(
    room: Room, code: int, private: bool
) -> None:
    ana, bo, channel, interaction = await asked(room)
    await interaction.response.defer(ephemeral=private, thinking=True)
    room.box.faults.arm("discord_error", times=9, match="/api/v10/webhooks/", code=code)

    assert await reply_privately(interaction, SAID, "a short thought")

    message = await told(room, ana, bo, channel)
    assert message in await room.bot_messages(ana, "dm")
    assert "a short thought" in text_of(message)


async def test_an_open_thinking_that_stays_is_never_filled_with_what_is_private(room: Room) -> None:
    ana, bo, channel, interaction = await asked(room)
    await interaction.response.defer(thinking=True)
    room.box.faults.arm("server_error_before", times=9, match="DELETE /api/v10/webhooks", status=503)

    assert await reply_privately(interaction, SAID)

    assert await told(room, ana, bo, channel) in await room.bot_messages(ana, "dm")


async def test_an_open_thinking_whose_removal_got_no_answer_is_removed(room: Room) -> None:
    ana, bo, channel, interaction = await asked(room)
    await interaction.response.defer(thinking=True)
    room.box.faults.arm("server_error_after", match="DELETE /api/v10/webhooks")

    assert await reply_privately(interaction, SAID)

    assert (await told(room, ana, bo, channel))["flags"] & EPHEMERAL
    assert await room.bot_messages(bo, channel) == []


@pytest.mark.parametrize("fault", ["server_error_after", "discord_reset_after"])
async def test_a_first_answer_that_was_lost_is_said_once(room: Room, fault: str) -> None:
    ana, bo, channel, interaction = await asked(room)
    room.box.faults.arm(fault, match=CALLBACK)

    assert await reply_privately(interaction, SAID)

    assert (await told(room, ana, bo, channel))["flags"] & EPHEMERAL


@pytest.mark.parametrize("fault", ["server_error_before", "discord_reset_before"])
async def test_a_first_answer_that_never_came_is_given_again(room: Room, fault: str) -> None:
    ana, bo, channel, interaction = await asked(room)
    room.box.faults.arm(fault, match=CALLBACK)

    assert await reply_privately(interaction, SAID)

    assert (await told(room, ana, bo, channel))["flags"] & EPHEMERAL


async def test_what_another_process_has_answered_is_not_said_again(room: Room) -> None:
    ana, _, channel, interaction = await asked(room)
    twin = discord.Interaction[Any](data=interaction_payload(room, interaction), state=room.bot._connection)
    await twin.response.defer(ephemeral=True, thinking=True)

    assert not await reply_privately(interaction, SAID)

    assert SAID not in str(await seen_by(room, ana, channel))


def interaction_payload(room: Room, interaction: discord.Interaction[Any]) -> Any:
    return room.box.world.interactions[str(interaction.id)].payload


async def test_where_no_way_is_left_it_is_logged_and_nothing_is_raised(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    ana, _, channel, interaction = await asked(room)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await room.control.post("/people/change", person=ana.id, dm_open=False)
    room.box.faults.arm("discord_error", times=9, match="/api/v10/webhooks/", code=50027)

    await submission.reply_with_error(interaction, ZeroDivisionError())

    logged = capsys.readouterr().out
    assert "interaction_unanswered" in logged
    assert str(interaction.id) in logged
    assert not [message for message in await seen_by(room, ana, channel) if text_of(message)]


async def test_a_private_answer_under_a_button_follows_and_leaves_the_message(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    shown = await room.delivered(ana, channel, "stays as it is")
    interaction = await received_interaction(room, ana, channel, shown)
    await interaction.response.defer()

    await reply_privately(interaction, SAID)

    assert (await told(room, ana, bo, channel))["id"] != shown["id"]
    assert shown["id"] in [message["id"] for message in await room.bot_messages(bo, channel)]


async def test_words_are_kept_when_the_image_beside_them_cannot_be_taken(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    prompt = "a long thought about an image"
    await ana.slash(channel, "imagine", prompt=prompt, image1=photo(), aspect_ratio="wide")
    await refuse_image(room, prompt)
    refusal = await ana.see(channel, lambda seen: "isn't an image" in text_of(seen), "the refusal")

    await ana.press(refusal, "Choose images")
    form = str(await ana.wait(lambda state: bool(state["modals"]), "the form"))
    await ana.fill(words=f"{prompt}, anew", more=[photo()])
    job = await room.service.display.job((await room.queue_entry(f"{prompt}, anew")).job_id)
    own = await room.delivered(bo, channel, "bo's own")
    kept = room.box.world.messages[own["id"]].body
    swapped = json.dumps(kept["components"]).replace(
        button_id(own, "Generate again"), button_id(refusal, "Choose images")
    )
    kept["components"] = json.loads(swapped)
    others = await private_answer(bo, await bo.press(own | {"components": kept["components"]}, "Generate again"))

    assert prompt in form
    assert job is not None
    assert (job.input_count, job.request.aspect_ratio) == (1, AspectRatio.WIDE)
    assert "someone else's" in text_of(others)
    assert prompt not in text_of(others)


async def refuse_image(room: Room, prompt: str) -> None:
    """What a worker does where the image of a request is none."""
    await room.queue_entry(prompt)
    job = await room.store.write(queue.next_to_read, "test", now=datetime.now(UTC))
    assert job is not None
    assert job.request.prompt == prompt
    failure = Failure(Reason.IMAGE_UNREADABLE, {"position": 1})
    failed = await room.store.write(jobs.failed, job, failure, may_have_been_paid=False, now=datetime.now(UTC))
    assert failed is not None
    await room.delivery.notify(failed)


async def test_a_refused_gallery_is_told_in_the_place_of_its_thinking(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()

    asked_ = await ana.slash(channel, "gallery", everybody=True)
    for _ in range(200):
        look = await asked_.fetch()
        if look["response"] and text_of(look["response"]):
            break
        await asyncio.sleep(0.02)

    assert "can manage this server" in text_of(look["response"])
    assert look["followups"] == []
