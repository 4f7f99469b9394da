"""Roles and overwrites decide who sees a channel and what people may do in it."""

from __future__ import annotations

from typing import Any

from sandbox import permissions
from sandbox.people import Refused
from tests.sandbox.conftest import WITH_CONTENT, WireBot


def may(payload: dict[str, Any], *names: str) -> bool:
    """Return whether the interaction's member has all these permissions."""
    return permissions.has(int(payload["member"]["permissions"]), *names)


async def sees(wire: WireBot, channel: str) -> bool:
    return channel in [found["id"] for found in (await wire.ana.state())["channels"]]


async def test_servers_in_a_row_lie_on_different_shards(wire: WireBot) -> None:
    first, second = await wire.server("One"), await wire.server("Two")

    assert {int(first) >> 22 & 1, int(second) >> 22 & 1} == {0, 1}


async def test_a_shard_gets_its_own_servers_only(wire: WireBot) -> None:
    servers = [wire.box.world.server_id, await wire.server("One"), await wire.server("Two")]

    async with wire.events(shard=[0, 2]) as zero, wire.events(shard=[1, 2]) as one:
        brought = []
        for number, events in enumerate((zero, one)):
            wanted = [server for server in servers if (int(server) >> 22) % 2 == number]
            brought.append([(await events.next("GUILD_CREATE"))["id"] for _ in wanted] == wanted)

    assert brought == [True, True]


async def test_a_server_is_read_as_discord_describes_it(wire: WireBot) -> None:
    server = await wire.server("Second")
    await wire.make("/channels", server=server, name="attic")
    await wire.make("/channels", server=server, name="questions", kind="forum")
    await wire.control.post("/members", server=server, person=wire.ana.id, roles=["Managers"])

    guild = (await wire.call("GET", f"/guilds/{server}?with_counts=true"))[1]
    roles = (await wire.call("GET", f"/guilds/{server}/roles"))[1]
    channels = (await wire.call("GET", f"/guilds/{server}/channels"))[1]
    member = (await wire.call("GET", f"/guilds/{server}/members/{wire.ana.id}"))[1]
    mine = (await wire.call("GET", "/users/@me/guilds"))[1]

    assert (guild["name"], guild["approximate_member_count"]) == ("Second", 3)
    assert [role["name"] for role in roles] == ["@everyone", "Managers", "Wanvas"]
    assert [(channel["name"], channel["type"]) for channel in channels] == [("attic", 0), ("questions", 15)]
    assert member["roles"] == [roles[1]["id"]]
    assert server in [found["id"] for found in mine]


async def test_each_unknown_thing_has_its_own_code(wire: WireBot) -> None:
    here, foreign = wire.box.world.server_id, await wire.server("Foreign", bot=False)
    stranger = await wire.make("/people", name="Eve", server=None)

    assert await wire.error("GET", "/guilds/1") == (404, 10004)
    assert await wire.error("GET", f"/guilds/{foreign}") == (403, 50001)
    assert await wire.error("GET", f"/guilds/{here}/members/{stranger}") == (404, 10007)
    assert await wire.error("GET", f"/guilds/{here}/members/1") == (404, 10013)
    assert await wire.error("GET", f"/guilds/{here}/roles/1") == (404, 10011)


async def test_an_interaction_carries_the_members_permissions_in_its_channel(wire: WireBot) -> None:
    before = await wire.interaction()
    role = await wire.make("/roles", name="Painters", permissions=["MANAGE_GUILD"])
    await wire.control.post("/members", person=wire.ana.id, roles=["Painters"])
    await wire.control.post("/overwrites", channel=wire.channel, target=role, deny=["ATTACH_FILES"])

    after = await wire.interaction()

    assert (may(before, "MANAGE_GUILD"), may(before, "ATTACH_FILES")) == (False, True)
    assert (may(after, "MANAGE_GUILD"), may(after, "ATTACH_FILES")) == (True, False)
    assert after["member"]["roles"] == [role]


async def test_a_members_overwrite_beats_a_roles_which_beats_everyones(wire: WireBot) -> None:
    server = wire.box.world.server_id
    role = await wire.make("/roles", name="Painters", permissions=[])
    await wire.control.post("/members", person=wire.ana.id, roles=[role])

    seen = []
    for target, how in ((server, "deny"), (role, "allow"), (wire.ana.id, "deny")):
        await wire.control.post("/overwrites", channel=wire.channel, target=target, **{how: ["VIEW_CHANNEL"]})
        seen.append(await sees(wire, wire.channel))

    assert seen == [False, True, False]


