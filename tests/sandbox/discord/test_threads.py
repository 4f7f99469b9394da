"""Threads and forums: where messages stand, who may write there, and when they are closed."""

from __future__ import annotations

import pytest

from sandbox.people import Refused
from tests.sandbox.conftest import Desk


async def test_a_thread_has_a_parent_and_messages_of_its_own(desk: Desk) -> None:
    async with desk.events() as events:
        thread = await desk.ana.thread(desk.channel, "sketches")
        told = await events.next("THREAD_CREATE")
    await desk.ana.say(thread, "in here")

    status, read = await desk.call("GET", f"/channels/{thread}")
    written = await desk.call("POST", f"/channels/{thread}/messages", {"content": "and the bot"})
    history = (await desk.call("GET", f"/channels/{thread}/messages"))[1]

    assert (told["id"], told["parent_id"], told["newly_created"]) == (thread, desk.channel, True)
    assert (status, read["type"], read["parent_id"], read["thread_metadata"]["archived"]) == (
        200,
        11,
        desk.channel,
        False,
    )
    assert written[0] == 200
    assert [message["content"] for message in history] == ["and the bot", "in here"]


async def test_a_thread_at_a_message_has_that_message_s_id(desk: Desk) -> None:
    message = await desk.ana.say(desk.channel, "look")

    assert await desk.ana.thread(desk.channel, "about that", message=message) == message


async def test_threads_go_by_a_permission_of_their_own_and_the_parent_s_overwrites(desk: Desk) -> None:
    thread = await desk.ana.thread(desk.channel, "sketches")
    said = {"content": "x"}

    await desk.control.post("/permissions", channel=desk.channel, deny=["SEND_MESSAGES"])
    without_send = await desk.call("POST", f"/channels/{thread}/messages", said)
    await desk.control.post("/permissions", channel=desk.channel, deny=["SEND_MESSAGES_IN_THREADS"])
    without_threads = await desk.error("POST", f"/channels/{thread}/messages", said)
    await desk.control.post("/permissions", channel=desk.channel, deny=["VIEW_CHANNEL"])
    unseen = await desk.error("GET", f"/channels/{thread}")

    assert (without_send[0], without_threads, unseen) == (200, (403, 50013), (403, 50001))


async def test_an_archived_thread_opens_when_somebody_writes_and_a_locked_one_does_not(desk: Desk) -> None:
    thread = await desk.ana.thread(desk.channel, "sketches")
    where = f"/channels/{thread}/messages"
    message = (await desk.call("POST", where, {"content": "mine"}))[1]["id"]

    await desk.control.post("/channels/change", channel=thread, archived=True)
    edited = await desk.error("PATCH", f"{where}/{message}", {"content": "changed"})
    written = await desk.call("POST", where, {"content": "opens"})
    opened = (await desk.call("GET", f"/channels/{thread}"))[1]["thread_metadata"]["archived"]
    await desk.control.post("/channels/change", channel=thread, archived=True, locked=True)
    locked = await desk.error("POST", where, {"content": "no"})

    assert edited == (400, 50083)
    assert (written[0], opened) == (200, False)
    assert locked == (400, 50083)


async def test_a_forum_takes_posts_that_begin_with_a_message_and_nothing_else(desk: Desk) -> None:
    forum = await desk.make("/channels", name="questions", kind="forum")
    post = await desk.ana.thread("questions", "how?", content="like this?")

    refused = await desk.error("POST", f"/channels/{forum}/messages", {"content": "x"})
    history = (await desk.call("GET", f"/channels/{post}/messages"))[1]

    assert refused == (400, 50024)
    assert [message["content"] for message in history] == ["like this?"]
    assert history[0]["id"] == post  # the post has the id of its first message
    with pytest.raises(Refused):
        await desk.ana.thread("questions", "empty")
    with pytest.raises(Refused):
        await desk.ana.say("questions", "no post")


async def test_a_command_used_in_a_thread_names_the_thread_and_its_parent(desk: Desk) -> None:
    thread = await desk.ana.thread(desk.channel, "sketches")

    payload = desk.made(await desk.ana.slash(thread, "ping")).payload
    status, answer = await desk.answer(payload, 4, content="here")

    assert (payload["channel"]["type"], payload["channel"]["parent_id"]) == (11, desk.channel)
    assert (status, answer["resource"]["message"]["channel_id"]) == (200, thread)


async def test_threads_come_with_their_server_and_go_with_their_channel(desk: Desk) -> None:
    thread = await desk.ana.thread(desk.channel, "sketches")

    active = (await desk.call("GET", f"/guilds/{desk.box.world.server_id}/threads/active"))[1]["threads"]
    async with desk.events() as events:
        server = await events.next("GUILD_CREATE")
        await desk.control.post("/channels/delete", channel=desk.channel)
        gone = await events.next("THREAD_DELETE")

    assert [found["id"] for found in active] == [found["id"] for found in server["threads"]] == [thread]
    assert gone["id"] == thread
    assert await desk.error("GET", f"/channels/{thread}") == (404, 10003)
