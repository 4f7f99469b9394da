"""Who sees a channel now, and who may do what in it, is as real as roles and overwrites make it."""

from __future__ import annotations

from typing import Any

from sandbox import permissions
from sandbox.people import Refused
from tests.sandbox.conftest import Desk


def may(payload: dict[str, Any], *names: str) -> bool:
    """Whether the member of an interaction may do all that."""
    return permissions.has(int(payload["member"]["permissions"]), *names)


async def sees(desk: Desk, channel: str) -> bool:
    return channel in [found["id"] for found in (await desk.ana.state())["channels"]]


async def test_servers_in_a_row_lie_on_different_shards(desk: Desk) -> None:
    first, second = await desk.server("One"), await desk.server("Two")

    assert {int(first) >> 22 & 1, int(second) >> 22 & 1} == {0, 1}


async def test_a_shard_gets_its_own_servers_only(desk: Desk) -> None:
    servers = [desk.box.world.server_id, await desk.server("One"), await desk.server("Two")]

    async with desk.events(shard=[0, 2]) as zero, desk.events(shard=[1, 2]) as one:
        brought = []
        for number, events in enumerate((zero, one)):
            wanted = [server for server in servers if (int(server) >> 22) % 2 == number]
            brought.append([(await events.next("GUILD_CREATE"))["id"] for _ in wanted] == wanted)

    assert brought == [True, True]


async def test_a_server_is_read_as_discord_describes_it(desk: Desk) -> None:
    server = await desk.server("Second")
    await desk.make("/channels", server=server, name="attic")
    await desk.make("/channels", server=server, name="questions", kind="forum")
    await desk.control.post("/members", server=server, person=desk.ana.id, roles=["Managers"])

    guild = (await desk.call("GET", f"/guilds/{server}?with_counts=true"))[1]
    roles = (await desk.call("GET", f"/guilds/{server}/roles"))[1]
    channels = (await desk.call("GET", f"/guilds/{server}/channels"))[1]
    member = (await desk.call("GET", f"/guilds/{server}/members/{desk.ana.id}"))[1]
    mine = (await desk.call("GET", "/users/@me/guilds"))[1]

    assert (guild["name"], guild["approximate_member_count"]) == ("Second", 3)
    assert [role["name"] for role in roles] == ["@everyone", "Managers", "Wanvas"]
    assert [(channel["name"], channel["type"]) for channel in channels] == [("attic", 0), ("questions", 15)]
    assert member["roles"] == [roles[1]["id"]]
    assert server in [found["id"] for found in mine]


async def test_what_is_not_there_has_its_own_code(desk: Desk) -> None:
    here, foreign = desk.box.world.server_id, await desk.server("Foreign", bot=False)
    stranger = await desk.make("/people", name="Eve", server=None)

    assert await desk.error("GET", "/guilds/1") == (404, 10004)
    assert await desk.error("GET", f"/guilds/{foreign}") == (403, 50001)
    assert await desk.error("GET", f"/guilds/{here}/members/{stranger}") == (404, 10007)
    assert await desk.error("GET", f"/guilds/{here}/members/1") == (404, 10013)
    assert await desk.error("GET", f"/guilds/{here}/roles/1") == (404, 10011)


async def test_an_interaction_says_what_the_member_may_do_in_that_channel(desk: Desk) -> None:
    before = await desk.interaction()
    role = await desk.make("/roles", name="Painters", permissions=["MANAGE_GUILD"])
    await desk.control.post("/members", person=desk.ana.id, roles=["Painters"])
    await desk.control.post("/overwrites", channel=desk.channel, target=role, deny=["ATTACH_FILES"])

    after = await desk.interaction()

    assert (may(before, "MANAGE_GUILD"), may(before, "ATTACH_FILES")) == (False, True)
    assert (may(after, "MANAGE_GUILD"), may(after, "ATTACH_FILES")) == (True, False)
    assert after["member"]["roles"] == [role]


async def test_a_person_s_overwrite_wins_over_roles_and_a_role_s_over_everyone(desk: Desk) -> None:
    server = desk.box.world.server_id
    role = await desk.make("/roles", name="Painters", permissions=[])
    await desk.control.post("/members", person=desk.ana.id, roles=[role])

    seen = []
    for target, how in ((server, "deny"), (role, "allow"), (desk.ana.id, "deny")):
        await desk.control.post("/overwrites", channel=desk.channel, target=target, **{how: ["VIEW_CHANNEL"]})
        seen.append(await sees(desk, desk.channel))

    assert seen == [False, True, False]


