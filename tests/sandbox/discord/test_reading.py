"""What the bot may read of channels: pages of a history, one message, and only the words it may see."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import PNG, Desk


async def history(desk: Desk, query: str) -> list[str]:
    found = (await desk.call("GET", f"/channels/{desk.channel}/messages{query}"))[1]
    return [message["content"] for message in found]


async def test_a_history_is_read_in_pages(desk: Desk) -> None:
    ids = [await desk.ana.say(desk.channel, str(number)) for number in range(6)]

    assert await history(desk, "?limit=2") == ["5", "4"]
    assert await history(desk, f"?limit=2&before={ids[3]}") == ["2", "1"]
    assert await history(desk, f"?limit=2&after={ids[1]}") == ["3", "2"]
    assert await history(desk, f"?limit=3&around={ids[3]}") == ["4", "3", "2"]
    assert await history(desk, "") == ["5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=x"])
async def test_a_page_that_cannot_be_is_refused(desk: Desk, query: str) -> None:
    assert await desk.error("GET", f"/channels/{desk.channel}/messages?{query}") == (400, 50035)


async def test_a_history_that_the_bot_may_not_read_is_empty_and_its_messages_are_refused(desk: Desk) -> None:
    message = await desk.ana.say(desk.channel, "there")
    await desk.control.post("/permissions", channel=desk.channel, deny=["READ_MESSAGE_HISTORY"])

    reply = {"content": "x", "message_reference": {"message_id": message}}

    assert await history(desk, "") == []
    assert await desk.error("GET", f"/channels/{desk.channel}/messages/{message}") == (403, 50013)
    assert (await desk.post(reply))[1]["code"] == 160002


async def test_without_the_intent_words_and_files_of_others_are_kept_from_every_way_of_reading(desk: Desk) -> None:
    await desk.control.post("/discord/settings", message_content=False)
    secret = await desk.ana.say(desk.channel, "secret words")
    forwarded = await desk.ana.say(desk.channel, "", forward=secret)
    reply = await desk.ana.say(desk.channel, f"<@{desk.box.world.bot_id}> look", reply_to=secret)

    page = (await desk.call("GET", f"/channels/{desk.channel}/messages"))[1]
    single = [(await desk.call("GET", f"/channels/{desk.channel}/messages/{i}"))[1] for i in (secret, forwarded, reply)]

    assert "secret" not in str(page)
    assert "secret" not in str(single)
    assert "look" in single[2]["content"]


async def test_a_forward_carries_a_snapshot_of_what_was_forwarded(desk: Desk) -> None:
    first = await desk.ana.say(desk.channel, "far words")
    second = await desk.ana.say("studio", "", forward=first)
    studio = next(channel.id for channel in desk.box.world.channels.values() if channel.name == "studio")

    read = (await desk.call("GET", f"/channels/{studio}/messages/{second}"))[1]

    assert (read["message_reference"]["type"], read["message_reference"]["channel_id"]) == (1, desk.channel)
    assert read["message_snapshots"][0]["message"]["content"] == "far words"


async def test_files_of_any_kind_are_attached_with_their_type_and_only_pictures_have_sides(desk: Desk) -> None:
    _, message = await desk.post({"content": "x"}, {"books.csv": b"a,b\n", "notes": b"?", "a.png": PNG})

    kinds = [attachment["content_type"] for attachment in message["attachments"]]
    assert kinds == ["text/csv", "application/octet-stream", "image/png"]
    assert "width" not in message["attachments"][0]


async def test_a_follow_up_is_edited_and_deleted_by_its_id(desk: Desk) -> None:
    payload = await desk.interaction()
    await desk.answer(payload, 4, content="first")
    extra = (await desk.call("POST", desk.hook(payload), {"content": "extra"}))[1]["id"]
    where = desk.hook(payload, f"/messages/{extra}")

    edited = (await desk.call("PATCH", where, {"content": "changed"}))[1]["content"]
    deleted = (await desk.call("DELETE", where))[0]

    assert (edited, deleted) == ("changed", 204)
    assert await desk.error("GET", where) == (404, 10008)


async def test_people_are_read_and_written_to(desk: Desk) -> None:
    user = (await desk.call("GET", f"/users/{desk.ana.id}"))[1]
    opened = [(await desk.call("POST", "/users/@me/channels", {"recipient_id": desk.ana.id}))[1] for _ in range(2)]
    await desk.call("POST", f"/channels/{opened[0]['id']}/messages", {"content": "psst"})

    assert (user["username"], await desk.error("GET", "/users/1")) == ("cleo", (404, 10013))
    assert opened[0] == opened[1]
    assert [message["content"] for message in await desk.ana.messages("dm")] == ["psst"]
