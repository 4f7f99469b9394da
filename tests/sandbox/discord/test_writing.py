"""What people write: whom it names, what it carries, how it is changed and how long it is, as Discord tells a bot."""

from __future__ import annotations

import pytest

from sandbox.people import File, Refused
from tests.sandbox.conftest import PNG, Desk

V2 = 1 << 15


async def test_a_role_that_is_named_is_mentioned_and_the_bots_own_tells_whose_it_is(desk: Desk) -> None:
    server = desk.box.world.servers[desk.box.world.server_id]
    own = next(role for role in server.roles.values() if role.managed)

    async with desk.events() as events:
        await desk.ana.say(desk.channel, f"<@&{own.id}> and <@&1>")
        told = await events.next("MESSAGE_CREATE")

    assert (told["mention_roles"], told["mentions"]) == ([own.id], [])
    assert desk.box.world.role_json(own)["tags"] == {"bot_id": desk.box.world.bot_id}


async def test_a_bot_mentions_a_role_only_where_it_says_that_it_may(desk: Desk) -> None:
    server = desk.box.world.servers[desk.box.world.server_id]
    role = next(role for role in server.roles.values() if role.managed)
    said = {"content": f"<@&{role.id}>"}

    quiet = (await desk.post({**said, "allowed_mentions": {"parse": []}}))[1]
    loud = (await desk.post({**said, "allowed_mentions": {"parse": [], "roles": [role.id]}}))[1]

    assert (quiet["mention_roles"], loud["mention_roles"]) == ([], [role.id])


async def test_a_person_changes_the_words_of_their_own_message_and_the_bot_is_told(desk: Desk) -> None:
    message = await desk.ana.say(desk.channel, "before", [File("a.png", PNG)])
    bo = await desk.control.person("Bo")

    async with desk.events() as events:
        await desk.ana.edit(message, f"<@{desk.box.world.bot_id}> after")
        told = await events.next("MESSAGE_UPDATE")

    assert (told["id"], [user["id"] for user in told["mentions"]]) == (message, [desk.box.world.bot_id])
    assert (len(told["attachments"]), bool(told["edited_timestamp"])) == (1, True)
    with pytest.raises(Refused, match="only their own"):
        await bo.edit(message, "mine now")


async def test_a_sticker_and_a_voice_message_are_told_as_what_they_are(desk: Desk) -> None:
    async with desk.events() as events:
        await desk.ana.say(desk.channel, "", stickers=[{"name": "wave", "format_type": 1}])
        sticker = await events.next("MESSAGE_CREATE")
        await desk.ana.say(desk.channel, "", [File("voice-message.ogg", b"OggS")], voice=True)
        voice = await events.next("MESSAGE_CREATE")

    assert [item["name"] for item in sticker["sticker_items"]] == ["wave"]
    assert (voice["attachments"][0]["duration_secs"], voice["attachments"][0]["content_type"]) == (1.5, "audio/ogg")


async def test_a_file_that_is_named_as_a_spoiler_is_flagged_as_one(desk: Desk) -> None:
    _, message = await desk.post({"content": "x"}, {"SPOILER_a.png": PNG, "a.png": PNG})

    assert [attachment.get("flags", 0) for attachment in message["attachments"]] == [1 << 3, 0]


@pytest.mark.parametrize(
    "body",
    [{"content": "\N{GRINNING FACE}" * 1001},
     {"flags": V2, "components": [{"type": 10, "content": "\N{GRINNING FACE}" * 2001}]}],
    ids=["content", "components"],
)  # fmt: skip
async def test_a_text_is_as_long_as_clients_count_it(desk: Desk, body: dict[str, object]) -> None:
    code, _ = await desk.refused(body)

    assert code == 50035
