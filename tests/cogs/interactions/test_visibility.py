"""Who may see a result, now: what is not known for sure is not shown. Through the local Discord."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from cogs.interactions import visibility
from imagegen.address import Address
from imagegen.model import INSTALL, Job
from sandbox.people import File, Json, Person
from tests.cogs.conftest import Room
from tests.cogs.reading import calls, job_of, received_interaction

MEMBER, THREAD, MESSAGES = "GET /api/v10/guilds", "GET /api/v10/channels", "messages"


async def a_result(room: Room, person: Person, channel: str, prompt: str = "a secret") -> Job:
    return await job_of(room, await room.delivered(person, channel, prompt))


async def sees(room: Room, person: Person, job: Job, frm: str, message: Json | None = None) -> bool:
    """Whether *person*, in the channel *frm*, is told of *job*: both questions have the same answer."""
    interaction = await received_interaction(room, person, frm, message)
    spot = await visibility.location_of(interaction, job)
    seen = await visibility.may_see(interaction, job)
    assert seen is (spot is not None)
    return seen


async def another_server(room: Room, *people: Person) -> tuple[str, str]:
    """A server with the bot and these people in it, and a channel of it."""
    owner = await room.new_person()
    server = (await room.control.post("/servers", name="Elsewhere", owner=owner.id))["id"]
    for person in people:
        await room.control.post("/members", server=server, person=person.id)
    return server, await room.channel_in(server)


async def deny(room: Room, person: Person, channel: str, *permissions: str) -> None:
    await room.control.post("/overwrites", channel=room.channel_id(channel), target=person.id, deny=list(permissions))


async def test_a_member_of_the_channel_sees_the_result_with_its_images(room: Room) -> None:
    ana, bo, channel, here = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    job = await a_result(room, ana, channel)

    spot = await visibility.location_of(await received_interaction(room, bo, here), job)

    assert spot is not None
    assert spot.jump.endswith(f"/{room.channel_id(channel)}/{job.message_id}")
    assert [f"/wanvas-{job.id}-1" in link.url for link in spot.images] == [True]


async def message_of(room: Room, channel: str, message_id: int | str | None) -> discord.Message:
    assert message_id is not None
    there = room.bot.get_partial_messageable(int(room.channel_id(channel)))
    return await there.fetch_message(int(message_id))


async def test_a_result_is_known_by_its_files_before_it_is_written_down_where_it_stands(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    message = await message_of(room, channel, job.message_id)

    known = await visibility.job_in(room.bot, message)
    await room.service.display.set_message(job.id, 4711)
    found = await visibility.job_in(room.bot, message)

    assert known is not None
    assert found is not None
    assert (known.id, found.id) == (job.id, job.id)


async def test_whoever_names_a_file_as_a_result_s_shows_no_result(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)

    posted = await bo.say(channel, "mine", [File(f"wanvas-{job.id}-1.png", b"a file")])
    silent = await bo.say(channel, "nothing")

    for said in (posted, silent):
        assert await visibility.job_in(room.bot, await message_of(room, channel, said)) is None


@pytest.mark.parametrize("permission", ["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
@pytest.mark.parametrize("frm", ["here", "dm"])
async def test_who_may_not_view_the_channel_or_read_its_history_sees_nothing(
    room: Room, permission: str, frm: str
) -> None:
    ana, bo, channel, here = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    job = await a_result(room, ana, channel)
    await deny(room, bo, channel, permission)

    assert not await sees(room, bo, job, here if frm == "here" else "dm")


async def test_not_even_the_asker_sees_what_stands_where_they_may_not_look_any_more(room: Room) -> None:
    ana, channel, here = await room.new_person(), await room.channel(), await room.channel()
    job = await a_result(room, ana, channel)
    await deny(room, ana, channel, "VIEW_CHANNEL")

    assert not await sees(room, ana, job, here)


async def test_a_member_of_another_server_sees_nothing_of_this_one(room: Room) -> None:
    ana = await room.new_person()
    bo = await room.control.person("Stranger", server=None)
    _, elsewhere = await another_server(room, bo)
    job = await a_result(room, ana, await room.channel())

    assert not await sees(room, bo, job, elsewhere)
    assert not await sees(room, bo, job, "dm")


async def test_a_member_of_both_servers_is_judged_by_the_one_of_the_result(room: Room) -> None:
    ana, bo, open_, closed = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    _, elsewhere = await another_server(room, ana, bo)
    await deny(room, bo, closed, "VIEW_CHANNEL")
    shown, hidden = await a_result(room, ana, open_), await a_result(room, ana, closed)
    there = await a_result(room, ana, elsewhere)
    await deny(room, bo, elsewhere, "READ_MESSAGE_HISTORY")

    assert await sees(room, bo, shown, elsewhere)
    assert not await sees(room, bo, hidden, elsewhere)
    assert not await sees(room, bo, there, open_)


async def test_who_has_left_the_server_sees_nothing_of_it(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    await room.control.post("/members", person=ana.id, leave=True)

    assert not await sees(room, ana, job, "dm")


async def test_where_the_bot_is_not_in_the_server_any_more_nobody_sees_anything(room: Room) -> None:
    ana = await room.new_person()
    server, channel = await another_server(room, ana)
    job = await a_result(room, ana, channel)
    await room.control.post("/servers/bot", server=server, present=False)

    assert not await sees(room, ana, job, "dm")


async def test_a_job_without_a_server_or_a_channel_is_not_seen(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    nowhere = replace(job, address=replace(job.address, channel_id=None), message_id=1)

    assert not await sees(room, ana, replace(job, address=Address(), message_id=1), channel)
    assert not await sees(room, ana, nowhere, channel)


# A read that is reset on an old connection is sent once more by aiohttp itself: so each is armed three times.
UNSURE: dict[str, tuple[str, dict[str, Any]]] = {
    "no access": ("discord_error", {"code": 50001}),
    "no such user": ("discord_error", {"code": 10013}),
    "a bare 403": ("discord_error", {"code": 0}),
    "500": ("server_error_before", {"status": 500}),
    "a reset": ("discord_reset_before", {}),
    "429": ("too_many_requests", {"retry_after_s": 30.0}),
}


@pytest.mark.parametrize("failure", UNSURE)
async def test_where_discord_does_not_say_who_is_a_member_nothing_is_seen(room: Room, failure: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, (name, arguments) = await a_result(room, ana, channel), UNSURE[failure]
    room.box.faults.arm(name, times=3, match=MEMBER, **arguments)

    assert not await sees(room, ana, job, "dm")


@pytest.mark.parametrize("failure", UNSURE)
async def test_where_discord_does_not_show_an_archived_thread_nothing_is_seen(room: Room, failure: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}")
    job, (name, arguments) = await a_result(room, ana, thread), UNSURE[failure]
    await room.control.post("/channels/change", channel=thread, archived=True)
    await received_interaction(room, ana, channel)
    room.box.faults.arm(name, times=3, match=f"{THREAD}/{thread}", **arguments)

    assert not await sees(room, ana, job, channel)


async def test_a_thread_whose_channel_the_bot_does_not_know_is_not_seen(room: Room) -> None:
    ana, channel, here = await room.new_person(), await room.channel(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}")
    job = await a_result(room, ana, thread)
    server = room.bot.get_guild(int(room.box.world.server_id))
    assert server is not None
    server._channels.pop(int(room.channel_id(channel)))

    assert not await sees(room, ana, job, here)


@pytest.mark.parametrize("archived", [False, True])
async def test_a_thread_is_seen_by_who_sees_its_channel(room: Room, archived: bool) -> None:
    ana, bo, cy = await room.new_person(), await room.new_person(), await room.new_person()
    channel, here = await room.channel(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}")
    job = await a_result(room, ana, thread)
    await room.control.post("/channels/change", channel=thread, archived=archived)
    await deny(room, cy, channel, "READ_MESSAGE_HISTORY")

    assert await sees(room, bo, job, here)
    assert not await sees(room, cy, job, here)


@pytest.mark.parametrize("archived", [False, True])
async def test_a_private_thread_is_seen_by_who_is_in_it_and_by_who_manages_threads(room: Room, archived: bool) -> None:
    ana, bo, cy = await room.new_person(), await room.new_person(), await room.new_person()
    boss = await room.control.person("Boss", manager=True)
    channel, here = await room.channel(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}", people=[bo.id])
    job = await a_result(room, ana, thread)
    await room.control.post("/channels/change", channel=thread, archived=archived)

    seen = [await sees(room, person, job, here) for person in (ana, bo, boss, cy)]

    assert seen == [True, True, True, False]


async def test_being_in_a_private_thread_is_not_enough_where_the_channel_is_closed(room: Room) -> None:
    ana, bo, channel, here = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    thread = await ana.thread(channel, f"of {channel}", people=[bo.id])
    job = await a_result(room, ana, thread)
    await deny(room, bo, channel, "READ_MESSAGE_HISTORY")

    assert not await sees(room, bo, job, here)


@pytest.mark.parametrize("failure", UNSURE)
async def test_where_discord_does_not_say_who_is_in_a_private_thread_nothing_is_seen(room: Room, failure: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}", people=[])
    job, (name, arguments) = await a_result(room, ana, thread), UNSURE[failure]
    room.box.faults.arm(name, times=3, match="thread-members", **arguments)

    assert not await sees(room, ana, job, channel)


async def test_what_was_made_in_direct_messages_is_its_askers_alone(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await a_result(room, ana, "dm", f"direct, {channel}")

    assert await sees(room, ana, job, channel)
    assert not await sees(room, bo, job, channel)
    assert not await sees(room, bo, job, "dm")


async def test_what_somebody_brought_the_bot_along_for_is_theirs_and_costs_no_call(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    brought = replace(job, requester=replace(job.requester, scope=INSTALL))
    interaction = await received_interaction(room, ana, channel)

    async with calls(room) as made:
        spot = await visibility.location_of(interaction, brought)
    others = await sees(room, bo, brought, channel)

    assert spot is not None
    assert spot.images == ()
    assert made == []
    assert not others


async def test_under_its_own_message_discord_has_said_who_may_read_it(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    shown = await room.delivered(ana, channel, "under its own message")
    job = await job_of(room, shown)
    before = await visibility.may_see(await received_interaction(room, bo, channel, shown), job)
    await deny(room, bo, channel, "READ_MESSAGE_HISTORY")

    after = await visibility.may_see(await received_interaction(room, bo, channel, shown), job)

    assert (before, after) == (True, False)


async def test_under_its_own_direct_message_the_asker_sees_it(room: Room) -> None:
    ana = await room.new_person()
    shown = await room.delivered(ana, "dm", "under its own direct message")

    assert await visibility.may_see(await received_interaction(room, ana, "dm", shown), await job_of(room, shown))


async def test_under_another_message_the_place_of_the_result_counts(room: Room) -> None:
    ana, bo, hidden, channel = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    secret, own = await a_result(room, ana, hidden), await room.delivered(bo, channel, "bo's own")
    await deny(room, bo, hidden, "VIEW_CHANNEL")

    assert not await sees(room, bo, secret, channel, own)


async def test_a_result_whose_message_is_gone_has_a_place_and_no_images(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    await room.bot.http.delete_message(int(room.channel_id(channel)), job.message_id or 0)

    spot = await visibility.location_of(await received_interaction(room, ana, channel), job)

    assert spot is not None
    assert spot.images == ()


async def test_where_discord_does_not_answer_for_a_message_nothing_is_shown_of_it(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    interaction = await received_interaction(room, ana, channel)
    room.box.faults.arm("server_error_before", match=MESSAGES, status=503)

    assert await visibility.location_of(interaction, job) is None
