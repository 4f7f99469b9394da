"""Results are private where the managers decided so, from the next request on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import discord
import pytest
from sqlalchemy import Connection, delete, update

from cogs.private_cards import TurnButton
from cogs.ui.files import file_of
from cogs.ui.ids import Verb, numbered_id, result_file_name
from cogs.variations import LargerButton
from imagegen.errors import DeliverLater, Reason, Refused
from imagegen.store.tables_results import shared_results
from sandbox.people import EPHEMERAL, Json, Person, components_of, images_of, private_answer, text_of
from tests.cogs.conftest import Room
from tests.cogs.delivery.test_refusals import SEND
from tests.cogs.reading import job_of, received_interaction
from tests.end_to_end.conftest import png

pytestmark = pytest.mark.usefixtures("no_cards")


@asynccontextmanager
async def decided(room: Room, channel: str, **settings: Any) -> AsyncIterator[None]:
    """Let the managers of a channel's server decide *settings* for the block."""
    server_id, admin = int(room.box.world.channels[room.channel_id(channel)].server_id or 0), room.service.server_admin
    before = await admin.settings(server_id)
    await admin.change(server_id, lambda known: replace(known, **settings), user_id=1)
    try:
        yield
    finally:
        await admin.change(server_id, lambda _: before, user_id=1)


