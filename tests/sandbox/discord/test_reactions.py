"""Reactions of the bot and of people: REST, the gateway, permissions and limits."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from sandbox.discord.emoji import canonical
from sandbox.people import Refused
from tests.sandbox.conftest import GUILDS_AND_MESSAGES, WireBot

GUILD_REACTIONS, DM_REACTIONS = 1 << 10, 1 << 13
REACTING = GUILDS_AND_MESSAGES | GUILD_REACTIONS
THUMB, HEART = "👍", "❤\ufe0f"
FACES = [chr(code) for code in range(0x1F600, 0x1F615)]


async def react(wire: WireBot, method: str, message: str, rest: str = "", channel: str = "") -> Any:
    """Make a call under a message's reactions, when its rate limit allows it. Return the status and the answer."""
    await wire.control.advance(0.25)
    return await wire.call(method, f"/channels/{channel or wire.channel}/messages/{message}/reactions{rest}")


async def code(wire: WireBot, method: str, message: str, rest: str = "", channel: str = "") -> tuple[int, int]:
    status, answer = await react(wire, method, message, rest, channel)
    return status, answer["code"]


async def reactions(wire: WireBot, message: str) -> Any:
    """Return the reactions of a message as the bot reads them."""
    _, found = await wire.call("GET", f"/channels/{wire.channel}/messages/{message}")
    return found.get("reactions")


def path(emoji: str, rest: str = "/@me") -> str:
    return f"/{quote(emoji)}{rest}"


async def test_a_message_counts_reactions_and_says_which_are_the_viewers(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "good?")
    await wire.ana.react(message, THUMB)

    added = await react(wire, "PUT", message, path(THUMB))
    await react(wire, "PUT", message, path(THUMB))
    await wire.ana.react(message, HEART)
    (seen,) = await wire.ana.messages(wire.channel)
    users = await react(wire, "GET", message, path(THUMB, ""))
    later = await react(wire, "GET", message, path(THUMB, f"?limit=1&after={wire.box.world.bot_id}"))

    fixed = {"me_burst": False, "burst_colors": []}
    thumb = {"emoji": {"id": None, "name": THUMB}, "count": 2, "count_details": {"burst": 0, "normal": 2}, **fixed}
    heart = {"emoji": {"id": None, "name": HEART}, "count": 1, "count_details": {"burst": 0, "normal": 1}, **fixed}
    assert added == (204, None)
    assert await reactions(wire, message) == [{**thumb, "me": True}, {**heart, "me": False}]
    assert seen["reactions"] == [{**thumb, "me": True}, {**heart, "me": True}]
    assert [user["id"] for user in users[1]] == [wire.box.world.bot_id, wire.ana.id]
    assert [user["id"] for user in later[1]] == [wire.ana.id]


async def test_the_gateway_tells_of_each_change(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "look")
    async with wire.events(REACTING) as events:
        await wire.ana.react(message, THUMB)
        added = await events.next("MESSAGE_REACTION_ADD")
        await wire.ana.react(message, THUMB, remove=True)
        removed = await events.next("MESSAGE_REACTION_REMOVE")
        for _ in range(2):
            await react(wire, "PUT", message, path(THUMB))
            await react(wire, "PUT", message, path(HEART))
            await react(wire, "DELETE", message, path(THUMB, ""))
            await react(wire, "DELETE", message)
        emoji = await events.next("MESSAGE_REACTION_REMOVE_EMOJI")
        await events.next("MESSAGE_REACTION_REMOVE_ALL")

    where = {"channel_id": wire.channel, "message_id": message, "guild_id": wire.box.world.server_id}
    about = {**where, "user_id": wire.ana.id, "emoji": {"id": None, "name": THUMB}, "burst": False, "type": 0}
    assert added.pop("member")["user"]["id"] == wire.ana.id
    assert added == {**about, "message_author_id": wire.ana.id}
    assert removed == about
    assert emoji == {**where, "emoji": {"id": None, "name": THUMB}}
    assert await reactions(wire, message) is None


async def test_reactions_come_only_with_their_intents(wire: WireBot) -> None:
    message, direct = await wire.ana.say(wire.channel, "here"), await wire.ana.say("dm", "there")

    for intents, expected in (
        (GUILDS_AND_MESSAGES, []),
        (REACTING, [message]),
        (GUILDS_AND_MESSAGES | DM_REACTIONS, [direct]),
    ):
        async with wire.events(intents) as events:
            for one in (message, direct):
                await wire.ana.react(one, THUMB)
                await wire.ana.react(one, THUMB, remove=True)
            await wire.ana.say(wire.channel, "the end")
            await events.next("MESSAGE_CREATE")
        assert [e["d"]["message_id"] for e in events.seen if e["t"] == "MESSAGE_REACTION_ADD"] == expected