async def test_without_view_channel_a_person_can_do_nothing_there(wire: WireBot) -> None:
    message = await wire.ana.say(wire.channel, "before")
    await wire.control.post("/overwrites", channel=wire.channel, target=wire.ana.id, deny=["VIEW_CHANNEL"])

    state = await wire.ana.state()

    assert message not in str(state["messages"])
    for doing in (wire.ana.say(wire.channel, "after"), wire.ana.slash(wire.channel, "ping")):
        try:
            await doing
        except Refused as refused:
            assert "cannot see a channel" in str(refused)
        else:
            raise AssertionError("it was done")


async def test_a_deleted_role_disappears_from_members_overwrites_and_the_bots_view(wire: WireBot) -> None:
    role = await wire.make("/roles", name="Passing", permissions=["MANAGE_GUILD"])
    await wire.control.post("/members", person=wire.ana.id, roles=[role])
    await wire.control.post("/overwrites", channel=wire.channel, target=role, allow=["MANAGE_MESSAGES"])

    async with wire.events() as events:
        await wire.control.post("/roles/delete", role=role)
        event = await events.next("GUILD_ROLE_DELETE")
    payload = await wire.interaction()

    assert event == {"guild_id": wire.box.world.server_id, "role_id": role}
    assert payload["member"]["roles"] == []
    assert not may(payload, "MANAGE_GUILD")
    assert (await wire.call("GET", f"/channels/{wire.channel}"))[1]["permission_overwrites"] == []


async def test_the_guilds_intent_covers_roles_and_channels_but_not_members(wire: WireBot) -> None:
    async with wire.events() as events:
        await wire.make("/people", name="Quiet")
        role = await wire.make("/roles", name="New", permissions=[])
        await wire.control.post("/roles/change", role=role, permissions=["MANAGE_GUILD"])
        channel = await wire.make("/channels", name="new", nsfw=True)
        await wire.control.post("/channels/change", channel=channel, nsfw=False)
        await wire.control.post("/channels/delete", channel=channel)
        await events.next("CHANNEL_DELETE")

    names = [event["t"] for event in events.seen if event["t"] not in (None, "READY", "GUILD_CREATE")]
    assert names == ["GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"]
    assert [e["d"]["nsfw"] for e in events.seen if str(e["t"]).startswith("CHANNEL")] == [True, False, False]


async def test_the_bot_gets_events_of_servers_that_it_joins_and_leaves(wire: WireBot) -> None:
    server = await wire.server("Later", bot=False)

    async with wire.events() as events:
        await wire.control.post("/servers/bot", server=server, present=True)
        entered = await events.next("GUILD_CREATE")
        while entered["id"] != server:
            entered = await events.next("GUILD_CREATE")
        await wire.call("DELETE", f"/users/@me/guilds/{server}")
        left = await events.next("GUILD_DELETE")

    assert left == {"id": server}
    assert await wire.error("GET", f"/guilds/{server}") == (403, 50001)


async def test_the_bot_gets_no_messages_of_channels_that_it_cannot_see(wire: WireBot) -> None:
    async with wire.events(WITH_CONTENT) as events:
        await wire.control.post("/permissions", channel=wire.channel, deny=["VIEW_CHANNEL"])
        await wire.ana.say(wire.channel, "unseen")
        await wire.control.post("/permissions", channel=wire.channel, deny=[])
        await wire.ana.say(wire.channel, "seen")
        event = await events.next("MESSAGE_CREATE")

    assert event["content"] == "seen"


async def test_the_bots_permissions_come_from_its_role_and_the_channel(wire: WireBot) -> None:
    own = next(role for role in wire.box.world.servers[wire.box.world.server_id].roles.values() if role.managed)
    await wire.control.post("/roles/change", role=own.id, permissions=[])
    await wire.control.post("/overwrites", channel=wire.channel, target=own.id, deny=["SEND_MESSAGES"])

    payload = await wire.interaction()

    assert not permissions.has(int(payload["app_permissions"]), "SEND_MESSAGES")
    assert (await wire.post({"content": "x"}))[1]["code"] == 50013