async def test_a_channel_with_private_results_hides_the_next_result_also_in_its_threads(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = f"thread of {channel}"
    await ana.thread(channel, thread)

    async with decided(room, channel, private_channels=(int(room.channel_id(channel)),)):
        hidden = [await room.delivered(ana, place, f"hidden in {place}") for place in (channel, thread)]
        shown = await room.delivered(ana, channel, "shown", private=False)

    assert [message["flags"] & EPHEMERAL for message in (*hidden, shown)] == [EPHEMERAL, EPHEMERAL, 0]


async def test_where_results_are_private_a_mention_is_answered_by_direct_message(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()

    async with decided(room, channel, private_channels=(int(room.channel_id(channel)),)):
        await ana.say(channel, f"{room.mention} a whispered cove")
        job = await room.generated_job("a whispered cove")
        await room.delivery.deliver(job)

    said, result = await room.bot_messages(ana, "dm")
    assert f"private in <#{room.channel_id(channel)}>" in text_of(said)
    assert images_of(result)
    assert await room.bot_messages(bo, channel) == []


async def test_alternatives_by_mention_are_offered_there_and_their_results_are_private(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()

    async with decided(room, channel, private_channels=(int(room.channel_id(channel)),)):
        await ana.say(channel, f"{room.mention} a {{red|blue}} whisper")
        choice = await ana.see(channel, lambda m: "That prompt makes 2 requests" in text_of(m), "the choice")
        await ana.press(choice, "Start")
        for prompt in ("a red whisper", "a blue whisper"):
            await room.delivery.deliver(await room.generated_job(prompt))

    results = [message for message in await room.bot_messages(ana, channel) if images_of(message)]
    assert [message["flags"] & EPHEMERAL for message in results] == [EPHEMERAL] * 2
    assert [message["id"] for message in await room.bot_messages(bo, channel)] == [choice["id"]]
    assert await room.bot_messages(ana, "dm") == []


async def test_a_mention_of_a_member_without_direct_messages_is_refused_where_results_are_private(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    room.box.faults.arm("discord_error", match=f"{SEND}/{room.box.world.bot_dm(ana.id).id}", code=50007)

    async with decided(room, channel, private=True):
        await ana.say(channel, f"{room.mention} a whispered cove")
        await ana.see(channel, lambda m: "I can't send you direct messages" in text_of(m), "the refusal")


async def test_a_blocked_member_shares_nothing(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    server_id = int(room.box.world.channels[room.channel_id(channel)].server_id or 0)
    card = await room.delivered(ana, channel, "shared by a blocked member", private=True)

    await room.service.server_admin.block(server_id, int(ana.id), True, user_id=1)
    await ana.press(card, "Share")
    await ana.see(channel, lambda m: "A manager has blocked you" in text_of(m), "the refusal")

    assert await room.bot_messages(bo, channel) == []


async def test_what_managers_look_at_first_is_shared_by_managers_alone(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    boss = await room.control.person("Boss who shares", manager=True)
    card = await room.delivered(ana, channel, "past the managers", private=True)
    managed = await room.delivered(boss, channel, "by a manager", private=True)

    async with decided(room, channel, hold_channels=(int(room.channel_id(channel)),)):
        await ana.press(card, "Share")
        await ana.see(channel, lambda m: "Managers look at results first" in text_of(m), "the refusal")
        await boss.press(managed, "Share")
        await boss.see(channel, lambda m: m["id"] == managed["id"] and "Shared" in text_of(m), "that it is shared")

    (post,) = await room.bot_messages(bo, channel)
    assert f"<@{boss.id}> shared" in text_of(post)


async def test_a_share_that_died_after_its_message_stays_one_message_if_managers_hold_results_meanwhile(
    room: Room,
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    card = await room.delivered(ana, channel, "shared once", private=True)
    job = await job_of(room, card)
    await room.service.sharing.begin(job, 1, replace(job.requester, channel_id=int(room.channel_id(channel))))
    file = file_of(png((32, 32)), result_file_name(job.id, 1, "png"))
    await room.bot.get_partial_messageable(int(room.channel_id(channel))).send(file=file)  # and the process dies

    async with decided(room, channel, hold_channels=(int(room.channel_id(channel)),)):
        await ana.press(card, "Share")
        await ana.see(channel, lambda m: "Managers look at results first" in text_of(m), "the refusal")
    await ana.press(card, "Share")
    await ana.see(channel, lambda m: m["id"] == card["id"] and "Shared" in text_of(m), "that it is shared")

    assert len(await room.bot_messages(bo, channel)) == 1


async def test_each_try_to_share_is_looked_for_where_it_was(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    card = await room.delivered(ana, channel, "tried for hours", private=True)
    job, sharing = await job_of(room, card), room.service.sharing
    requester = replace(job.requester, channel_id=int(room.channel_id(channel)))
    first, _ = await sharing.begin(job, 1, requester)
    await room.store.write(_hours_ago, job.id)  # and the process dies before it sends

    await ana.press(card, "Share")
    await ana.see(channel, lambda m: m["id"] == card["id"] and "Shared" in text_of(m), "that it is shared")

    (last,) = await sharing.of_job(job.id)
    assert last.at >= first.at
    with pytest.raises(DeliverLater):
        await sharing.try_again(first)


def _hours_ago(tx: Connection, job_id: int) -> None:
    values = {"at": datetime.now(UTC) - timedelta(hours=3)}
    tx.execute(update(shared_results).where(shared_results.c.job_id == job_id).values(values))


async def test_a_made_up_id_turns_or_shares_no_card_of_somebody_else(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await job_of(room, await room.delivered(ana, channel, "not yours", private=True))
    interaction = await received_interaction(room, bo, channel, await room.delivered(bo, channel, "mine", private=True))

    with pytest.raises(Refused) as refused:
        await TurnButton(discord.ui.Button(custom_id=numbered_id(Verb.TURN, job.id, 1)), job.id, 1).card(interaction)

    assert refused.value.reason is Reason.RESULT_NOT_VISIBLE


async def shared(room: Room, person: Person, channel: str, prompt: str, **options: Any) -> Json:
    """Return the message in which *person* shared the first image of a private result."""
    card = await room.delivered(person, channel, prompt, private=True, **options)
    await person.press(card, "Share")
    await person.see(channel, lambda m: m["id"] == card["id"] and "Shared" in text_of(m), "that it is shared")
    return await person.see(channel, lambda m: " shared" in text_of(m) and prompt in text_of(m), "the shared image")


async def asked(room: Room, prompt: str) -> tuple[int, int | None]:
    """Return the count and the seed of the request with *prompt* that waits, and cancel it."""
    job = await room.service.cancel((await room.queue_entry(prompt)).job_id)
    assert job is not None
    return job.request.count, job.request.seed


async def test_others_repeat_a_shared_image_of_several_as_one_image_with_another_seed(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    post = await shared(room, ana, channel, "two doors", count=2, seed=5)

    details = await private_answer(bo, await bo.press(post, "Details"))
    await bo.press(post, "Edit prompt")
    await bo.fill(words="two gates")
    changed = await asked(room, "two gates")
    await bo.say(channel, "s/doors/walls/", reply_to=post["id"])
    patched = await asked(room, "two walls")
    offer = await private_answer(bo, await bo.press(post, "More like this"))
    await bo.press(offer, "Strong variation")
    varied = await asked(room, "two doors")

    assert [count for count, _ in (changed, patched, varied)] == [1, 1, 1]
    assert 5 not in (changed[1], patched[1], varied[1])
    assert "seed" not in text_of(details) + text_of(post)


async def test_an_image_of_several_is_no_way_to_larger_copies_of_the_others(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    post = await shared(room, ana, channel, "two towers", count=2)

    await LargerButton((await job_of(room, post)).id).pressed(await received_interaction(room, bo, channel, post))
    await bo.see(channel, lambda m: "no larger size" in text_of(m), "the refusal")

    assert "Larger" not in str(post["components"])


async def test_others_vary_and_enlarge_a_shared_image_from_their_own_cards(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    post = await shared(room, ana, channel, "one tower", seed=5)

    await bo.press(await private_answer(bo, await bo.press(post, "More like this")), "Subtle variation")
    subtle = await asked(room, "one tower")
    await bo.press(post, "Larger")

    assert subtle[0] == 1
    assert await asked(room, "one tower") == (1, 5)


async def test_the_buttons_of_a_shared_image_work_before_its_message_is_recorded(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    post = await shared(room, ana, channel, "three doors", count=3)
    await room.store.write(lambda tx: tx.execute(delete(shared_results)).rowcount)

    await bo.press(post, "Generate again")

    assert (await asked(room, "three doors"))[0] == 1


def is_veiled(message: Json) -> bool:
    (gallery,) = [part for part in components_of(message) if part["type"] == 12]
    return all(item["spoiler"] for item in gallery["items"])


def says(sentence: str, message: Json) -> bool:
    return sentence in text_of(message)


async def test_share_obeys_the_managers_and_the_members_own_permissions_at_the_press(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    card = await room.delivered(ana, channel, "not for now", private=True)
    here, elsewhere = room.channel_id(channel), int(room.channel_id(await room.channel()))
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"paused": True}, "A manager has paused the bot"),
        ({"channels": (elsewhere,)}, f"I only work in <#{elsewhere}>"),
        ({"age_restricted_only": True}, "I only work in age-restricted channels"),
    ]

    for settings, sentence in refusals:
        async with decided(room, channel, **settings):
            await ana.press(card, "Share")
            await ana.see(channel, partial(says, sentence), sentence)
    await room.control.post("/overwrites", channel=here, target=ana.id, deny=["ATTACH_FILES"])
    await ana.press(card, "Share")
    await ana.see(channel, partial(says, "You can't post images where you requested this one"), "that ana may not post")

    assert await room.bot_messages(bo, channel) == []


async def test_a_shared_image_whose_requester_left_works_for_others_and_a_manager_can_delete_it(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    boss = await room.control.person("Boss of those who left", manager=True)
    post = await shared(room, ana, channel, "a left cove")
    await room.control.post("/members", person=ana.id, leave=True)

    details = await private_answer(bo, await bo.press(post, "Details"))
    await bo.press(post, "Generate again")
    again = await asked(room, "a left cove")
    await bo.press(post, "☆ Star")
    await bo.see(channel, lambda m: m["id"] == post["id"] and "★ 1" in str(m["components"]), "the star")
    await boss.press(post, "Delete")
    await bo.wait(lambda state: f"'id': '{post['id']}'" not in str(state["messages"]), "its end")

    assert "a left cove" in text_of(details)
    assert again[0] == 1


async def test_an_image_that_was_hidden_stays_hidden_when_it_is_shared(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()

    open_post = await shared(room, ana, channel, "an open cove")
    veiled_prompt = await shared(room, ana, channel, "a ||veiled|| cove")
    async with decided(room, channel, spoiler=True):
        by_rule = await shared(room, ana, channel, "a cove by the rules")

    assert [is_veiled(post) for post in (open_post, veiled_prompt, by_rule)] == [False, True, True]


async def test_a_shared_image_whose_requester_left_keeps_its_buttons(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    post = await shared(room, ana, channel, "a cove left behind")
    await room.control.post("/members", person=ana.id, leave=True)

    details = await private_answer(bo, await bo.press(post, "Details"))
    await bo.press(post, "Generate again")
    again = await asked(room, "a cove left behind")
    await bo.press(post, "History")
    history = await bo.see(channel, lambda m: "1 step" in text_of(m), "the history")

    assert "a cove left behind" in text_of(details)
    assert again[0] == 1
    assert images_of(history)