async def test_a_selector_makes_no_other_reaction(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "heart")

    await wire.ana.react(message, "❤")
    await react(wire, "PUT", message, path(HEART))
    (found,) = await reactions(wire, message)
    await react(wire, "DELETE", message, path("❤"))

    assert (found["emoji"]["name"], found["count"]) == (HEART, 2)
    assert [one["count"] for one in await reactions(wire, message)] == [1]


@pytest.mark.parametrize("text", ["a", "1", ":thumbsup:", "party:1234567890", "👍👍", "\ufffd", "中", "♔"])
async def test_what_is_no_emoji_is_unknown(wire: WireBot, text: str) -> None:
    message = await wire.ana.say(wire.channel, "x")

    answers = [await code(wire, "PUT", message, path(text)), await code(wire, "GET", message, path(text, ""))]

    assert answers == [(400, 10014)] * 2
    with pytest.raises(Refused, match="Unknown Emoji"):
        await wire.ana.react(message, text)


@pytest.mark.parametrize(
    "text", ["👍🏽", "🇩🇪", "1\ufe0f\u20e3", "🏳\ufe0f\u200d🌈", "👨\u200d👩\u200d👧", "☝🏽", "✋", "🫨"]
)
def test_emoji_of_every_form_are_known(text: str) -> None:
    assert canonical(text) == text
    assert canonical(text.replace("\ufe0f", "")) == text


async def test_a_message_takes_twenty_emoji(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "many")
    for face in FACES[:20]:
        await wire.ana.react(message, face)

    more = await code(wire, "PUT", message, path(FACES[20]))
    known = await react(wire, "PUT", message, path(FACES[0]))

    assert (more, known[0]) == ((403, 30010), 204)
    with pytest.raises(Refused, match="Maximum number of reactions"):
        await wire.ana.react(message, FACES[20])


async def test_reactions_need_their_permissions(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "x")

    async def deny(*names: str) -> None:
        await wire.control.post("/permissions", channel=wire.channel, deny=names)

    await deny("ADD_REACTIONS")
    first = await code(wire, "PUT", message, path(THUMB))
    await wire.ana.react(message, THUMB)
    second = await react(wire, "PUT", message, path(THUMB))
    await deny("READ_MESSAGE_HISTORY")
    unread = await code(wire, "PUT", message, path(THUMB))
    await deny("MANAGE_MESSAGES")
    others = [
        await code(wire, "DELETE", message, rest) for rest in ("", path(THUMB, ""), path(THUMB, f"/{wire.ana.id}"))
    ]
    own = await react(wire, "DELETE", message, path(THUMB))
    await deny()
    unknown = await code(wire, "DELETE", message, path(THUMB, "/1"))
    removed = await react(wire, "DELETE", message, path(THUMB, f"/{wire.ana.id}"))

    assert (first, second[0], unread) == ((403, 50013), 204, (403, 50013))
    assert (others, own[0]) == ([(403, 50013)] * 3, 204)
    assert (unknown, removed[0], await reactions(wire, message)) == ((404, 10013), 204, None)


async def test_no_one_reacts_to_ephemeral_archived_or_deleted_messages(wire: WireBot) -> None:
    payload = await wire.interaction()
    await wire.answer(payload, 4, content="only you", flags=64)
    private = (await wire.ana.see(wire.channel, lambda one: bool(one["flags"] & 64), "the answer"))["id"]
    thread = await wire.ana.thread(wire.channel, "old")
    said = await wire.ana.say(thread, "x")
    wire.box.world.channels[thread].archived = True
    direct = await wire.ana.say("dm", "x")
    dm = wire.box.world.messages[direct].channel_id

    answers = [
        await code(wire, "PUT", private, path(THUMB)),
        await code(wire, "PUT", said, path(THUMB), thread),
        await code(wire, "DELETE", direct, "", dm),
    ]

    assert answers == [(404, 10008), (400, 50083), (403, 50003)]
    with pytest.raises(Refused, match="ephemeral"):
        await wire.ana.react(private, THUMB)


async def test_reactions_of_a_channel_share_a_rate_limit(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "x")
    await react(wire, "PUT", message, path(THUMB))

    status, limited = await wire.call("DELETE", f"/channels/{wire.channel}/messages/{message}/reactions{path(THUMB)}")
    read, _ = await wire.call("GET", f"/channels/{wire.channel}/messages/{message}/reactions{path(THUMB, '')}")

    assert (status, read) == (429, 200)
    assert 0 < limited["retry_after"] <= 0.25
