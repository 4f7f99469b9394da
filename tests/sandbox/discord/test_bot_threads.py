"""A bot starts threads and forum posts, deletes many messages at once, and lists members."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.records import PRIVATE_THREAD, THREAD
from tests.sandbox.conftest import WireBot


@pytest.mark.parametrize(("asked", "kind"), [({"type": THREAD}, THREAD), ({}, PRIVATE_THREAD)])
async def test_a_bot_starts_a_thread(wire: WireBot, asked: dict[str, Any], kind: int) -> None:
    async with wire.events() as events:
        status, made = await wire.call("POST", f"/channels/{wire.channel}/threads", {"name": "sketches", **asked})
        event = await events.next("THREAD_CREATE")
    posted = await wire.call("POST", f"/channels/{made['id']}/messages", {"content": "in here"})

    assert (status, made["name"], made["type"], made["parent_id"]) == (201, "sketches", kind, wire.channel)
    assert (event["id"], posted[0]) == (made["id"], 200)


async def test_a_message_has_one_thread(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "look")
    path = f"/channels/{wire.channel}/messages/{message}/threads"

    status, made = await wire.call("POST", path, {"name": "about that"})
    again = await wire.error("POST", path, {"name": "about that"})

    assert (status, made["id"]) == (201, message)
    assert again == (400, 160004)


async def test_a_bot_posts_in_a_forum_unless_the_message_is_refused(wire: WireBot) -> None:
    forum = await wire.make("/channels", name="gallery", kind="forum")

    status, made = await wire.call(
        "POST", f"/channels/{forum}/threads", {"name": "dusk", "message": {"content": "see"}}, {"a.txt": b"a"}
    )
    refused = await wire.error("POST", f"/channels/{forum}/threads", {"name": "dawn", "message": {"content": ""}})
    _, open_threads = await wire.call("GET", f"/guilds/{wire.box.world.server_id}/threads/active")

    assert (status, made["id"], made["message"]["content"]) == (201, made["message"]["id"], "see")
    assert [file["filename"] for file in made["message"]["attachments"]] == ["a.txt"]
    assert refused == (400, 50006)
    assert [thread["name"] for thread in open_threads["threads"]] == ["dusk"]


@pytest.mark.parametrize("denied", ["CREATE_PUBLIC_THREADS", "VIEW_CHANNEL"])
async def test_a_thread_needs_its_permission(wire: WireBot, denied: str) -> None:
    channel = await wire.make("/channels", name="closed", deny=[denied])

    status, _ = await wire.error("POST", f"/channels/{channel}/threads", {"name": "no", "type": THREAD})

    assert status == 403


async def test_a_thread_has_no_threads(wire: WireBot) -> None:
    thread = await wire.ana.thread(wire.channel, "sketches")

    assert await wire.error("POST", f"/channels/{thread}/threads", {"name": "no", "type": THREAD}) == (400, 50024)


async def test_many_messages_are_deleted_with_one_event(wire: WireBot) -> None:
    said = [await wire.ana.say(wire.channel, f"number {number}") for number in range(3)]
    async with wire.events() as events:
        done = await wire.call("POST", f"/channels/{wire.channel}/messages/bulk-delete", {"messages": said[:2]})
        event = await events.next("MESSAGE_DELETE_BULK")
    too_few = await wire.error("POST", f"/channels/{wire.channel}/messages/bulk-delete", {"messages": said[:1]})

    assert (done[0], event["ids"], event["channel_id"]) == (204, said[:2], wire.channel)
    assert [message["id"] for message in await wire.ana.messages(wire.channel)] == said[2:]
    assert too_few == (400, 50035)


async def test_members_are_listed_only_with_the_intent(wire: WireBot) -> None:
    path = f"/guilds/{wire.box.world.server_id}/members?limit=2"

    refused = await wire.error("GET", path)
    await wire.control.post("/discord/settings", member_intents=True)
    first = (await wire.call("GET", path))[1]
    rest = (await wire.call("GET", f"{path}&after={first[-1]['user']['id']}"))[1]

    assert refused == (403, 50001)
    assert {member["user"]["username"] for member in first + rest} == {"ana", "bo", "cleo", "wanvas"}


async def test_a_user_without_an_avatar_has_a_drawn_one(wire: WireBot) -> None:
    async with wire.session.get(f"{wire.box.cdn}/embed/avatars/3.png") as answer:
        data = await answer.read()

    assert (answer.status, answer.content_type, data[:4]) == (200, "image/png", b"\x89PNG")
