"""Messages of people as a bot gets them: mentions, contents, edits and lengths."""

from __future__ import annotations

import pytest

from sandbox.people import File, Refused, images_of
from tests.sandbox.conftest import PNG, WITH_CONTENT, WireBot

V2 = 1 << 15


async def test_a_named_role_is_mentioned_and_the_bots_role_is_tagged(wire: WireBot) -> None:
    server = wire.box.world.servers[wire.box.world.server_id]
    own = next(role for role in server.roles.values() if role.managed)

    async with wire.events() as events:
        await wire.ana.say(wire.channel, f"<@&{own.id}> and <@&1>")
        event = await events.next("MESSAGE_CREATE")

    assert (event["mention_roles"], event["mentions"]) == ([own.id], [])
    assert wire.box.world.role_json(own)["tags"] == {"bot_id": wire.box.world.bot_id}


async def test_the_bot_mentions_a_role_only_if_allowed_mentions_permits(wire: WireBot) -> None:
    server = wire.box.world.servers[wire.box.world.server_id]
    role = next(role for role in server.roles.values() if role.managed)
    body = {"content": f"<@&{role.id}>"}

    quiet = (await wire.post({**body, "allowed_mentions": {"parse": []}}))[1]
    loud = (await wire.post({**body, "allowed_mentions": {"parse": [], "roles": [role.id]}}))[1]

    assert (quiet["mention_roles"], loud["mention_roles"]) == ([], [role.id])


async def test_a_person_edits_their_own_message_and_the_bot_gets_the_event(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "before", [File("a.png", PNG)])
    bo = await wire.control.person("Bo")

    async with wire.events() as events:
        await wire.ana.edit(message, f"<@{wire.box.world.bot_id}> after")
        event = await events.next("MESSAGE_UPDATE")

    assert (event["id"], [user["id"] for user in event["mentions"]]) == (message, [wire.box.world.bot_id])
    assert (len(event["attachments"]), bool(event["edited_timestamp"])) == (1, True)
    with pytest.raises(Refused, match="only their own"):
        await bo.edit(message, "mine now")


async def test_a_sticker_and_a_voice_message_arrive_as_such(wire: WireBot) -> None:
    async with wire.events(WITH_CONTENT) as events:
        await wire.ana.say(wire.channel, "", stickers=[{"name": "wave", "format_type": 1}])
        sticker = await events.next("MESSAGE_CREATE")
        await wire.ana.say(wire.channel, "", [File("voice-message.ogg", b"OggS")], voice=True)
        voice = await events.next("MESSAGE_CREATE")

    assert [item["name"] for item in sticker["sticker_items"]] == ["wave"]
    assert (voice["attachments"][0]["duration_secs"], voice["attachments"][0]["content_type"]) == (1.5, "audio/ogg")


async def test_a_file_with_a_spoiler_name_is_flagged(wire: WireBot) -> None:
    _, message = await wire.post({"content": "x"}, {"SPOILER_a.png": PNG, "a.png": PNG})

    assert [attachment.get("flags", 0) for attachment in message["attachments"]] == [1 << 3, 0]


@pytest.mark.parametrize(
    "body",
    [{"content": "\N{GRINNING FACE}" * 1001},
     {"flags": V2, "components": [{"type": 10, "content": "\N{GRINNING FACE}" * 2001}]}],
    ids=["content", "components"],
)  # fmt: skip
async def test_lengths_are_counted_in_utf16_as_clients_do(wire: WireBot, body: dict[str, object]) -> None:
    code, _ = await wire.refused(body)

    assert code == 50035


async def test_a_poll_and_a_sticker_are_refused_by_name(wire: WireBot) -> None:
    answer = {"poll_media": {"text": "a"}}
    poll = {"question": {"text": "Tea?"}, "answers": [answer]}

    assert await wire.refused({"poll": poll}) == (
        50035,
        '{"poll": {"_errors": [{"code": "NOT_IMITATED", "message": "The sandbox has no polls."}]}}',
    )
    assert "The sandbox has no stickers of bots." in (await wire.refused({"sticker_ids": ["1"]}))[1]


async def test_a_card_shows_only_the_files_that_its_components_show(wire: WireBot) -> None:
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://shown.png"}}]}
    listed = [{"id": 0, "filename": "shown.png"}, {"id": 1, "filename": "kept.png"}]
    body = {"flags": V2, "components": [gallery], "attachments": listed}

    _, message = await wire.post(body, {"shown.png": PNG, "kept.png": PNG})

    assert [file["filename"] for file in message["attachments"]] == ["kept.png"]
    (image,) = images_of(message)
    assert "/shown.png?" in image["url"]
