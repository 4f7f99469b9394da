"""A result is shown only to a person who can see its message now. In doubt, the bot hides the result."""

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


async def sees(room: Room, person: Person, job: Job, source: str, message: Json | None = None) -> bool:
    """Return whether the bot shows *job* to *person* in the channel *source*. Both functions must agree."""
    interaction = await received_interaction(room, person, source, message)
    location = await visibility.location_of(interaction, job)
    seen = await visibility.may_see(interaction, job)
    assert seen is (location is not None)
    return seen


async def another_server(room: Room, *people: Person) -> tuple[str, str]:
    """Create a server with the bot and these people, and return its id and the name of a channel."""
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

    location = await visibility.location_of(await received_interaction(room, bo, here), job)

    assert location is not None
    assert location.jump.endswith(f"/{room.channel_id(channel)}/{job.message_id}")
    assert [f"/wanvas-{job.id}-1" in link.url for link in location.images] == [True]


async def message_of(room: Room, channel: str, message_id: int | str | None) -> discord.Message:
    assert message_id is not None
    there = room.bot.get_partial_messageable(int(room.channel_id(channel)))
    return await there.fetch_message(int(message_id))


async def test_a_result_is_recognized_by_its_files_before_its_message_is_stored(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    message = await message_of(room, channel, job.message_id)

    known = await visibility.job_in(room.bot, message)
    await room.service.display.set_message(job.id, 4711)
    found = await visibility.job_in(room.bot, message)

    assert known is not None
    assert found is not None
    assert (known.id, found.id) == (job.id, job.id)


async def test_a_members_file_named_like_a_result_is_not_taken_for_a_result(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)

    posted = await bo.say(channel, "mine", [File(f"wanvas-{job.id}-1.png", b"a file")])
    silent = await bo.say(channel, "nothing")

    for said in (posted, silent):
        assert await visibility.job_in(room.bot, await message_of(room, channel, said)) is None


@pytest.mark.parametrize("permission", ["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
@pytest.mark.parametrize("source", ["here", "dm"])
async def test_a_member_without_access_to_the_channel_or_its_history_does_not_see_the_result(
    room: Room, permission: str, source: str
) -> None:
    ana, bo, channel, here = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    job = await a_result(room, ana, channel)
    await deny(room, bo, channel, permission)

    assert not await sees(room, bo, job, here if source == "here" else "dm")


async def test_a_requester_who_lost_access_to_the_channel_does_not_see_the_result(room: Room) -> None:
    ana, channel, here = await room.new_person(), await room.channel(), await room.channel()
    job = await a_result(room, ana, channel)
    await deny(room, ana, channel, "VIEW_CHANNEL")

    assert not await sees(room, ana, job, here)


async def test_a_member_of_another_server_does_not_see_the_result(room: Room) -> None:
    ana = await room.new_person()
    bo = await room.control.person("Stranger", server=None)
    _, elsewhere = await another_server(room, bo)
    job = await a_result(room, ana, await room.channel())

    assert not await sees(room, bo, job, elsewhere)
    assert not await sees(room, bo, job, "dm")


async def test_in_another_server_the_permissions_in_the_results_server_decide(room: Room) -> None:
    ana, bo, open_channel, closed = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    _, elsewhere = await another_server(room, ana, bo)
    await deny(room, bo, closed, "VIEW_CHANNEL")
    visible, hidden = await a_result(room, ana, open_channel), await a_result(room, ana, closed)
    there = await a_result(room, ana, elsewhere)
    await deny(room, bo, elsewhere, "READ_MESSAGE_HISTORY")

    assert await sees(room, bo, visible, elsewhere)
    assert not await sees(room, bo, hidden, elsewhere)
    assert not await sees(room, bo, there, open_channel)


async def test_a_person_who_left_the_server_does_not_see_the_result(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    await room.control.post("/members", person=ana.id, leave=True)

    assert not await sees(room, ana, job, "dm")


async def test_results_of_a_server_that_removed_the_bot_are_hidden(room: Room) -> None:
    ana = await room.new_person()
    server, channel = await another_server(room, ana)
    job = await a_result(room, ana, channel)
    await room.control.post("/servers/bot", server=server, present=False)

    assert not await sees(room, ana, job, "dm")


async def test_a_job_without_a_stored_server_or_channel_is_hidden(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    nowhere = replace(job, address=replace(job.address, channel_id=None), message_id=1)

    assert not await sees(room, ana, replace(job, address=Address(), message_id=1), channel)
    assert not await sees(room, ana, nowhere, channel)


# aiohttp repeats a read by itself if an old connection is reset, so each fault is armed three times.
UNSURE: dict[str, tuple[str, dict[str, Any]]] = {
    "no access": ("discord_error", {"code": 50001}),
    "no such user": ("discord_error", {"code": 10013}),
    "a bare 403": ("discord_error", {"code": 0}),
    "500": ("server_error_before", {"status": 500}),
    "a reset": ("discord_reset_before", {}),
    "429": ("too_many_requests", {"retry_after_s": 30.0}),
}


@pytest.mark.parametrize("failure", UNSURE)
async def test_a_result_is_hidden_when_discord_does_not_confirm_the_membership(room: Room, failure: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, (name, arguments) = await a_result(room, ana, channel), UNSURE[failure]
    room.box.faults.arm(name, times=3, match=MEMBER, **arguments)

    assert not await sees(room, ana, job, "dm")


@pytest.mark.parametrize("failure", UNSURE)
async def test_a_result_in_an_archived_thread_is_hidden_when_discord_does_not_return_the_thread(
    room: Room, failure: str
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}")
    job, (name, arguments) = await a_result(room, ana, thread), UNSURE[failure]
    await room.control.post("/channels/change", channel=thread, archived=True)
    await received_interaction(room, ana, channel)
    room.box.faults.arm(name, times=3, match=f"{THREAD}/{thread}", **arguments)

    assert not await sees(room, ana, job, channel)


async def test_a_result_in_a_thread_of_an_unknown_channel_is_hidden(room: Room) -> None:
    ana, channel, here = await room.new_person(), await room.channel(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}")
    job = await a_result(room, ana, thread)
    server = room.bot.get_guild(int(room.box.world.server_id))
    assert server is not None
    server._channels.pop(int(room.channel_id(channel)))

    assert not await sees(room, ana, job, here)


@pytest.mark.parametrize("archived", [False, True])
async def test_a_result_in_a_thread_is_visible_to_members_who_see_the_channel(room: Room, archived: bool) -> None:
    ana, bo, cy = await room.new_person(), await room.new_person(), await room.new_person()
    channel, here = await room.channel(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}")
    job = await a_result(room, ana, thread)
    await room.control.post("/channels/change", channel=thread, archived=archived)
    await deny(room, cy, channel, "READ_MESSAGE_HISTORY")

    assert await sees(room, bo, job, here)
    assert not await sees(room, cy, job, here)


@pytest.mark.parametrize("archived", [False, True])
async def test_a_result_in_a_private_thread_is_visible_to_thread_members_and_managers(
    room: Room, archived: bool
) -> None:
    ana, bo, cy = await room.new_person(), await room.new_person(), await room.new_person()
    boss = await room.control.person("Boss", manager=True)
    channel, here = await room.channel(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}", people=[bo.id])
    job = await a_result(room, ana, thread)
    await room.control.post("/channels/change", channel=thread, archived=archived)

    seen = [await sees(room, person, job, here) for person in (ana, bo, boss, cy)]

    assert seen == [True, True, True, False]


async def test_a_thread_member_without_access_to_the_channel_does_not_see_the_result(room: Room) -> None:
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
async def test_a_result_in_a_private_thread_is_hidden_when_discord_does_not_list_the_members(
    room: Room, failure: str
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    thread = await ana.thread(channel, f"of {channel}", people=[])
    job, (name, arguments) = await a_result(room, ana, thread), UNSURE[failure]
    room.box.faults.arm(name, times=3, match="thread-members", **arguments)

    assert not await sees(room, ana, job, channel)


async def test_a_result_in_direct_messages_is_visible_to_its_requester_only(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await a_result(room, ana, "dm", f"direct, {channel}")

    assert await sees(room, ana, job, channel)
    assert not await sees(room, bo, job, channel)
    assert not await sees(room, bo, job, "dm")


async def test_a_result_of_a_user_install_is_visible_to_its_requester_only_without_a_call(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    user_install_job = replace(job, requester=replace(job.requester, scope=INSTALL))
    interaction = await received_interaction(room, ana, channel)

    async with calls(room) as recorded:
        location = await visibility.location_of(interaction, user_install_job)
    others = await sees(room, bo, user_install_job, channel)

    assert location is not None
    assert location.images == ()
    assert recorded == []
    assert not others


async def test_under_the_results_message_the_permissions_of_the_interaction_decide(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    result = await room.delivered(ana, channel, "under its own message")
    job = await job_of(room, result)
    before = await visibility.may_see(await received_interaction(room, bo, channel, result), job)
    await deny(room, bo, channel, "READ_MESSAGE_HISTORY")

    after = await visibility.may_see(await received_interaction(room, bo, channel, result), job)

    assert (before, after) == (True, False)


async def test_the_requester_sees_a_result_under_its_own_direct_message(room: Room) -> None:
    ana = await room.new_person()
    result = await room.delivered(ana, "dm", "under its own direct message")

    assert await visibility.may_see(await received_interaction(room, ana, "dm", result), await job_of(room, result))


async def test_under_another_message_the_permissions_in_the_results_channel_decide(room: Room) -> None:
    ana, bo, hidden, channel = (
        await room.new_person(),
        await room.new_person(),
        await room.channel(),
        await room.channel(),
    )
    secret, own = await a_result(room, ana, hidden), await room.delivered(bo, channel, "bo's own")
    await deny(room, bo, hidden, "VIEW_CHANNEL")

    assert not await sees(room, bo, secret, channel, own)


async def test_a_result_whose_message_was_deleted_has_a_link_and_no_images(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    await room.bot.http.delete_message(int(room.channel_id(channel)), job.message_id or 0)

    location = await visibility.location_of(await received_interaction(room, ana, channel), job)

    assert location is not None
    assert location.images == ()


async def test_a_result_is_hidden_when_discord_does_not_return_its_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job = await a_result(room, ana, channel)
    interaction = await received_interaction(room, ana, channel)
    room.box.faults.arm("server_error_before", match=MESSAGES, status=503)

    assert await visibility.location_of(interaction, job) is None
