"""Threads and forums: their messages, who may post there, and when they are closed."""

from __future__ import annotations

import pytest

from sandbox.people import Refused
from tests.sandbox.conftest import WireBot


async def test_a_thread_has_a_parent_and_messages_of_its_own(wire: WireBot) -> None:
    async with wire.events() as events:
        thread = await wire.ana.thread(wire.channel, "sketches")
        event = await events.next("THREAD_CREATE")
    await wire.ana.say(thread, "in here")

    status, read = await wire.call("GET", f"/channels/{thread}")
    written = await wire.call("POST", f"/channels/{thread}/messages", {"content": "and the bot"})
    history = (await wire.call("GET", f"/channels/{thread}/messages"))[1]

    assert (event["id"], event["parent_id"], event["newly_created"]) == (thread, wire.channel, True)
    assert (status, read["type"], read["parent_id"], read["thread_metadata"]["archived"]) == (
        200,
        11,
        wire.channel,
        False,
    )
    assert written[0] == 200
    assert [message["content"] for message in history] == ["and the bot", "in here"]


async def test_a_thread_at_a_message_has_that_message_s_id(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "look")

    assert await wire.ana.thread(wire.channel, "about that", message=message) == message


async def test_threads_have_a_permission_of_their_own_and_the_parents_overwrites(wire: WireBot) -> None:
    thread = await wire.ana.thread(wire.channel, "sketches")
    body = {"content": "x"}

    await wire.control.post("/permissions", channel=wire.channel, deny=["SEND_MESSAGES"])
    without_send = await wire.call("POST", f"/channels/{thread}/messages", body)
    await wire.control.post("/permissions", channel=wire.channel, deny=["SEND_MESSAGES_IN_THREADS"])
    without_threads = await wire.error("POST", f"/channels/{thread}/messages", body)
    await wire.control.post("/permissions", channel=wire.channel, deny=["VIEW_CHANNEL"])
    unseen = await wire.error("GET", f"/channels/{thread}")

    assert (without_send[0], without_threads, unseen) == (200, (403, 50013), (403, 50001))


async def test_a_post_reopens_an_archived_thread_unless_it_is_locked(wire: WireBot) -> None:
    thread = await wire.ana.thread(wire.channel, "sketches")
    where = f"/channels/{thread}/messages"
    message = (await wire.call("POST", where, {"content": "mine"}))[1]["id"]

    await wire.control.post("/channels/change", channel=thread, archived=True)
    edited = await wire.error("PATCH", f"{where}/{message}", {"content": "changed"})
    written = await wire.call("POST", where, {"content": "opens"})
    opened = (await wire.call("GET", f"/channels/{thread}"))[1]["thread_metadata"]["archived"]
    await wire.control.post("/channels/change", channel=thread, archived=True, locked=True)
    locked = await wire.error("POST", where, {"content": "no"})

    assert edited == (400, 50083)
    assert (written[0], opened) == (200, False)
    assert locked == (400, 50083)


async def test_a_forum_takes_only_posts_with_a_first_message(wire: WireBot) -> None:
    forum = await wire.make("/channels", name="questions", kind="forum")
    post = await wire.ana.thread("questions", "how?", content="like this?")

    refused = await wire.error("POST", f"/channels/{forum}/messages", {"content": "x"})
    history = (await wire.call("GET", f"/channels/{post}/messages"))[1]

    assert refused == (400, 50024)
    assert [message["content"] for message in history] == ["like this?"]
    assert history[0]["id"] == post  # the post has the id of its first message
    with pytest.raises(Refused):
        await wire.ana.thread("questions", "empty")
    with pytest.raises(Refused):
        await wire.ana.say("questions", "no post")


async def test_a_command_used_in_a_thread_names_the_thread_and_its_parent(wire: WireBot) -> None:
    thread = await wire.ana.thread(wire.channel, "sketches")

    payload = wire.made(await wire.ana.slash(thread, "ping")).payload
    status, answer = await wire.answer(payload, 4, content="here")

    assert (payload["channel"]["type"], payload["channel"]["parent_id"]) == (11, wire.channel)
    assert (status, answer["resource"]["message"]["channel_id"]) == (200, thread)


async def test_threads_come_with_their_server_and_go_with_their_channel(wire: WireBot) -> None:
    thread = await wire.ana.thread(wire.channel, "sketches")

    active = (await wire.call("GET", f"/guilds/{wire.box.world.server_id}/threads/active"))[1]["threads"]
    async with wire.events() as events:
        server = await events.next("GUILD_CREATE")
        await wire.control.post("/channels/delete", channel=wire.channel)
        gone = await events.next("THREAD_DELETE")

    assert [found["id"] for found in active] == [found["id"] for found in server["threads"]] == [thread]
    assert gone["id"] == thread
    assert await wire.error("GET", f"/channels/{thread}") == (404, 10003)