async def test_who_does_not_see_a_channel_can_do_nothing_there(desk: Desk) -> None:
    message = await desk.ana.say(desk.channel, "before")
    await desk.control.post("/overwrites", channel=desk.channel, target=desk.ana.id, deny=["VIEW_CHANNEL"])

    state = await desk.ana.state()

    assert message not in str(state["messages"])
    for doing in (desk.ana.say(desk.channel, "after"), desk.ana.slash(desk.channel, "ping")):
        try:
            await doing
        except Refused as refused:
            assert "cannot see a channel" in str(refused)
        else:
            raise AssertionError("it was done")


async def test_a_deleted_role_leaves_members_overwrites_and_the_bot_s_view(desk: Desk) -> None:
    role = await desk.make("/roles", name="Passing", permissions=["MANAGE_GUILD"])
    await desk.control.post("/members", person=desk.ana.id, roles=[role])
    await desk.control.post("/overwrites", channel=desk.channel, target=role, allow=["MANAGE_MESSAGES"])

    async with desk.events() as events:
        await desk.control.post("/roles/delete", role=role)
        told = await events.next("GUILD_ROLE_DELETE")
    payload = await desk.interaction()

    assert told == {"guild_id": desk.box.world.server_id, "role_id": role}
    assert payload["member"]["roles"] == []
    assert not may(payload, "MANAGE_GUILD")
    assert (await desk.call("GET", f"/channels/{desk.channel}"))[1]["permission_overwrites"] == []


async def test_the_guilds_intent_tells_of_roles_and_channels_but_not_of_members(desk: Desk) -> None:
    async with desk.events() as events:
        await desk.make("/people", name="Quiet")
        role = await desk.make("/roles", name="New", permissions=[])
        await desk.control.post("/roles/change", role=role, permissions=["MANAGE_GUILD"])
        channel = await desk.make("/channels", name="new", nsfw=True)
        await desk.control.post("/channels/change", channel=channel, nsfw=False)
        await desk.control.post("/channels/delete", channel=channel)
        await events.next("CHANNEL_DELETE")

    names = [event["t"] for event in events.seen if event["t"] not in (None, "READY", "GUILD_CREATE")]
    assert names == ["GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"]
    assert [e["d"]["nsfw"] for e in events.seen if str(e["t"]).startswith("CHANNEL")] == [True, False, False]


async def test_the_bot_hears_of_servers_that_it_enters_and_leaves(desk: Desk) -> None:
    server = await desk.server("Later", bot=False)

    async with desk.events() as events:
        await desk.control.post("/servers/bot", server=server, present=True)
        entered = await events.next("GUILD_CREATE")
        while entered["id"] != server:
            entered = await events.next("GUILD_CREATE")
        await desk.call("DELETE", f"/users/@me/guilds/{server}")
        left = await events.next("GUILD_DELETE")

    assert left == {"id": server}
    assert await desk.error("GET", f"/guilds/{server}") == (403, 50001)


async def test_messages_of_a_channel_that_the_bot_does_not_see_stay_from_it(desk: Desk) -> None:
    async with desk.events() as events:
        await desk.control.post("/permissions", channel=desk.channel, deny=["VIEW_CHANNEL"])
        await desk.ana.say(desk.channel, "unseen")
        await desk.control.post("/permissions", channel=desk.channel, deny=[])
        await desk.ana.say(desk.channel, "seen")
        told = await events.next("MESSAGE_CREATE")

    assert told["content"] == "seen"


async def test_the_bot_may_do_what_its_role_and_the_channel_let_it(desk: Desk) -> None:
    own = next(role for role in desk.box.world.servers[desk.box.world.server_id].roles.values() if role.managed)
    await desk.control.post("/roles/change", role=own.id, permissions=[])
    await desk.control.post("/overwrites", channel=desk.channel, target=own.id, deny=["SEND_MESSAGES"])

    payload = await desk.interaction()

    assert not permissions.has(int(payload["app_permissions"]), "SEND_MESSAGES")
    assert (await desk.post({"content": "x"}))[1]["code"] == 50013
