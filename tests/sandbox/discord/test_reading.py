"""The bot reads channels: pages of a history, single messages, and only the content that it may see."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import PNG, WITH_CONTENT, WireBot


async def history(wire: WireBot, query: str) -> list[str]:
    found = (await wire.call("GET", f"/channels/{wire.channel}/messages{query}"))[1]
    return [message["content"] for message in found]


async def test_a_history_is_read_in_pages(wire: WireBot) -> None:
    ids = [await wire.ana.say(wire.channel, str(number)) for number in range(6)]

    assert await history(wire, "?limit=2") == ["5", "4"]
    assert await history(wire, f"?limit=2&before={ids[3]}") == ["2", "1"]
    assert await history(wire, f"?limit=2&after={ids[1]}") == ["3", "2"]
    assert await history(wire, f"?limit=3&around={ids[3]}") == ["4", "3", "2"]
    assert await history(wire, "") == ["5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=x"])
async def test_an_invalid_page_is_refused(wire: WireBot, query: str) -> None:
    assert await wire.error("GET", f"/channels/{wire.channel}/messages?{query}") == (400, 50035)


async def test_without_read_message_history_pages_are_empty_and_messages_refused(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "there")
    await wire.control.post("/permissions", channel=wire.channel, deny=["READ_MESSAGE_HISTORY"])

    reply = {"content": "x", "message_reference": {"message_id": message}}

    assert await history(wire, "") == []
    assert await wire.error("GET", f"/channels/{wire.channel}/messages/{message}") == (403, 50013)
    assert (await wire.post(reply))[1]["code"] == 160002


async def test_without_the_intent_no_route_shows_content_or_files_of_others(wire: WireBot) -> None:
    await wire.control.post("/discord/settings", message_content=False)
    secret = await wire.ana.say(wire.channel, "secret words")
    forwarded = await wire.ana.say(wire.channel, "", forward=secret)
    reply = await wire.ana.say(wire.channel, f"<@{wire.box.world.bot_id}> look", reply_to=secret)

    page = (await wire.call("GET", f"/channels/{wire.channel}/messages"))[1]
    single = [(await wire.call("GET", f"/channels/{wire.channel}/messages/{i}"))[1] for i in (secret, forwarded, reply)]

    assert "secret" not in str(page)
    assert "secret" not in str(single)
    assert "look" in single[2]["content"]


async def test_a_session_without_the_intent_gets_no_content_even_if_the_intent_is_granted(wire: WireBot) -> None:
    async with wire.events() as without, wire.events(WITH_CONTENT) as reads:
        message_id = await wire.ana.say(wire.channel, "secret words")

        contents = [(await events.next("MESSAGE_CREATE"))["content"] for events in (without, reads)]

    read = (await wire.call("GET", f"/channels/{wire.channel}/messages/{message_id}"))[1]
    assert contents == ["", "secret words"]
    assert read["content"] == "secret words"  # REST knows the application's grant, and no session's intents


async def test_a_forward_carries_a_snapshot_of_the_original(wire: WireBot) -> None:
    first = await wire.ana.say(wire.channel, "far words")
    second = await wire.ana.say("studio", "", forward=first)
    studio = next(channel.id for channel in wire.box.world.channels.values() if channel.name == "studio")

    read = (await wire.call("GET", f"/channels/{studio}/messages/{second}"))[1]

    assert (read["message_reference"]["type"], read["message_reference"]["channel_id"]) == (1, wire.channel)
    assert read["message_snapshots"][0]["message"]["content"] == "far words"


async def test_the_bot_forwards_what_it_can_read(wire: WireBot) -> None:
    studio = next(channel.id for channel in wire.box.world.channels.values() if channel.name == "studio")
    message = await wire.ana.say("studio", "far words")
    reference = {"type": 1, "message_id": message, "channel_id": studio}

    status, forwarded = await wire.post({"message_reference": reference})
    gone = await wire.refused({"message_reference": {**reference, "message_id": "1"}})
    await wire.control.post("/permissions", channel=studio, deny=["READ_MESSAGE_HISTORY"])
    unread = await wire.refused({"message_reference": reference})

    assert (status, forwarded["message_reference"]["channel_id"]) == (200, studio)
    assert forwarded["message_snapshots"][0]["message"]["content"] == "far words"
    assert (gone[0], unread[0]) == (10008, 50001)


async def test_files_of_any_type_are_attached_and_only_images_have_sides(wire: WireBot) -> None:
    _, message = await wire.post({"content": "x"}, {"books.csv": b"a,b\n", "notes": b"?", "a.png": PNG})

    kinds = [attachment["content_type"] for attachment in message["attachments"]]
    assert kinds == ["text/csv", "application/octet-stream", "image/png"]
    assert "width" not in message["attachments"][0]


async def test_a_follow_up_is_edited_and_deleted_by_its_id(wire: WireBot) -> None:
    payload = await wire.interaction()
    await wire.answer(payload, 4, content="first")
    extra = (await wire.call("POST", wire.hook(payload), {"content": "extra"}))[1]["id"]
    where = wire.hook(payload, f"/messages/{extra}")

    edited = (await wire.call("PATCH", where, {"content": "changed"}))[1]["content"]
    deleted = (await wire.call("DELETE", where))[0]

    assert (edited, deleted) == ("changed", 204)
    assert await wire.error("GET", where) == (404, 10008)


async def test_the_bot_reads_users_and_sends_them_direct_messages(wire: WireBot) -> None:
    user = (await wire.call("GET", f"/users/{wire.ana.id}"))[1]
    opened = [(await wire.call("POST", "/users/@me/channels", {"recipient_id": wire.ana.id}))[1] for _ in range(2)]
    await wire.call("POST", f"/channels/{opened[0]['id']}/messages", {"content": "psst"})

    assert (user["username"], await wire.error("GET", "/users/1")) == ("cleo", (404, 10013))
    assert opened[0] == opened[1]
    assert [message["content"] for message in await wire.ana.messages("dm")] == ["psst"]
